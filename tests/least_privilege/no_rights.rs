//! A run without any right tells at once what it takes.

use serde_json::{Value, json};

use crate::policy::Policy;
use crate::program::AUDIT;
use crate::stage::Stage;
use crate::support::process::Finished;

/// All that the program tries.
const TRIED: [&str; 12] = [
    "cloudwatch:PutMetricData",
    "dynamodb:Query",
    "ec2:DescribeSecurityGroups",
    "ecr:BatchGetImage",
    "iam:GetRole",
    "lambda:GetFunctionConfiguration",
    "logs:PutRetentionPolicy",
    "s3:GetObject",
    "s3:ListBucket",
    "sns:CreateTopic",
    "sqs:GetQueueUrl",
    "ssm:GetParameter",
];

fn everything() -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    })
}

fn denied(ran: &Finished) -> usize {
    let out = ran.out();
    out.lines()
        .filter(|line| line.starts_with("denied "))
        .count()
}

#[test]
fn all_actions_are_told_in_the_first_run_and_the_second_does_not_lack_one() {
    let stage = Stage::new();
    let room = tempfile::tempdir().expect("a directory");
    let record = room.path().join("calls.jsonl");
    let file = record.to_str().expect("UTF-8");
    let administrator = stage.administrator();

    let variables = stage.set();
    let role = stage.role("nothing", &Value::Null);
    let flags = ["--role-arn", &role, "--record", file];
    let first = AUDIT.run(&administrator, &variables, &flags);
    println!("{}", first.stderr);
    assert_eq!(denied(&first), TRIED.len(), "{}", first.out());
    for action in TRIED {
        assert!(first.stderr.contains(action), "{action}: {}", first.stderr);
    }

    let variables = stage.set();
    let role = stage.role("everything", &everything());
    let flags = ["--role-arn", &role, "--policy-from", file];
    let second = AUDIT.run(&administrator, &variables, &flags).success();
    assert_eq!(second.out(), "done\n", "{}", second.stderr);

    // The same as a policy of a role.
    let policy = Policy::written(&record, &["--include-denied"]);
    policy.passes_the_linter();
    let actions = policy.statement.iter().flat_map(|one| one.action.clone());
    let mut actions: Vec<_> = actions.collect();
    actions.sort();
    assert_eq!(actions, TRIED);
    let variables = stage.set();
    let role = stage.role("fewest", &policy.value());
    let third = AUDIT.run(&administrator, &variables, &["--role-arn", &role]);
    assert_eq!(third.success().out(), "done\n");
}
