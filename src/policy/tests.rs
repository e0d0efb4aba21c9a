//! From lines to a policy.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::pattern::Pattern;
use super::*;
use crate::iam::literal::literal;
use crate::record::line::Line;

const ROLE: &str = "arn:aws:iam::123456789012:role/app";

/// A line with these keys in the place of those of a plain call.
fn line(changes: &Value) -> String {
    let mut line = json!({
        "Time": "2026-11-26T10:00:00.000Z", "Verdict": "passed", "Rule": null, "Module": "s3",
        "Operation": "GetObject", "Actions": ["s3:GetObject"], "Resources": ["arn:aws:s3:::b/k"],
        "Region": "eu-west-1", "Status": 200, "Error": null, "RequestId": "R", "Attempt": 1,
        "BytesSent": 0, "BytesReceived": 1, "Milliseconds": 1
    });
    for (name, value) in changes.as_object().expect("keys") {
        line[name] = value.clone();
    }
    line.to_string()
}

const PREFIX: Wish = Wish {
    level: ResourceLevel::Prefix,
    denied: Denied::LeftOut,
    limit: Limit::Managed,
};

fn policy_of(lines: &[Value], wish: Wish) -> Result<Policy, PolicyError> {
    let mut seen = Seen::new(wish.denied);
    for changes in lines {
        let text = line(changes);
        let line: Line<'_> = serde_json::from_str(&text).expect("a line");
        seen.add(0, &line);
    }
    seen.settle();
    Policy::of(seen, Vec::new(), wish)
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

fn denied(by: &Value) -> Value {
    json!({"Status": 403, "Error": "AccessDenied", "Denial": by})
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
fn denied_calls_are_left_out_and_this_is_said() {
    let refused = json!({"Verdict": "refused", "Rule": "--deny s3:Delete*", "Status": 403, "Actions": ["s3:DeleteObject"]});
    let by_aws = json!({"Status": 403, "Error": "AccessDenied", "Actions": ["s3:PutObject"]});
    let head = json!({"Status": 403, "Actions": ["s3:ListBucket"]});
    let all = [json!({}), refused.clone(), by_aws.clone(), head];
    assert_eq!(allowed(&all), ["s3:GetObject on arn:aws:s3:::b/k"]);
    assert_eq!(
        remarks(&all),
        ["3 denied calls are not in the policy; --include-denied adds them"]
    );
    let only = policy_of(&[refused, by_aws], PREFIX).expect_err("all are denied");
    assert!(matches!(only, PolicyError::AllDenied { calls: 2, .. }));
}

#[test]
fn a_policy_that_is_too_long_does_not_get_back_what_deny_refused() {
    let mut lines: Vec<_> = (0..400)
        .map(|n| json!({"Module": "x", "Operation": "Get", "Actions": [format!("x:GetThing{n}X{n}")], "Resources": []}))
        .collect();
    lines.push(
        json!({"Verdict": "refused", "Rule": "--deny x:GetSecret", "Status": 403,
        "Module": "x", "Actions": ["x:GetSecret"], "Resources": []}),
    );
    let refused = policy_of(&lines, PREFIX).expect_err("it must not have x:Get*");
    assert!(matches!(refused, PolicyError::TooLarge { .. }), "{refused}");
    lines.pop();
    assert_eq!(allowed(&lines), ["x:Get* on *"]);
}

#[test]
fn include_denied_allows_what_lists_and_aws_denied_but_no_bad_signature() {
    let lines = [
        json!({"Verdict": "refused", "Rule": "--allow", "Status": 403, "Actions": ["s3:DeleteObject"]}),
        json!({"Verdict": "refused", "Rule": "signature", "Status": 403, "Actions": ["s3:PutObject"]}),
        denied(&json!({"Action": "s3:GetObject", "Policy": "service-control", "IsExplicit": true})),
    ];
    let wish = Wish {
        denied: Denied::Included,
        ..PREFIX
    };
    assert_eq!(
        statements(&policy_of(&lines, wish).expect("a policy")),
        ["s3:DeleteObject s3:GetObject on arn:aws:s3:::b/k"]
    );
}

#[test]
fn a_session_policy_allows_what_was_denied_for_want_of_rights_and_nothing_that_was_refused_on_purpose()
 {
    let lines = [
        json!({"Status": 403, "Error": "AccessDenied"}),
        denied(&json!({"Action": "s3:GetObject", "Policy": "identity-based", "IsExplicit": false})),
        json!({"Verdict": "refused", "Rule": "--deny s3:Delete*", "Status": 403, "Actions": ["s3:DeleteObject"]}),
        json!({"Actions": ["s3:PutObject"], "Status": 403, "Error": "AccessDenied",
            "Denial": {"Action": "s3:PutObject", "Policy": "identity-based", "IsExplicit": true}}),
    ];
    let wish = Wish {
        denied: Denied::ForWantOfRights,
        limit: Limit::Session,
        ..PREFIX
    };
    let policy = policy_of(&lines, wish).expect("a policy");
    assert_eq!(statements(&policy), ["s3:GetObject on arn:aws:s3:::b/k"]);
    assert_eq!(
        policy.remarks,
        [Remark::LeftOut {
            calls: 2,
            denied: Denied::ForWantOfRights
        }]
    );
    let refused = policy_of(&lines[2..], wish).expect_err("all on purpose");
    assert!(refused.hint().expect("a hint").contains("session policy"));
}

#[test]
fn what_only_an_sdk_reports_as_denied_is_allowed_on_demand_alone() {
    let forged = json!({"Verdict": "observed", "Module": "iam", "Operation": "CreateUser",
        "Actions": ["iam:CreateUser"], "Resources": [], "Status": 403, "Error": "AccessDenied",
        "Denial": {"Action": "iam:CreateUser", "Policy": "identity-based", "IsExplicit": false}});
    let lines = [json!({}), forged];
    let with = |denied, limit| {
        let wish = Wish {
            denied,
            limit,
            ..PREFIX
        };
        policy_of(&lines, wish).expect("a policy")
    };
    let session = with(Denied::ForWantOfRights, Limit::Session);
    assert_eq!(statements(&session), ["s3:GetObject on arn:aws:s3:::b/k"]);
    let remarks: Vec<_> = session.remarks.iter().map(ToString::to_string).collect();
    assert_eq!(
        remarks,
        [
            "SDKs in the container reported 1 call (--live): they report no resources, and any process in \
             the container can forge a report",
            "1 denied call is not in the policy: --allow or --deny refused it, a policy denies it \
             explicitly, or only an SDK reported the denial",
        ]
    );
    for denied in [Denied::LeftOut, Denied::Included] {
        let policy = with(denied, Limit::Managed);
        let is_allowed = statements(&policy).contains(&"iam:CreateUser on *".to_owned());
        assert_eq!(is_allowed, denied == Denied::Included, "{denied:?}");
    }
}

#[test]
fn the_action_that_aws_names_is_allowed_too_and_replaces_a_guess() {
    let wish = Wish {
        denied: Denied::Included,
        ..PREFIX
    };
    let key = "arn:aws:kms:eu-west-1:1:key/k";
    let hidden = json!({"Status": 403, "Error": "AccessDenied",
        "Denial": {"Action": "kms:Decrypt", "Resource": key}});
    assert_eq!(
        statements(&policy_of(&[hidden], wish).expect("a policy")),
        [
            format!("kms:Decrypt on {key} if kms:ViaService is s3.eu-west-1.amazonaws.com"),
            "s3:GetObject on arn:aws:s3:::b/k".to_owned()
        ]
    );
    let guess = json!({"Module": "newservice", "Actions": ["newservice:ListThings"], "Resources": [],
        "Status": 403, "Error": "AccessDenied",
        "Denial": {"Action": "newservice:DescribeThings", "Resource": "arn:aws:newservice:eu-west-1:1:thing/t"}});
    assert_eq!(
        statements(&policy_of(&[guess], wish).expect("a policy")),
        ["newservice:DescribeThings on arn:aws:newservice:eu-west-1:1:thing/t"]
    );
}

#[test]
fn a_passed_role_is_allowed_for_its_service_alone() {
    let create = json!({"Module": "lambda", "Operation": "CreateFunction20150331",
        "Actions": ["lambda:CreateFunction"], "Resources": ["arn:aws:lambda:eu-west-1:1:function:f"],
        "PassedRoles": [ROLE]});
    let denied = json!({"Module": "lambda", "Actions": [], "Resources": [], "Status": 403,
        "Error": "AccessDeniedException", "Denial": {"Action": "iam:PassRole", "Resource": ROLE}});
    let pass = format!("iam:PassRole on {ROLE} if iam:PassedToService is lambda.amazonaws.com");
    assert_eq!(allowed(&[create])[0], pass);
    let wish = Wish {
        denied: Denied::Included,
        level: ResourceLevel::Any,
        ..PREFIX
    };
    // Any resource, but not any role.
    assert_eq!(
        statements(&policy_of(&[denied], wish).expect("a policy")),
        [pass]
    );
}

#[test]
fn an_instance_profile_grants_nothing_and_is_remarked() {
    let profile = "arn:aws:iam::1:instance-profile/p";
    let run = json!({"Module": "ec2", "Operation": "RunInstances",
        "Actions": ["ec2:RunInstances"], "Resources": ["arn:aws:ec2:eu-west-1::image/ami-1"],
        "PassedRoles": [profile]});
    let policy = policy_of(&[run], PREFIX).expect("a policy");
    assert_eq!(
        statements(&policy),
        ["ec2:RunInstances on arn:aws:ec2:eu-west-1::image/ami-1"]
    );
    let profiles = vec![profile.to_owned()];
    assert_eq!(policy.remarks, [Remark::Profiles { profiles }]);
}

#[test]
fn a_denied_call_is_told_by_the_action_that_was_denied() {
    let copy = json!({"Actions": ["s3:GetObject", "s3:PutObject"],
        "Resources": ["arn:aws:s3:::a/k", "arn:aws:s3:::b/k"],
        "ResourcesOf": {"s3:GetObject": ["arn:aws:s3:::a/k"], "s3:PutObject": ["arn:aws:s3:::b/k"]}});
    let denied = |changes: Value| -> Vec<String> {
        let mut keys = copy.clone();
        for (name, value) in changes.as_object().expect("keys") {
            keys[name] = value.clone();
        }
        let mut seen = Seen::new(Denied::LeftOut);
        seen.add(0, &serde_json::from_str(&line(&keys)).expect("a line"));
        let calls = seen.denials.keys();
        let told = calls.map(|call| (call.action.as_str(), call.resource.as_deref()));
        told.map(|(action, on)| format!("{action} on {}", on.unwrap_or_default()))
            .collect()
    };
    assert_eq!(
        denied(
            json!({"Verdict": "refused", "Rule": "--deny s3:Put*", "RefusedAction": "s3:PutObject"})
        ),
        ["s3:PutObject on arn:aws:s3:::b/k"]
    );
    assert_eq!(
        denied(
            json!({"Verdict": "refused", "Rule": "--deny iam:*", "RefusedAction": "iam:PassRole",
            "PassedRoles": [ROLE]})
        ),
        [format!("iam:PassRole on {ROLE}")]
    );
    // Either can be the one that AWS means.
    assert_eq!(
        denied(json!({"Status": 403, "Error": "AccessDenied"})),
        [
            "s3:GetObject or s3:PutObject on arn:aws:s3:::a/k",
            "s3:GetObject or s3:PutObject on arn:aws:s3:::b/k"
        ]
    );
}

#[test]
fn lines_that_are_lost_are_counted_once_a_run() {
    let line = |lost: u64| {
        json!({"LinesLost": lost, "Actions": ["s3:GetObject"],
        "Resources": ["arn:aws:s3:::b/k"]})
    };
    let policy = policy_of(&[line(5), line(0), line(12)], PREFIX).expect("a policy");
    assert_eq!(policy.remarks, [Remark::Lost { lines: 12 }]);
}

#[test]
fn keys_that_answers_name_are_allowed_by_way_of_the_service() {
    let key = "arn:aws:kms:eu-west-1:1:key/k";
    let of = |operation: &str| {
        let lines = [json!({"Operation": operation, "KmsKeys": [key]})];
        allowed(&lines)
            .into_iter()
            .find(|one| one.starts_with("kms:"))
    };
    let via = format!("on {key} if kms:ViaService is s3.eu-west-1.amazonaws.com");
    assert_eq!(of("GetObject"), Some(format!("kms:Decrypt {via}")));
    assert_eq!(of("PutObject"), Some(format!("kms:GenerateDataKey {via}")));
    assert_eq!(
        of("CopyObject"),
        Some(format!("kms:Decrypt kms:GenerateDataKey {via}"))
    );
    assert_eq!(of("HeadObject"), None);
}

#[test]
fn no_right_on_a_key_is_guessed() {
    let key = "arn:aws:kms:eu-west-1:1:key/k";
    let of = |module: &str, key: &str| {
        allowed(&[json!({"Module": module, "KmsKeys": [key]})])
            .into_iter()
            .filter(|one| one.starts_with("kms:"))
            .count()
    };
    assert_eq!(of("s3", key), 1);
    assert_eq!(of("s3", "arn:aws:kms:eu-west-1:1:alias/aws/s3"), 0);
    assert_eq!((of("kms", key), of("rds", key)), (0, 0));
    let said = |module: &str| remarks(&[json!({"Module": module, "KmsKeys": [key]})]).join("");
    assert!(said("rds").ends_with(key), "{}", said("rds"));
    assert_eq!(said("kms"), "");
}

#[test]
fn what_a_denial_names_and_nobody_knows_is_left_out_and_said() {
    let wish = Wish {
        denied: Denied::Included,
        ..PREFIX
    };
    let lines = [
        json!({}),
        json!({"Module": "cloudwatch", "Operation": "PutMetricData", "Actions": ["cloudwatch:PutMetricData"],
            "Resources": [], "Status": 403, "Error": "AccessDenied", "Denial": {"Action": "monitoring:PutMetricData"}}),
        json!({"Module": "iam", "Operation": "CreateRole", "Actions": [], "Resources": [], "Status": 403,
            "Error": "AccessDenied", "Denial": {"Action": "iam:PassRole", "Resource": ROLE}}),
    ];
    let policy = policy_of(&lines, wish).expect("a policy");
    let expected = [
        "cloudwatch:PutMetricData on *",
        "s3:GetObject on arn:aws:s3:::b/k",
    ];
    assert_eq!(statements(&policy), expected);
    let actions = vec!["monitoring:PutMetricData".to_owned()];
    assert!(policy.remarks.contains(&Remark::NoActions { actions }));
    let roles = vec![ROLE.to_owned()];
    assert!(policy.remarks.contains(&Remark::NotPassed { roles }));
}

#[test]
fn what_the_record_does_not_name_is_any_resource_and_this_is_said() {
    let observed = json!({"Verdict": "observed", "Resources": []});
    assert_eq!(
        allowed(&[json!({}), observed.clone()]),
        ["s3:GetObject on *"]
    );
    assert_eq!(
        remarks(&[observed]),
        [
            "resources unknown, so the policy has \"*\" for: s3:GetObject",
            "SDKs in the container reported 1 call (--live): they report no resources, and any process in \
             the container can forge a report",
        ]
    );
    let unknown = json!({"Module": null, "Operation": null, "Actions": [], "Resources": []});
    assert_eq!(
        remarks(&[json!({}), unknown]),
        ["1 call is not in the policy, because credrun does not know its operation"]
    );
}

#[test]
fn where_a_line_has_no_room_for_all_keys_it_is_all_of_the_bucket() {
    let many = json!({"Actions": ["s3:DeleteObject"], "Resources": ["arn:aws:s3:::b/tmp/1"],
        "FurtherResources": 7});
    assert_eq!(
        allowed(std::slice::from_ref(&many)),
        ["s3:DeleteObject on arn:aws:s3:::b/*"]
    );
    assert!(remarks(&[many])[0].starts_with("not all resources known"));
}

#[test]
fn what_is_folded_from_run_to_run_is_said() {
    let mut seen = Seen::new(Denied::LeftOut);
    for (run, day) in ["2024-11-25", "2024-11-26"].into_iter().enumerate() {
        let text = line(&json!({"Resources": [format!("arn:aws:s3:::b-app/out/{day}/a")]}));
        seen.add(run, &serde_json::from_str(&text).expect("a line"));
    }
    seen.settle();
    let policy = Policy::of(seen, Vec::new(), PREFIX).expect("a policy");
    let pattern = "arn:aws:s3:::b-app/out/*/a".to_owned();
    assert_eq!(statements(&policy), [format!("s3:GetObject on {pattern}")]);
    let patterns = vec![pattern];
    assert_eq!(policy.remarks, [Remark::Folded { patterns }]);
}

#[test]
fn a_variable_in_a_key_is_no_variable_in_the_policy() {
    let odd = json!({"Resources": ["arn:aws:s3:::b/${aws:username}"]});
    assert_eq!(
        allowed(&[odd]),
        ["s3:GetObject on arn:aws:s3:::b/${$}{aws:username}"]
    );
}

#[test]
fn a_star_that_a_container_has_in_a_name_is_a_letter_in_the_policy() {
    let odd = json!({"Resources": ["arn:aws:s3:::b/${*}"]});
    let other = json!({"Resources": ["arn:aws:s3:::b/k"]});
    assert_eq!(
        allowed(&[odd.clone(), other]),
        ["s3:GetObject on arn:aws:s3:::b/${*} arn:aws:s3:::b/k"]
    );
    let denied = json!({"Actions": ["s3:PutObject"], "Resources": ["arn:aws:s3:::b/x"], "Status": 403,
        "Denial": {"Action": "s3:PutObjectTagging", "Resource": "arn:aws:s3:::b/${*}"}});
    let wish = Wish {
        denied: Denied::Included,
        ..PREFIX
    };
    assert!(
        statements(&policy_of(&[denied], wish).expect("a policy"))
            .contains(&"s3:PutObjectTagging on arn:aws:s3:::b/${*}".to_owned())
    );
}

#[test]
fn an_action_of_a_record_is_no_pattern() {
    let wide = json!({"Actions": ["s3:*", "*", "s3:Get?bject", "${aws:x}:a", "s3:GetObject"]});
    assert_eq!(
        allowed(std::slice::from_ref(&wide)),
        ["s3:GetObject on arn:aws:s3:::b/k"]
    );
    assert_eq!(
        remarks(&[wide]),
        ["4 calls are not in the policy, because credrun does not know their operations"]
    );
}

#[test]
fn a_page_tells_of_calls_that_are_all_denied_and_of_the_level() {
    let told = |changes: &Value, level| {
        let mut seen = Seen::new(Denied::LeftOut);
        let text = line(changes);
        seen.add(0, &serde_json::from_str(&text).expect("a line"));
        seen.settle();
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

proptest! {
    #[test]
    fn names_that_a_container_makes_up_break_nothing(
        names in prop::collection::vec("(arn:aws:[a-z0-9]{1,6}:[a-z0-9-]{0,3}:[0-9*]{0,12}:)?\\PC{0,24}", 1..8),
        action in "\\PC{0,12}",
    ) {
        let lines = [
            json!({"Actions": [action], "Resources": names, "Created": names, "PassedRoles": names, "KmsKeys": names}),
            json!({"Resources": names, "Status": 403, "Error": "AccessDenied",
                "Denial": {"Action": action, "Resource": names[0]}}),
        ];
        for level in [ResourceLevel::Exact, ResourceLevel::Prefix, ResourceLevel::Any] {
            let wish = Wish { level, denied: Denied::Included, limit: Limit::Session };
            if let Ok(policy) = policy_of(&lines, wish) {
                prop_assert!(policy.document.characters() <= Limit::Session.characters());
                output::summary::render(&policy);
                output::cloudformation::render(&policy);
                output::terraform::render(&policy);
            }
        }
    }

    #[test]
    fn a_policy_is_no_wider_than_the_names_of_its_record(
        keys in prop::collection::vec("([a-c*?${}/_.]|\\$\\{[*?$]\\}|\\$\\{aws:x\\}){1,12}", 1..5),
        other in "[a-c*?${}/_.]{1,12}",
    ) {
        let arn = |key: &str| format!("arn:aws:s3:::b/{key}");
        let names: Vec<_> = keys.iter().map(|key| arn(&literal(key))).collect();
        let exactly = |key: &str| Pattern::exact(&arn(key));
        for level in [ResourceLevel::Exact, ResourceLevel::Prefix] {
            let lines = [json!({"Resources": names})];
            let policy = policy_of(&lines, Wish { level, ..PREFIX }).expect("a policy");
            let resources = policy.document.statements[0].resources.values();
            let patterns: Vec<_> = resources
                .iter()
                .map(|one| Pattern::of_policy(one).expect("no variable"))
                .collect();
            let allows = |key: &str| patterns.iter().any(|one| one.fits_all(&exactly(key)));
            for key in &keys {
                prop_assert!(allows(key), "{key} {resources:?}");
            }
            if level == ResourceLevel::Exact || keys.len() == 1 {
                prop_assert_eq!(allows(&other), keys.contains(&other), "{:?}", resources);
            }
        }
    }

    #[test]
    fn what_is_written_into_a_record_by_hand_is_no_variable_and_no_wider(
        resource in "([a-c*?${}/_.]|\\$\\{[*?$a]\\}?){1,12}",
    ) {
        let resource = format!("arn:aws:s3:::b/{resource}");
        let lines = [json!({"Resources": [resource.clone()]})];
        for level in [ResourceLevel::Exact, ResourceLevel::Prefix] {
            let policy = policy_of(&lines, Wish { level, ..PREFIX }).expect("a policy");
            let found = policy.document.statements[0].resources.values();
            prop_assert_eq!(found.len(), 1);
            let found = Pattern::of_policy(&found[0]).expect("no variable");
            prop_assert_eq!(found, Pattern::of_record(&resource));
        }
    }
}
