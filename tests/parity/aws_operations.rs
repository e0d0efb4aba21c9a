//! Every request that botocore can write is found to be the operation that botocore wrote, and the
//! tables are what the generator makes of botocore's models.

use std::collections::BTreeMap;
use std::process::Command;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use credrun::iam::lookup::lookup;
use credrun::iam::operation::Meaning;
use credrun::iam::request::{Request, Scope};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;

use crate::root;

/// A line of `aws_requests.py`.
#[derive(Deserialize)]
struct Written {
    module: String,
    operation: String,
    method: String,
    target: String,
    headers: BTreeMap<String, String>,
    body: String,
    /// The signing name; none for an operation that is not signed.
    service: Option<String>,
}

/// What it is found to be: `module.Operation`, or several.
fn found(written: &Written) -> Vec<String> {
    let headers: HeaderMap = written
        .headers
        .iter()
        .map(|(name, value)| {
            let name = HeaderName::try_from(name).expect("a name");
            (name, HeaderValue::try_from(value).expect("a value"))
        })
        .collect();
    let body = BASE64_STANDARD.decode(&written.body).expect("base64");
    let scope = written.service.as_deref().map(|service| Scope {
        service,
        region: "us-east-1",
    });
    let request = Request::new(
        &written.method,
        &written.target,
        &headers,
        scope,
        Some(&body),
    );
    let meaning = match request.and_then(|request| lookup(&request)) {
        Ok(meaning) => meaning,
        Err(refusal) => return vec![format!("refused: {refusal}")],
    };
    match meaning {
        Meaning::Known(first, others) => std::iter::once(first)
            .chain(others)
            .map(|one| format!("{}.{}", one.module.name, one.name()))
            .collect(),
        Meaning::Unknown(_) => Vec::new(),
    }
}

#[test]
fn every_request_that_botocore_writes_is_found_to_be_that_operation() {
    generate(&["--compare", "sts"]);
    let output = Command::new(root().join("target/iam-python/bin/python"))
        .arg(root().join("tests/parity/aws_requests.py"))
        .output()
        .expect("Python");
    assert!(output.status.success(), "{output:?}");
    let lines = String::from_utf8(output.stdout).expect("UTF-8");
    let mut counts = BTreeMap::<&str, usize>::new();
    let mut doubts = BTreeMap::<String, usize>::new();
    let mut faults = Vec::new();
    for line in lines.lines() {
        let written: Written = serde_json::from_str(line).expect("a request");
        let wanted = format!("{}.{}", written.module, written.operation);
        let found = found(&written);
        let outcome = match &found[..] {
            [one] if *one == wanted => "one",
            several if several.contains(&wanted) => {
                *doubts.entry(modules_of(several)).or_default() += 1;
                "one of several"
            }
            _ if ON_OUTPOSTS.contains(&wanted.as_str()) => "on Outposts",
            [one] if is_newer_name(&wanted, one) => "newer name",
            _ => {
                faults.push(format!("{wanted} at {}: {found:?}", written.target));
                "another"
            }
        };
        *counts.entry(outcome).or_default() += 1;
    }
    println!("{counts:?}");
    let doubts: Vec<_> = doubts
        .iter()
        .map(|(one, count)| (one.as_str(), *count))
        .collect();
    assert_eq!(doubts, DOUBTS, "{doubts:#?}");
    assert!(faults.is_empty(), "{counts:?}\n{}", faults.join("\n"));
}

/// S3 has two operations each for what is one on the wire.
fn is_newer_name(wanted: &str, found: &str) -> bool {
    found == format!("{wanted}Configuration") && wanted.starts_with("s3.")
}

/// `wisdom, qconnect`
fn modules_of(operations: &[String]) -> String {
    let mut modules: Vec<_> = operations
        .iter()
        .filter_map(|operation| operation.split('.').next())
        .collect();
    modules.dedup();
    modules.join(", ")
}

/// Modules whose requests say as much about one as about another, and how many of them. Those of
/// rds, lambda, greengrass, wisdom and sms-voice have one host.
const DOUBTS: [(&str, usize); 15] = [
    ("bedrock, bedrock-data-automation", 6),
    ("bedrock-agent, bedrock-agent-runtime", 8),
    ("chime, chime-sdk-voice", 32),
    (
        "chime-sdk-identity, chime-sdk-messaging, chime-sdk-media-pipelines, chime-sdk-meetings, chime-sdk-voice",
        15,
    ),
    ("greengrass, greengrassv2", 16),
    ("ivs, ivs-realtime", 6),
    ("lambda, lambda-microvms", 6),
    ("lex-models, lexv2-models", 12),
    ("rds, docdb", 2),
    ("rds, docdb, neptune", 165),
    ("rds, neptune", 32),
    ("signer, signer-data", 2),
    ("sms-voice, pinpoint-sms-voice", 16),
    ("timestream-query, timestream-write", 8),
    ("wisdom, qconnect", 82),
];

/// Has neither the account nor a name of S3: on Outposts it is signed with another name, and cannot be
/// reached through a custom endpoint.
const ON_OUTPOSTS: [&str; 1] = ["s3control.CreateBucket"];

fn generate(arguments: &[&str]) {
    let output = Command::new(root().join("scripts/iam/generate.sh"))
        .args(arguments)
        .output()
        .expect("the generator");
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn the_tables_are_what_the_generator_makes_of_botocores_models() {
    let modules = [
        "acm",
        "cloudformation",
        "cloudwatch",
        "dynamodb",
        "ec2",
        "iam",
        "importexport",
        "iot",
        "lambda",
        "neptune-graph",
        "route53",
        "s3",
        "s3control",
        "sns",
        "sqs",
        "sts",
    ];
    generate(&[&["--compare"], &modules[..]].concat());
}
