//! `credrun policy --check`.

use super::{Page, Scene};

const RECORD: &str = r#"{"Time":"2026-11-26T11:00:00.000Z","Verdict":"passed","Rule":null,"Module":"s3","Operation":"GetObject","Actions":["s3:GetObject"],"Resources":["arn:aws:s3:::b/k"],"Region":"eu-west-1","Status":200,"Error":null,"RequestId":"1","Attempt":1,"BytesSent":0,"BytesReceived":9,"Milliseconds":5}
{"Time":"2026-11-26T11:00:01.000Z","Verdict":"passed","Rule":null,"Module":"s3","Operation":"PutObject","Actions":["s3:PutObject"],"Resources":["arn:aws:s3:::b/k"],"Region":"eu-west-1","Status":403,"Error":"AccessDenied","RequestId":"2","Attempt":1,"BytesSent":9,"BytesReceived":0,"Milliseconds":5}
{"Time":"2026-11-26T11:00:02.000Z","Verdict":"passed","Rule":null,"Module":"ec2","Operation":"StartInstances","Actions":["ec2:StartInstances"],"Resources":["arn:aws:ec2:eu-west-1:123456789012:instance/i-1"],"Region":"eu-west-1","Status":200,"Error":null,"RequestId":"3","Attempt":1,"BytesSent":0,"BytesReceived":9,"Milliseconds":5}
"#;

/// A policy with one statement of these members.
fn policy(members: &str) -> String {
    format!(r#"{{"Version": "2012-10-17", "Statement": [{{{members}}}]}}"#)
}

fn check(policy: &str) -> Scene {
    Scene::new("credrun policy --check policy.json calls.jsonl")
        .bytes("calls.jsonl", RECORD.as_bytes())
        .file("policy.json", policy)
}

const ALLOWED: &str = r#""Sid": "Home", "Effect": "Allow", "Action": "s3:*""#;

#[test]
fn policy_check() {
    let mut page = Page::new("policy-check", "credrun policy --check.");
    let tagged = r#"{"Version": "2012-10-17", "Statement": [
  {"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::b/*"},
  {"Effect": "Allow", "Action": "ec2:*", "Resource": "*",
   "Condition": {"StringEquals": {"aws:ResourceTag/team": "red"}}}]}"#;
    page.show(&[], check(tagged));
    page.show(
        &["Remark::UnknownAction"],
        check(&policy(
            r#""Effect": "Allow", "Action": ["s3:GetObjekt", "s3:PutObject"], "Resource": "*""#,
        )),
    );
    let missing = "credrun policy --check nope.json calls.jsonl";
    page.show(&["PolicyError::ReadPolicy"], Scene::new(missing));
    page.show(
        &["PolicyError::CheckOutput"],
        Scene::new("credrun policy --check policy.json --output terraform calls.jsonl"),
    );
    page.show(
        &["PolicyError::CheckTwice"],
        Scene::new("credrun policy --check one.json --check other.json calls.jsonl"),
    );
    page.show(
        &["PolicyError::StdinTwice"],
        Scene::new("credrun policy --check - -"),
    );
    let same = r#"{"Sid": "A", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#;
    let same = format!(r#"{{"Version": "2012-10-17", "Statement": [{same}, {same}]}}"#);
    for (shows, policy) in [
        (
            &["PolicyError::Document", "BadDocument::Json"][..],
            "Resources:".to_owned(),
        ),
        (
            &["BadDocument::Wrapped"],
            r#"{"PolicyVersion": {"Document": {}}}"#.to_owned(),
        ),
        (&["BadDocument::Empty"], String::new()),
        (
            &["BadDocument::Record"],
            r#"{"Time": "2026-11-24T09:00:00.000Z", "Verdict": "passed", "Operation": "GetObject"}"#.to_owned(),
        ),
        (&["BadDocument::NoStatement"], "{}".to_owned()),
        (&["BadDocument::SameSid"], same),
        (
            &["Problem::Operator"],
            policy(&format!(
                r#"{ALLOWED}, "Resource": "*", "Condition": {{"StringEqual": {{"aws:RequestedRegion": "eu-west-1"}}}}"#
            )),
        ),
        (
            &["BadDocument::Document", "Problem::NotAnObject"],
            "[]".to_owned(),
        ),
        (
            &["BadDocument::Statement", "Problem::Twice"],
            policy(r#""Effect": "Allow", "Effect": "Deny""#),
        ),
        (&["Problem::Unknown"], policy(r#""Actions": "s3:*""#)),
        (&["Problem::Principal"], policy(r#""Principal": "*""#)),
        (&["Problem::Neither"], policy(ALLOWED)),
        (
            &["Problem::Both"],
            policy(&format!(
                r#"{ALLOWED}, "Resource": "*", "NotResource": "*""#
            )),
        ),
        (&["Problem::NoEffect"], policy(r#""Action": "s3:*""#)),
        (
            &["Problem::Value"],
            policy(&format!(r#"{ALLOWED}, "Resource": "bucket""#)),
        ),
        (
            &["Problem::Variable"],
            policy(&format!(
                r#"{ALLOWED}, "Resource": "arn:aws:s3:::b/${{aws:username}}/*""#
            )),
        ),
    ] {
        page.show(shows, check(&policy));
    }
    page.check();
}
