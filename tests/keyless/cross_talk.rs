//! No answer, key or list of one call or run is another's.

use std::io::Write as _;

use serde_json::json;

use crate::client::{Client, PATIENCE};
use crate::sdks::all_are_verified;
use crate::support::process::{Lines, finish_within, start};
use crate::support::verifying_aws::{REGION, VerifyingAws};

/// STS says with which key it was called.
const IDENTITY: &str = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
     <GetCallerIdentityResult><UserId>{access_key_id}</UserId></GetCallerIdentityResult>\
     </GetCallerIdentityResponse>";

#[test]
fn two_runs_beside_one_another_have_answers_keys_and_lists_of_their_own() {
    let aws = VerifyingAws::shared();
    let callers = [aws.caller(), aws.caller()];
    let answer =
        json!({"status": 200, "headers": [["Content-Type", "text/xml"]], "body": IDENTITY});
    for caller in &callers {
        caller.fault(&json!({"times": 1000, "where": "GetCallerIdentity", "answer": answer}));
    }
    // In one namespace, so that each reaches the other's address.
    let lists: [&[&str]; 2] = [&["--deny", "s3:ListAllMyBuckets"], &[]];
    let mut clients = [0, 1].map(|at| {
        let flags = [&["-i", "--network", "host"], lists[at]].concat();
        Client::new(&callers[at], "keyless-two-runs", &flags)
    });
    let mut children = clients
        .each_mut()
        .map(|client| start(client.command().args(["cross_talk.py", "two_runs"])));
    let outputs = children
        .each_mut()
        .map(|child| Lines::of(child.stdout.take().expect("a pipe")));
    let said = outputs.each_ref().map(Lines::next);
    for (child, others) in children.iter_mut().zip(said.iter().rev()) {
        let mut input = child.stdin.take().expect("a pipe");
        writeln!(input, "{others}").expect("a reader");
    }
    let listed = ["AccessDenied 403", "ok"];
    for (at, lines) in outputs.iter().enumerate() {
        let own = callers[at].access_key_id();
        assert_eq!(lines.next(), format!("answered {own}"));
        for refused in ["others-key-here", "own-key-there"] {
            let line = lines.next();
            let expected = format!("{refused} InvalidClientTokenId 403");
            assert!(line.starts_with(&expected), "{line}");
        }
        let line = lines.next();
        assert!(line.starts_with(&format!("list {}", listed[at])), "{line}");
    }
    for child in children {
        finish_within(PATIENCE, child).success();
    }
    for (at, calls) in [100, 101].into_iter().enumerate() {
        all_are_verified(&callers[at].calls(), &callers[at]);
        assert_eq!(callers[at].calls().len(), calls);
        for secret in callers[1 - at].secrets() {
            clients[at].has_not_received(&secret);
        }
    }
}

#[test]
fn answers_to_calls_at_once_reach_those_who_called() {
    let aws = VerifyingAws::shared();
    let caller = aws.caller();
    aws.bucket("cross-talk", 0);
    let mut client = Client::new(&caller, "keyless-at-once", &["-e", "BUCKET=cross-talk"]);
    let ran = client.run(&["cross_talk.py", "one_run"]).success();
    let said = "own answers 300 of 300\nover HTTP/2 24 of 24\n";
    assert_eq!(ran.out(), said, "{}", ran.stderr);
    let calls = caller.calls();
    all_are_verified(&calls, &caller);
    let elsewhere = calls.iter().filter(|call| call.region != REGION);
    assert_eq!(elsewhere.count(), 2 * 2 * 11, "{calls:?}");
}

#[test]
fn no_answer_is_kept_for_another_call() {
    let aws = VerifyingAws::shared();
    let caller = aws.caller();
    aws.bucket("kept-answers", 0);
    let never_changes = json!([
        ["Cache-Control", "public, max-age=31536000, immutable"],
        ["Expires", "Thu, 31 Dec 2099 23:59:59 GMT"],
    ]);
    caller.fault(&json!({"times": 1000, "where": "GET /kept-answers", "headers": never_changes}));
    let mut client = Client::new(&caller, "keyless-kept", &["-e", "BUCKET=kept-answers"]);
    let ran = client.run(&["cross_talk.py", "again"]).success();
    assert_eq!(ran.out(), "0 1 2 3 4 5 6 7 8 9 ", "{}", ran.stderr);
    let calls = caller.calls();
    all_are_verified(&calls, &caller);
    let reads = calls.iter().filter(|call| call.method == "GET");
    assert_eq!(reads.count(), 10);
}
