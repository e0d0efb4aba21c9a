//! The texts of a signature: the `Authorization` header, and the credential scope of both forms.

use super::unacceptable::Unacceptable::{self, Malformed};

pub(super) const ALGORITHM: &str = "AWS4-HMAC-SHA256";
pub(super) const ALGORITHM_OF_SIGV4A: &str = "AWS4-ECDSA-P256-SHA256";
/// Longer than any of AWS's names.
const LONGEST_NAME: usize = 128;

/// `Authorization: AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`
pub(super) struct Authorization<'r> {
    pub(super) credential: &'r str,
    pub(super) signed_headers: &'r str,
    pub(super) signature: &'r str,
}

impl<'r> Authorization<'r> {
    pub(super) fn parse(value: &'r str) -> Result<Self, Unacceptable> {
        let (scheme, rest) = value.split_once(' ').unwrap_or((value, ""));
        match scheme {
            ALGORITHM => {}
            ALGORITHM_OF_SIGV4A => return Err(Unacceptable::SigV4A),
            "AWS" => return Err(Unacceptable::SigV2),
            _ if scheme.eq_ignore_ascii_case("bearer") => return Err(Unacceptable::Bearer),
            _ => return Err(Malformed("the scheme of Authorization is not one of AWS's")),
        }
        let [mut credential, mut signed_headers, mut signature] = [None; 3];
        for part in rest.split(',') {
            let (name, value) = part.trim_ascii().split_once('=').unwrap_or_default();
            let place = match name {
                "Credential" => &mut credential,
                "SignedHeaders" => &mut signed_headers,
                "Signature" => &mut signature,
                _ => return Err(Malformed("Authorization has an unknown part")),
            };
            if place.replace(value).is_some() {
                return Err(Malformed("a part of Authorization came more than once"));
            }
        }
        let missing = Malformed("a part of Authorization is missing");
        Ok(Self {
            credential: credential.ok_or(missing)?,
            signed_headers: signed_headers.ok_or(missing)?,
            signature: signature.ok_or(missing)?,
        })
    }
}

/// `KEY/DAY/REGION/SERVICE/aws4_request`
pub(super) struct Credential<'r> {
    pub(super) access_key_id: &'r str,
    pub(super) day: &'r str,
    pub(super) region: &'r str,
    pub(super) service: &'r str,
}

impl<'r> Credential<'r> {
    pub(super) fn parse(text: &'r str) -> Result<Self, Unacceptable> {
        let malformed = Malformed("the credential scope has another form");
        let mut parts = text.split('/');
        let mut part = || parts.next().filter(|part| is_name(part)).ok_or(malformed);
        let credential = Self {
            access_key_id: part()?,
            day: part()?,
            region: part()?,
            service: part()?,
        };
        if part()? != "aws4_request" || parts.next().is_some() {
            return Err(malformed);
        }
        Ok(credential)
    }
}

/// These names are in messages and in records.
fn is_name(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=LONGEST_NAME).contains(&text.len()) && text.bytes().all(is_plain)
}
