//! The relay's protocol: what one end encodes, the other decodes, however the stream is cut.

use credrun::relay::frame::{Decoder, Frame, HEADER, MAX_DATAGRAM, MAX_PAYLOAD, Malformed};
use proptest::prelude::*;

#[derive(Debug, Clone, PartialEq)]
enum Owned {
    Ready(u8, u16),
    Open(u32),
    Data(u32, Vec<u8>),
    End(u32),
    Credit(u32, u32),
    Return(u32, u32),
    Close(u32),
    Reset(u32),
    Full,
    Datagram(Vec<u8>),
}

impl Owned {
    fn of(frame: Frame<'_>) -> Self {
        match frame {
            Frame::Ready { version, port } => Self::Ready(version, port),
            Frame::Open(id) => Self::Open(id),
            Frame::Data(id, bytes) => Self::Data(id, bytes.to_vec()),
            Frame::End(id) => Self::End(id),
            Frame::Credit(id, bytes) => Self::Credit(id, bytes),
            Frame::Return(id, bytes) => Self::Return(id, bytes),
            Frame::Close(id) => Self::Close(id),
            Frame::Reset(id) => Self::Reset(id),
            Frame::Full => Self::Full,
            Frame::Datagram(bytes) => Self::Datagram(bytes.to_vec()),
        }
    }

    fn frame(&self) -> Frame<'_> {
        match *self {
            Self::Ready(version, port) => Frame::Ready { version, port },
            Self::Open(id) => Frame::Open(id),
            Self::Data(id, ref bytes) => Frame::Data(id, bytes),
            Self::End(id) => Frame::End(id),
            Self::Credit(id, bytes) => Frame::Credit(id, bytes),
            Self::Return(id, bytes) => Frame::Return(id, bytes),
            Self::Close(id) => Frame::Close(id),
            Self::Reset(id) => Frame::Reset(id),
            Self::Full => Frame::Full,
            Self::Datagram(ref bytes) => Frame::Datagram(bytes),
        }
    }
}

fn any_frame() -> impl Strategy<Value = Owned> {
    let payload = prop_oneof![
        prop::collection::vec(any::<u8>(), 1..64),
        Just(vec![7; MAX_PAYLOAD]),
    ];
    prop_oneof![
        any::<(u8, u16)>().prop_map(|(version, port)| Owned::Ready(version, port)),
        any::<u32>().prop_map(Owned::Open),
        (any::<u32>(), payload).prop_map(|(id, bytes)| Owned::Data(id, bytes)),
        any::<u32>().prop_map(Owned::End),
        (any::<u32>(), 1..u32::MAX).prop_map(|(id, bytes)| Owned::Credit(id, bytes)),
        (any::<u32>(), 1..u32::MAX).prop_map(|(id, bytes)| Owned::Return(id, bytes)),
        any::<u32>().prop_map(Owned::Close),
        any::<u32>().prop_map(Owned::Reset),
        Just(Owned::Full),
        prop::collection::vec(any::<u8>(), 0..64).prop_map(Owned::Datagram),
        Just(Owned::Datagram(vec![7; MAX_DATAGRAM])),
    ]
}

/// Feeds `stream` in pieces of the given sizes, over and over, and takes all frames.
fn decode(stream: &[u8], sizes: &[usize]) -> Result<Vec<Owned>, Malformed> {
    let mut decoder = Decoder::default();
    let mut frames = Vec::new();
    let mut rest = stream;
    for size in sizes.iter().cycle() {
        let (piece, after) = rest.split_at((*size).min(rest.len()));
        decoder.push(piece);
        while let Some(frame) = decoder.next()? {
            frames.push(Owned::of(frame));
        }
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    Ok(frames)
}

proptest! {
    #[test]
    fn frames_survive_any_cut_of_the_stream(
        frames in prop::collection::vec(any_frame(), 0..12),
        sizes in prop::collection::vec(1_usize..5000, 1..8),
    ) {
        let mut stream = Vec::new();
        for frame in &frames {
            frame.frame().encode(&mut stream);
        }
        prop_assert_eq!(decode(&stream, &sizes), Ok(frames));
    }

    #[test]
    fn any_bytes_are_frames_or_malformed_and_the_cut_does_not_matter(
        stream in prop::collection::vec(prop_oneof![0_u8..11, any::<u8>()], 0..512),
        sizes in prop::collection::vec(1_usize..64, 1..8),
    ) {
        prop_assert_eq!(decode(&stream, &sizes), decode(&stream, &[stream.len().max(1)]));
    }
}

#[test]
fn a_long_payload_becomes_several_frames_and_an_empty_one_none() {
    let long = vec![1; MAX_PAYLOAD + 1];
    let mut stream = Vec::new();
    Frame::Data(5, &long).encode(&mut stream);
    Frame::Data(5, &[]).encode(&mut stream);
    assert_eq!(stream.len(), long.len() + 2 * HEADER);
    let frames = decode(&stream, &[stream.len()]).expect("frames");
    assert_eq!(
        frames,
        [
            Owned::Data(5, vec![1; MAX_PAYLOAD]),
            Owned::Data(5, vec![1])
        ]
    );
}

#[test]
fn a_payload_beyond_the_limit_is_malformed_before_it_arrives() {
    let mut header = vec![3, 0, 0, 0, 1];
    header.extend_from_slice(&(MAX_PAYLOAD as u16 + 1).to_be_bytes());
    assert_eq!(decode(&header, &[1]), Err(Malformed));
}

#[test]
fn a_credit_or_a_return_of_nothing_is_malformed() {
    for kind in [5, 10] {
        let nothing = [kind, 0, 0, 0, 1, 0, 4, 0, 0, 0, 0];
        assert_eq!(decode(&nothing, &[nothing.len()]), Err(Malformed));
    }
}

#[test]
fn the_longest_frame_fills_a_pipe_and_no_more() {
    let mut stream = Vec::new();
    Frame::Data(1, &[1; MAX_PAYLOAD]).encode(&mut stream);
    assert_eq!(stream.len(), 64 * 1024);
}

#[test]
fn the_longest_datagram_has_8_kib() {
    let mut stream = Vec::new();
    Frame::Datagram(&[7; 8193]).encode(&mut stream);
    assert_eq!(stream.len(), HEADER + 8192);
    let mut longer = vec![9, 0, 0, 0, 0];
    longer.extend_from_slice(&8193_u16.to_be_bytes());
    longer.resize(HEADER + 8193, 7);
    assert_eq!(decode(&longer, &[longer.len()]), Err(Malformed));
}
