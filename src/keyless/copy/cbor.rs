//! The copy of a body in CBOR. A document is a row of heads (RFC 8949), each with its argument, and only
//! those of texts and of bytes have something else behind them.

use super::room::{LONGEST_TEXT, push};

const BYTES: u8 = 2;
const TEXT: u8 = 3;

/// Where in CBOR the copy is.
#[derive(Default)]
pub(super) struct Cbor {
    /// Of a head that is not whole: its first byte, its argument so far, and how many bytes of that
    /// are to come.
    head: Option<(u8, u64, u8)>,
    /// Of a text or of bytes that are open.
    rest: u64,
    is_left_out: bool,
}

impl Cbor {
    pub(super) fn add(&mut self, byte: u8, copy: &mut Vec<u8>) {
        if self.rest > 0 {
            self.rest -= 1;
            if !self.is_left_out {
                push(byte, copy);
            }
            return;
        }
        let (first, argument, to_come) = match self.head.take() {
            Some((first, argument, to_come)) => {
                (first, argument << 8 | u64::from(byte), to_come - 1)
            }
            None => match byte & 0x1f {
                short @ ..24 => (byte, u64::from(short), 0),
                long @ 24..=27 => (byte, 0, 1 << (long - 24)),
                // Of no length that is told, which ends with a break. What comes until then has heads.
                _ => return push(byte, copy),
            },
        };
        match to_come {
            0 => self.begin(first, argument, copy),
            _ => self.head = Some((first, argument, to_come)),
        }
    }

    /// A head is whole.
    fn begin(&mut self, first: u8, argument: u64, copy: &mut Vec<u8>) {
        let major = first >> 5;
        self.is_left_out = false;
        if [BYTES, TEXT].contains(&major) {
            self.rest = argument;
            self.is_left_out = argument > LONGEST_TEXT as u64;
        }
        if self.is_left_out {
            return push(major << 5, copy);
        }
        push(first, copy);
        let length = match first & 0x1f {
            ..24 => 0,
            long => 1_usize << (long - 24),
        };
        let bytes = argument.to_be_bytes();
        let bytes = bytes.iter().skip(bytes.len() - length);
        bytes.for_each(|byte| push(*byte, copy));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::cbor;
    use crate::keyless::copy::BodyCopy;

    /// A head, and what is behind it.
    fn item(major: u8, length: usize, content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(length).expect("short");
        let head = match length {
            ..24 => vec![major << 5 | u8::try_from(length).expect("short")],
            _ => [&[major << 5 | 25][..], &length.to_be_bytes()].concat(),
        };
        [&head[..], content].concat()
    }

    fn text(text: &str) -> Vec<u8> {
        item(super::TEXT, text.len(), text.as_bytes())
    }

    fn leaves(body: &[u8]) -> Option<Vec<(String, String)>> {
        let mut found = Vec::new();
        let mut each = |path: &[&str], text: &str| found.push((path.join("."), text.to_owned()));
        cbor::leaves(body, &mut each)?;
        Some(found)
    }

    fn copied(pieces: &[&[u8]]) -> Vec<u8> {
        let copy = BodyCopy::of_cbor();
        pieces.iter().for_each(|piece| copy.add(piece));
        copy.take().expect("a copy")
    }

    #[test]
    fn long_texts_and_bytes_are_empty_in_the_copy() {
        let (long, role) = ("x".repeat(60_000), "arn:aws:iam::1:role/r");
        let body = [
            item(cbor::MAP, 4, b""),
            [text("Source"), text(&long)].concat(),
            [text("Code"), item(super::BYTES, 60_000, long.as_bytes())].concat(),
            // Of no told length, with a number of eight bytes in it.
            [
                text("More"),
                b"\x9f\x1b\xff\xff\xff\xff\xff\xff\xff\xff\xff".to_vec(),
            ]
            .concat(),
            [text("serviceRole"), text(role)].concat(),
        ]
        .concat();
        let (first, second) = body.split_at(777);
        let copy = copied(&[first, second]);
        assert!(copy.len() < 100, "{}", copy.len());
        let expected = [("Source", ""), ("serviceRole", role)]
            .map(|(path, text)| (path.to_owned(), text.to_owned()));
        assert_eq!(leaves(&copy).as_deref(), Some(&expected[..]));
    }

    proptest! {
        #[test]
        fn what_has_no_long_text_is_copied_as_it_is(
            body in prop::collection::vec(any::<u8>(), 0..500), cut in 0_usize..500,
        ) {
            let whole = [item(cbor::ARRAY, 1, b""), item(super::BYTES, body.len(), &body)].concat();
            let (first, second) = whole.split_at(cut.min(whole.len()));
            prop_assert_eq!(copied(&[first, second]), &whole[..]);
        }

        #[test]
        fn no_body_panics(body in prop::collection::vec(any::<u8>(), 0..200)) {
            copied(&[&body]);
        }
    }
}
