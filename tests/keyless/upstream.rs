//! An AWS that fails, or answers what is not for the container.

use std::io::ErrorKind;
use std::net::TcpListener;

use serde_json::{Value, json};

use crate::client::{Client, assert_absent};
use crate::support::verifying_aws::{Caller, VerifyingAws};

/// Makes calls while each fault is there once. Gives what the client printed.
fn calls_with(caller: &Caller, name: &str, faults: &[Value], script: &str) -> String {
    for fault in faults {
        caller.fault(fault);
    }
    let mut client = Client::new(caller, name, &[]);
    let ran = client.run(&["-c", script]).success();
    println!("{}{}", ran.out(), ran.stderr);
    client.has_received();
    for secret in caller.secrets() {
        assert_absent(ran.stderr.as_bytes(), &secret, "stderr");
    }
    ran.out()
}

/// One call of DynamoDB, byte by byte: the status and the code in it.
const CALL: &str = "
from raw import ask, tables
def call(request=None, **more):
    status, code, answer = ask(request or tables(), **more)
    print(status, code, flush=True)
    return answer
";

#[test]
fn an_answer_that_is_none_costs_the_call_and_nothing_else() {
    let caller = VerifyingAws::shared().caller();
    let half = "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\n";
    let faults = [
        json!({"steps": [{"end": "reset"}]}),
        json!({"steps": [{"end": "close"}]}),
        json!({"steps": [{"send": half}, {"end": "close"}]}),
        json!({"steps": [{"send": "\u{0}\u{1}garbage\r\n\r\n{session_token}"}]}),
        json!({"steps": [{"send": "HTTP/1.1 2000 OK\r\n\r\n"}]}),
        json!({"steps": [{"send": format!("{half}Content-Length: -1\r\n\r\n")}]}),
        json!({"steps": [{"send": format!("{half}A: {}\r\n\r\n", "a".repeat(1 << 20))}]}),
    ];
    let script = format!("{CALL}\nfor _ in range(8): call()");
    let out = calls_with(&caller, "upstream-none", &faults, &script);
    let lines: Vec<_> = out.lines().collect();
    let (last, failed) = lines.split_last().expect("lines");
    assert_eq!(failed, ["502 ServiceUnavailable"; 7]);
    assert_eq!(*last, "200 ");
}

#[test]
fn an_sdk_tries_again_where_an_answer_is_none() {
    let caller = VerifyingAws::shared().caller();
    let faults = [
        json!({"steps": [{"end": "reset"}]}),
        json!({"steps": [{"send": "garbage"}]}),
    ];
    let script = "
import boto3
boto3.client('dynamodb').list_tables()
boto3.client('s3').list_buckets()
print('ok')
";
    let out = calls_with(&caller, "upstream-again", &faults, script);
    assert_eq!(out, "ok\n");
    assert_eq!(caller.calls().len(), 4);
}

#[test]
fn a_body_that_ends_too_early_is_not_taken_for_a_whole_one() {
    let caller = VerifyingAws::shared().caller();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: binary/octet-stream\r\n";
    let length = format!("{head}Content-Length: 100\r\n\r\nonly this");
    let chunks = format!("{head}Transfer-Encoding: chunked\r\n\r\n9\r\nonly this\r\n");
    let faults: Vec<_> = [length, chunks]
        .iter()
        .flat_map(|sent| {
            ["reset", "close"]
                .map(|end| json!({"steps": [{"send": sent, "wait": 0.2}, {"end": end}]}))
        })
        .collect();
    let script = "
import http.client, raw
for _ in range(4):
    request = raw.Request('GET', '/bucket/key', 's3')
    connection = http.client.HTTPConnection(raw.HOST, timeout=20)
    connection.request('GET', '/bucket/key', headers=dict(request.headers))
    answer = connection.getresponse()
    try:
        print(answer.status, answer.read())
    except (http.client.IncompleteRead, ConnectionError) as error:
        print(answer.status, 'cut')
";
    let out = calls_with(&caller, "upstream-cut", &faults, script);
    assert_eq!(out, "200 cut\n".repeat(4));
}

#[test]
fn an_aws_that_does_not_answer_holds_up_no_other_call() {
    let caller = VerifyingAws::shared().caller();
    let faults = [json!({"steps": [{"end": "stall"}], "where": "ListTables"})];
    let script = "
import threading, raw
waiting = threading.Thread(target=lambda: print(raw.status(raw.exchange(
    raw.tables().encoded(), timeout=8))))
waiting.start()
for _ in range(20):
    print(raw.ask(raw.identity())[0])
waiting.join()
";
    let out = calls_with(&caller, "upstream-stall", &faults, script);
    assert_eq!(out, format!("{}0\n", "200\n".repeat(20)));
}

#[test]
fn a_redirect_is_neither_followed_nor_handed_on() {
    let trap = TcpListener::bind("127.0.0.1:0").expect("a port");
    trap.set_nonblocking(true).expect("a socket");
    let address = trap.local_addr().expect("an address");
    let caller = VerifyingAws::shared().caller();
    let faults: Vec<_> = [301, 302, 303, 307, 308]
        .map(|status| {
            let location = format!("http://{address}/");
            json!({"answer": {"status": status, "headers": [["Location", location]]}})
        })
        .to_vec();
    let script = format!("{CALL}\nfor _ in range(5): assert b'ocation' not in call()");
    let out = calls_with(&caller, "upstream-redirect", &faults, &script);
    assert_eq!(out.lines().count(), 5, "{out}");
    let came = trap.accept().expect_err("nobody follows");
    assert_eq!(came.kind(), ErrorKind::WouldBlock);
    assert_eq!(caller.calls().len(), 5);
}

#[test]
fn headers_that_are_not_for_the_container_stay_here() {
    let caller = VerifyingAws::shared().caller();
    let headers = json!([
        ["Set-Cookie", "session={session_token}"],
        ["Alt-Svc", "h3=\":443\""],
        ["Strict-Transport-Security", "max-age=1"],
        ["Proxy-Authenticate", "Basic"],
        ["Location", "https://elsewhere.example/"],
        ["X-Amz-Meta-Kept", "kept"],
        ["Retry-After", "7"],
    ]);
    let faults = [json!({"headers": headers})];
    let script = format!("{CALL}\nprint(call().decode('latin-1').lower())");
    let out = calls_with(&caller, "upstream-headers", &faults, &script);
    let gone = [
        "set-cookie",
        "alt-svc",
        "strict-transport",
        "proxy-auth",
        "location",
    ];
    for name in gone {
        assert!(!out.contains(name), "{name}: {out}");
    }
    for kept in [
        "x-amz-meta-kept: kept",
        "retry-after: 7",
        "date: ",
        "x-amzn-requestid: ",
    ] {
        assert!(out.contains(kept), "{kept}: {out}");
    }
}

#[test]
fn an_error_that_repeats_a_secret_is_replaced() {
    let caller = VerifyingAws::shared().caller();
    let xml = |code: &str, inner: &str| {
        let body = format!("<Error><Code>{code}</Code><Message>no</Message>{inner}</Error>");
        json!({"answer": {"status": 403, "headers": [["Content-Type", "application/xml"]],
               "body": body}})
    };
    let json_error = |code: &str, message: &str| {
        let body = format!(r#"{{"__type":"{code}","message":"{message}"}}"#);
        let headers = [["Content-Type", "application/x-amz-json-1.0"]];
        json!({"answer": {"status": 400, "headers": headers, "body": body}})
    };
    let mut compressed = xml("Compressed", "{session_token}");
    compressed["answer"]["gzip"] = true.into();
    let far = format!("{}{{session_token}}", "far ".repeat(40_000));
    let faults = [
        xml(
            "SignatureDoesNotMatch",
            "<CanonicalRequest>{canonical_request}</CanonicalRequest>",
        ),
        xml("InvalidToken", "<Token-0>{session_token}</Token-0>"),
        xml(
            "InvalidAccessKeyId",
            "<AWSAccessKeyId>{access_key_id}</AWSAccessKeyId>",
        ),
        xml("Anything", "{secret_access_key}"),
        json_error(
            "InvalidSignatureException",
            "it should have been {session_token}",
        ),
        json_error("Other", "{session_token} {secret_access_key}"),
        compressed,
        xml("Far", &far),
    ];
    let script = format!("{CALL}\nfor _ in range(8): call()");
    let out = calls_with(&caller, "upstream-secrets", &faults, &script);
    let codes: Vec<_> = out.lines().collect();
    assert_eq!(codes.len(), 8, "{out}");
    assert!(codes[0].ends_with("SignatureDoesNotMatch"), "{out}");
}

#[test]
fn a_short_answer_that_repeats_a_secret_is_not_handed_on_and_the_beginning_of_a_token_is() {
    let caller = VerifyingAws::shared().caller();
    let token = &caller.variables()["AWS_SESSION_TOKEN"];
    let answer = |kind: &str, body: &str| json!({"answer": {"status": 200, "headers": [["Content-Type", kind]], "body": body}});
    let faults = [
        answer("application/x-amz-json-1.0", r#"{"a":"{session_token}"}"#),
        answer("text/xml", "<a>{secret_access_key}</a>"),
        answer(
            "application/x-amz-json-1.0",
            &format!(r#"{{"a":"{}"}}"#, &token[..60]),
        ),
    ];
    let script = "
from raw import report, tables
for name in ('token', 'key', 'beginning'):
    report(name, tables())
";
    let out = calls_with(&caller, "upstream-repeats", &faults, script);
    assert_eq!(
        out,
        "token 502 InternalFailure\nkey 502 InternalFailure\nbeginning 200 \n"
    );
}

#[test]
fn a_bucket_elsewhere_is_called_where_it_is() {
    let aws = VerifyingAws::shared();
    let caller = aws.caller();
    aws.bucket("elsewhere", 1);
    let moved = json!({"answer": {
        "status": 301,
        "headers": [["x-amz-bucket-region", "eu-west-1"], ["Content-Type", "application/xml"],
                    ["Location", "https://elsewhere.s3.eu-west-1.amazonaws.com/"]],
        "body": "<Error><Code>PermanentRedirect</Code><Endpoint>elsewhere.s3-eu-west-1.amazonaws.com\
                 </Endpoint></Error>"}});
    let script = "
from raw import Request, report
report('get', Request('GET', '/elsewhere/key-00000', 's3'))
report('again', Request('GET', '/elsewhere/key-00000', 's3'))
";
    let out = calls_with(&caller, "upstream-moved", &[moved], script);
    assert_eq!(out, "get 200 \nagain 200 \n");
    let regions: Vec<_> = caller.calls().into_iter().map(|call| call.region).collect();
    assert_eq!(regions, ["eu-central-1", "eu-west-1", "eu-west-1"]);
}

#[test]
fn a_region_that_an_answer_makes_up_is_not_used() {
    let aws = VerifyingAws::shared();
    let caller = aws.caller();
    let faults = ["evil.example#", "cn-north-1", "eu-mars-1"].map(|region| {
        json!({"answer": {"status": 301, "headers": [["x-amz-bucket-region", region]], "body":
               "<Error><Code>PermanentRedirect</Code></Error>"}})
    });
    let script = "
from raw import Request, report
for _ in range(3):
    report('get', Request('GET', '/made-up/key', 's3'))
";
    let out = calls_with(&caller, "upstream-made-up", &faults, script);
    assert_eq!(out, "get 301 PermanentRedirect\n".repeat(3));
    assert!(
        caller
            .calls()
            .iter()
            .all(|call| call.region == "eu-central-1")
    );
}

#[test]
fn events_of_a_stream_arrive_one_by_one() {
    let caller = VerifyingAws::shared().caller();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.amazon.eventstream\r\n\
                Transfer-Encoding: chunked\r\n\r\n";
    let faults = [json!({"steps": [
        {"send": format!("{head}3\r\none\r\n"), "wait": 4},
        {"send": "3\r\ntwo\r\n0\r\n\r\n"}]})];
    let script = "
import time, raw
connection = raw.connect()
connection.sendall(raw.tables().encoded())
answer, times = b'', []
for word in (b'one', b'two'):
    while word not in answer:
        answer += connection.recv(65536)
    times.append(time.monotonic())
print(times[1] - times[0] > 2)
";
    let out = calls_with(&caller, "upstream-events", &faults, script);
    assert_eq!(out, "True\n");
}
