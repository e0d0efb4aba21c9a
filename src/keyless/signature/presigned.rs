//! The signature of a presigned URL: parameters of the query.

use std::collections::BTreeMap;
use std::time::Duration;

use http::request::Parts;
use secrecy::SecretString;

use super::query::{Parameter, parameters};
use super::unacceptable::Unacceptable::{self, Malformed};

/// AWS's own limit: a week.
const LONGEST: u64 = 7 * 24 * 60 * 60;

pub(super) const SIGNATURE: &str = "x-amz-signature";
const CONTENT_SHA256: &str = "x-amz-content-sha256";

/// Parameters of a signature, without the hash of the body.
const OF_THE_SIGNATURE: [&str; 8] = [
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-signedheaders",
    SIGNATURE,
    "x-amz-security-token",
    "x-amz-s3session-token",
];

/// Whether a parameter is a part of a signature, which has no meaning in a call that is signed with
/// headers.
pub(super) fn is_of_a_signature(amz_name: &str) -> bool {
    OF_THE_SIGNATURE.contains(&amz_name) || amz_name == CONTENT_SHA256
}

/// The parameters of the signature, by their names in small letters.
pub(super) struct Presigned(BTreeMap<String, String>);

impl Presigned {
    /// None without any.
    pub(super) fn read(parts: &Parts) -> Result<Option<Self>, Unacceptable> {
        let query = parts.uri.query().unwrap_or_default();
        let mut found = BTreeMap::new();
        for parameter in parameters(query) {
            let Some(name) = parameter.amz_name() else {
                continue;
            };
            let value = String::from_utf8(parameter.value().to_vec())
                .map_err(|_| Malformed("a parameter that starts with X-Amz- is not UTF-8"))?;
            if found.insert(name, value).is_some() {
                return Err(Malformed("a parameter that starts with X-Amz- came twice"));
            }
        }
        if OF_THE_SIGNATURE
            .iter()
            .any(|name| found.contains_key(*name))
        {
            check_headers(&found, parts)?;
            return Ok(Some(Self(found)));
        }
        if is_sigv2(query) {
            return Err(Unacceptable::SigV2);
        }
        Ok(None)
    }

    fn get(&self, name: &'static str) -> Result<&str, Unacceptable> {
        let value = self.0.get(name).map(String::as_str);
        value.ok_or(Malformed("a parameter of a presigned URL is missing"))
    }

    pub(super) fn algorithm(&self) -> Result<&str, Unacceptable> {
        self.get("x-amz-algorithm")
    }

    pub(super) fn credential(&self) -> Result<&str, Unacceptable> {
        self.get("x-amz-credential")
    }

    pub(super) fn date(&self) -> Result<&str, Unacceptable> {
        self.get("x-amz-date")
    }

    pub(super) fn expires(&self) -> Result<Duration, Unacceptable> {
        let text = self.get("x-amz-expires")?;
        let are_digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let seconds = text.parse().ok().filter(|_| are_digits);
        let within = seconds.filter(|seconds| (1..=LONGEST).contains(seconds));
        let seconds = within.ok_or(Malformed("X-Amz-Expires is not within a week"))?;
        Ok(Duration::from_secs(seconds))
    }

    pub(super) fn signed_headers(&self) -> Result<&str, Unacceptable> {
        self.get("x-amz-signedheaders")
    }

    pub(super) fn signature(&self) -> Result<&str, Unacceptable> {
        self.get(SIGNATURE)
    }

    /// The hash of the body, which some clients repeat here.
    pub(super) fn content_sha256(&self) -> Option<&str> {
        self.0.get(CONTENT_SHA256).map(String::as_str)
    }

    /// The session token, and whether it is one of S3 Express.
    pub(super) fn token(&self) -> Result<(Option<SecretString>, bool), Unacceptable> {
        let of_sts = self.0.get("x-amz-security-token");
        let of_s3 = self.0.get("x-amz-s3session-token");
        if of_sts.is_some() && of_s3.is_some() {
            return Err(Malformed("it has two session tokens"));
        }
        let token = of_sts
            .or(of_s3)
            .map(|token| SecretString::from(token.as_str()));
        Ok((token, of_s3.is_some()))
    }
}

/// Presigned URLs carry headers in the query, of which S3 takes some and ignores others. They must
/// not come in both places.
fn check_headers(found: &BTreeMap<String, String>, parts: &Parts) -> Result<(), Unacceptable> {
    let mut names = found.keys().filter(|name| !is_of_a_signature(name));
    if names.any(|name| parts.headers.contains_key(name.as_str())) {
        return Err(Malformed("a header came in the query as well"));
    }
    Ok(())
}

/// `?AWSAccessKeyId=…&Signature=…`
fn is_sigv2(query: &str) -> bool {
    let has = |name| parameters(query).any(|parameter: Parameter<'_>| parameter.is(name));
    has("AWSAccessKeyId") && has("Signature")
}
