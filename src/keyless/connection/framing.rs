//! Where a request of HTTP/1.1 ends, if all servers agree on it (RFC 9112, sections 2.2, 6 and 7).
//!
//! hyper takes a line that ends without a carriage return, and forgets `Content-Length` beside
//! `Transfer-Encoding`. Others do not, so such a request is not taken.

use http::HeaderName;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};

/// The longest head.
pub(super) const MAX_HEAD: usize = 64 * 1024;
/// The trailers of a body in chunks, and the blanks around them.
const MAX_TRAILERS: usize = 16 * 1024;
/// Digits of a chunk's size. No client sends more than gibibytes at once.
const MAX_SIZE_DIGITS: u8 = 8;

/// What is sent is no request, or can be read as another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the request is not framed as HTTP wants it")]
pub(super) struct Malformed;

/// Where the head at the beginning of `read` ends, once that has come. The first `looked_at` bytes
/// have been looked at before.
pub(super) fn end_of_head(read: &[u8], looked_at: usize) -> Result<Option<usize>, Malformed> {
    // A carriage return at the end of what was looked at waits for what follows it.
    let from = looked_at.saturating_sub(1);
    let new = read.get(from..).unwrap_or_default();
    for at in memchr::memchr2_iter(b'\r', b'\n', new).map(|at| from + at) {
        let next = read.get(at + 1);
        if read.get(at) == Some(&b'\r') {
            if next.is_some_and(|next| *next != b'\n') {
                return Err(Malformed);
            }
            continue;
        }
        let line = read.get(..=at).unwrap_or_default();
        if !line.ends_with(b"\r\n") {
            return Err(Malformed);
        }
        if at >= looked_at && line.ends_with(b"\r\n\r\n") {
            return Ok(Some(at + 1));
        }
    }
    Ok(None)
}

/// The body that follows a head.
pub(super) fn body_after(head: &[u8]) -> Result<Body, Malformed> {
    let mut lines = head
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii_end);
    if lines.next().is_none_or(<[u8]>::is_empty) {
        return Err(Malformed);
    }
    let (mut length, mut coding) = (None, None);
    for line in lines.take_while(|line| !line.is_empty()) {
        let colon = line.iter().position(|byte| *byte == b':');
        let (name, value) = line
            .split_at_checked(colon.ok_or(Malformed)?)
            .ok_or(Malformed)?;
        // No name that is folded, or followed by a blank.
        let name = HeaderName::from_bytes(name).map_err(|_| Malformed)?;
        let value = value.get(1..).ok_or(Malformed)?.trim_ascii();
        let earlier = match name {
            CONTENT_LENGTH => length.replace(value),
            TRANSFER_ENCODING => coding.replace(value),
            _ => None,
        };
        if earlier.is_some() {
            return Err(Malformed);
        }
    }
    match (length, coding) {
        (None, None) => Ok(Body::Length(0)),
        (Some(length), None) => Ok(Body::Length(number(length)?)),
        (None, Some(coding)) if coding.eq_ignore_ascii_case(b"chunked") => {
            Ok(Body::Chunks(Chunk::begin()))
        }
        (_, Some(_)) => Err(Malformed),
    }
}

fn number(digits: &[u8]) -> Result<u64, Malformed> {
    let are_digits = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    let text = std::str::from_utf8(digits).map_err(|_| Malformed)?;
    match text.parse() {
        Ok(number) if are_digits => Ok(number),
        _ => Err(Malformed),
    }
}

/// What is still to come of a body.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Body {
    Length(u64),
    Chunks(Chunk),
}

/// What comes next in a body in chunks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chunk {
    Size {
        so_far: u64,
        digits: u8,
    },
    /// The line feed behind a size.
    Begin {
        size: u64,
    },
    Content {
        left: u64,
    },
    /// The carriage return behind the content, and its line feed.
    Return,
    Feed,
    /// Trailers, up to an empty line.
    Trailers {
        line: usize,
        after_return: bool,
        room: usize,
    },
    Over,
}

impl Body {
    pub(super) fn is_over(&self) -> bool {
        matches!(self, Self::Length(0) | Self::Chunks(Chunk::Over))
    }

    /// How many of these bytes are still of the body.
    pub(super) fn take(&mut self, read: &[u8]) -> Result<usize, Malformed> {
        match self {
            Self::Length(left) => Ok(take_some(left, read.len())),
            Self::Chunks(chunk) => {
                let mut taken = 0;
                while let Some(byte) = read.get(taken).filter(|_| *chunk != Chunk::Over) {
                    taken += match chunk {
                        Chunk::Content { left } => take_some(left, read.len() - taken),
                        _ => 1,
                    };
                    *chunk = chunk.after(*byte)?;
                }
                Ok(taken)
            }
        }
    }
}

/// Takes as much of `left` as there is.
fn take_some(left: &mut u64, there: usize) -> usize {
    let taken = usize::try_from(*left).map_or(there, |left| left.min(there));
    *left -= taken as u64;
    taken
}

impl Chunk {
    fn begin() -> Self {
        Self::Size {
            so_far: 0,
            digits: 0,
        }
    }

    /// What comes after this byte. Content is counted before.
    fn after(self, byte: u8) -> Result<Self, Malformed> {
        match (self, byte) {
            (Self::Size { so_far, digits }, b'\r') if digits > 0 => {
                Ok(Self::Begin { size: so_far })
            }
            (Self::Size { so_far, digits }, _) if digits < MAX_SIZE_DIGITS => {
                let digit = char::from(byte).to_digit(16).ok_or(Malformed)?;
                let so_far = so_far * 16 + u64::from(digit);
                let digits = digits + 1;
                Ok(Self::Size { so_far, digits })
            }
            (Self::Begin { size: 0 }, b'\n') => Ok(Self::Trailers {
                line: 0,
                after_return: false,
                room: MAX_TRAILERS,
            }),
            (Self::Begin { size }, b'\n') => Ok(Self::Content { left: size }),
            (Self::Content { left: 0 }, _) => Ok(Self::Return),
            (Self::Content { left }, _) => Ok(Self::Content { left }),
            (Self::Return, b'\r') => Ok(Self::Feed),
            (Self::Feed, b'\n') => Ok(Self::begin()),
            (
                Self::Trailers {
                    line,
                    after_return,
                    room,
                },
                _,
            ) => after_trailer(byte, line, after_return, room),
            _ => Err(Malformed),
        }
    }
}

fn after_trailer(
    byte: u8,
    line: usize,
    after_return: bool,
    room: usize,
) -> Result<Chunk, Malformed> {
    let room = room.checked_sub(1).ok_or(Malformed)?;
    let (line, after_return) = match (byte, after_return) {
        (b'\n', true) if line == 0 => return Ok(Chunk::Over),
        (b'\n', true) => (0, false),
        (b'\r', false) => (line, true),
        (b'\n', false) | (_, true) => return Err(Malformed),
        (_, false) => (line + 1, false),
    };
    Ok(Chunk::Trailers {
        line,
        after_return,
        room,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(head: &str) -> Result<Option<usize>, Malformed> {
        end_of_head(head.as_bytes(), 0)
    }

    #[test]
    fn a_head_ends_with_an_empty_line_and_every_line_with_both_characters() {
        assert_eq!(end("GET / HTTP/1.1\r\nA: b\r\n\r\nrest"), Ok(Some(24)));
        for cut in [
            "",
            "GET",
            "GET / HTTP/1.1\r",
            "GET / HTTP/1.1\r\nA: b\r\n\r",
        ] {
            assert_eq!(end(cut), Ok(None), "{cut:?}");
        }
        for wrong in [
            "GET / HTTP/1.1\nA: b\r\n\r\n",
            "GET / HTTP/1.1\r\nA: b\n\r\n",
            "GET / HTTP/1.1\r\nA: b\r\n\n",
            "GET / HTTP/1.1\r\nA: b\rB: c\r\n\r\n",
            "\nGET / HTTP/1.1\r\n\r\n",
        ] {
            assert_eq!(end(wrong), Err(Malformed), "{wrong:?}");
        }
    }

    #[test]
    fn a_head_that_comes_in_pieces_ends_where_the_whole_does() {
        let head = b"GET / HTTP/1.1\r\nA: b\r\n\r\nrest";
        for first in 0..24 {
            assert_eq!(end_of_head(&head[..first], 0), Ok(None));
            assert_eq!(end_of_head(head, first), Ok(Some(24)), "{first}");
        }
    }

    fn after(headers: &str) -> Result<Body, Malformed> {
        body_after(format!("PUT / HTTP/1.1\r\n{headers}\r\n").as_bytes())
    }

    #[test]
    fn a_body_has_one_length_or_comes_in_chunks() {
        let chunks = Body::Chunks(Chunk::begin());
        assert_eq!(after(""), Ok(Body::Length(0)));
        assert_eq!(after("Content-Length: 17\r\n"), Ok(Body::Length(17)));
        assert_eq!(after("content-length:17 \r\n"), Ok(Body::Length(17)));
        assert_eq!(after("Transfer-Encoding: Chunked\r\n"), Ok(chunks));
        for wrong in [
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
            "Content-Length: 5\r\ncontent-length: 5\r\n",
            "Content-Length: 5, 5\r\n",
            "Content-Length: +5\r\n",
            "Content-Length:\r\n",
            "Content-Length: 99999999999999999999\r\n",
            "Content-Length : 5\r\n",
            " Content-Length: 5\r\n",
            "A: b\r\n Content-Length: 5\r\n",
            "Content-Length\r\n",
            ": 5\r\n",
            "Transfer-Encoding: gzip, chunked\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding:\r\n",
        ] {
            assert_eq!(after(wrong), Err(Malformed), "{wrong:?}");
        }
        assert_eq!(body_after(b"\r\nGET / HTTP/1.1\r\n\r\n"), Err(Malformed));
    }

    /// How much of it is a body in chunks, whether it comes at once or byte by byte.
    fn chunks(sent: &str) -> Result<Option<usize>, Malformed> {
        let mut at_once = Body::Chunks(Chunk::begin());
        let found = at_once.take(sent.as_bytes());
        let mut slowly = Body::Chunks(Chunk::begin());
        let mut taken = 0;
        let bytes = sent.as_bytes().chunks(1);
        let slow: Result<_, Malformed> = bytes.map(|byte| slowly.take(byte)).try_for_each(|one| {
            taken += one?;
            Ok(())
        });
        assert_eq!(found.is_err(), slow.is_err(), "{sent:?}");
        let found = found?;
        assert_eq!(
            (found, at_once.is_over()),
            (taken, slowly.is_over()),
            "{sent:?}"
        );
        Ok(at_once.is_over().then_some(found))
    }

    #[test]
    fn chunks_end_with_an_empty_one_and_what_follows_is_not_of_them() {
        assert_eq!(chunks("0\r\n\r\n"), Ok(Some(5)));
        assert_eq!(chunks("3\r\nabc\r\n0\r\n\r\nGET /"), Ok(Some(13)));
        assert_eq!(
            chunks("A\r\n0123456789\r\n00\r\nA: b\r\nC:\r\n\r\nx"),
            Ok(Some(31))
        );
        for cut in ["", "3", "3\r\nab", "3\r\nabc\r\n", "0\r\n", "0\r\nA: b\r\n"] {
            assert_eq!(chunks(cut), Ok(None), "{cut:?}");
        }
        for wrong in [
            "\r\n",
            "g\r\n",
            "3\nabc\r\n0\r\n\r\n",
            "3;a=b\r\nabc\r\n",
            " 3\r\nabc\r\n",
            "3\r\nabcd\r\n0\r\n\r\n",
            "3\r\nabc\n0\r\n\r\n",
            "0\r\n\n",
            "0\r\nA: b\n\r\n",
            "0\r\nA: b\rC\r\n\r\n",
            "ffffffffff\r\n",
        ] {
            assert_eq!(chunks(wrong), Err(Malformed), "{wrong:?}");
        }
        let trailers = format!("0\r\nA: {}\r\n\r\n", "b".repeat(MAX_TRAILERS));
        assert_eq!(chunks(&trailers), Err(Malformed));
    }
}
