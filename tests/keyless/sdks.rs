//! Real clients in containers of `--keyless`, and whose signatures arrive at AWS.

use std::collections::BTreeSet;
use std::path::Path;

use crate::client::Client;
use crate::support::host_python::cli_v2;
use crate::support::verifying_aws::{Call, Caller, REGION, VerifyingAws};

/// Each was signed with the caller's own set, whole, and accepted.
pub(crate) fn all_are_verified(calls: &[Call], caller: &Caller) {
    all_are_accepted(calls);
    let set = Some(caller.access_key_id());
    for call in calls {
        assert_eq!(call.signed_by.as_deref(), set, "{call:?}");
    }
}

/// Each was signed rightly, and has nothing of the way that it came.
pub(crate) fn all_are_accepted(calls: &[Call]) {
    for call in calls {
        assert_eq!(call.refused, None, "{call:?}");
        for own in ["expect", "forwarded", "via", "x-forwarded-for", "cookie"] {
            assert!(!call.has_header(own), "{own}: {call:?}");
        }
    }
}

/// The services that were called, as they are named in signatures.
fn services(calls: &[Call]) -> BTreeSet<&str> {
    calls.iter().map(|call| call.service.as_str()).collect()
}

#[test]
fn boto3_calls_many_services_and_each_call_arrives_signed_with_the_real_set() {
    let aws = VerifyingAws::shared();
    let caller = aws.caller();
    aws.bucket("full-of-boto3", 3000);
    let flags = ["-e", "RUN=boto3", "-e", "FULL_BUCKET=full-of-boto3"];
    let mut client = Client::new(&caller, "keyless-boto3", &flags);
    let ran = client.run(&["services.py"]).success();
    println!("{}{}", ran.out(), ran.stderr);
    let calls = caller.calls();
    all_are_verified(&calls, &caller);
    let expected = [
        "apigateway",
        "cloudformation",
        "dynamodb",
        "ec2",
        "ecr",
        "events",
        "iam",
        "kinesis",
        "kms",
        "lambda",
        "logs",
        "monitoring",
        "route53",
        "s3",
        "secretsmanager",
        "servicediscovery",
        "ses",
        "sns",
        "sqs",
        "ssm",
        "states",
        "sts",
    ];
    assert_eq!(services(&calls), BTreeSet::from(expected));
    // Global services are signed for the region where they are.
    for call in &calls {
        let region = match call.service.as_str() {
            "iam" | "route53" => "us-east-1",
            _ => REGION,
        };
        assert_eq!(call.region, region, "{call:?}");
    }
    client.has_received();
}

fn the_aws_cli_calls(name: &str, path: &Path, arguments: &[&str], version: &str) {
    let aws = VerifyingAws::shared();
    let caller = aws.caller();
    let full = format!("full-of-{name}");
    aws.bucket(&full, 3000);
    let path = format!("PYTHONPATH=/clients:{}", path.display());
    let run = format!("RUN={name}");
    let bucket = format!("FULL_BUCKET={full}");
    let flags = ["-e", &run, "-e", &bucket, "-e", &path];
    let mut client = Client::new(&caller, name, &flags);
    let ran = client.run(&[&["cli.py"], arguments].concat()).success();
    println!("{}{}", ran.out(), ran.stderr);
    assert!(ran.out().contains(version), "{}", ran.out());
    let calls = caller.calls();
    all_are_verified(&calls, &caller);
    let expected = ["dynamodb", "ec2", "iam", "lambda", "s3", "sqs", "sts"];
    assert_eq!(services(&calls), BTreeSet::from(expected));
    client.has_received();
}

#[test]
fn the_aws_cli_v2_calls_with_the_real_set() {
    the_aws_cli_calls("cli-v2", cli_v2(), &[], "aws-cli/2.");
}

#[test]
fn the_aws_cli_v1_calls_with_the_real_set() {
    the_aws_cli_calls("cli-v1", Path::new(""), &["--version-1"], "aws-cli/1.");
}

#[test]
fn calls_over_http2_with_prior_knowledge_pass() {
    let aws = VerifyingAws::shared();
    let caller = aws.caller();
    aws.bucket("over-http2", 0);
    let mut client = Client::new(&caller, "keyless-h2c", &[]);
    let ran = client.run(&["h2c.py", "over-http2"]).success();
    let said = "tables 2 200\nauthority 2 200\nput 2 200\nget 2 200 True\nlong refused\nguess 2 403 InvalidSignatureException\n";
    assert_eq!(ran.out(), said, "{}", ran.stderr);
    all_are_verified(&caller.calls(), &caller);
    assert_eq!(caller.calls().len(), 4);
}
