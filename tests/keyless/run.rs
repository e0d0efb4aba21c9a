//! A run with `--keyless`, attached and detached, in every network.

use std::io::Write as _;

use crate::client::Client;
use crate::sdks::all_are_verified;
use crate::support::aws::python_tool;
use crate::support::engine::{Removed, docker, unique_name};
use crate::support::live::{Network, nothing_is_left, relays, runs};
use crate::support::process::{finish, run, signal, start};
use crate::support::until;
use crate::support::verifying_aws::VerifyingAws;
use rustix::process::Signal;

/// A call, and then a life of some minutes.
const CALL_AND_STAY: &str = "
import signal, time, boto3
boto3.client('sts').get_caller_identity()
print('up', flush=True)
signal.signal(signal.SIGTERM, lambda *_: exit(7))
time.sleep(600)
";
const CALL: &str = "
import os, boto3
print(boto3.client('sts').get_caller_identity()['Account'])
boto3.client('s3').list_buckets()
";

#[test]
fn a_container_calls_in_every_network() {
    let network = Network::new("keyless-network");
    let other = Removed(unique_name("keyless-joined"));
    let stay = [
        "run",
        "-d",
        "--name",
        &other.0,
        "credrun-test:latest",
        "sleep",
        "600",
    ];
    docker(&stay).success();
    let joined = format!("container:{}", other.0);
    for mode in ["bridge", "host", "none", &network.0, &joined] {
        let caller = VerifyingAws::shared().caller();
        let flags = ["--network", mode];
        let mut client = Client::new(&caller, "keyless-networks", &flags);
        let ran = client.run(&["-c", CALL]).success();
        assert_eq!(ran.out(), "123456789012\n", "{mode}: {}", ran.stderr);
        let calls = caller.calls();
        all_are_verified(&calls, &caller);
        assert_eq!(calls.len(), 2, "{mode}");
        client.has_received();
        nothing_is_left(client.container());
    }
}

#[test]
fn a_detached_container_calls_is_listed_and_is_stopped() {
    let caller = VerifyingAws::shared().caller();
    let mut client = Client::new(&caller, "keyless-detached", &["-d"]);
    let ran = client.run(&["-c", CALL_AND_STAY]).success();
    assert_eq!(ran.out().trim().len(), 64, "{ran:?}");
    let name = client.container().to_owned();
    runs(&name);
    let listed = run(caller.credrun().arg("ps")).success().out();
    let line = listed.lines().find(|line| line.contains(&name));
    let line = line.unwrap_or_else(|| panic!("{listed}"));
    assert!(line.contains("keyless"), "{listed}");
    run(caller.credrun().args(["stop", &name])).success();
    nothing_is_left(&name);
    all_are_verified(&caller.calls(), &caller);
    assert_eq!(caller.calls().len(), 1);
    client.has_received();
}

#[test]
fn credrun_exec_brings_no_key_into_the_container_and_docker_exec_calls_like_it() {
    let caller = VerifyingAws::shared().caller();
    let mut client = Client::new(&caller, "keyless-exec", &["-d"]);
    client.run(&["-c", CALL_AND_STAY]).success();
    let name = client.container().to_owned();
    runs(&name);
    let refused = run(caller.credrun().args(["exec", &name, "env"]));
    assert_eq!(refused.code(), 125, "{refused:?}");
    let why = "was started with --keyless, so it gets no credentials";
    assert!(refused.stderr.contains(why), "{}", refused.stderr);
    assert_eq!(refused.out(), "");
    let python = python_tool("python");
    let python = python.to_str().expect("UTF-8");
    docker(&["exec", &name, python, "-c", CALL]).success();
    run(caller.credrun().args(["stop", &name])).success();
    let calls = caller.calls();
    all_are_verified(&calls, &caller);
    assert_eq!(calls.len(), 3);
    nothing_is_left(&name);
}

#[test]
fn a_signal_reaches_the_container_and_its_status_comes_back() {
    let caller = VerifyingAws::shared().caller();
    let mut client = Client::new(&caller, "keyless-signal", &[]);
    let child = start(client.command().args(["-c", CALL_AND_STAY]));
    runs(client.container());
    signal(&child, Signal::TERM);
    assert_eq!(finish(child).code(), 7);
    nothing_is_left(client.container());
}

#[test]
fn calls_go_on_behind_the_relay_that_takes_the_place_of_a_killed_one() {
    let caller = VerifyingAws::shared().caller();
    let flags = ["-i", "--network", "host", "--log-driver", "json-file"];
    let mut client = Client::new(&caller, "keyless-relay", &flags);
    let script = "
import time, boto3, raw
sts = boto3.client('sts')
sts.get_caller_identity()
print('up', flush=True)
input()
end = time.monotonic() + 20
while True:
    try:
        raw.connect().close()
        break
    except ConnectionRefusedError:
        assert time.monotonic() < end
        time.sleep(0.05)
sts.get_caller_identity()
";
    let mut child = start(client.command().args(["-c", script]));
    let name = client.container().to_owned();
    runs(&name);
    let first = relays(&name);
    docker(&["kill", &first[0]]).success();
    until("another relay serves", || {
        let now = relays(&name);
        now.len() == 1 && now != first
    });
    let mut input = child.stdin.take().expect("a pipe");
    writeln!(input).expect("a reader");
    drop(input);
    let ended = finish(child).success();
    assert!(
        ended.stderr.contains("a new relay has taken its place"),
        "{}",
        ended.stderr
    );
    assert_eq!(caller.calls().len(), 2);
    all_are_verified(&caller.calls(), &caller);
    nothing_is_left(&name);
}

#[test]
fn calls_go_on_after_a_pause() {
    let caller = VerifyingAws::shared().caller();
    let script = "
import time, boto3
sts = boto3.client('sts')
end = time.monotonic() + 3
while time.monotonic() < end:
    sts.get_caller_identity()
    print('up', flush=True)
";
    let flags = ["--log-driver", "json-file"];
    let mut client = Client::new(&caller, "keyless-pause", &flags);
    let child = start(client.command().args(["-c", script]));
    let name = client.container().to_owned();
    runs(&name);
    docker(&["pause", &name]).success();
    let calls = caller.calls().len();
    docker(&["unpause", &name]).success();
    finish(child).success();
    assert!(caller.calls().len() > calls);
    all_are_verified(&caller.calls(), &caller);
}

#[test]
fn the_summary_counts_calls_and_refusals_and_q_silences_it() {
    let script = "
import boto3
from botocore.exceptions import ClientError
for _ in range(3):
    boto3.client('sts').get_caller_identity()
try:
    boto3.client('s3').delete_object(Bucket='bucket', Key='key')
except ClientError:
    pass
";
    for (flags, told) in [(&[][..], true), (&["-q"], false)] {
        let caller = VerifyingAws::shared().caller();
        let flags = [&["--deny", "s3:Delete*"], flags].concat();
        let mut client = Client::new(&caller, "keyless-summary", &flags);
        let ran = client.run(&["-c", script]).success();
        let summary = "4 calls, 1 refused: s3:DeleteObject";
        assert_eq!(ran.stderr.contains(summary), told, "{}", ran.stderr);
    }
}

#[test]
fn a_record_has_a_line_for_each_call_and_no_secret() {
    let room = tempfile::tempdir().expect("a directory");
    let record = room.path().join("calls.jsonl");
    let caller = VerifyingAws::shared().caller();
    let file = record.to_str().expect("UTF-8");
    let flags = ["--record", file, "--deny", "dynamodb:Delete*"];
    let script = "
import boto3
from botocore.exceptions import ClientError
boto3.client('sts').get_caller_identity()
boto3.client('sts').assume_role(RoleArn='arn:aws:iam::123456789012:role/r', RoleSessionName='me')
boto3.client('secretsmanager').create_secret(Name='recorded', SecretString='hush-hush')
try:
    boto3.client('dynamodb').delete_table(TableName='none')
except ClientError:
    pass
";
    let mut client = Client::new(&caller, "keyless-record", &flags);
    client.run(&["-c", script]).success();
    let text = std::fs::read_to_string(&record).expect("a record");
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines.len(), 4, "{text}");
    for word in [
        "GetCallerIdentity",
        "AssumeRole",
        "CreateSecret",
        "DeleteTable",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(!text.contains("hush-hush"), "{text}");
    for secret in caller.secrets() {
        crate::client::assert_absent(text.as_bytes(), &secret, "the record");
    }
}
