//! Bodies of signed chunks.

use std::convert::Infallible;
use std::error::Error as StdError;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use futures_util::stream;
use http_body_util::StreamBody;
use hyper::body::{Body, Frame};
use proptest::prelude::*;
use secrecy::SecretString;

use super::super::canonical::OF_NOTHING;
use super::super::chain::Chain;
use super::super::chunks::Resigned;
use super::super::coding::WrongChunk;
use super::super::secrets::{Signature, SigningKey};
use super::super::sign::{Destination, sign};
use super::super::time;
use super::{FILE, Vector, issued, now, real};
use crate::digest::sha256_hex;

const NAMES: [&str; 3] = [
    "signed chunks",
    "signed chunks and a trailer",
    "no chunk and two trailers",
];

fn frames(pieces: &[&[u8]]) -> impl Body<Data = Bytes, Error = Infallible> + Unpin + use<> {
    let frames: Vec<_> = pieces
        .iter()
        .map(|piece| Ok(Frame::data(Bytes::copy_from_slice(piece))))
        .collect();
    StreamBody::new(stream::iter(frames))
}

/// What `signed chunks…` becomes with another body, in these pieces, and how it ends.
fn resigned(vector: &Vector, pieces: &[&[u8]]) -> (Vec<u8>, Option<WrongChunk>) {
    all(Resigned::new(
        frames(pieces),
        &vector.claim(),
        &issued(),
        real_chain(vector),
    ))
}

fn real_chain(vector: &Vector) -> Chain {
    let uri = vector.upstream.uri.parse().expect("a URI");
    let destination = Destination {
        uri: &uri,
        signing_name: "s3",
        signing_region: "eu-west-1",
    };
    let signed = sign(
        &vector.parts(),
        &vector.claim(),
        &destination,
        &real(),
        None,
        now(),
    );
    signed.expect("a request").chain.expect("a chain")
}

fn all<B>(mut body: Resigned<B>) -> (Vec<u8>, Option<WrongChunk>)
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let mut context = Context::from_waker(Waker::noop());
    let mut found = Vec::new();
    loop {
        match Pin::new(&mut body).poll_frame(&mut context) {
            Poll::Ready(Some(Ok(frame))) => {
                found.extend_from_slice(&frame.into_data().expect("data"));
            }
            Poll::Ready(Some(Err(error))) => {
                assert!(body.is_end_stream());
                return (found, crate::causes::find(&*error).copied());
            }
            Poll::Ready(None) => {
                assert!(body.is_end_stream());
                return (found, None);
            }
            Poll::Pending => panic!("all frames are there"),
        }
    }
}

/// How a body ends that has another text in the place of one of its own.
fn with(vector: &Vector, old: &str, new: &str) -> Option<WrongChunk> {
    let body = vector.body.replacen(old, new, 1);
    assert_ne!(body, vector.body, "{old}");
    resigned(vector, &[body.as_bytes()]).1
}

#[test]
fn chunks_and_trailer_get_the_signatures_of_the_real_set() {
    for name in NAMES {
        let vector = Vector::named(name);
        let (body, wrong) = resigned(&vector, &[vector.body.as_bytes()]);
        assert_eq!(wrong, None, "{name}");
        let right = vector.upstream.body.as_deref().expect("a body");
        assert_eq!(String::from_utf8(body).expect("text"), right, "{name}");
        assert_eq!(right.len(), vector.body.len());
    }
}

#[test]
fn a_body_is_the_same_wherever_it_is_cut() {
    for name in NAMES {
        let vector = Vector::named(name);
        let whole = vector.upstream.body.clone().expect("a body").into_bytes();
        let bytes = vector.body.as_bytes();
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(resigned(&vector, &single), (whole.clone(), None), "{name}");
        for place in 0..=bytes.len() {
            let (one, other) = bytes.split_at(place);
            assert_eq!(resigned(&vector, &[one, b"", other]), (whole.clone(), None));
        }
    }
}

#[test]
fn a_body_that_is_cut_short_is_incomplete() {
    for name in NAMES {
        let vector = Vector::named(name);
        for length in 0..vector.body.len() {
            let (_, wrong) = resigned(&vector, &[&vector.body.as_bytes()[..length]]);
            assert_eq!(wrong, Some(WrongChunk::Incomplete), "{name} {length}");
        }
    }
}

#[test]
fn one_other_byte_anywhere_is_refused() {
    for name in NAMES {
        let vector = Vector::named(name);
        for place in 0..vector.body.len() {
            let mut body = vector.body.clone().into_bytes();
            body[place] ^= 1;
            let (_, wrong) = resigned(&vector, &[&body]);
            assert!(wrong.is_some(), "{name} {place}");
        }
    }
}

#[test]
fn each_fault_has_its_name() {
    let vector = Vector::named("signed chunks and a trailer");
    let signature = vector.body.split(['=', '\r']).nth(1).expect("a signature");
    let zeros = "0".repeat(64);
    for (old, new, wrong) in [
        ("aaa", "aab", WrongChunk::Signature),
        (signature, zeros.as_str(), WrongChunk::Signature),
        ("AAAAAA==", "AAAAAB==", WrongChunk::TrailerSignature),
        ("crc32:", "crc32c:", WrongChunk::TrailerSignature),
        ("crc32:", "crc32", WrongChunk::Trailer),
        ("x-amz-checksum", "x amz checksum", WrongChunk::Trailer),
        (
            "x-amz-trailer-signature",
            "x-amz-trailer-signaturd",
            WrongChunk::Trailer,
        ),
        ("12c;", "fff;", WrongChunk::Length),
        ("12c;", "12b;", WrongChunk::Form),
        ("12c;", "12d;", WrongChunk::Form),
        ("12c;", "100001;", WrongChunk::TooLarge),
        ("12c;", "000000000;", WrongChunk::Form),
        ("12c;", ";", WrongChunk::Form),
        ("12c;", "-12;", WrongChunk::Form),
        ("12c;", "0x12c;", WrongChunk::Form),
        (";chunk-signature", ";chunk_signature", WrongChunk::Form),
        (";chunk-signature", ";x=y;chunk-signature", WrongChunk::Form),
        ("\r\n", "\n\n", WrongChunk::Form),
        ("\r\n\r\n", "\r\n\r\nx", WrongChunk::Form),
    ] {
        assert_eq!(with(&vector, old, new), Some(wrong), "{old} {new}");
    }
}

#[test]
fn the_data_has_the_length_that_the_head_says() {
    let vector = Vector::named("signed chunks");
    for length in ["0", "299", "300", "384", "386"] {
        let vector = vector.clone().with("x-amz-decoded-content-length", length);
        let (_, wrong) = resigned(&vector, &[vector.body.as_bytes()]);
        assert_eq!(wrong, Some(WrongChunk::Length), "{length}");
    }
}

#[test]
fn the_chunk_of_another_request_is_refused() {
    let one = Vector::named("signed chunks");
    let other = Vector::named("signed chunks and a trailer");
    let (_, wrong) = resigned(&one, &[other.body.as_bytes()]);
    assert!(wrong.is_some());
    // And one that came before.
    let second = other.body.match_indices("12c;").nth(1).expect("a chunk").0;
    let first = &other.body[..second];
    let again = format!("{first}{}", other.body);
    let (found, wrong) = resigned(&other, &[again.as_bytes()]);
    assert_eq!((found.len(), wrong), (second, Some(WrongChunk::Signature)));
}

#[test]
fn a_trailer_is_held_up_to_4_kib() {
    let vector = Vector::named("signed chunks and a trailer");
    let start = &vector.body[..vector.body.find("x-amz-checksum").expect("a trailer")];
    let endless = [start.as_bytes(), "a".repeat(100_000).as_bytes()].concat();
    let (_, wrong) = resigned(&vector, &[&endless]);
    assert_eq!(wrong, Some(WrongChunk::Trailer));
}

#[test]
fn the_rest_of_the_length_is_known_at_any_time() {
    let vector = Vector::named("signed chunks");
    let whole = http_body_util::Full::new(Bytes::from(vector.body.clone()));
    let mut body = Resigned::new(whole, &vector.claim(), &issued(), real_chain(&vector));
    let mut rest = vector.body.len() as u64;
    let mut context = Context::from_waker(Waker::noop());
    while !body.is_end_stream() {
        assert_eq!(body.size_hint().exact(), Some(rest));
        let frame = Pin::new(&mut body).poll_frame(&mut context);
        let Poll::Ready(Some(Ok(frame))) = frame else {
            panic!("a frame");
        };
        rest -= frame.into_data().expect("data").len() as u64;
    }
    assert_eq!((rest, body.size_hint().exact()), (0, Some(0)));
}

#[test]
fn an_error_of_the_container_s_connection_goes_on() {
    let vector = Vector::named("signed chunks");
    let error = || Err::<Frame<Bytes>, _>(std::io::Error::other("reset"));
    let body = StreamBody::new(stream::iter([error()]));
    let mut body = Resigned::new(body, &vector.claim(), &issued(), real_chain(&vector));
    let mut context = Context::from_waker(Waker::noop());
    let Poll::Ready(Some(Err(error))) = Pin::new(&mut body).poll_frame(&mut context) else {
        panic!("an error");
    };
    assert_eq!(error.to_string(), "reset");
    assert!(crate::causes::find::<WrongChunk>(&*error).is_none());
}

/// AWS's page "Signature calculations for the Authorization header: transferring payload in multiple
/// chunks".
#[test]
fn the_chunks_of_aws_s_own_example_have_its_signatures() {
    let mut chain = example("4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9");
    let signatures = ["a".repeat(65536), "a".repeat(1024), String::new()]
        .map(|chunk| chain.chunk(&sha256_hex(chunk)).as_str().to_owned());
    assert_eq!(
        signatures,
        [
            "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
            "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
            "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
        ]
    );
}

/// AWS's page "… including trailing headers".
#[test]
fn the_trailer_of_aws_s_own_example_has_its_signature() {
    let mut chain = example("106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e");
    for chunk in ["a".repeat(65536), "a".repeat(1024)] {
        chain.chunk(&sha256_hex(chunk));
    }
    assert_eq!(
        chain.chunk(OF_NOTHING).as_str(),
        "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992"
    );
    let trailer = sha256_hex("x-amz-checksum-crc32c:sOO8/Q==\n");
    assert_eq!(
        chain.trailer(&trailer).as_str(),
        "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435"
    );
}

fn example(head: &str) -> Chain {
    let secret = SecretString::from("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    let date = "20130524T000000Z";
    let at = time::parse(date).expect("a date");
    let key = SigningKey::derive(&secret, at, "us-east-1", "s3");
    let scope = "20130524/us-east-1/s3/aws4_request".to_owned();
    Chain::new(
        key,
        date,
        scope,
        Signature::parse(head).expect("a signature"),
    )
}

/// A body that the container signs, of chunks of these sizes.
fn body_of(vector: &Vector, sizes: &[usize]) -> Vec<u8> {
    let mut chain = vector.claim().chain(&issued());
    let mut body = Vec::new();
    for size in sizes.iter().filter(|size| **size > 0) {
        let data = vec![b'x'; *size];
        let signature = chain.chunk(&sha256_hex(&data)).as_str();
        body.extend_from_slice(format!("{size:x};chunk-signature={signature}\r\n").as_bytes());
        body.extend_from_slice(&data);
        body.extend_from_slice(b"\r\n");
    }
    let signature = chain.chunk(OF_NOTHING).as_str();
    body.extend_from_slice(format!("0;chunk-signature={signature}\r\n\r\n").as_bytes());
    body
}

#[test]
fn the_largest_chunk_has_1_mib() {
    for (size, wrong) in [(1 << 20, None), ((1 << 20) + 1, Some(WrongChunk::TooLarge))] {
        let length = size.to_string();
        let vector = Vector::named("signed chunks").with("x-amz-decoded-content-length", &length);
        let body = body_of(&vector, &[size]);
        let pieces: Vec<_> = body.chunks(65536).collect();
        let (found, found_wrong) = resigned(&vector, &pieces);
        assert_eq!(found_wrong, wrong);
        assert_eq!(found.len() == body.len(), wrong.is_none());
    }
}

proptest! {
    #[test]
    fn any_chunks_in_any_pieces_come_out_whole(
        sizes in prop::collection::vec(1_usize..3000, 0..6),
        mut cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..10),
    ) {
        let length = sizes.iter().sum::<usize>().to_string();
        let vector = Vector::named("signed chunks").with("x-amz-decoded-content-length", &length);
        let body = body_of(&vector, &sizes);
        cuts.sort_by_key(|cut| cut.index(body.len()));
        let mut pieces = Vec::new();
        let mut rest = body.as_slice();
        for cut in cuts {
            let start = body.len() - rest.len();
            let (piece, more) = rest.split_at(cut.index(body.len()) - start);
            pieces.push(piece);
            rest = more;
        }
        pieces.push(rest);
        let (found, wrong) = resigned(&vector, &pieces);
        prop_assert_eq!(wrong, None);
        prop_assert_eq!(found.len(), body.len());
    }

    #[test]
    fn any_bytes_end_in_the_same_way_however_they_are_cut(
        vector in prop::sample::select(NAMES.as_slice()).prop_map(Vector::named),
        start in any::<prop::sample::Index>(),
        more in prop::collection::vec(any::<u8>(), 0..300),
        size in 1_usize..40,
    ) {
        let start = &vector.body.as_bytes()[..start.index(vector.body.len())];
        let body = [start, more.as_slice()].concat();
        let pieces: Vec<&[u8]> = body.chunks(size).collect();
        let whole = resigned(&vector, &[&body]);
        prop_assert_eq!(resigned(&vector, &pieces), whole);
    }
}

#[test]
fn vectors_of_chunks_are_there() {
    let chunked = FILE
        .vectors
        .iter()
        .filter(|vector| vector.upstream.body.is_some());
    assert_eq!(chunked.count(), NAMES.len());
}
