//! What the other tests stand on: the stand-in for AWS accepts botocore's calls, and nothing that
//! was changed since it was signed.

use std::process::Command;
use std::time::Duration;

use crate::client::PATIENCE;
use crate::support::aws::python_tool;
use crate::support::process::{clean, finish_within, run, start};
use crate::support::repository;
use crate::support::verifying_aws::{Caller, VerifyingAws};

fn python(caller: &Caller) -> Command {
    let mut python = clean(Command::new(python_tool("python")));
    python.envs(caller.variables());
    python
}

/// Signs a request with botocore, changes it, and says what comes of it.
const CHANGED: &str = r#"
import http.client, io, os, sys, urllib.parse, urllib.request
import boto3
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest

url = os.environ["AWS_ENDPOINT_URL"]
keys = boto3.Session().get_credentials().get_frozen_credentials()
region = os.environ["AWS_REGION"]

def try_it(name, change, service="sts", body=b"Action=GetCallerIdentity&Version=2011-06-15", headers={}):
    signer = S3SigV4Auth if service == "s3" else SigV4Auth
    method = "PUT" if service == "s3" else "POST"
    path = "/changed-bucket/key" if service == "s3" else "/"
    headers = {"Content-Type": "application/x-www-form-urlencoded", **headers}
    request = AWSRequest(method, url + path, headers=headers, data=body)
    signer(keys, service, region).add_auth(request)
    sent = {"path": path, "body": body, "headers": dict(request.headers.items())}
    change(sent)
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc)
    connection.request(method, sent["path"], sent["body"], sent["headers"])
    answer = connection.getresponse()
    code = answer.read().decode().partition("<Code>")[2].partition("<")[0]
    print(name, answer.status, code)

def header(name, value):
    return lambda sent: sent["headers"].update({name: value})

def body(sent):
    sent["body"] = sent["body"][:-1] + b"6"

def flip(sent):
    old = sent["headers"]["Authorization"]
    sent["headers"]["Authorization"] = old[:-1] + ("0" if old[-1] != "0" else "1")

try_it("nothing", lambda sent: None)
try_it("body", body)
try_it("signature", flip)
try_it("date", header("X-Amz-Date", "20250101T000000Z"))
try_it("token", header("X-Amz-Security-Token", "another"))
try_it("type", header("Content-Type", "text/plain"))
try_it("more", header("X-Amz-More", "unsigned"))
try_it("path", lambda sent: sent.update(path="/other"))
try_it("query", lambda sent: sent.update(path="/?a=b"))
try_it("s3", lambda sent: None, "s3", b"content")
try_it("s3-body", lambda sent: sent.update(body=b"another"), "s3", b"content")
"#;

const OUTCOMES: &str = "\
nothing 200 
body 403 SignatureDoesNotMatch
signature 403 SignatureDoesNotMatch
date 403 SignatureDoesNotMatch
token 403 InvalidClientTokenId
type 403 
more 403 AccessDenied
path 403 SignatureDoesNotMatch
query 403 SignatureDoesNotMatch
s3 404 NoSuchBucket
s3-body 400 XAmzContentSHA256Mismatch
";

#[test]
fn the_stand_in_refuses_what_was_changed_after_it_was_signed() {
    let caller = VerifyingAws::shared().caller();
    let changed = run(python(&caller).args(["-c", CHANGED])).success().out();
    assert_eq!(changed, OUTCOMES);
    let accepted: Vec<_> = caller
        .calls()
        .into_iter()
        .filter(|call| call.refused.is_none())
        .map(|call| call.operation)
        .collect();
    assert_eq!(accepted, ["GetCallerIdentity", "PUT /changed-bucket/key"]);
}

#[test]
fn the_stand_in_refuses_a_set_that_has_ended() {
    let caller = VerifyingAws::shared().rotating(Duration::from_secs(2), Duration::from_secs(1));
    let script = "
import os, time, boto3
from botocore.exceptions import ClientError
keys = boto3.Session().get_credentials().get_frozen_credentials()
sts = boto3.client('sts', aws_access_key_id=keys.access_key,
    aws_secret_access_key=keys.secret_key, aws_session_token=keys.token)
end = time.monotonic() + 20
sts.get_caller_identity()
while time.monotonic() < end:
    try:
        sts.get_caller_identity()
    except ClientError as error:
        print(error.response['Error']['Code'])
        break
";
    let out = run(python(&caller).args(["-c", script])).success().out();
    assert_eq!(out, "ExpiredToken\n");
}

#[test]
fn the_stand_in_accepts_every_call_of_boto3_that_is_signed_by_headers() {
    let aws = VerifyingAws::shared();
    let caller = aws.caller();
    let full = "full-directly";
    aws.bucket(full, 3000);
    let direct = [
        "s3",
        "s3_multipart",
        "s3_unsigned_body",
        "s3_3000_keys",
        "dynamodb",
        "lambda_",
        "sns",
        "route53",
        "ec2",
    ];
    let mut client = python(&caller);
    client
        .arg(repository("tests/keyless/clients/services.py"))
        .args(direct)
        .env("RUN", "direct")
        .env("FULL_BUCKET", full);
    finish_within(PATIENCE, start(&mut client)).success();
    let refused: Vec<_> = caller
        .calls()
        .into_iter()
        .filter_map(|call| call.refused)
        .collect();
    assert_eq!(refused, [""; 0]);
}
