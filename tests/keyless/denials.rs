//! What AWS denies, told at the end of a run. The stand-in enforces the policies of its roles.

use serde_json::Value;

use crate::client::Client;
use crate::support::aws::AwsStandIn;
use crate::support::process::{Finished, credrun};

/// What the role of the stand-in may do, and what it may not.
const SCRIPT: &str = "
import os, boto3
from botocore.exceptions import ClientError

def attempt(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        print(error.response['Error']['Code'])

bucket = os.environ['BUCKET']
s3, sqs, dynamodb = map(boto3.client, ('s3', 'sqs', 'dynamodb'))
s3.get_object(Bucket=bucket, Key='hello.txt')
for _ in range(2):
    attempt(s3.put_object, Bucket=bucket, Key='reports/new.txt', Body=b'x')
attempt(sqs.create_queue, QueueName='jobs')
attempt(dynamodb.put_item, TableName='orders', Item={'id': {'S': '1'}})
";

fn run_with(purpose: &str, flags: &[&str]) -> Finished {
    let aws = AwsStandIn::shared();
    let mut command = credrun();
    command.envs(aws.cloudshell());
    let bucket = format!("BUCKET={}", aws.bucket());
    let flags = [&["--role-arn", aws.role_arn(), "-e", &bucket], flags].concat();
    let mut client = Client::of(command, purpose, &flags);
    client.run(&["-c", SCRIPT]).success()
}

#[test]
fn what_aws_denied_is_told_with_the_statement_that_allows_it() {
    let room = tempfile::tempdir().expect("a directory");
    let report = room.path().join("report");
    let record = room.path().join("calls.jsonl");
    let flags = [
        "--report",
        report.to_str().expect("UTF-8"),
        "--record",
        record.to_str().expect("UTF-8"),
    ];
    let ran = run_with("keyless-denied", &flags);
    println!("{}", ran.stderr);
    let bucket = AwsStandIn::shared().bucket();
    let put = format!(
        "{{\"Effect\":\"Allow\",\"Action\":\"s3:PutObject\",\"Resource\":\"arn:aws:s3:::{bucket}/reports/new.txt\"}}"
    );
    for told in [
        "5 calls, 4 denied by AWS",
        "AWS denied a call that needs s3:PutObject twice, and does not say why",
        &put,
        "AWS denied sqs:CreateQueue once",
        "\"Action\":\"sqs:CreateQueue\",\"Resource\":\"arn:aws:sqs:",
        "AWS denied dynamodb:PutItem once",
        ":table/orders\"}",
    ] {
        assert!(ran.stderr.contains(told), "{told}: {}", ran.stderr);
    }
    let text = std::fs::read_to_string(&record).expect("a record");
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let denied: Vec<_> = lines
        .iter()
        .filter(|line| line["Denial"].is_object())
        .collect();
    assert_eq!((lines.len(), denied.len()), (5, 4), "{text}");
    let report = std::fs::read_to_string(&report).expect("a report");
    let report: Value = serde_json::from_str(&report).expect("JSON");
    let calls = &report["Calls"];
    assert_eq!(calls["Denied"], 4, "{report}");
    assert_eq!(calls["Denials"][0]["Calls"], 2, "{report}");
    assert!(
        calls["Denials"][0]["Actions"]["s3:PutObject"].is_array(),
        "{report}"
    );
}

#[test]
fn with_q_nothing_is_told_of_what_was_denied() {
    let ran = run_with("keyless-denied-quiet", &["-q"]);
    assert_eq!(ran.stderr, "");
}
