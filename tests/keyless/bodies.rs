//! Bodies that wait to be asked for, and bodies in chunks.

use crate::client::Client;
use crate::sdks::all_are_verified;
use crate::support::verifying_aws::VerifyingAws;

/// SDKs send the body after a second, whatever comes; so that is no SDK.
#[test]
fn a_body_is_asked_for_when_its_call_passes_and_not_before() {
    let script = r#"
import raw
def waiting(name, **more):
    request = raw.Request("PUT", "/asked-for/key", "s3", b"content", **more)
    request.add("Expect", "100-continue").add("Connection", "close")
    body, request.body = request.body, b""
    with raw.connect() as connection:
        connection.sendall(request.encoded())
        first = connection.recv(65536)
        print(name, raw.status(first), raw.code(first))
        if raw.status(first) == 100:
            connection.sendall(body)
            print(name, raw.status(connection.recv(65536)))
waiting("honest")
waiting("guess", keys=raw.Keys(raw.KEY, "guess", raw.TOKEN))
print(raw.ask(raw.Request("GET", "/asked-for/key", "s3"))[2].endswith(b"\r\n\r\ncontent"))
"#;
    let aws = VerifyingAws::shared();
    let caller = aws.caller();
    aws.bucket("asked-for", 0);
    let mut client = Client::new(&caller, "keyless-expect", &[]);
    let ran = client.run(&["-c", script]).success();
    let said = "honest 100 \nhonest 200\nguess 403 SignatureDoesNotMatch\nTrue\n";
    assert_eq!(ran.out(), said, "{}", ran.stderr);
    all_are_verified(&caller.calls(), &caller);
    assert_eq!(caller.calls().len(), 2);
    client.has_received();
}

/// An SDK takes a connection for its next call, unless it is told that it ends.
#[test]
fn a_refusal_of_a_body_that_is_not_asked_for_says_that_the_connection_ends() {
    let script = r#"
import raw
def ends(name, *more):
    guess = raw.Keys(raw.KEY, "guess", raw.TOKEN)
    request = raw.Request("PUT", "/not-asked-for/key", "s3", b"content", more, keys=guess)
    if more:
        request.body = b""
    with raw.connect() as connection:
        connection.sendall(request.encoded())
        first = connection.recv(65536)
        print(name, raw.status(first), b"\r\nconnection: close\r\n" in first)
        if b"connection: close" in first:
            print(connection.recv(65536))
ends("waiting", ("Expect", "100-continue"))
ends("sent")
"#;
    let caller = VerifyingAws::shared().caller();
    let mut client = Client::new(&caller, "keyless-refused-bodies", &[]);
    let ran = client.run(&["-c", script]).success();
    let said = "waiting 403 True\nb''\nsent 403 False\n";
    assert_eq!(ran.out(), said, "{}", ran.stderr);
}

/// As the SDK for JavaScript sends a stream.
#[test]
fn chunks_without_signatures_pass_with_their_trailer() {
    let script = r#"
import base64, zlib, raw
content = b"a" * 100_000 + b"b"
crc = base64.b64encode(zlib.crc32(content).to_bytes(4, "big"))
coded = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (content[:70_000], content[70_000:]))
coded += b"0\r\nx-amz-checksum-crc32:" + crc + b"\r\n\r\n"
headers = {
    "X-Amz-Content-SHA256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "X-Amz-Decoded-Content-Length": str(len(content)),
    "X-Amz-Trailer": "x-amz-checksum-crc32",
    "Content-Encoding": "aws-chunked",
}
def put(name, pieces):
    request = raw.Request("PUT", f"/in-chunks/{name}", "s3", b"", headers).remove("Content-Length")
    request.add("Transfer-Encoding", "chunked").add("Connection", "close")
    chunks = [b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces]
    print(name, raw.status(raw.exchange(request.encoded(), *chunks, b"0\r\n\r\n")))
put("whole", [coded])
put("pieces", [coded[at:at + 999] for at in range(0, len(coded), 999)])
for name in ("whole", "pieces"):
    print(raw.ask(raw.Request("GET", f"/in-chunks/{name}", "s3"))[2].endswith(b"\r\n\r\n" + content))
"#;
    let aws = VerifyingAws::shared();
    let caller = aws.caller();
    aws.bucket("in-chunks", 0);
    let mut client = Client::new(&caller, "keyless-chunks", &[]);
    let ran = client.run(&["-c", script]).success();
    let said = "whole 200\npieces 200\nTrue\nTrue\n";
    assert_eq!(ran.out(), said, "{}", ran.stderr);
    all_are_verified(&caller.calls(), &caller);
    client.has_received();
}
