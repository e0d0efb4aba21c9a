//! The status of `credrun policy --check`, and what it reads.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use crate::support::process::{Finished, credrun, run, run_with_stdin};

const GET: &str = r#"{"Time":"2026-11-26T11:00:00.000Z","Verdict":"passed","Rule":null,"Module":"s3","Operation":"GetObject","Actions":["s3:GetObject"],"Resources":["arn:aws:s3:::b/k"],"Region":"eu-west-1","Status":200,"Error":null,"RequestId":"1","Attempt":1,"BytesSent":0,"BytesReceived":9,"Milliseconds":5}"#;

/// What it says of one call to S3; the arguments come before the files.
fn check(directory: &Path, statement: &str, arguments: &[&str]) -> Finished {
    let (policy, record) = (directory.join("policy.json"), directory.join("calls.jsonl"));
    let text = format!(r#"{{"Version": "2012-10-17", "Statement": {{{statement}}}}}"#);
    fs::write(&policy, text).expect("written");
    fs::write(&record, format!("{GET}\n")).expect("written");
    let mut command = credrun();
    command.arg("policy").args(arguments).arg("--check");
    command.arg(policy).arg(record).stdin(Stdio::null());
    run(&mut command)
}

#[test]
fn the_status_says_whether_all_calls_are_certainly_allowed() {
    let directory = tempfile::tempdir().expect("a directory");
    let allow = |resource: &str| {
        format!(r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "{resource}""#)
    };
    let status = |statement: &str| check(directory.path(), statement, &[]).code();
    assert_eq!(status(&allow("arn:aws:s3:::b/*")), 0);
    assert_eq!(status(&allow("arn:aws:s3:::other/*")), 1);
    let doubt = r#", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}"#;
    assert_eq!(status(&(allow("*") + doubt)), 1);
    assert_eq!(
        status(r#""Effect": "Allow", "Action": "s3:GetObject""#),
        125
    );
}

#[test]
fn programs_read_the_verdicts_as_json() {
    let directory = tempfile::tempdir().expect("a directory");
    let statement = r#""Sid": "Read", "Effect": "Allow", "Action": "s3:*", "Resource": "*""#;
    let found = check(directory.path(), statement, &["--output", "json"]);
    let answer: serde_json::Value = serde_json::from_slice(&found.stdout).expect("JSON");
    assert_eq!(answer["Allowed"], 1);
    assert_eq!(answer["Calls"][0]["Sid"], "Read");
}

#[test]
fn what_makes_a_policy_is_refused_with_a_policy_to_check() {
    let directory = tempfile::tempdir().expect("a directory");
    let statement = r#""Effect": "Allow", "Action": "s3:*", "Resource": "*""#;
    for arguments in [
        &["--resource-level", "exact"][..],
        &["--include-denied"],
        &["--output", "terraform"],
    ] {
        let refused = check(directory.path(), statement, arguments);
        assert_eq!(refused.code(), 125, "{arguments:?}: {refused:?}");
        assert!(refused.stdout.is_empty());
    }
}

#[test]
fn a_policy_can_come_from_stdin_and_is_one() {
    let directory = tempfile::tempdir().expect("a directory");
    let record = directory.path().join("calls.jsonl");
    fs::write(&record, format!("{GET}\n")).expect("written");
    let policy = br#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}"#;
    let mut command = credrun();
    command.args(["policy", "--check", "-"]).arg(&record);
    let found = run_with_stdin(&mut command, policy).success().out();
    assert!(found.contains("1 right in 1 call: 1 allowed"), "{found}");
    let mut twice = credrun();
    twice.args(["policy", "--check", "a.json", "--check", "b.json"]);
    assert_eq!(run(twice.arg(&record)).code(), 125);
}
