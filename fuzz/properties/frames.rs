//! Any bytes as the relay's stream: no panic, no frame beyond the limits, and the same frames
//! however the stream is cut. The first byte says how.

use credrun::relay::frame::{Decoder, Frame, MAX_PAYLOAD, Malformed};

/// Decodes `input`.
///
/// # Panics
/// Where the property does not hold.
pub(super) fn holds(input: &[u8]) {
    let Some((size, stream)) = input.split_first() else {
        return;
    };
    let whole = decode(stream, stream.len().max(1));
    let cut = decode(stream, usize::from(*size).max(1));
    assert_eq!(whole, cut);
    // What was taken for frames is what an encoder would have written.
    assert_eq!(decode(&whole.0, whole.0.len().max(1)).0, whole.0);
}

/// The frames, encoded again, and how the stream ended.
fn decode(stream: &[u8], size: usize) -> (Vec<u8>, Result<(), Malformed>) {
    let mut decoder = Decoder::default();
    let mut again = Vec::new();
    for piece in stream.chunks(size) {
        decoder.push(piece);
        loop {
            match decoder.next() {
                Ok(Some(frame)) => {
                    if let Frame::Data(_, bytes) = frame {
                        assert!((1..=MAX_PAYLOAD).contains(&bytes.len()));
                    }
                    frame.encode(&mut again);
                }
                Ok(None) => break,
                Err(malformed) => return (again, Err(malformed)),
            }
        }
    }
    (again, Ok(()))
}
