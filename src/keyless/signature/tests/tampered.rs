//! A request that was changed after it was signed is refused, whatever was changed.

use proptest::prelude::*;

use super::{FILE, Vector, now};

fn is_refused(vector: &Vector) {
    let verdict = vector.check(now());
    assert!(
        verdict.is_err(),
        "{}: {} {}",
        vector.name,
        vector.method,
        vector.target
    );
}

/// The names in `SignedHeaders`.
fn signed_names(vector: &Vector) -> Vec<String> {
    let claim = vector.claim();
    claim
        .signed_headers
        .iter()
        .map(|name| name.as_str().to_owned())
        .collect()
}

fn value<'v>(vector: &'v Vector, name: &str) -> &'v str {
    let mut headers = vector.headers.iter();
    let found = headers.find(|(one, _)| one.eq_ignore_ascii_case(name));
    &found.expect("a header").1
}

#[test]
fn another_method_is_refused() {
    for vector in &FILE.vectors {
        let mut vector = vector.clone();
        vector.method = "DELETE".to_owned();
        is_refused(&vector);
    }
}

#[test]
fn another_path_is_refused() {
    for vector in &FILE.vectors {
        let (path, query) = vector
            .target
            .split_once('?')
            .unwrap_or((&vector.target, ""));
        for other in [
            format!("{path}x"),
            format!("{path}%20"),
            "/other/key".to_owned(),
        ] {
            let mut vector = vector.clone();
            vector.target = format!("{other}?{query}");
            is_refused(&vector);
        }
    }
}

#[test]
fn a_key_of_s3_with_the_same_normal_form_is_refused() {
    let vector = Vector::named("S3: dots and slashes in a key");
    for other in [
        "/bkt/x/y/./z/../w",
        "/bkt/x//y/z/../w",
        "/bkt/x//y/w",
        "/bkt/x/y/w",
    ] {
        let mut vector = vector.clone();
        vector.target = other.to_owned();
        is_refused(&vector);
    }
}

#[test]
fn another_query_is_refused() {
    for vector in &FILE.vectors {
        let (path, query) = vector
            .target
            .split_once('?')
            .unwrap_or((&vector.target, ""));
        let mut others = vec![format!("{query}&acl"), format!("x=1&{query}")];
        for part in query.split('&').filter(|part| !part.is_empty()) {
            others.push(query.replace(part, &format!("{part}1")));
            others.push(query.replace(part, ""));
        }
        for other in others {
            let mut vector = vector.clone();
            vector.target = format!("{path}?{other}");
            is_refused(&vector);
        }
    }
}

#[test]
fn another_order_of_a_query_is_the_same_query() {
    let mut vector = Vector::named("REST: a name twice in a query");
    vector.target = "/tags/x?&empty&tagKeys=a%2bb&tagKeys=%61&tagKeys=b".to_owned();
    assert_eq!(vector.check(now()), Ok(()));
}

#[test]
fn another_value_of_any_signed_header_is_refused() {
    for vector in &FILE.vectors {
        for name in signed_names(vector) {
            let other = format!("{}1", value(vector, &name));
            is_refused(&vector.clone().with(&name, &other));
            is_refused(&vector.clone().without(&name));
            is_refused(&vector.clone().and(&name, "1"));
        }
    }
}

#[test]
fn a_header_of_aws_that_is_not_signed_is_refused() {
    for vector in &FILE.vectors {
        for name in ["x-amz-copy-source", "x-amz-grant-read", "X-Amzn-Something"] {
            let verdict = vector.clone().and(name, "value").check(now());
            let text = format!("the header {} is not signed", name.to_lowercase());
            assert_eq!(verdict, Err(text), "{}", vector.name);
        }
    }
}

#[test]
fn headers_that_need_not_be_signed_may_be_added() {
    for vector in &FILE.vectors {
        let also = [
            "user-agent",
            "accept",
            "x-amzn-trace-id",
            "amz-sdk-request",
            "connection",
        ];
        let more = also.iter().fold(vector.clone(), |vector, name| {
            vector.without(name).and(name, "close")
        });
        assert_eq!(more.check(now()), Ok(()), "{}", vector.name);
    }
}

#[test]
fn another_body_is_refused_where_its_hash_is_signed() {
    let mut hashed = 0;
    for vector in &FILE.vectors {
        let mut other = vector.clone();
        other.body.push('x');
        let is_signed = match &vector.claim().payload {
            super::super::claim::Payload::Sha256(hash) => *hash == vector.body_sha256(),
            super::super::claim::Payload::Unstated => true,
            _ => false,
        };
        assert_eq!(other.check(now()).is_err(), is_signed, "{}", vector.name);
        hashed += usize::from(is_signed);
    }
    assert!(hashed > 10);
}

#[test]
fn another_scope_or_signature_is_refused() {
    let vector = Vector::named("JSON: a table");
    for (old, new) in [
        ("eu-west-1", "us-east-1"),
        ("/dynamodb/", "/s3/"),
        ("20251125/", "20251126/"),
        ("host;", ""),
    ] {
        is_refused(&vector.clone().replaced(old, new));
    }
    let signature = value(&vector, "authorization")
        .rsplit('=')
        .next()
        .expect("it")
        .to_owned();
    for position in 0..signature.len() {
        let mut other = signature.clone().into_bytes();
        other[position] = if other[position] == b'0' { b'1' } else { b'0' };
        let other = String::from_utf8(other).expect("digits");
        is_refused(&vector.clone().replaced(&signature, &other));
    }
}

proptest! {
    #[test]
    fn one_other_byte_anywhere_is_refused_or_means_the_same(
        number in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        byte in 0x21_u8..0x7f,
    ) {
        let vector = number.get(&FILE.vectors).clone();
        let mut target = vector.target.clone().into_bytes();
        prop_assume!(target.len() > 1);
        let place = place.index(target.len() - 1) + 1;
        let old = std::mem::replace(&mut target[place], byte);
        let target = String::from_utf8(target).expect("ASCII");
        let is_target = target.parse::<http::Uri>().is_ok_and(|uri| uri.to_string() == target);
        // A digit of an encoded byte has two cases.
        prop_assume!(is_target && !old.eq_ignore_ascii_case(&byte));
        let other = Vector { target, ..vector.clone() };
        prop_assert!(other.check(now()).is_err(), "{}", other.target);
    }
}
