//! `--allow` and `--deny`: what passes, and how a refusal reaches an SDK.

use std::collections::BTreeMap;

use crate::client::Client;
use crate::sdks::all_are_accepted;
use crate::support::verifying_aws::{Call, VerifyingAws};

/// What came of each call: `ok`, or its code, status and message.
pub(crate) type Outcomes = BTreeMap<String, String>;

/// Makes calls through all protocols under these flags.
fn calls_under(name: &str, flags: &[&str], chosen: &[&str]) -> (Outcomes, Vec<Call>) {
    calls_of("refused.py", name, flags, chosen)
}

/// Runs a script of the clients' under these flags, which tells what came of each call.
pub(crate) fn calls_of(
    script: &str,
    name: &str,
    flags: &[&str],
    arguments: &[&str],
) -> (Outcomes, Vec<Call>) {
    let aws = VerifyingAws::shared();
    let caller = aws.caller();
    let bucket = format!("lists-{name}");
    aws.bucket(&bucket, 1);
    let run = format!("RUN={name}");
    let bucket = format!("BUCKET={bucket}");
    let flags = [&["-e", &run, "-e", &bucket], flags].concat();
    let mut client = Client::new(&caller, name, &flags);
    let ran = client.run(&[&[script], arguments].concat()).success();
    println!("{}{}", ran.out(), ran.stderr);
    let calls = caller.calls();
    // With the caller's set, or one that was made of it: others' calls are not among them.
    all_are_accepted(&calls);
    let outcomes = ran.out();
    let outcomes = outcomes.lines().filter_map(|line| line.split_once(' '));
    let outcomes = outcomes.map(|(name, outcome)| (name.to_owned(), outcome.to_owned()));
    (outcomes.collect(), calls)
}

/// The error code and the status of each protocol's refusal.
const REFUSALS: [(&str, &str); 12] = [
    ("s3:DeleteObject", "AccessDenied 403"),
    ("s3:DeleteObjects", "AccessDenied 403"),
    ("s3:CopyObject", "AccessDenied 403"),
    // A HEAD has no body for a code.
    ("s3:HeadObject", "403 403"),
    ("dynamodb:DeleteTable", "AccessDeniedException 403"),
    ("sqs:CreateQueue", "AccessDeniedException 403"),
    ("sns:CreateTopic", "AuthorizationError 403"),
    ("ec2:CreateVpc", "UnauthorizedOperation 403"),
    ("iam:CreateUser", "AccessDenied 403"),
    ("lambda:DeleteFunction", "AccessDeniedException 403"),
    ("route53:DeleteHostedZone", "AccessDenied 403"),
    ("cloudwatch:DeleteAlarms", "AccessDeniedException 403"),
];

#[test]
fn a_denied_call_reaches_no_aws_and_is_refused_in_its_protocol_and_in_awss_words() {
    let denied = "s3:DeleteObject s3:GetObject dynamodb:Delete* sqs:CreateQueue sns:*Topic \
                  ec2:CreateV?c IAM:createuser lambda:* route53:DeleteHostedZone \
                  cloudwatch:DeleteAlarms";
    let flags: Vec<_> = denied
        .split_whitespace()
        .flat_map(|pattern| ["--deny", pattern])
        .collect();
    let names: Vec<_> = REFUSALS.iter().map(|(name, _)| *name).collect();
    let (outcomes, calls) = calls_under("deny", &flags, &names);
    assert_eq!(calls.len(), 0, "{calls:?}");
    for (name, refusal) in REFUSALS {
        let outcome = &outcomes[name];
        assert!(outcome.starts_with(refusal), "{name}: {outcome}");
        if name != "s3:HeadObject" {
            assert!(
                outcome.contains("with an explicit deny in credrun's --deny"),
                "{name}: {outcome}"
            );
            assert!(
                outcome.contains("is not authorized to perform: "),
                "{outcome}"
            );
        }
    }
    // CopyObject reads the source.
    assert!(outcomes["s3:CopyObject"].contains("s3:GetObject"));
}

#[test]
fn what_no_pattern_denies_passes() {
    let chosen = [
        "s3:PutObject",
        "s3:ListObjectsV2",
        "dynamodb:ListTables",
        "ec2:CreateVpc",
    ];
    let flags = ["--deny", "s3:Delete*", "--deny", "dynamodb:DeleteTable"];
    let (outcomes, calls) = calls_under("deny-other", &flags, &chosen);
    assert_eq!(calls.len(), chosen.len());
    assert!(
        outcomes.values().all(|outcome| outcome == "ok"),
        "{outcomes:?}"
    );
}

#[test]
fn only_what_is_allowed_passes() {
    let chosen = [
        "s3:PutObject",
        "s3:GetObject",
        "s3:CopyObject",
        "s3:ListObjectsV2",
        "dynamodb:ListTables",
        "dynamodb:DeleteTable",
        "sts:GetCallerIdentity",
        "ec2:DescribeInstances",
    ];
    let allowed = ["s3:PutObject", "s3:getobject", "dynamodb:*"];
    let flags: Vec<_> = allowed.iter().flat_map(|one| ["--allow", one]).collect();
    let flags = [&flags[..], &["--deny", "dynamodb:Delete*"]].concat();
    let (outcomes, calls) = calls_under("allow", &flags, &chosen);
    for name in ["s3:PutObject", "s3:GetObject", "dynamodb:ListTables"] {
        assert_eq!(outcomes[name], "ok", "{name}");
    }
    // It reads the tags of the source, too.
    assert!(
        outcomes["s3:CopyObject"].contains("s3:GetObjectTagging"),
        "{outcomes:?}"
    );
    assert!(
        outcomes["s3:ListObjectsV2"].contains("s3:ListBucket"),
        "{outcomes:?}"
    );
    assert!(
        outcomes["dynamodb:DeleteTable"].contains("--deny"),
        "{outcomes:?}"
    );
    assert!(
        outcomes["ec2:DescribeInstances"].contains("no --allow of credrun allows"),
        "{outcomes:?}"
    );
    // AWS, too, wants no permission for it.
    assert_eq!(outcomes["sts:GetCallerIdentity"], "ok");
    assert_eq!(calls.len(), 4, "{calls:?}");
}

#[test]
fn read_only_lets_pass_what_reads_and_lists() {
    let (outcomes, _) = calls_under("read-only", &["--allow", "read-only"], &[]);
    let refused: Vec<_> = outcomes
        .iter()
        .filter(|(_, outcome)| outcome.contains("no --allow of credrun allows"))
        .map(|(name, _)| name.as_str())
        .collect();
    let writing = [
        "cloudwatch:DeleteAlarms",
        "dynamodb:DeleteTable",
        "ec2:CreateVpc",
        "iam:CreateAccessKey",
        "iam:CreateUser",
        "lambda:DeleteFunction",
        "route53:DeleteHostedZone",
        "s3:CopyObject",
        "s3:DeleteObject",
        "s3:DeleteObjects",
        "s3:PutObject",
        "sns:CreateTopic",
        "sqs:CreateQueue",
    ];
    assert_eq!(refused, writing, "{outcomes:?}");
}

#[test]
fn an_operation_that_is_not_known_is_refused_under_any_list_and_passes_without() {
    let script = "
from raw import report, tables
report('unknown', tables('NoSuchOperation'))
";
    for (name, flags, outcome, arrived) in [
        ("unknown-free", &[][..], "unknown ", 1),
        (
            "unknown-allow",
            &["--allow", "*"],
            "unknown 403 AccessDenied",
            0,
        ),
        (
            "unknown-deny",
            &["--deny", "s3:*"],
            "unknown 403 AccessDenied",
            0,
        ),
        (
            "unknown-read",
            &["--allow", "read-only"],
            "unknown 403 AccessDenied",
            0,
        ),
    ] {
        let caller = VerifyingAws::shared().caller();
        let ran = Client::new(&caller, name, flags)
            .run(&["-c", script])
            .success();
        assert!(ran.out().starts_with(outcome), "{name}: {}", ran.out());
        assert_eq!(
            ran.out().contains(" 403 "),
            arrived == 0,
            "{name}: {}",
            ran.out()
        );
        assert_eq!(caller.calls().len(), arrived, "{name}");
    }
}

#[test]
fn new_access_keys_need_their_exact_name() {
    for (name, flags, passes) in [
        ("keys-free", &[][..], false),
        ("keys-wild", &["--allow", "iam:*"], false),
        ("keys-all", &["--allow", "*"], false),
        ("keys-exact", &["--allow", "iam:CreateAccessKey"], true),
    ] {
        let (outcomes, calls) = calls_under(name, flags, &["iam:CreateAccessKey"]);
        assert_eq!(calls.len(), usize::from(passes), "{outcomes:?}");
        let refused = outcomes["iam:CreateAccessKey"].starts_with("AccessDenied 403");
        assert_eq!(refused, !passes, "{outcomes:?}");
    }
}
