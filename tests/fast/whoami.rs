//! `credrun whoami`: whose credentials a run would use.

use crate::support::process::{credrun, run};
use crate::support::sts::{ACCOUNT, Sts};
use serde_json::Value;

const ROLE: &str = "arn:aws:iam::123456789012:role/deploy";

fn whoami(sts: &Sts, arguments: &[&str]) -> crate::support::process::Finished {
    run(credrun().envs(sts.user()).arg("whoami").args(arguments))
}

#[test]
fn people_get_lines_and_programs_json() {
    let sts = Sts::start();
    let text = whoami(&sts, &[]).success().out();
    let names: Vec<_> = text.lines().map(|line| line[..12].trim_end()).collect();
    let expected = [
        "Account",
        "ARN",
        "User ID",
        "Source",
        "Region",
        "Expiration",
    ];
    assert_eq!(names, expected);
    assert!(text.contains("eu-west-1 (AWS_REGION)"), "{text}");
    assert!(text.contains("session of environment"), "{text}");

    let json: Value = serde_json::from_str(&whoami(&sts, &["--output", "json"]).success().out())
        .expect("JSON on stdout");
    assert_eq!(json["Account"], ACCOUNT);
    assert_eq!(json["Arn"], format!("arn:aws:iam::{ACCOUNT}:user/me"));
    assert_eq!(json["UserId"], "AIDAEXAMPLE");
    assert_eq!(json["Region"], "eu-west-1");
    assert_eq!(json["RegionFrom"], "AWS_REGION");
    assert!(json["Expiration"].as_str().expect("text").ends_with('Z'));
    assert!(json["SecondsLeft"].as_u64().expect("a number") > 3600);
}

#[test]
fn a_role_is_told_with_where_it_comes_from() {
    let sts = Sts::start();
    let arguments = ["--role-arn", ROLE, "--role-session-name", "me"];
    let text = whoami(&sts, &arguments).success().out();
    assert!(
        text.contains(&format!("arn:aws:sts::{ACCOUNT}:assumed-role/deploy/me")),
        "{text}"
    );
    assert!(
        text.contains(&format!("role {ROLE} via environment")),
        "{text}"
    );
}

#[test]
fn no_secret_is_told() {
    let sts = Sts::start();
    for output in ["text", "json"] {
        let finished = whoami(&sts, &["--output", output, "--log-level", "trace"]).success();
        for secret in [
            crate::support::sts::SECRET,
            crate::support::sts::SESSION_TOKEN,
            Sts::USER_SECRET,
        ] {
            assert!(!finished.out().contains(secret), "{output}");
            assert!(!finished.stderr.contains(secret), "{output}");
        }
    }
}

#[test]
fn what_sts_says_against_it_is_the_answer() {
    let sts = Sts::start();
    sts.refuse_all(403, "InvalidClientTokenId", "The token is invalid.");
    let refused = whoami(&sts, &[]);
    assert_eq!(refused.code(), 125);
    assert_eq!(refused.out(), "");
    assert!(
        refused.stderr.contains("InvalidClientTokenId"),
        "{}",
        refused.stderr
    );
}
