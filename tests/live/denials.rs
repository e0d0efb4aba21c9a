//! What AWS denied, as SDKs in the container tell of it.

use std::path::Path;

use serde_json::Value;

use crate::secrets::Run;
use crate::support::aws::AwsStandIn;
use crate::support::engine::{IMAGE, docker};
use crate::support::live::{detached, live, log, nothing_is_left};
use crate::support::process::{Finished, credrun, finish, run, start};
use crate::support::{repository, until};

/// Has a client that tells of its calls.
const AWS_CLI: &str = "amazon/aws-cli:latest";

/// Flags and words that run parts of `clients/denied.py`.
fn client<'a>(mount: &'a str, parts: &[&'a str]) -> Vec<&'a str> {
    let python = ["-v", mount, "--entrypoint", "python3", AWS_CLI];
    [&python[..], &["/clients/denied.py"], parts].concat()
}

fn mount() -> String {
    let clients = repository("tests/live/clients");
    format!("{}:/clients:ro", clients.to_str().expect("UTF-8"))
}

const SENT: &str = "AWS denied sqs:SendMessage 3 times: no identity-based policy allows it. This statement does:\n  \
    {\"Effect\":\"Allow\",\"Action\":\"sqs:SendMessage\",\"Resource\":\"arn:aws:sqs:eu-west-1:111122223333:jobs\"}";
const PUT: &str = "AWS denied dynamodb:PutItem on arn:aws:dynamodb:eu-west-1:111122223333:table/orders once: a \
    service control policy denies it explicitly; an identity policy does not help";
const LISTED: &str = "AWS denied a call that needs s3:ListBucket once, and does not say why. If no policy allows it, \
    this statement does (for any resource, because AWS does not name the one):\n  \
    {\"Effect\":\"Allow\",\"Action\":\"s3:ListBucket\",\"Resource\":\"*\"}";

fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).expect("a record");
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

fn told(ran: &Finished, all: &[&str]) {
    for told in all {
        assert!(
            ran.stderr.contains(told),
            "{told:?} is not in {}",
            ran.stderr
        );
    }
}

#[test]
fn what_an_sdk_was_denied_is_told_at_the_end_with_the_statement_that_allows_it() {
    let mount = mount();
    let (mut credrun, container) = live("live-denied", &client(&mount, &["denied"]));
    let ran = run(&mut credrun).success();
    println!("{}", ran.stderr);
    told(
        &ran,
        &[
            "SDKs reported 5 AWS calls, 5 denied by AWS\n",
            SENT,
            PUT,
            LISTED,
        ],
    );
    nothing_is_left(&container.0);
}

#[test]
fn the_calls_that_sdks_tell_of_are_in_record_and_report() {
    let mount = mount();
    let room = tempfile::tempdir().expect("a directory");
    let (record, report) = (room.path().join("calls.jsonl"), room.path().join("report"));
    let (record_to, report_to) = (record.to_str(), report.to_str());
    let to = [
        "--record",
        record_to.expect("UTF-8"),
        "--report",
        report_to.expect("UTF-8"),
    ];
    let arguments = [&to, &client(&mount, &["denied"])[..]].concat();
    let (mut credrun, _container) = live("live-recorded", &arguments);
    let ran = run(&mut credrun).success();
    told(&ran, &["5 denied by AWS; not every SDK reports its calls"]);
    let lines = lines(&record);
    assert_eq!(lines.len(), 5, "{lines:?}");
    for line in &lines {
        assert_eq!(line["Verdict"], "observed", "{line}");
        assert_eq!(line["Resources"], Value::Array(Vec::new()), "{line}");
        assert!(line["Denial"].is_object(), "{line}");
        assert_eq!(line["Region"], "eu-west-1", "{line}");
    }
    assert_eq!(lines[0]["Denial"]["Policy"], "identity-based");
    assert_eq!(lines[3]["Denial"]["Policy"], "service-control");
    assert_eq!(lines[4]["Actions"], serde_json::json!(["s3:ListBucket"]));
    let report = std::fs::read_to_string(&report).expect("a report");
    let report: Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!(report["Calls"]["Total"], 5, "{report}");
    assert_eq!(report["Calls"]["Denials"][0]["Calls"], 3, "{report}");
}

#[test]
fn a_detached_run_tells_of_denials_in_its_log() {
    let mount = mount();
    let (ran, container) = detached("live-denied-d", &client(&mount, &["denied"]));
    let ran = ran.success();
    until("the end is logged", || {
        let log = std::fs::read_to_string(log(&ran)).expect("a log");
        log.contains("AWS denied sqs:SendMessage 3 times")
            && log.contains("\"Action\":\"sqs:SendMessage\"")
    });
    nothing_is_left(&container.0);
}

#[test]
fn the_aws_cli_is_denied_by_a_role_of_few_rights_and_credrun_tells_of_it() {
    let aws = AwsStandIn::shared();
    let endpoint = format!("AWS_ENDPOINT_URL={}", aws.endpoint_url());
    let script = "aws --endpoint-url \"$AWS_ENDPOINT_URL\" s3api list-buckets >/dev/null
                  aws --endpoint-url \"$AWS_ENDPOINT_URL\" sqs create-queue --queue-name jobs
                  aws --endpoint-url \"$AWS_ENDPOINT_URL\" s3api put-object --bucket b --key k || true";
    let mut command = credrun();
    command.envs(aws.cloudshell());
    command.args(["--live", "--network", "host", "--role-arn", aws.role_arn()]);
    command.args(["-e", &endpoint, "--entrypoint", "sh", AWS_CLI, "-c", script]);
    let ran = run(&mut command).success();
    println!("{}", ran.stderr);
    told(
        &ran,
        &[
            "SDKs reported 3 AWS calls, 2 denied by AWS\n",
            "sqs:CreateQueue",
            "s3:PutObject",
        ],
    );
}

#[test]
fn where_no_sdk_tells_of_a_call_credrun_says_that_it_cannot_tell_and_only_with_a_record() {
    let room = tempfile::tempdir().expect("a directory");
    let (record, report) = (room.path().join("calls.jsonl"), room.path().join("report"));
    let report_to = report.to_str().expect("UTF-8");
    let to = [
        "--record",
        record.to_str().expect("UTF-8"),
        "--report",
        report_to,
    ];
    let (mut credrun, _container) = live("live-untold", &[&to[..], &[IMAGE, "true"]].concat());
    let ran = run(&mut credrun).success();
    told(
        &ran,
        &["credrun: cannot tell which AWS calls the container made"],
    );
    assert_eq!(lines(&record).len(), 0);
    let report = std::fs::read_to_string(&report).expect("a report");
    let report: Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!(report["Calls"], Value::Null);

    let (mut credrun, _container) = live("live-silent", &[IMAGE, "true"]);
    let ran = run(&mut credrun).success();
    assert!(!ran.stderr.contains("calls"), "{}", ran.stderr);
}

#[test]
fn settings_of_monitoring_that_are_the_users_stay_and_nothing_is_told() {
    let mount = mount();
    let off = ["-e", "AWS_CSM_ENABLED=false"];
    let arguments = [&off[..], &client(&mount, &["denied"])].concat();
    let (mut credrun, _container) = live("live-unmonitored", &arguments);
    let ran = run(&mut credrun).success();
    told(
        &ran,
        &["keeping your AWS_CSM_ENABLED from -e or --env-file"],
    );
    assert!(!ran.stderr.contains("denied by AWS"), "{}", ran.stderr);
}

#[test]
fn a_flood_of_datagrams_keeps_no_client_in_the_container_from_its_credentials() {
    let mount = mount();
    let (mut credrun, container) = live("live-flood", &client(&mount, &["flooded", "denied"]));
    let ran = run(&mut credrun).success();
    let out = ran.out();
    let slowest: f64 = out
        .lines()
        .next()
        .and_then(|line| line.parse().ok())
        .expect("a number");
    println!(
        "the slowest of 100 requests took {slowest} s\n{}",
        ran.stderr
    );
    // The least patient SDKs wait as long.
    assert!(slowest < 1.0, "{slowest}");
    told(
        &ran,
        &["credrun: warning: SDKs reported more AWS calls than credrun could note"],
    );
    docker(&["version"]).success();
    nothing_is_left(&container.0);
}

/// SDKs put their session token into each datagram in which they tell of a call.
#[test]
fn a_token_in_a_datagram_is_in_no_output_no_record_and_no_report() {
    let told = Run::new("live-secret-told");
    let room = told.room.path().to_str().expect("UTF-8").to_owned();
    let (record, report) = (format!("{room}/calls.jsonl"), format!("{room}/report"));
    let mount = mount();
    let to = ["--record", &record, "--report", &report];
    let arguments = [&to[..], &client(&mount, &["denied", "told"])].concat();
    let ended = finish(start(&mut told.credrun(&arguments))).success();
    let recorded = std::fs::read_to_string(&record).expect("a record");
    // Those of the SDK, and those of the script but the one that is not to be parsed.
    assert!(recorded.lines().count() >= 5 + 12, "{recorded}");
    assert!(
        recorded.contains("\"Operation\":\"GetObject\""),
        "{recorded}"
    );
    assert!(Path::new(&report).exists());
    told.assert_output_is_clean(&ended);
    told.assert_files_are_clean();
}
