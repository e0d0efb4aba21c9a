//! What `fuzz/` looks for counterexamples to, on every build: against its seeds, and against bytes
//! that are put together from those that mean something.

#[path = "../../fuzz/properties/calls.rs"]
mod calls;
#[path = "../../fuzz/properties/endpoint.rs"]
mod endpoint;
#[path = "../../fuzz/properties/frames.rs"]
mod frames;
#[path = "../../fuzz/properties/relay.rs"]
mod relay;

use std::fs;
use std::path::Path;

use credrun::relay::frame::Frame;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// The seeds of a fuzz target.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    let files = fs::read_dir(root.join(target)).expect("seeds");
    let seeds: Vec<_> = files
        .map(|file| fs::read(file.expect("a file").path()).expect("a seed"))
        .collect();
    assert!(!seeds.is_empty());
    seeds
}

const LINES: [&str; 5] = [
    "GET /credentials HTTP/1.1\r\n",
    "POST /credentials HTTP/1.1\r\n",
    "GET http://elsewhere/credentials HTTP/1.1\r\n",
    "GET /credentials/../x HTTP/1.1\r\n",
    "GET / HTTP/1.0\r\n",
];
const HEADERS: [&str; 8] = [
    "Host: 127.0.0.1\r\n",
    "Host: example.test\r\n",
    "Authorization: tok\r\n",
    "Authorization: to\r\n",
    "Authorization:\r\n",
    "Content-Length: 5\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Expect: 100-continue\r\n",
];

fn any_of(texts: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    prop::sample::select(texts).prop_map(|text| text.as_bytes().to_vec())
}

/// Requests, whole ones and such that are cut short or spoilt.
fn any_request() -> impl Strategy<Value = Vec<u8>> {
    let headers = prop::collection::vec(any_of(&HEADERS), 0..5);
    let noise = prop::collection::vec(any::<u8>(), 0..40);
    let end = prop_oneof![4 => Just(b"\r\n".to_vec()), 1 => noise];
    (any_of(&LINES), headers, end)
        .prop_map(|(line, headers, end)| [line, headers.concat(), end].concat())
}

const CALL_LINES: [&str; 8] = [
    "POST / HTTP/1.1\r\n",
    "PUT /bucket/key HTTP/1.1\r\n",
    "GET /bucket/../key?X-Amz-Signature=0&x-amz-signature=1 HTTP/1.1\r\n",
    "GET /?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A%2F20261126%2Fa%2Fs3%2Faws4_request&X-Amz-Date=20261126T090000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=0 HTTP/1.1\r\n",
    "POST /~sesv2/v2/email HTTP/1.1\r\n",
    "CONNECT sts.amazonaws.com:443 HTTP/1.1\r\n",
    "GET http://169.254.169.254/ HTTP/1.1\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
];
const CALL_HEADERS: [&str; 14] = [
    "Host: 127.0.0.1:80\r\n",
    "Host: data-127.0.0.1:80\r\n",
    "Host: evil.example\r\n",
    "Authorization: AWS4-HMAC-SHA256 Credential=A/20261126/eu-west-1/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=0000000000000000000000000000000000000000000000000000000000000000\r\n",
    "Authorization: AWS A:sig\r\n",
    "X-Amz-Date: 20261126T090000Z\r\n",
    "Date: Thu, 26 Nov 2026 09:00:00 GMT\r\n",
    "Trailer: X-Own, X-Amz-Acl\r\n",
    "X-Amz-Content-Sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD\r\n",
    "X-Amz-Target: DynamoDB_20120810.ListTables\r\n",
    "Content-Type: application/x-www-form-urlencoded\r\n",
    "Content-Length: 5\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Expect: 100-continue\r\n",
];

/// Calls that nobody has signed, whole ones and such that are cut short or spoilt.
fn any_call() -> impl Strategy<Value = Vec<u8>> {
    let headers = prop::collection::vec(any_of(&CALL_HEADERS), 0..8);
    let noise = prop::collection::vec(any::<u8>(), 0..40);
    let trailer = b"\r\n5\r\nhello\r\n0\r\nX-Amz-Acl: a\r\n\r\n".to_vec();
    let end = prop_oneof![4 => Just(b"\r\nhello\r\n".to_vec()), 1 => Just(trailer), 1 => noise];
    (any_of(&CALL_LINES), headers, end)
        .prop_map(|(line, headers, end)| [line, headers.concat(), end].concat())
}

/// Frames of a few connections, which carry pieces of requests, with noise between them.
fn any_stream() -> impl Strategy<Value = Vec<u8>> {
    let encoded = |frame: Frame<'_>| {
        let mut bytes = Vec::new();
        frame.encode(&mut bytes);
        bytes
    };
    let id = || 0_u32..4;
    let piece = prop_oneof![
        20 => id().prop_map(move |id| encoded(Frame::Open(id))),
        20 => (id(), any_request()).prop_map(move |(id, bytes)| encoded(Frame::Data(id, &bytes))),
        10 => id().prop_map(move |id| encoded(Frame::End(id))),
        10 => id().prop_map(move |id| encoded(Frame::Reset(id))),
        10 => (id(), 1..300_000_u32)
            .prop_map(move |(id, bytes)| encoded(Frame::Credit(id, bytes))),
        2 => (id(), 1..30_000_u32)
            .prop_map(move |(id, bytes)| encoded(Frame::Return(id, bytes))),
        1 => id().prop_map(move |id| encoded(Frame::Close(id))),
        5 => Just(encoded(Frame::Full)),
        1 => (any::<u8>(), any::<u16>())
            .prop_map(move |(version, port)| encoded(Frame::Ready { version, port })),
        1 => prop::collection::vec(any::<u8>(), 0..40),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 500,
        rng_seed: RngSeed::Fixed(1),
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_request_gets_the_secret_without_the_token(request in any_request()) {
        endpoint::holds(&request);
    }

    #[test]
    fn no_call_is_sent_that_is_not_signed(call in any_call()) {
        calls::holds(&call);
    }

    #[test]
    fn no_relay_gets_more_than_answers(stream in any_stream()) {
        relay::holds(&stream);
    }

    #[test]
    fn frames_are_the_same_however_they_are_cut(stream in any_stream()) {
        frames::holds(&stream);
    }
}

#[test]
fn the_properties_hold_for_every_seed() {
    seeds("endpoint")
        .iter()
        .for_each(|seed| drop(endpoint::holds(seed)));
    seeds("calls")
        .iter()
        .for_each(|seed| drop(calls::holds(seed)));
    seeds("relay")
        .iter()
        .for_each(|seed| drop(relay::holds(seed)));
    seeds("frames").iter().for_each(|seed| frames::holds(seed));
}

#[test]
fn a_right_request_is_answered_so_that_the_properties_say_something() {
    let answered = |target| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
        fs::read(root.join(target).join("answered")).expect("a seed")
    };
    let answers = [
        endpoint::holds(&answered("endpoint")),
        relay::holds(&answered("relay")),
    ];
    for answer in answers {
        assert!(endpoint::contains(&answer, endpoint::SECRET));
    }
}
