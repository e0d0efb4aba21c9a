//! From lines to a policy.

mod denied;
mod for_services;
mod letters;
mod not_known;

use serde_json::{Value, json};

use super::sample::line;
use super::*;

const ROLE: &str = "arn:aws:iam::123456789012:role/app";

const PREFIX: Wish = Wish {
    level: ResourceLevel::Prefix,
    denied: Denied::LeftOut,
    limit: Limit::Managed,
};

/// What lines come to, each with the number of its run.
fn seen<'v>(denied: Denied, lines: impl IntoIterator<Item = (usize, &'v Value)>) -> Seen {
    let mut seen = Seen::new(denied);
    for (run, changes) in lines {
        let text = line(changes);
        seen.add(run, &serde_json::from_str(&text).expect("a line"));
    }
    seen.settle();
    seen
}

fn policy_of(lines: &[Value], wish: Wish) -> Result<Policy, PolicyError> {
    let of_one_run = lines.iter().map(|line| (0, line));
    Policy::of(seen(wish.denied, of_one_run), Vec::new(), wish)
}

/// Each statement in one line: actions, `on`, resources.
fn statements(policy: &Policy) -> Vec<String> {
    let of = |statement: &document::Statement| {
        let (actions, resources) = (statement.actions.values(), statement.resources.values());
        let mut text = format!("{} on {}", actions.join(" "), resources.join(" "));
        for (key, values) in statement.conditions.values().flatten() {
            text += &format!(" if {key} is {}", values.join(" or "));
        }
        text
    };
    policy.document.statements.iter().map(of).collect()
}

fn allowed(lines: &[Value]) -> Vec<String> {
    statements(&policy_of(lines, PREFIX).expect("a policy"))
}

fn remarks(lines: &[Value]) -> Vec<String> {
    let policy = policy_of(lines, PREFIX).expect("a policy");
    policy.remarks.iter().map(ToString::to_string).collect()
}

#[test]
fn actions_on_the_same_resources_are_one_statement_in_a_stable_order() {
    let get = json!({});
    let put = json!({"Operation": "PutObject", "Actions": ["s3:PutObject"]});
    let send = json!({"Module": "sqs", "Operation": "SendMessage", "Actions": ["sqs:SendMessage"],
        "Resources": ["arn:aws:sqs:eu-west-1:1:jobs"]});
    let there = [get.clone(), send.clone(), put.clone()];
    let back = [put, send, get];
    let expected = [
        "s3:GetObject s3:PutObject on arn:aws:s3:::b/k",
        "sqs:SendMessage on arn:aws:sqs:eu-west-1:1:jobs",
    ];
    assert_eq!(allowed(&there), expected);
    assert_eq!(allowed(&back), expected);
}

#[test]
fn each_action_gets_only_its_own_resources() {
    let copy = json!({"Operation": "CopyObject", "Actions": ["s3:GetObject", "s3:PutObject"],
        "Resources": ["arn:aws:s3:::a/k", "arn:aws:s3:::b/k"],
        "ResourcesOf": {"s3:GetObject": ["arn:aws:s3:::a/k"], "s3:PutObject": ["arn:aws:s3:::b/k"]}});
    assert_eq!(
        allowed(&[copy]),
        [
            "s3:GetObject on arn:aws:s3:::a/k",
            "s3:PutObject on arn:aws:s3:::b/k"
        ]
    );
}

#[test]
fn what_needs_no_permission_is_not_allowed() {
    let who = json!({"Module": "sts", "Operation": "GetCallerIdentity",
        "Actions": ["sts:GetCallerIdentity"], "Resources": []});
    assert_eq!(
        allowed(&[who.clone(), json!({})]),
        ["s3:GetObject on arn:aws:s3:::b/k"]
    );
    let refused = policy_of(&[who], PREFIX).expect_err("nothing is needed");
    assert!(matches!(refused, PolicyError::NothingNeeded));
}

#[test]
fn a_call_that_failed_for_another_reason_than_rights_needed_its_right() {
    for (status, error) in [
        (404, json!("NoSuchKey")),
        (400, json!("ValidationException")),
        (403, json!("RequestExpired")),
    ] {
        let failed = json!({"Status": status, "Error": error});
        assert_eq!(allowed(&[failed]).len(), 1, "{status}");
    }
    let unanswered = json!({"Verdict": "failed", "Status": 502, "Error": "BadGateway"});
    assert_eq!(allowed(&[unanswered]).len(), 1);
}

#[test]
fn what_is_folded_from_run_to_run_is_said() {
    let lines = ["2024-11-25", "2024-11-26"]
        .map(|day| json!({"Resources": [format!("arn:aws:s3:::b-app/out/{day}/a")]}));
    let seen = seen(Denied::LeftOut, lines.iter().enumerate());
    let policy = Policy::of(seen, Vec::new(), PREFIX).expect("a policy");
    let pattern = "arn:aws:s3:::b-app/out/*/a".to_owned();
    assert_eq!(statements(&policy), [format!("s3:GetObject on {pattern}")]);
    let patterns = vec![pattern];
    assert_eq!(policy.remarks, [Remark::Folded { patterns }]);
}

#[test]
fn a_page_tells_of_calls_that_are_all_denied_and_of_the_level() {
    let told = |changes: &Value, level| {
        let seen = seen(Denied::LeftOut, [(0, changes)]);
        let policy = Policy::told(seen, Vec::new(), Wish { level, ..PREFIX });
        output::summary::render(&policy.expect("a page"))
    };
    let denied = json!({"Status": 403, "Error": "AccessDenied"});
    let page = told(&denied, ResourceLevel::Prefix);
    assert!(
        page.contains("1 denied") && page.contains("s3:GetObject on"),
        "{page}"
    );
    let any = "--resource-level any";
    assert!(told(&json!({}), ResourceLevel::Any).contains(any));
    assert!(!told(&json!({}), ResourceLevel::Exact).contains(any));
}

#[test]
fn a_record_without_calls_is_refused() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let files = [file.path().to_owned()];
    let refused = Policy::of_files(&files, PREFIX).expect_err("no calls");
    let expected = format!("no calls in {}", file.path().display());
    assert_eq!(refused.to_string(), expected);
}

#[test]
fn a_long_record_takes_little_time() {
    let arns = |start: &str, end: &str| -> Vec<String> {
        let of = |n| format!("arn:aws:{start}{n:05}{end}");
        (0..20_000).map(of).collect()
    };
    for (action, arns) in [
        ("dynamodb:GetItem", arns("dynamodb:eu-west-1:*:table/", "")),
        ("iam:GetRole", arns("iam::1:role/*/", "")),
    ] {
        let mut seen = Seen::new(Denied::LeftOut);
        for (run, arn) in arns.iter().enumerate() {
            let text = line(&json!({"Actions": [action], "Resources": [arn]}));
            seen.add(run % 2, &serde_json::from_str(&text).expect("a line"));
        }
        let began = std::time::Instant::now();
        seen.settle();
        if let Ok(policy) = Policy::of(seen, Vec::new(), PREFIX) {
            assert!(output::summary::render(&policy).len() < 64 * 1024);
        }
        // About a second where nothing else runs; comparing each with each takes minutes.
        let took = began.elapsed();
        assert!(took.as_secs() < 20, "{action}: {took:?}");
    }
}
