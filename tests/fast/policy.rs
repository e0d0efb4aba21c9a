//! `credrun policy`, `role-template --from` and `--policy-from`: from records, which are in
//! `policy/records`, to what IAM takes, which is in `policy/expected` and is to be read.

use std::fs;

use serde_json::Value;

use crate::support::process::{Finished, credrun, run, run_with_stdin};
use crate::support::repository;
use crate::support::sts::Sts;

const ROLE: &str = "arn:aws:iam::123456789012:role/deploy";

fn record(name: &str) -> String {
    let path = repository("tests/fast/policy/records").join(name);
    path.display().to_string()
}

fn policy(arguments: &[&str]) -> Finished {
    run(credrun().arg("policy").args(arguments)).success()
}

/// Compares with what was last read by somebody.
fn compare(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(repository("tests/fast/policy/expected"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn a_record_of_several_services_gives_the_policy_in_each_form() {
    let app = record("app.jsonl");
    for output in ["json", "cloudformation", "terraform", "summary"] {
        compare(output, &policy(&[&app, "--output", output]).out());
    }
}

#[test]
fn each_level_of_resources_gives_another_policy() {
    let app = record("app.jsonl");
    for level in ["exact", "any"] {
        compare(level, &policy(&[&app, "--resource-level", level]).out());
    }
}

#[test]
fn several_runs_give_one_policy_and_the_same_bytes_in_any_order_of_their_calls() {
    let (app, next) = (record("app.jsonl"), record("next-day.jsonl"));
    let summary = policy(&[&app, &next, "--output", "summary"]).out();
    compare("two-runs", &summary);
    let forward = policy(&[&app, &next]).out();
    let text = fs::read_to_string(&app).expect("the record");
    let mut lines: Vec<_> = text.lines().collect();
    lines.reverse();
    let backward = lines.join("\n") + "\n";
    let mut command = credrun();
    command.args(["policy", "-", &next]);
    let backward = run_with_stdin(&mut command, backward.as_bytes()).success();
    assert_eq!(forward, backward.out());
}

#[test]
fn what_was_denied_is_allowed_on_demand_alone() {
    let app = record("app.jsonl");
    let (without, with) = (policy(&[&app]), policy(&[&app, "--include-denied"]));
    for action in ["s3:DeleteObject", "dynamodb:Scan", "sqs:DeleteQueue"] {
        assert!(!without.out().contains(action), "{action}");
        assert!(with.out().contains(action), "{action}");
    }
    assert!(
        without.stderr.contains("--include-denied"),
        "{}",
        without.stderr
    );
    let quiet = policy(&[&app, "-q"]).stderr;
    assert!(!quiet.contains("--include-denied"), "{quiet}");
}

#[test]
fn a_policy_has_no_wildcard_in_its_actions_and_none_for_resources_that_are_known() {
    let text = policy(&[&record("app.jsonl")]).out();
    let document: Value = serde_json::from_str(&text).expect("JSON");
    for statement in document["Statement"].as_array().expect("statements") {
        let texts = |key: &str| {
            let values = statement[key].as_array().expect("a list").iter();
            values
                .map(|one| one.as_str().expect("text").to_owned())
                .collect::<Vec<_>>()
        };
        assert!(texts("Action").iter().all(|action| !action.contains('*')));
        if texts("Resource") == ["*"] {
            assert_eq!(texts("Action"), ["ec2:DescribeVpcs"]);
        }
    }
}

#[test]
fn a_role_has_the_rights_of_its_records_in_each_form() {
    for format in ["cloudformation", "json", "terraform"] {
        let mut command = credrun();
        command
            .args(["role-template", "--from", &record("next-day.jsonl")])
            .args(["--from", &record("empty-role.jsonl"), "--include-denied"])
            .args(["--action", "s3:ListAllMyBuckets", "--format", format])
            .args(["--trusted-principal", "arn:aws:iam::123456789012:user/me"]);
        compare(
            &format!("role-{format}"),
            &run(&mut command).success().out(),
        );
    }
}

#[test]
fn the_session_of_a_role_has_the_rights_of_the_record_and_not_what_credrun_refused() {
    let sts = Sts::start();
    let mut command = credrun();
    command.envs(sts.user()).args([
        "export",
        "--role-arn",
        ROLE,
        "--policy-from",
        &record("empty-role.jsonl"),
    ]);
    let exported = run(&mut command).success();
    let calls = sts.calls();
    let assumed = calls.iter().find(|call| call.action == "AssumeRole");
    let policy = assumed
        .and_then(|call| call.get("Policy"))
        .expect("a session policy");
    compare("session-policy", policy);
    assert!(!policy.contains("s3:DeleteObject"), "{policy}");
    assert!(
        exported.stderr.contains("not in the policy"),
        "{}",
        exported.stderr
    );
}

#[test]
fn the_session_policy_is_read_before_anybody_is_asked_for_credentials() {
    let sts = Sts::start();
    let mut command = credrun();
    command.envs(sts.user()).args([
        "env",
        "--role-arn",
        ROLE,
        "--policy-from",
        "/nonexistent/calls.jsonl",
        "true",
    ]);
    assert_eq!(run(&mut command).code(), 125);
    assert!(sts.calls().is_empty());
}
