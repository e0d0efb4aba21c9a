//! `credrun export` as the `credential_process` of the real AWS CLI and of boto3.

use std::fs;
use std::process::Command;

use crate::support::aws::{AwsStandIn, python_tool};
use crate::support::process::{clean, run};
use serde_json::Value;

/// A home directory whose profile `via` gets its credentials from credrun.
fn home(role_arn: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a directory");
    fs::create_dir(home.path().join(".aws")).expect("made");
    let credrun = env!("CARGO_BIN_EXE_credrun");
    let profile = format!(
        "[profile via]\n\
         credential_process = \"{credrun}\" export --format process --role-arn {role_arn}\n"
    );
    fs::write(home.path().join(".aws/config"), profile).expect("written");
    home
}

/// `program` of a user with long-lived keys in the environment, which the profile outranks.
fn program(name: &str, home: &tempfile::TempDir) -> Command {
    let mut program = clean(Command::new(python_tool(name)));
    program
        .envs(AwsStandIn::shared().long_lived())
        .env("HOME", home.path());
    program
}

#[test]
fn the_aws_cli_assumes_a_role_through_credrun() {
    let stand_in = AwsStandIn::shared();
    let home = home(stand_in.role_arn());
    let aws = |arguments: &[&str]| {
        run(program("aws", &home)
            .args(["--profile", "via"])
            .args(arguments))
    };
    let list = aws(&["s3", "ls"]).success().out();
    assert!(list.contains(stand_in.bucket()), "{list}");
    let identity = aws(&["sts", "get-caller-identity", "--output", "json"]).success();
    let identity: Value = serde_json::from_str(&identity.out()).expect("JSON");
    let arn = identity["Arn"].as_str().expect("an ARN");
    assert!(arn.contains(":assumed-role/s3-reader/credrun-"), "{arn}");
    // The role may read and no more: it is not the user whose keys are in the environment.
    let refused = aws(&["s3", "mb", "s3://another"]);
    assert!(refused.stderr.contains("AccessDenied"), "{refused:?}");
}

#[test]
fn boto3_reads_the_set_and_its_end() {
    let stand_in = AwsStandIn::shared();
    let home = home(stand_in.role_arn());
    let script = "
import boto3
session = boto3.Session(profile_name='via')
credentials = session.get_credentials()
print(credentials.method)
print(credentials.refresh_needed(refresh_in=30 * 60), credentials.refresh_needed(refresh_in=2 * 60 * 60))
print([bucket['Name'] for bucket in session.client('s3').list_buckets()['Buckets']])
";
    let out = run(program("python", &home).args(["-c", script]))
        .success()
        .out();
    let mut lines = out.lines();
    assert_eq!(lines.next(), Some("custom-process"));
    // An hour is left: boto3 has understood the expiration.
    assert_eq!(lines.next(), Some("False True"));
    let buckets = lines.next().expect("a line");
    assert!(buckets.contains(stand_in.bucket()), "{buckets}");
}

#[test]
fn a_failure_of_credruns_is_what_the_aws_cli_shows() {
    let home = home("no-arn");
    let failed = run(program("aws", &home).args(["--profile", "via", "s3", "ls"]));
    assert!(!failed.status.success());
    assert!(
        failed.stderr.contains("credrun: --role-arn: "),
        "{failed:?}"
    );
}
