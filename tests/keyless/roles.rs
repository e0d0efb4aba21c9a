//! Sets that AWS hands out to the container: it gets others in their place. And roles that a call hands
//! to a service.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use crate::client::Client;
use crate::support::verifying_aws::VerifyingAws;

#[test]
fn roles_and_sessions_made_inside_work_and_stay_keyless() {
    let aws = VerifyingAws::shared();
    let caller = aws.caller();
    let bucket = "express--use1-az4--x-s3";
    aws.bucket(bucket, 0);
    let name = format!("EXPRESS_BUCKET={bucket}");
    let mut client = Client::new(&caller, "keyless-roles", &["-e", &name]);
    let ran = client.run(&["roles.py"]).success();
    let said = "\
assumed assumed-role/assumed/first
chained assumed-role/assumed-2/second
session user/moto
federated user/moto
profile assumed-role/assumed/by-profile
mixed InvalidClientTokenId
mixed SignatureDoesNotMatch
express ok
";
    assert_eq!(ran.out(), said, "{}", ran.stderr);
    let calls = caller.calls();
    let refused: Vec<_> = calls
        .iter()
        .filter_map(|call| call.refused.as_ref())
        .collect();
    assert_eq!(refused, [""; 0]);
    // The caller's own set, two roles, the profile's role, the session of S3 Express, and one key for
    // the session and the federated user: moto always has the same for them.
    let signed_by: BTreeSet<_> = calls.iter().map(|call| &call.signed_by).collect();
    assert_eq!(signed_by.len(), 6, "{signed_by:?}");
    // Each set has a secret and a token.
    assert_eq!(caller.secrets().len(), 12);
    client.has_received();
}

/// Of another account, as a service gives them out.
const GIVEN: [(&str, &str); 3] = [
    ("AccessKeyId", "ASIAGIVENBYGAMELIFT0"),
    (
        "SecretAccessKey",
        "given/SecretAccessKeyOf40Characters+zzzz",
    ),
    ("SessionToken", "given-token-of-gamelift"),
];

/// `{"Credentials": {…}}`
fn in_cbor() -> Vec<u8> {
    let mut body = b"\xa1\x6bCredentials\xa3".to_vec();
    for text in GIVEN.iter().flat_map(|(name, value)| [name, value]) {
        body.extend([0x78, u8::try_from(text.len()).expect("short")]);
        body.extend(text.as_bytes());
    }
    body
}

/// Answers each request of a connection, and tells its head.
fn give(mut stream: TcpStream, heads: &Sender<String>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head)? == 0 {
                return Ok(());
            }
        }
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let length = length.map_or(0, |length| length.parse().expect("a length"));
        reader.read_exact(&mut vec![0; length])?;
        heads.send(head).expect("a reader");
        let body = in_cbor();
        write!(
            stream,
            "HTTP/1.1 200 OK\r\nSmithy-Protocol: rpc-v2-cbor\r\nContent-Type: application/cbor\r\n\
             Content-Length: {}\r\n\r\n",
            body.len()
        )?;
        stream.write_all(&body)?;
    }
}

/// A service that speaks CBOR, and gives its callers a set.
fn in_place_of_aws() -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let (heads, told) = channel();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let heads = heads.clone();
            thread::spawn(move || give(stream, &heads));
        }
    });
    (format!("http://{address}"), told)
}

#[test]
fn a_set_in_cbor_is_replaced_and_stands_for_the_real_one() {
    let script = r#"
import raw
KIND = {"Smithy-Protocol": "rpc-v2-cbor", "Content-Type": "application/cbor", "Accept": "application/cbor"}
def ask(keys):
    path = "/service/GameLift/operation/GetComputeAccess"
    return raw.ask(raw.Request("POST", path, "gamelift", b"\xa0", KIND, keys=keys))
def text(answer, name):
    at = answer.index(name) + len(name)
    length, at = (answer[at] - 0x60, at + 1) if answer[at] < 0x78 else (answer[at + 1], at + 2)
    return answer[at:at + length].decode()
status, _, answer = ask(raw.KEYS)
made = raw.Keys(*(text(answer, name) for name in (b"AccessKeyId", b"SecretAccessKey", b"SessionToken")))
print(status, made.key[:4], ask(made)[0])
"#;
    let caller = VerifyingAws::shared().caller();
    let (address, heads) = in_place_of_aws();
    let mut client = Client::new(&caller, "keyless-cbor", &[]);
    client.command().env("AWS_ENDPOINT_URL_GAMELIFT", address);
    let ran = client.run(&["-c", script]).success();
    assert_eq!(ran.out(), "200 ASIA 200\n", "{}", ran.stderr);
    let signed_by: Vec<_> = heads
        .try_iter()
        .map(|head| {
            let (_, rest) = head.split_once("Credential=").expect("a signature");
            rest.split('/').next().expect("an ID").to_owned()
        })
        .collect();
    assert_eq!(signed_by, [caller.access_key_id(), GIVEN[0].1]);
    for (_, secret) in GIVEN {
        client.has_not_received(secret);
    }
}

/// Makes a project of CodeBuild in CBOR, with the body's hash among the headers, or the word that there
/// is none.
const PASSES_A_ROLE: &str = r#"
import raw
KIND = {"Smithy-Protocol": "rpc-v2-cbor", "Content-Type": "application/cbor", "Accept": "application/cbor"}
text = lambda word: bytes([0x78, len(word)]) + word.encode()
members = ("name", "p", "serviceRole", "arn:aws:iam::123456789012:role/builds")
body = b"\xa2" + b"".join(map(text, members))
for hashed in (raw.sha256(body), "UNSIGNED-PAYLOAD"):
    headers = KIND | {"X-Amz-Content-SHA256": hashed}
    path = "/service/CodeBuild_20161006/operation/CreateProject"
    print(raw.ask(raw.Request("POST", path, "codebuild", body, headers))[0])
"#;

#[test]
fn a_role_that_is_passed_in_cbor_is_denied_and_is_in_the_record() {
    let room = tempfile::tempdir().expect("a directory");
    let record = room.path().join("calls.jsonl");
    let file = record.to_str().expect("UTF-8");
    let caller = VerifyingAws::shared().caller();
    let passed = |name: &str, flags: &[&str]| {
        let (address, heads) = in_place_of_aws();
        let mut client = Client::new(&caller, name, flags);
        client.command().env("AWS_ENDPOINT_URL_CODEBUILD", address);
        let ran = client.run(&["-c", PASSES_A_ROLE]).success();
        (ran.out(), heads.try_iter().count())
    };
    let (statuses, sent) = passed("keyless-cbor-denied", &["--deny", "iam:PassRole"]);
    assert_eq!((&*statuses, sent), ("403\n403\n", 0));
    let (statuses, sent) = passed("keyless-cbor-recorded", &["--record", file]);
    assert_eq!((&*statuses, sent), ("200\n200\n", 2));
    let text = std::fs::read_to_string(&record).expect("a record");
    assert_eq!(text.lines().count(), 2, "{text}");
    for line in text.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let role = serde_json::json!(["arn:aws:iam::123456789012:role/builds"]);
        assert_eq!(line["PassedRoles"], role, "{line}");
        let project = line["Resources"][0].as_str().expect("a project");
        assert!(project.ends_with(":project/p"), "{line}");
    }
}
