//! What botocore signs is verified, and signed again as botocore would.

use std::collections::BTreeMap;

use http::Uri;

use super::super::chain::Chain;
use super::super::sign::{Destination, Signed, Unsignable, sign};
use super::{FILE, Vector, now, real};

fn signed(vector: &Vector) -> Signed {
    signed_for(vector, &vector.upstream.uri).expect("a request")
}

fn signed_for(vector: &Vector, uri: &str) -> Result<Signed, Unsignable> {
    let uri: Uri = uri.parse().expect("a URI");
    let destination = Destination {
        uri: &uri,
        signing_name: &vector.upstream.name,
        signing_region: &vector.upstream.region,
    };
    let body = vector.body_sha256();
    sign(
        &vector.parts(),
        &vector.claim(),
        &destination,
        &real(),
        Some(&body),
        now(),
    )
}

/// Headers with their values, in the order in which they are sent.
fn headers(signed: &Signed) -> BTreeMap<String, String> {
    let headers = signed.request.headers.iter();
    grouped(headers.map(|(name, value)| (name.as_str(), value.to_str().expect("ASCII"))))
}

fn grouped<'h>(headers: impl Iterator<Item = (&'h str, &'h str)>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::<_, Vec<_>>::new();
    for (name, value) in headers {
        found
            .entry(name.to_ascii_lowercase())
            .or_default()
            .push(value.trim());
    }
    let lines = found.into_iter();
    lines
        .map(|(name, values)| (name, values.join(" | ")))
        .collect()
}

#[test]
fn what_botocore_signs_is_verified() {
    assert!(FILE.vectors.len() > 25);
    for vector in &FILE.vectors {
        assert_eq!(vector.check(now()), Ok(()), "{}", vector.name);
    }
}

#[test]
fn a_request_is_signed_again_as_botocore_signs_it() {
    for vector in &FILE.vectors {
        let name = &vector.name;
        let signed = signed(vector);
        assert_eq!(
            signed.request.uri.to_string(),
            vector.upstream.sent,
            "{name}"
        );
        assert_eq!(signed.request.method.as_str(), vector.method);
        let mut found = headers(&signed);
        let text = |list: &'static [(String, String)]| {
            grouped(
                list.iter()
                    .map(|(name, value)| (name.as_str(), value.as_str())),
            )
        };
        for (header, value) in text(&vector.upstream.headers) {
            assert_eq!(found.remove(&header), Some(value), "{name} {header}");
        }
        found.remove("host");
        // All others came from the container and are not signed.
        let came = text(&vector.headers);
        for (header, value) in found {
            assert_eq!(came.get(&header), Some(&value), "{name} {header}");
        }
    }
}

#[test]
fn neither_key_nor_token_of_the_container_is_in_the_request_for_aws() {
    for vector in &FILE.vectors {
        let Signed { request, .. } = signed(vector);
        let sent = format!("{} {:?}", request.uri, headers(&signed(vector)));
        for secret in &FILE.issued {
            assert!(!sent.contains(secret), "{}", vector.name);
        }
        // Nor is the real one in what a log could have.
        let shown = format!("{:?}", signed(vector));
        for secret in FILE.real.iter().skip(1) {
            assert!(!shown.contains(secret), "{}", vector.name);
        }
        let authorization = request.headers.get("authorization").expect("a signature");
        assert!(authorization.is_sensitive());
    }
}

#[test]
fn headers_of_the_connection_and_of_others_stay_behind() {
    let vector = Vector::named("S3: list buckets");
    let dropped = [
        ("transfer-encoding", "chunked"),
        ("te", "trailers"),
        ("trailer", "x"),
        ("upgrade", "h2c"),
        ("http2-settings", "AAMAAABkAAQCAAAAAAIAAAAA"),
        ("proxy-authorization", "Basic eDp5"),
        ("expect", "100-continue"),
        ("cookie", "a=b"),
        ("via", "1.1 x"),
        ("forwarded", "for=x"),
        ("x-forwarded-for", "1.2.3.4"),
        ("date", "Tue, 25 Nov 2025 10:00:00 GMT"),
    ];
    let all = dropped
        .iter()
        .fold(vector.clone(), |vector, (name, value)| {
            vector.and(name, value)
        });
    assert_eq!(all.check(now()), Ok(()));
    assert_eq!(headers(&signed(&all)), headers(&signed(&vector)));
    assert!(headers(&signed(&vector)).contains_key("user-agent"));
    assert!(!headers(&signed(&vector)).contains_key("connection"));
}

#[test]
fn the_length_of_the_body_goes_on_as_one_number() {
    let vector = Vector::named("S3: a body without a hash");
    let length = |value: &str| {
        let signed = signed_for(
            &vector.clone().with("content-length", value),
            &vector.upstream.uri,
        );
        signed.map(|signed| headers(&signed).remove("content-length"))
    };
    assert_eq!(length("8"), Ok(Some("8".to_owned())));
    for wrong in ["", "+8", "-1", "8, 8", "0x8", "8 8", "99999999999999999999"] {
        assert_eq!(length(wrong), Err(Unsignable::Length), "{wrong:?}");
    }
    let twice = vector
        .clone()
        .and("content-length", "8")
        .and("content-length", "8");
    let twice = signed_for(&twice, &vector.upstream.uri);
    assert_eq!(twice.err(), Some(Unsignable::Length));
    assert_eq!(headers(&signed(&vector)).get("content-length"), None);
}

#[test]
fn a_body_that_was_changed_is_signed_as_it_is_sent() {
    let mut vector = Vector::named("S3: a key in many alphabets");
    assert_eq!(
        headers(&signed(&vector))["x-amz-content-sha256"],
        vector.body_sha256()
    );
    vector.body = "another body".to_owned();
    assert_eq!(
        headers(&signed(&vector))["x-amz-content-sha256"],
        vector.body_sha256()
    );
    let mut unsigned = Vector::named("S3: a body without a hash");
    unsigned.body = "another body".to_owned();
    assert_eq!(
        headers(&signed(&unsigned))["x-amz-content-sha256"],
        "UNSIGNED-PAYLOAD"
    );
}

#[test]
fn long_lived_keys_send_no_token() {
    let vector = Vector::named("S3: list buckets");
    let mut values = (*real()).clone();
    values.session_token = None;
    let real = crate::credentials::Credentials::new(values).expect("a set");
    let uri: Uri = vector.upstream.uri.parse().expect("a URI");
    let destination = Destination {
        uri: &uri,
        signing_name: "s3",
        signing_region: "eu-west-1",
    };
    let signed = sign(
        &vector.parts(),
        &vector.claim(),
        &destination,
        &real,
        None,
        now(),
    );
    let headers = headers(&signed.expect("a request"));
    assert!(!headers.contains_key("x-amz-security-token"));
    assert!(!headers["authorization"].contains("security-token"));
}

#[test]
fn only_what_has_signed_chunks_has_a_chain() {
    for vector in &FILE.vectors {
        let chain: Option<Chain> = signed(vector).chain;
        assert_eq!(
            chain.is_some(),
            vector.upstream.body.is_some(),
            "{}",
            vector.name
        );
    }
}
