//! The main job with the real AWS CLI in the container, and moto as AWS.
//!
//! Debian's AWS CLI is older than `AWS_ENDPOINT_URL`, and its container reaches moto on the host's
//! loopback only: hence `--network host` and `--endpoint-url` in each command line.

use std::process::Command;
use std::sync::OnceLock;

use crate::support::aws::AwsStandIn;
use crate::support::engine::{engine, no_container_is_left, unique_name};
use crate::support::process::{Finished, credrun, run};
use crate::support::script;

const IMAGE: &str = "amazon/aws-cli";

/// Makes sure that the Engine has the image.
fn aws_cli() {
    static READY: OnceLock<()> = OnceLock::new();
    READY.get_or_init(|| {
        engine();
        // Not under the tests' deadline: where it must be built, that takes minutes.
        let output = Command::new(script("awscli-image.sh")).output();
        let output = output.expect("scripts/awscli-image.sh");
        assert!(output.status.success(), "{output:?}");
    });
}

/// `credrun --network host FLAGS amazon/aws-cli --endpoint-url … COMMAND` in the CloudShell session,
/// with nothing left behind.
fn aws(command: &mut Command, flags: &[&str], words: &[&str]) -> Finished {
    aws_cli();
    let name = unique_name("aws-cli");
    command
        .args(["--name", &name, "--network", "host"])
        .args(flags)
        .args([IMAGE, "--endpoint-url", AwsStandIn::shared().endpoint_url()])
        .args(words);
    let finished = run(command);
    no_container_is_left(&name);
    finished
}

fn in_cloudshell() -> Command {
    let mut command = credrun();
    command.envs(AwsStandIn::shared().cloudshell());
    command
}

fn identity(finished: &Finished) -> String {
    let answer: serde_json::Value = serde_json::from_slice(&finished.stdout).expect("JSON");
    answer["Arn"].as_str().expect("an ARN").to_owned()
}

#[test]
fn s3_ls_lists_the_buckets_of_the_cloudshell_user() {
    let stand_in = AwsStandIn::shared();
    let listed = aws(&mut in_cloudshell(), &[], &["s3", "ls"]).success();
    assert!(listed.out().contains(stand_in.bucket()), "{listed:?}");
    let object = format!("s3://{}/hello.txt", stand_in.bucket());
    let read = aws(&mut in_cloudshell(), &[], &["s3", "cp", &object, "-"]).success();
    assert_eq!(read.out(), "hello from the stand-in\n");
}

#[test]
fn the_cli_in_the_container_is_the_cloudshell_user() {
    let words = ["sts", "get-caller-identity"];
    let who = aws(&mut in_cloudshell(), &["-q"], &words).success();
    let session = ":assumed-role/AWSReservedSSO_AdministratorAccess/alice";
    assert!(identity(&who).ends_with(session), "{who:?}");
}

#[test]
fn the_cli_in_the_container_is_the_role_in_a_session_of_credruns() {
    let flags = ["--role-arn", AwsStandIn::shared().role_arn()];
    let words = ["sts", "get-caller-identity"];
    let who = aws(&mut in_cloudshell(), &flags, &words).success();
    let arn = identity(&who);
    let (_, time) = arn
        .split_once(":assumed-role/s3-reader/credrun-")
        .unwrap_or_else(|| panic!("{who:?}"));
    assert!(
        time.len() == 14 && time.bytes().all(|byte| byte.is_ascii_digit()),
        "{arn}"
    );
    assert!(who.stderr.contains(&format!("({arn})")), "{who:?}");
}

#[test]
fn a_role_may_do_no_more_than_it_is_allowed() {
    let flags = ["--role-arn", AwsStandIn::shared().role_arn()];
    let words = ["s3", "mb", "s3://another"];
    let refused = aws(&mut in_cloudshell(), &flags, &words);
    assert_eq!(refused.code(), 1, "the AWS CLI's own status: {refused:?}");
    assert!(refused.stderr.contains("AccessDenied"), "{refused:?}");
}

#[test]
fn sts_is_asked_where_either_variable_says() {
    let stand_in = AwsStandIn::shared();
    let nowhere = format!("http://{}", crate::support::http_server::refused_address());
    let flags = ["-q", "--role-arn", stand_in.role_arn()];
    let words = ["sts", "get-caller-identity"];
    // The variable for all services alone, then outranked by the one for STS.
    let both = [
        ("AWS_ENDPOINT_URL", nowhere.as_str()),
        ("AWS_ENDPOINT_URL_STS", stand_in.endpoint_url()),
    ];
    for variables in [&[][..], &both] {
        let mut command = in_cloudshell();
        command.envs(variables.iter().copied());
        let who = aws(&mut command, &flags, &words).success();
        assert!(
            identity(&who).contains(":assumed-role/s3-reader/"),
            "{who:?}"
        );
    }
    let mut command = in_cloudshell();
    command.env("AWS_ENDPOINT_URL", &nowhere);
    let refused = aws(&mut command, &flags, &words);
    assert_eq!(refused.code(), 125);
    assert!(refused.stderr.contains(&nowhere), "{refused:?}");
}
