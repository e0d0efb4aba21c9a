//! Clients in the container that send what no SDK sends: line by line the threats that
//! `docs/keyless.md` names. `clients/hostile.py` has the requests.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::sync::{Mutex, PoisonError};

use serde_json::json;

use crate::client::{Client, PATIENCE};
use crate::support::connect_proxy::{ConnectProxy, Manner};
use crate::support::process::{finish_within, start};
use crate::support::verifying_aws::{Call, Caller, VerifyingAws};

/// What came of each request: `STATUS CODE`; status 0 where the connection was closed unanswered.
type Outcomes = BTreeMap<String, String>;

struct Attack<'a> {
    caller: Caller<'a>,
    outcomes: Outcomes,
    stderr: String,
}

impl Attack<'_> {
    fn with(kind: &str, flags: &[&str]) -> Self {
        let aws = VerifyingAws::shared();
        let caller = aws.caller();
        let bucket = format!("hostile-{}", kind.replace('_', "-"));
        aws.bucket(&bucket, 0);
        let bucket = format!("BUCKET={bucket}");
        let flags = [&["-e", &bucket], flags].concat();
        let mut client = Client::new(&caller, &format!("keyless-{kind}"), &flags);
        let ran = client.run(&["hostile.py", kind]).success();
        println!("{}{}", ran.out(), ran.stderr);
        client.has_received();
        drop(client);
        let outcomes = ran.out();
        let outcomes = outcomes.lines().filter_map(|line| line.split_once(' '));
        let outcomes = outcomes.map(|(name, came)| (name.to_owned(), came.to_owned()));
        Self {
            outcomes: outcomes.collect(),
            stderr: ran.stderr,
            caller,
        }
    }

    fn came(&self, name: &str) -> &str {
        let came = self.outcomes.get(name);
        came.unwrap_or_else(|| panic!("{name}: {:?}", self.outcomes))
    }

    /// Every request was refused as the client's fault, and these passed.
    fn only_these_pass(&self, passed: &[&str]) -> Vec<Call> {
        for (name, came) in &self.outcomes {
            let status = came.split(' ').next().expect("a status");
            let refused = status == "0" || status.starts_with('4');
            assert_eq!(!refused, passed.contains(&name.as_str()), "{name}: {came}");
        }
        // A body that streams is compared with its hash by AWS itself.
        let mut calls = self.caller.calls();
        calls.retain(|call| call.refused.is_none());
        assert_eq!(calls.len(), passed.len(), "{calls:?}");
        calls
    }
}

#[test]
fn a_request_for_another_place_is_refused() {
    Attack::with("other_targets", &[]).only_these_pass(&[]);
}

/// Calls go to AWS itself, as far as a proxy that lets none through.
#[test]
fn a_region_that_is_none_or_of_another_partition_leads_nowhere() {
    let proxy = ConnectProxy::start(Manner::Answer(502));
    let caller = VerifyingAws::shared().caller();
    let mut client = Client::new(&caller, "keyless-regions", &[]);
    let address = format!("http://{}", proxy.address());
    let command = client.command();
    command
        .env_remove("AWS_ENDPOINT_URL")
        .env("HTTPS_PROXY", address);
    let ran = client.run(&["hostile.py", "regions"]).success();
    println!("{}{}", ran.out(), ran.stderr);
    for line in ran.out().lines() {
        let (name, came) = line.split_once(' ').expect("both");
        let passed = came.starts_with("50");
        let is_one = ["eu-central-1", "us-west-2"].contains(&name);
        assert!(
            is_one == passed && (passed || came.starts_with('4')),
            "{line}"
        );
    }
    let hosts = ["eu-central-1", "us-west-2"]
        .map(|region| format!("CONNECT dynamodb.{region}.amazonaws.com:443"));
    assert_eq!(BTreeSet::from_iter(proxy.lines()), BTreeSet::from(hosts));
    client.has_received();
}

#[test]
fn a_request_whose_length_is_told_in_two_ways_is_refused_and_nothing_behind_it_is_read() {
    let attack = Attack::with("smuggled", &[]);
    for (name, came) in &attack.outcomes {
        let (status, answers) = came.split_once(' ').expect("both");
        assert!(
            ["0", "400", "411", "413", "501"].contains(&status),
            "{name}: {came}"
        );
        assert_eq!(answers, "0", "{name}");
    }
    assert!(attack.came("length-and-chunked").starts_with("400"));
    assert_eq!(attack.caller.calls().len(), 0);
}

#[test]
fn a_head_that_others_read_in_another_way_is_refused_and_nothing_behind_it_is_read() {
    let attack = Attack::with("malformed", &[]);
    for (name, came) in &attack.outcomes {
        let (status, answers) = came.split_once(' ').expect("both");
        assert!(
            status == "0" || status.starts_with('4') || status == "505",
            "{name}: {came}"
        );
        assert_eq!(answers, "0", "{name}");
    }
    assert_eq!(attack.caller.calls().len(), 0);
}

#[test]
fn lines_that_end_with_a_line_feed_alone_are_refused() {
    let attack = Attack::with("bare_line_feeds", &[]);
    for (name, came) in &attack.outcomes {
        assert!(came.starts_with("400"), "{name}: {came}");
    }
    assert_eq!(attack.caller.calls().len(), 0);
}

#[test]
fn a_request_that_names_two_operations_is_refused() {
    Attack::with("meanings", &[]).only_these_pass(&[]);
}

/// The stand-in is an AWS that takes anything for AssumeRole which only says so somewhere.
#[test]
fn no_way_to_ask_for_credentials_gets_real_ones() {
    let aws = VerifyingAws::shared();
    let caller = aws.caller();
    aws.bucket("express-of-hostile--use1-az4--x-s3", 0);
    let body = "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
                <AssumeRoleResult><Credentials><AccessKeyId>{access_key_id}</AccessKeyId>\
                <SecretAccessKey>{secret_access_key}</SecretAccessKey>\
                <SessionToken>{session_token}</SessionToken>\
                <Expiration>2050-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult>\
                </AssumeRoleResponse>";
    let answer = json!({"status": 200, "headers": [["Content-Type", "text/xml"]], "body": body});
    for asked in ["AssumeRole", "assumerole", "session=", "Session="] {
        caller.fault(&json!({"times": 1000, "where": asked, "answer": answer}));
    }
    let bucket = "EXPRESS_BUCKET=express-of-hostile--use1-az4--x-s3";
    let mut client = Client::new(&caller, "keyless-sets", &["-e", bucket]);
    let ran = client.run(&["sets.py"]).success();
    println!("{}{}", ran.out(), ran.stderr);
    assert!(ran.out().contains("honest 200  ASIA"), "{}", ran.out());
    let out = ran.out();
    let got = |line: &&str| line.contains(caller.access_key_id());
    let got_the_real_one: Vec<_> = out.lines().filter(got).collect();
    assert_eq!(got_the_real_one, [""; 0]);
    client.has_received();
}

#[test]
fn a_path_cannot_lead_past_the_list() {
    let attack = Attack::with("paths", &["--allow", "lambda:ListFunctions"]);
    assert!(attack.came("honest").starts_with("200"));
    for call in attack.caller.calls() {
        assert!(!call.target.contains("invocations"), "{call:?}");
        assert_eq!(call.refused, None, "{call:?}");
    }
    assert!(attack.came("forbidden").starts_with("403"));
}

#[test]
fn a_header_that_changes_a_call_must_be_signed_and_others_stay_here() {
    let attack = Attack::with("headers", &[]);
    let calls = attack.only_these_pass(&["passing", "upgrade"]);
    for call in &calls {
        assert_eq!(call.refused, None, "{call:?}");
        for own in [
            "forwarded",
            "x-forwarded-for",
            "x-forwarded-host",
            "via",
            "cookie",
            "upgrade",
        ] {
            assert!(!call.has_header(own), "{own}: {call:?}");
        }
    }
}

#[test]
fn a_signature_that_is_not_this_runs_is_refused() {
    let attack = Attack::with("signatures", &[]);
    attack.only_these_pass(&["honest", "dated-by-date"]);
    for (name, code) in [
        ("foreign-key", "403 InvalidClientTokenId"),
        ("wrong-secret", "403 SignatureDoesNotMatch"),
        ("another-body", "403 SignatureDoesNotMatch"),
        ("not-signed", "403 MissingAuthenticationToken"),
    ] {
        assert_eq!(attack.came(name), code, "{name}");
    }
    let told = attack.stderr.matches("AKIAIOSFODNN7EXAMPLE").count();
    assert_eq!(told, 1, "{}", attack.stderr);
}

#[test]
fn a_request_that_is_sent_again_is_the_same_or_none() {
    Attack::with("replayed", &[]).only_these_pass(&["first", "again"]);
}

#[test]
fn a_signed_chunk_that_was_changed_ends_the_upload() {
    let attack = Attack::with("chunks", &[]);
    for name in ["whole", "whole-without-trailer"] {
        assert!(attack.came(name).starts_with("200"), "{name}");
    }
    for name in [
        "changed",
        "swapped",
        "last-signature",
        "trailer",
        "size",
        "large",
    ] {
        let came = attack.came(name);
        assert!(
            came.starts_with('0') || came.starts_with('4'),
            "{name}: {came}"
        );
    }
    let calls = attack.caller.calls();
    let whole: Vec<_> = calls
        .iter()
        .filter(|call| call.refused.is_none())
        .map(|call| call.target.rsplit('/').next().expect("a key"))
        .collect();
    assert_eq!(whole, ["whole", "whole-without-trailer"], "{calls:?}");
}

#[test]
fn heads_and_bodies_have_limits() {
    let attack = Attack::with("sizes", &[]);
    attack.only_these_pass(&["deep-json", "entities"]);
}

#[test]
fn what_does_not_come_is_not_waited_for() {
    let attack = Attack::with("slow", &[]);
    for (name, came) in &attack.outcomes {
        assert!(came.ends_with("soon"), "{name}: {came}");
    }
}

/// For half of the calls, on two busy cores, which the flood itself takes. The SDK would wait for a minute.
const MEDIAN_BESIDE_A_FLOOD: f64 = 2.0;

/// One flood at a time, and none beside bulk: two take twice as much.
pub(crate) static FLOOD: Mutex<()> = Mutex::new(());

/// An SDK's calls beside a flood of this kind: none is lost, and they are served in turn.
fn an_sdk_calls_beside(kind: &str) {
    let _alone = FLOOD.lock().unwrap_or_else(PoisonError::into_inner);
    let caller = VerifyingAws::shared().caller();
    let flags = ["-i", "--network", "host", "-e", "CALLS=40"];
    let mut client = Client::new(&caller, "keyless-flood", &flags);
    let mut child = start(client.command().args(["flood.py", kind]));
    let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let lines = lines.map(|line| line.expect("text"));
    let flood = lines
        .inspect(|line| println!("{line}"))
        .find(|line| line.starts_with("flood: "));
    let flood = flood.expect("its figures");
    drop(child.stdin.take());
    let ended = finish_within(PATIENCE, child).success();
    println!("{}", ended.stderr);
    assert!(flood.starts_with("flood: lost 0,"), "{flood}");
    let median = flood
        .split_once("median ")
        .and_then(|(_, rest)| rest.split(' ').next());
    let median: f64 = median.and_then(|word| word.parse().ok()).expect("seconds");
    assert!(median < MEDIAN_BESIDE_A_FLOOD, "{flood}");
}

#[test]
fn an_sdk_loses_no_call_beside_5000_connections_and_slow_bodies() {
    an_sdk_calls_beside("connections");
}

#[test]
fn an_sdk_loses_no_call_beside_heads_that_never_end() {
    an_sdk_calls_beside("heads");
}
