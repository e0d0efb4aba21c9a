//! The canonical request: what a signature is made of.

use std::borrow::Cow;

use http::header::{HOST, InvalidHeaderName};
use http::{HeaderMap, HeaderName, Method};
use percent_encoding::percent_decode_str;

use super::query::encode;
use crate::digest::sha256_hex;

/// The hash of an empty body.
pub(super) const OF_NOTHING: &str =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// A header that is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SignedHeader {
    Named(HeaderName),
    /// `:authority`, which is HTTP/2's `Host`. The SDK for JavaScript signs it under this name.
    Authority,
}

impl SignedHeader {
    pub(super) fn parse(name: &str) -> Result<Self, InvalidHeaderName> {
        match name {
            ":authority" => Ok(Self::Authority),
            name => HeaderName::from_lowercase(name.as_bytes()).map(Self::Named),
        }
    }

    /// As the signature names it.
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Named(name) => name.as_str(),
            Self::Authority => ":authority",
        }
    }

    /// Where its value is.
    pub(super) fn name(&self) -> &HeaderName {
        match self {
            Self::Named(name) => name,
            Self::Authority => &HOST,
        }
    }
}

/// All that a signature is over.
pub(super) struct Canonical<'r> {
    pub(super) method: &'r Method,
    /// As [`path`] makes it.
    pub(super) path: &'r str,
    /// As [`super::query::canonical`] makes it.
    pub(super) query: &'r str,
    pub(super) headers: &'r HeaderMap,
    /// Names in the order in which they are signed.
    pub(super) signed: &'r [SignedHeader],
    /// A hash, or one of AWS's words for none.
    pub(super) payload: &'r str,
}

impl Canonical<'_> {
    /// What is signed, for a date and a scope.
    pub(super) fn string_to_sign(&self, date: &str, scope: &str) -> String {
        let hash = sha256_hex(self.bytes());
        format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{hash}")
    }

    /// Header values need not be UTF-8.
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{}\n{}\n{}\n", self.method, self.path, self.query).into_bytes();
        for name in self.signed {
            bytes.extend_from_slice(name.as_str().as_bytes());
            bytes.push(b':');
            let values = self.headers.get_all(name.name()).iter();
            let values: Vec<_> = values.map(|value| trimmed(value.as_bytes())).collect();
            bytes.extend_from_slice(&values.join(&b','));
            bytes.push(b'\n');
        }
        let names = signed_headers(self.signed);
        bytes.extend_from_slice(format!("\n{names}\n{}", self.payload).as_bytes());
        bytes
    }
}

/// `host;x-amz-date`
pub(super) fn signed_headers(names: &[SignedHeader]) -> String {
    let names: Vec<_> = names.iter().map(SignedHeader::as_str).collect();
    names.join(";")
}

/// `20251125/eu-west-1/s3/aws4_request`
pub(super) fn scope(day: &str, region: &str, service: &str) -> String {
    format!("{day}/{region}/{service}/aws4_request")
}

/// Without blanks around it, and with one in the place of several.
fn trimmed(value: &[u8]) -> Vec<u8> {
    let mut result: Vec<u8> = Vec::with_capacity(value.len());
    for byte in value.trim_ascii() {
        if *byte != b' ' || result.last() != Some(&b' ') {
            result.push(*byte);
        }
    }
    result
}

/// Whether the path is a bucket and a key, where dots and double slashes mean something. All of S3
/// signs so, and S3 Control has the signing name `s3`.
pub(super) fn is_s3(signing_name: &str) -> bool {
    ["s3", "s3express", "s3-outposts", "s3-object-lambda"].contains(&signing_name)
}

/// The signed form of a path that is sent: itself for S3, for all others normalized and encoded
/// once more.
pub(super) fn path<'p>(sent: &'p str, signing_name: &str) -> Cow<'p, str> {
    if is_s3(signing_name) {
        return Cow::Borrowed(sent);
    }
    let normalized = normalized(sent);
    let segments = normalized.split('/').map(|part| encode(part.as_bytes()));
    Cow::Owned(segments.collect::<Vec<_>>().join("/"))
}

/// Without dot segments and empty ones.
pub(super) fn normalized(path: &str) -> String {
    let mut segments = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            _ => segments.push(segment),
        }
    }
    let end = if path.ends_with('/') && !segments.is_empty() {
        "/"
    } else {
        ""
    };
    format!("/{}{end}", segments.join("/"))
}

/// A path of S3 in the one encoding that AWS makes of any other. S3 reads a bare plus sign as a
/// blank; what was authorized is a plus sign.
pub(super) fn strictly_encoded(path: &str) -> String {
    let decoded = |part| Cow::from(percent_decode_str(part));
    let segments = path.split('/').map(|part| encode(&decoded(part)));
    segments.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_s3_are_signed_as_they_are_and_all_others_normalized_and_encoded_again() {
        let sent = "/bkt/x//y/./z/../w%3A~/";
        for name in ["s3", "s3express", "s3-outposts", "s3-object-lambda"] {
            assert_eq!(path(sent, name), sent);
        }
        for (sent, signed) in [
            (sent, "/bkt/x/y/w%253A~/"),
            ("/", "/"),
            ("//", "/"),
            ("/..", "/"),
            ("/a/..", "/"),
            ("/a/.", "/a"),
            ("/functions/arn:aws:x/", "/functions/arn%3Aaws%3Ax/"),
        ] {
            assert_eq!(path(sent, "lambda"), signed);
        }
    }

    #[test]
    fn a_path_of_s3_keeps_its_segments_in_any_encoding() {
        for (sent, strict) in [
            ("/bkt/x//y/./z/../w", "/bkt/x//y/./z/../w"),
            ("/bkt/a+b(c)%2fd%7E", "/bkt/a%2Bb%28c%29%2Fd~"),
            ("/bkt/%c3%a9", "/bkt/%C3%A9"),
        ] {
            assert_eq!(strictly_encoded(sent), strict);
            assert_eq!(strictly_encoded(strict), strict);
        }
    }

    #[test]
    fn values_are_trimmed_and_runs_of_blanks_are_one() {
        assert_eq!(trimmed(b"  a   b \t c  "), b"a b \t c");
        assert_eq!(trimmed(b"  "), b"");
    }
}
