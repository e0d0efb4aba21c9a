//! Each way in which a claim is not true.

use std::time::Duration;

use secrecy::SecretString;

use super::super::claim::Claim;
use super::super::unacceptable::Unacceptable::Malformed;
use super::super::verify::Wrong;
use super::{FILE, Vector, issued, json, now, presigned};
use crate::keyless::keys::IssuedSet;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const SECOND: Duration = Duration::from_secs(1);
const MINUTES: Duration = Duration::from_secs(15 * 60);

fn wrong(vector: &Vector, issued: &IssuedSet, now: std::time::SystemTime) -> Option<Wrong> {
    let parts = vector.parts();
    let body = vector.body_sha256();
    let claim = Claim::read(&parts).expect("a claim");
    claim.verify(&parts, issued, Some(&body), now).err()
}

#[test]
fn a_clock_may_be_a_quarter_of_an_hour_off() {
    for (now, is_right) in [
        (now() - MINUTES, true),
        (now() - MINUTES - SECOND, false),
        (now() + MINUTES, true),
        (now() + MINUTES + SECOND, false),
        (now() + DAY, false),
    ] {
        let found = wrong(&json(), &issued(), now);
        assert_eq!(found.is_none(), is_right);
        assert!(found.is_none_or(|wrong| wrong.code() == "RequestTimeTooSkewed"));
    }
    let text = wrong(&json(), &issued(), now() + DAY)
        .expect("skewed")
        .to_string();
    assert_eq!(
        text,
        "the request is dated 20251125T100000Z, but it is 20251126T100000Z; 15 minutes are \
         allowed between them"
    );
}

#[test]
fn a_presigned_url_ends_when_it_says() {
    let expires = Duration::from_secs(3600);
    assert_eq!(wrong(&presigned(), &issued(), now() + expires), None);
    let late = wrong(&presigned(), &issued(), now() + expires + SECOND);
    assert_eq!(late, Some(Wrong::Expired));
    assert_eq!(Wrong::Expired.code(), "AccessDenied");
    let early = wrong(&presigned(), &issued(), now() - MINUTES - SECOND).expect("early");
    assert_eq!(early.code(), "RequestTimeTooSkewed");
}

#[test]
fn the_day_of_the_scope_is_the_day_of_the_date() {
    let vector = json().replaced("/20251125/", "/20251124/");
    let found = wrong(&vector, &issued(), now()).expect("another day");
    assert_eq!(
        (&found, found.code()),
        (&Wrong::Day, "SignatureDoesNotMatch")
    );
}

#[test]
fn the_header_date_counts_only_where_there_is_no_x_amz_date() {
    let form = Vector::named("Query: a form");
    for date in ["Mon, 24 Nov 2025 10:00:00 GMT", "yesterday"] {
        assert_eq!(form.clone().and("Date", date).check(now()), Ok(()));
    }
    let dated = Vector::named("dated by Date: HTTP");
    let same = "Tue, 25 Nov 2025 10:00:00 GMT";
    let late = "Tue, 25 Nov 2025 10:00:01 GMT";
    assert_eq!(dated.clone().with("Date", same).check(now()), Ok(()));
    let found = wrong(&dated.clone().with("Date", late), &issued(), now());
    assert_eq!(found, Some(Wrong::Signature));
    let found = wrong(&dated, &issued(), now() + MINUTES + SECOND).expect("late");
    assert_eq!(found.code(), "RequestTimeTooSkewed");
    for vector in [
        dated.clone().and("Date", same),
        dated.clone().without("Date"),
        dated
            .clone()
            .with("Date", "Tuesday, 25-Nov-25 10:00:00 GMT"),
        dated.with("Date", "2025-11-25T10:00:00Z"),
    ] {
        let found = Claim::read(&vector.parts()).err();
        assert!(matches!(found, Some(Malformed(_))), "{:?}", vector.headers);
    }
}

#[test]
fn another_secret_or_token_is_refused() {
    let other = || SecretString::from("other");
    let secret = IssuedSet {
        secret_access_key: other(),
        ..issued()
    };
    let token = IssuedSet {
        session_token: other(),
        ..issued()
    };
    for vector in &FILE.vectors {
        let found = wrong(vector, &secret, now()).expect("another secret");
        assert_eq!(
            (&found, found.code()),
            (&Wrong::Signature, "SignatureDoesNotMatch")
        );
        let found = wrong(vector, &token, now()).expect("another token");
        assert_eq!(
            (&found, found.code()),
            (&Wrong::Token, "InvalidClientTokenId")
        );
    }
    let without = json()
        .without("x-amz-security-token")
        .replaced(";x-amz-security-token", "");
    assert_eq!(wrong(&without, &issued(), now()), Some(Wrong::Token));
}

#[test]
fn a_body_that_lies_about_its_hash_is_refused() {
    let mut vector = Vector::named("S3: a key in many alphabets");
    vector.body.push('x');
    let found = wrong(&vector, &issued(), now()).expect("another body");
    assert_eq!(
        (&found, found.code()),
        (&Wrong::Body, "XAmzContentSHA256Mismatch")
    );
}

#[test]
fn a_header_that_is_not_signed_is_denied_by_name() {
    let found = wrong(&json().and("x-amz-acl", "a"), &issued(), now()).expect("unsigned");
    assert_eq!(
        (found.to_string().as_str(), found.code()),
        ("the header x-amz-acl is not signed", "AccessDenied",)
    );
}
