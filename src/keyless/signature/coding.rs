//! How signed chunks are written, and where their signatures are.
//!
//! ```text
//! 10000;chunk-signature=64 digits\r\n
//! data\r\n
//! 0;chunk-signature=64 digits\r\n
//! x-amz-checksum-crc32:value\r\n
//! x-amz-trailer-signature:64 digits\r\n
//! \r\n
//! ```

use super::secrets::Signature;
use crate::digest::sha256_hex;

/// A chunk must be held to be verified. SDKs make them of 64 or 128 KiB.
const LARGEST_CHUNK: usize = 1 << 20;
const LARGEST_TRAILER: usize = 4 << 10;
/// `100000`, with two zeros before it.
const LONGEST_SIZE: usize = 8;
const EXTENSION: &[u8] = b";chunk-signature=";
const TRAILER_SIGNATURE: &str = "x-amz-trailer-signature";
pub(super) const END_OF_LINE: &[u8] = b"\r\n";

/// What is wrong with a body. It ends there, so that AWS does not take it for a whole one.
/// [`crate::causes::find`] finds it in the error of the client that sent the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WrongChunk {
    #[error("the body is not made of signed chunks")]
    Form,
    #[error("a chunk of the body is larger than 1 MiB")]
    TooLarge,
    #[error("a chunk of the body has a wrong signature")]
    Signature,
    #[error("the trailer of the body is malformed, or larger than 4 KiB")]
    Trailer,
    #[error("the trailer of the body has a wrong signature")]
    TrailerSignature,
    #[error("the body does not have the length that x-amz-decoded-content-length says")]
    Length,
    #[error("the body ends in the middle of a chunk")]
    Incomplete,
}

impl WrongChunk {
    /// AWS's code for it.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Signature | Self::TrailerSignature => "SignatureDoesNotMatch",
            Self::TooLarge => "InvalidChunkSizeError",
            Self::Trailer => "MalformedTrailerError",
            Self::Form | Self::Length | Self::Incomplete => "IncompleteBody",
        }
    }
}

/// The line of a chunk: how long it is with its end, and how long its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) length: usize,
    pub(super) data: usize,
}

impl Line {
    /// The line that `held` starts with. None where it is not whole yet.
    pub(super) fn parse(held: &[u8]) -> Result<Option<Self>, WrongChunk> {
        let is_digit = |byte: &&u8| byte.is_ascii_hexdigit();
        let digits = held
            .iter()
            .take(LONGEST_SIZE + 1)
            .take_while(is_digit)
            .count();
        let length = digits + EXTENSION.len() + Signature::LENGTH + END_OF_LINE.len();
        let Some(line) = held.get(..length) else {
            return Ok(None);
        };
        if !(1..=LONGEST_SIZE).contains(&digits) {
            return Err(WrongChunk::Form);
        }
        let (size, rest) = line.split_at(digits);
        if !rest.starts_with(EXTENSION) || !rest.ends_with(END_OF_LINE) {
            return Err(WrongChunk::Form);
        }
        let size = std::str::from_utf8(size).ok();
        let size = size.and_then(|size| usize::from_str_radix(size, 16).ok());
        let data = size.ok_or(WrongChunk::Form)?;
        if data > LARGEST_CHUNK {
            return Err(WrongChunk::TooLarge);
        }
        Ok(Some(Self { length, data }))
    }

    /// Where its signature starts.
    pub(super) fn signature(length: usize) -> usize {
        length - END_OF_LINE.len() - Signature::LENGTH
    }
}

/// What follows the line of the last chunk.
pub(super) struct Trailer {
    pub(super) length: usize,
    /// Of what is signed of it.
    pub(super) hash: String,
    /// Where the signature starts. None where the body has no trailer.
    pub(super) signature: Option<usize>,
}

impl Trailer {
    /// None where it is not whole yet.
    pub(super) fn parse(rest: &[u8], is_expected: bool) -> Result<Option<Self>, WrongChunk> {
        if is_expected {
            return Self::of_lines(rest);
        }
        let is_whole = rest.len() >= END_OF_LINE.len();
        if !END_OF_LINE.starts_with(rest) && !rest.starts_with(END_OF_LINE) {
            return Err(WrongChunk::Form);
        }
        Ok(is_whole.then(|| Self {
            length: END_OF_LINE.len(),
            hash: String::new(),
            signature: None,
        }))
    }

    fn of_lines(rest: &[u8]) -> Result<Option<Self>, WrongChunk> {
        let end = rest.windows(4).take(LARGEST_TRAILER);
        let Some(end) = end.clone().position(|bytes| bytes == b"\r\n\r\n") else {
            return match rest.len() {
                0..LARGEST_TRAILER => Ok(None),
                _ => Err(WrongChunk::Trailer),
            };
        };
        let text = rest
            .get(..end)
            .and_then(|text| std::str::from_utf8(text).ok());
        let text = text.ok_or(WrongChunk::Trailer)?;
        let (fields, last) = match text.rsplit_once("\r\n") {
            Some((fields, last)) => (fields.split("\r\n").collect(), last),
            None => (Vec::new(), text),
        };
        let (name, signature) = last.split_once(':').ok_or(WrongChunk::Trailer)?;
        if !name.eq_ignore_ascii_case(TRAILER_SIGNATURE) || signature.len() != Signature::LENGTH {
            return Err(WrongChunk::Trailer);
        }
        Ok(Some(Self {
            length: end + 4,
            hash: sha256_hex(signed_fields(&fields)?),
            signature: Some(end - Signature::LENGTH),
        }))
    }
}

/// `name:value\n` of each, sorted.
fn signed_fields(fields: &[&str]) -> Result<String, WrongChunk> {
    let mut signed = Vec::new();
    for field in fields {
        let (name, value) = field.split_once(':').ok_or(WrongChunk::Trailer)?;
        let name = name.to_ascii_lowercase();
        let is_text = value
            .bytes()
            .all(|byte| byte == b' ' || byte.is_ascii_graphic());
        let is_sound = is_text && name != TRAILER_SIGNATURE;
        if !is_sound || http::HeaderName::from_lowercase(name.as_bytes()).is_err() {
            return Err(WrongChunk::Trailer);
        }
        signed.push((name, value.trim_ascii()));
    }
    signed.sort();
    let lines = signed
        .iter()
        .map(|(name, value)| format!("{name}:{value}\n"));
    Ok(lines.collect())
}
