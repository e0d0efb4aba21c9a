//! Sets in answers in CBOR.

use std::time::{Duration, SystemTime};

use secrecy::ExposeSecret as _;

use super::super::{NotReplaced, replace};
use super::{ID, SECRET, TOKEN, keys};
use crate::cbor::put_text;
use crate::iam::module::Protocol;
use crate::iam::operation::Operation;
use crate::keyless::keys::Keys;

fn text(text: &str) -> Vec<u8> {
    let mut item = Vec::new();
    put_text(&mut item, text);
    item
}

/// A map of a length that is told.
fn map(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut item = vec![0xa0 | u8::try_from(members.len()).expect("few")];
    for (name, value) in members {
        put_text(&mut item, name);
        item.extend(value);
    }
    item
}

/// A list whose length is not told.
fn list(elements: &[Vec<u8>]) -> Vec<u8> {
    [&[0x9f][..], &elements.concat(), &[0xff]].concat()
}

fn seconds(seconds: f64) -> Vec<u8> {
    [&[0xc1, 0xfb][..], &seconds.to_be_bytes()].concat()
}

fn set(id: &str) -> Vec<u8> {
    map(&[
        ("accessKeyId", text(id)),
        ("secretAccessKey", text(SECRET)),
        ("sessionToken", text(TOKEN)),
    ])
}

fn operation(module: &str, name: &str) -> Operation {
    let mut operation = Operation::named(module, name);
    operation.protocol = Protocol::Cbor;
    operation
}

fn replaced(keys: &Keys, body: &[u8]) -> Result<Vec<u8>, NotReplaced> {
    replace(&operation("gamelift", "GetComputeAccess"), body, keys)
}

#[tokio::test]
async fn a_set_is_replaced_and_all_else_stays() {
    let (keys, _renewal) = keys();
    let whole = |id: &str, secret: &str, token: &str| {
        let set = map(&[
            ("accessKeyId", text(id)),
            ("expiration", seconds(1_800_000_000.5)),
            ("secretAccessKey", text(secret)),
            ("sessionToken", text(token)),
        ]);
        map(&[
            ("spaceId", text("s")),
            ("credentials", set),
            ("n", vec![0x18, 42]),
        ])
    };
    let operation = operation("cloudwatchomni", "GetSpaceDataAccess");
    let done = replace(&operation, &whole(ID, SECRET, TOKEN), &keys).expect("replaced");
    let shown = String::from_utf8_lossy(&done).into_owned();
    let start = shown.find("ASIA").expect("an ID");
    let key = keys
        .find(&shown[start..start + 20])
        .expect("a key of the run");
    let real = key.real().await.expect("a set");
    assert_eq!(real.access_key_id, ID);
    assert_eq!(real.secret_access_key.expose_secret(), SECRET);
    let end = SystemTime::UNIX_EPOCH + Duration::from_millis(1_800_000_000_500);
    assert_eq!(real.expiration, Some(end));
    let issued = &key.issued;
    let (secret, token) = (&issued.secret_access_key, &issued.session_token);
    let (secret, token) = (secret.expose_secret(), token.expose_secret());
    assert_eq!(done, whole(&issued.access_key_id, secret, token));
}

#[tokio::test]
async fn each_of_several_sets_gets_one_of_its_own() {
    let (keys, _renewal) = keys();
    let job = |id: &str| map(&[("data", map(&[("artifactCredentials", set(id))]))]);
    let body = map(&[("jobs", list(&[job("ASIAJOBONE"), job("ASIAJOBTWO")]))]);
    let operation = operation("codepipeline", "PollForJobs");
    let done = replace(&operation, &body, &keys).expect("replaced");
    let shown = String::from_utf8_lossy(&done).into_owned();
    let ids = shown
        .match_indices("ASIA")
        .map(|(at, _)| &shown[at..at + 20]);
    let mut real = Vec::new();
    for id in ids {
        let key = keys.find(id).expect("a key of the run");
        real.push(key.real().await.expect("a set").access_key_id.clone());
    }
    assert_eq!(real, ["ASIAJOBONE", "ASIAJOBTWO"]);
    // There may be no job.
    let nothing = map(&[("jobs", list(&[]))]);
    assert_eq!(replace(&operation, &nothing, &keys), Ok(nothing));
}

#[tokio::test]
async fn what_cannot_be_read_with_certainty_is_not_passed_on() {
    let (keys, _renewal) = keys();
    let sound = map(&[
        ("Credentials", set(ID)),
        ("a", list(&[vec![0xf6], text("b")])),
    ]);
    assert!(replaced(&keys, &sound).is_ok());
    for end in 0..sound.len() {
        assert!(replaced(&keys, &sound[..end]).is_err(), "{end}");
    }
    let with = |name, value| {
        let mut members = vec![
            ("accessKeyId", text(ID)),
            ("secretAccessKey", text(SECRET)),
            ("sessionToken", text(TOKEN)),
        ];
        members.retain(|(one, _)| *one != name);
        members.push((name, value));
        map(&[("Credentials", map(&members))])
    };
    let in_pieces = [
        &[0x7f][..],
        &text(&SECRET[..9]),
        &text(&SECRET[9..]),
        &[0xff],
    ]
    .concat();
    let mut named_by_bytes = map(&[("Credentials", set(ID))]);
    named_by_bytes[1] = 0x40 | (named_by_bytes[1] & 0x1f);
    for wrong in [
        [sound.clone(), vec![0]].concat(),
        map(&[("Credentials", map(&[("accessKeyId", text(ID))]))]),
        with("sessionToken", vec![7]),
        with("sessionToken", vec![0xf6]),
        with("secretAccessKey", in_pieces),
        with("secretAccessKey", text("a b")),
        with("AccessKeyId", text("ASIAOTHER")),
        with("expiration", text("soon")),
        with("expiration", vec![0xc2, 7]),
        // A name that is no text.
        named_by_bytes,
        // A real value remains.
        map(&[("Credentials", set(ID)), ("again", text(TOKEN))]),
        map(&[("Credentials", set(ID)), ("again", text(ID))]),
        [&[0x81; 99][..], &set(ID)].concat(),
        text(SECRET),
        vec![0xa0],
    ] {
        let found = replaced(&keys, &wrong);
        assert!(found.is_err(), "{}", String::from_utf8_lossy(&wrong));
    }
}
