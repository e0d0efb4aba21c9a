//! The real set ends and is replaced while the container calls.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;

use crate::client::Client;
use crate::support::verifying_aws::VerifyingAws;

const LIFE: Duration = Duration::from_secs(9);
const SPARE: Duration = Duration::from_secs(5);

#[test]
fn no_call_fails_while_sets_are_replaced_and_end() {
    let caller = VerifyingAws::shared().rotating(LIFE, SPARE);
    let script = "
import time, boto3
from botocore.config import Config
sts = boto3.client('sts', config=Config(retries={'total_max_attempts': 1}))
end = time.monotonic() + 18
while time.monotonic() < end:
    sts.get_caller_identity()
    time.sleep(0.1)
";
    let mut client = Client::new(&caller, "keyless-renewal", &[]);
    client.run(&["-c", script]).success();
    let calls = caller.calls();
    let refused: Vec<_> = calls
        .iter()
        .filter_map(|call| call.refused.as_ref())
        .collect();
    assert_eq!(refused, [""; 0]);
    let sets: BTreeSet<_> = calls.iter().map(|call| &call.signed_by).collect();
    assert!(sets.len() >= 3, "{sets:?}");
    client.has_received();
}

/// Each time that credrun asks, there is another set.
#[test]
fn a_call_whose_set_has_ended_is_repeated_once() {
    let caller =
        VerifyingAws::shared().rotating(Duration::from_secs(900), Duration::from_secs(901));
    let headers = [["Content-Type", "application/x-amz-json-1.0"]];
    let body = r#"{"__type":"ExpiredTokenException","message":"{session_token} is expired"}"#;
    let ended = json!({"times": 3, "where": "ListTables",
                       "answer": {"status": 400, "headers": headers, "body": body}});
    caller.fault(&ended);
    let script = "
from raw import report, tables
report('twice', tables())
report('once', tables())
report('no more', tables())
";
    let mut client = Client::new(&caller, "keyless-expired", &[]);
    let ran = client.run(&["-c", script]).success();
    assert_eq!(
        ran.out(),
        "twice 400 ExpiredTokenException\nonce 200 \nno more 200 \n"
    );
    assert_eq!(caller.calls().len(), 5);
    client.has_received();
}

/// An expired token of its own is nothing that another set of credrun's would help against.
#[test]
fn a_token_in_a_call_that_has_ended_renews_nothing() {
    let caller =
        VerifyingAws::shared().rotating(Duration::from_secs(900), Duration::from_secs(901));
    let body = "<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredTokenException</Code>\
                <Message>the token has expired</Message></Error></ErrorResponse>";
    let answer = json!({"status": 400, "headers": [["Content-Type", "text/xml"]], "body": body});
    caller.fault(&json!({"times": 2, "where": "AssumeRoleWithWebIdentity", "answer": answer}));
    let script = "
from raw import FORM, Request, report
call = b'Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn:aws:iam::1:role/r&WebIdentityToken=old'
report('own', Request('POST', '/', 'sts', call, FORM))
";
    let mut client = Client::new(&caller, "keyless-own-token", &[]);
    let ran = client.run(&["-c", script]).success();
    assert_eq!(
        ran.out(),
        "own 400 ExpiredTokenException\n",
        "{}",
        ran.stderr
    );
    assert_eq!(caller.calls().len(), 1);
    client.has_received();
}
