//! What is no claim, and what one says.

use proptest::prelude::*;

use super::super::claim::{Claim, Payload};
use super::super::unacceptable::Unacceptable::{self, Malformed};
use super::{FILE, Vector, issued, json, now, parts, presigned};

fn refused(vector: &Vector) -> Option<Unacceptable> {
    Claim::read(&vector.parts()).err()
}

#[test]
fn requests_without_a_signature_of_this_kind_name_the_way_out() {
    let with = |value| refused(&json().with("Authorization", value));
    for (found, right, text) in [
        (
            refused(&json().without("Authorization")),
            Unacceptable::Anonymous,
            "without AWS_ENDPOINT_URL",
        ),
        (
            with("AWS AKID:c2ln"),
            Unacceptable::SigV2,
            "signature_version = s3v4",
        ),
        (
            with("AWS4-ECDSA-P256-SHA256 Credential=A"),
            Unacceptable::SigV4A,
            "--live",
        ),
        (with("Bearer token"), Unacceptable::Bearer, "--live"),
        (with("bearer token"), Unacceptable::Bearer, "--live"),
    ] {
        assert_eq!(found, Some(right));
        assert!(right.to_string().contains(text), "{right}");
    }
    let sigv2 = parts(
        "GET",
        "/bkt/k?AWSAccessKeyId=A&Expires=1&Signature=x%3D",
        &[],
    );
    assert_eq!(Claim::read(&sigv2).err(), Some(Unacceptable::SigV2));
    let events = json().and("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-EVENTS");
    assert_eq!(refused(&events), Some(Unacceptable::EventStream));
    let sigv4a = json().and(
        "x-amz-content-sha256",
        "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD",
    );
    assert_eq!(refused(&sigv4a), Some(Unacceptable::SigV4A));
    let sigv4a = presigned().replaced("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256");
    assert_eq!(refused(&sigv4a), Some(Unacceptable::SigV4A));
}

#[test]
fn each_has_a_code_of_aws() {
    for (refusal, code) in [
        (Unacceptable::Anonymous, "MissingAuthenticationToken"),
        (Unacceptable::SigV2, "InvalidRequest"),
        (Unacceptable::EventStream, "NotImplemented"),
        (Malformed("it"), "IncompleteSignature"),
    ] {
        assert_eq!(refusal.code(), code);
    }
}

#[test]
fn what_can_be_read_in_two_ways_is_refused() {
    let authorization = json().headers.last().expect("a header").1.clone();
    let scope = "Credential=ASIAISSUED2345ABCDEF/";
    for vector in [
        json().and("Authorization", &authorization),
        presigned().and("Authorization", &authorization),
        json().target_and("?X-Amz-Signature=0"),
        json().target_and("?x-amz-security-token=t"),
        presigned().target_and("&X-Amz-Signature=0"),
        presigned().target_and("&x-amz-expires=1"),
        presigned().target_and("&X-Amz-S3session-Token=t"),
        presigned().and("x-amz-security-token", "issued-token"),
        presigned().and("x-amz-s3session-token", "issued-token"),
        Vector::named("presigned: headers in the query").and("x-amz-acl", "private"),
        Vector::named("presigned: headers in the query")
            .and("x-amz-content-sha256", &json().body_sha256()),
        json().and("x-amz-date", "20251125T100000Z"),
        json().and("x-amz-security-token", "issued-token"),
        json().and("x-amz-s3session-token", "issued-token"),
        json().replaced(", SignedHeaders", ", Signature=0, SignedHeaders"),
        json().replaced("host;", "host;host;"),
        json().replaced(scope, "Credential=A/B/"),
        json().and("connection", "keep-alive, X-Amz-Target"),
    ] {
        let found = refused(&vector);
        assert!(
            matches!(found, Some(Malformed(_))),
            "{} {:?}",
            vector.target,
            vector.headers
        );
    }
}

impl Vector {
    fn target_and(mut self, more: &str) -> Self {
        self.target.push_str(more);
        self
    }
}

#[test]
fn what_has_another_form_is_refused() {
    let hash = json().body_sha256();
    for vector in [
        json().with("Authorization", ""),
        json().with("Authorization", "AWS4-HMAC-SHA256"),
        json().with("Authorization", "Basic eDp5"),
        json().with(
            "Authorization",
            "AWS4-HMAC-SHA256 Credential=A/B/C/D/aws4_request",
        ),
        json().replaced(", Signature=", ", Signatur="),
        json().replaced(", Signature=", ", Signature=0"),
        json().replaced("/aws4_request", "/aws4_requests"),
        json().replaced("/aws4_request", ""),
        json().replaced("/dynamodb/", "//"),
        json().replaced("/dynamodb/", "/dyn amo/"),
        json().replaced("/dynamodb/", &format!("/{}/", "x".repeat(200))),
        json().replaced("host;", ""),
        json().replaced("host;", "Host;"),
        json().replaced("host;", "host;;"),
        json().replaced("host;", "host;x-amz-missing;"),
        json().without("x-amz-date"),
        json().with("x-amz-date", "Tue, 25 Nov 2025 10:00:00 GMT"),
        json().and("x-amz-content-sha256", &hash.to_uppercase()),
        json().and("x-amz-content-sha256", ""),
        json().and("x-amz-content-sha256", "STREAMING-SOMETHING"),
        json()
            .without("x-amz-security-token")
            .and("x-amz-s3session-token", "issued-token"),
        Vector::named("signed chunks").with("x-amz-decoded-content-length", "+3"),
        Vector::named("signed chunks").without("x-amz-decoded-content-length"),
        presigned().replaced("X-Amz-Expires=3600", "X-Amz-Expires=604801"),
        presigned().replaced("X-Amz-Expires=3600", "X-Amz-Expires=%2B60"),
        presigned().replaced("X-Amz-Expires=3600", "X-Amz-Expires=0"),
        presigned().replaced("X-Amz-Expires=3600", "X-Amz-Expires="),
        presigned().replaced("X-Amz-Expires=3600&", ""),
        presigned().replaced("X-Amz-Algorithm=AWS4-HMAC-SHA256&", ""),
        presigned().replaced("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"),
        presigned().replaced("ABCDEF%2F", "ABCDEF%0D%0A%2F"),
        presigned().replaced(
            "X-Amz-Security-Token=issued-token",
            "X-Amz-Security-Token=%FF",
        ),
        presigned().and("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
    ] {
        let found = refused(&vector);
        assert!(
            matches!(found, Some(Malformed(_))),
            "{} {:?}",
            vector.target,
            vector.headers
        );
    }
}

#[test]
fn blanks_between_the_parts_of_authorization_vary() {
    for separator in [",", ",  ", " , "] {
        let vector = json()
            .replaced(", SignedHeaders", &format!("{separator}SignedHeaders"))
            .replaced(", Signature=", &format!("{separator}Signature="));
        assert_eq!(vector.check(now()), Ok(()));
    }
}

#[test]
fn a_claim_says_what_the_signature_is_for() {
    let claim = json().claim();
    assert_eq!(claim.access_key_id, "ASIAISSUED2345ABCDEF");
    assert_eq!((&*claim.day, &*claim.region), ("20251125", "eu-west-1"));
    assert_eq!((&*claim.service, claim.is_presigned), ("dynamodb", false));
    assert_eq!(claim.payload, Payload::Unstated);
    let payload = |name| Vector::named(name).claim().payload;
    let of_nothing = super::super::canonical::OF_NOTHING.to_owned();
    assert_eq!(payload("S3: list buckets"), Payload::Sha256(of_nothing));
    assert_eq!(payload("S3: a body without a hash"), Payload::Unsigned);
    assert_eq!(payload("presigned: an object"), Payload::Unsigned);
    assert_eq!(payload("presigned: who am I"), Payload::Unstated);
    let chunked = |signed, trailer| Payload::Chunked { signed, trailer };
    assert_eq!(
        payload("S3: chunks without signatures"),
        chunked(false, true)
    );
    assert_eq!(payload("signed chunks"), chunked(true, false));
    assert_eq!(payload("signed chunks and a trailer"), chunked(true, true));
}

#[test]
fn no_message_has_a_secret_or_a_signature() {
    let shown = FILE
        .vectors
        .iter()
        .map(|vector| format!("{:?}", vector.claim()));
    let shown: String = shown.collect();
    for secret in FILE.issued.iter().skip(1) {
        assert!(!shown.contains(secret));
    }
    let authorization = json().headers.last().expect("a header").1.clone();
    let signature = authorization.rsplit('=').next().expect("a signature");
    assert!(!shown.contains(signature));
}

const PIECES: [&str; 24] = [
    "AWS4-HMAC-SHA256 ",
    "Credential=",
    "ASIA/20251125/eu-west-1/s3/aws4_request",
    "/",
    ",",
    "SignedHeaders=",
    "host",
    ";",
    "Signature=",
    "0",
    "=",
    "%",
    "&",
    "%2F",
    "X-Amz-Signature",
    "X-Amz-Algorithm=AWS4-HMAC-SHA256",
    "X-Amz-Expires=1",
    "X-Amz-Date=20251125T100000Z",
    "é",
    "%zz",
    "\t",
    " ",
    "Bearer",
    "x-amz-date",
];

/// Texts of such pieces, in any order.
fn any_text() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(PIECES.as_slice());
    prop::collection::vec(pieces, 0..20).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_text_is_taken_for_a_signature(
        authorization in any_text(),
        query in any_text(),
        date in any_text(),
        hash in any_text(),
    ) {
        let query: String = query.chars().filter(char::is_ascii_graphic).collect();
        let headers = [
            ("host", "127.0.0.1"),
            ("authorization", &authorization),
            ("x-amz-date", &date),
            ("x-amz-content-sha256", &hash),
        ];
        for count in 1..=headers.len() {
            let mut request = http::Request::builder().uri(format!("/?{query}"));
            for (name, value) in headers.iter().take(count) {
                request = request.header(*name, value.as_bytes());
            }
            let (parts, ()) = request.body(()).expect("a request").into_parts();
            if let Ok(claim) = Claim::read(&parts) {
                prop_assert!(claim.verify(&parts, &issued(), None, now()).is_err());
            }
        }
    }
}
