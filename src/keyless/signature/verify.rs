//! Whether a claim is true: signed with a key of this run, all that matters, and now.

use std::time::{Duration, SystemTime};

use http::HeaderName;
use http::request::Parts;

use super::canonical::{self, Canonical};
use super::claim::{Claim, Payload};
use super::headers::must_be_signed;
use super::presigned::SIGNATURE;
use super::secrets::are_equal;
use super::{query, time};
use crate::keyless::keys::IssuedSet;

/// How far the container's clock may be from credrun's, as with AWS.
const SKEW: Duration = Duration::from_secs(15 * 60);

/// Why a claim is not true.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Wrong {
    #[error(
        "the signature is not the one that the container's key makes for this request; the \
         secret access key is another one, or the request was changed after it was signed"
    )]
    Signature,
    #[error("the session token does not belong to the access key")]
    Token,
    #[error("the request is dated {signed}, but it is {now}; 15 minutes are allowed between them")]
    Skewed { signed: String, now: String },
    #[error("the presigned URL has expired")]
    Expired,
    #[error("the header {0} is not signed")]
    Unsigned(String),
    #[error("the day of the credential scope is not that of the request's date")]
    Day,
    #[error("the body does not have the hash that x-amz-content-sha256 says")]
    Body,
}

impl Wrong {
    /// AWS's code for it.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Signature | Self::Day => "SignatureDoesNotMatch",
            Self::Token => "InvalidClientTokenId",
            Self::Skewed { .. } => "RequestTimeTooSkewed",
            Self::Expired | Self::Unsigned(_) => "AccessDenied",
            Self::Body => "XAmzContentSHA256Mismatch",
        }
    }
}

impl Claim {
    /// Whether `issued` signed this request. `body_sha256` is the hash of a body that is held; a
    /// request without a body needs none.
    ///
    /// # Errors
    /// What is wrong.
    pub(crate) fn verify(
        &self,
        parts: &Parts,
        issued: &IssuedSet,
        body_sha256: Option<&str>,
        now: SystemTime,
    ) -> Result<(), Wrong> {
        self.check_time(now)?;
        self.check_signed_headers(parts)?;
        let token = self.session_token.as_ref().ok_or(Wrong::Token)?;
        if !are_equal(token, &issued.session_token) {
            return Err(Wrong::Token);
        }
        if let (Payload::Sha256(stated), Some(hash)) = (&self.payload, body_sha256)
            && stated != hash
        {
            return Err(Wrong::Body);
        }
        let text = self.string_to_sign(parts, body_sha256);
        let right = self.signing_key(issued).sign(&text);
        if right.is(&self.signature) {
            Ok(())
        } else {
            Err(Wrong::Signature)
        }
    }

    fn check_time(&self, now: SystemTime) -> Result<(), Wrong> {
        if time::day(&self.date) != self.day {
            return Err(Wrong::Day);
        }
        let is_early = self.time > now + SKEW;
        let is_late = match self.expires {
            Some(expires) if now > self.time + expires => return Err(Wrong::Expired),
            Some(_) => false,
            None => now > self.time + SKEW,
        };
        if is_early || is_late {
            return Err(Wrong::Skewed {
                signed: self.date.clone(),
                now: time::format(now),
            });
        }
        Ok(())
    }

    fn check_signed_headers(&self, parts: &Parts) -> Result<(), Wrong> {
        let is_signed =
            |name: &HeaderName| self.signed_headers.iter().any(|one| one.name() == name);
        let is_unsigned = |name: &&HeaderName| must_be_signed(name) && !is_signed(name);
        match parts.headers.keys().find(is_unsigned) {
            Some(name) => Err(Wrong::Unsigned(name.to_string())),
            None => Ok(()),
        }
    }

    fn string_to_sign(&self, parts: &Parts, body_sha256: Option<&str>) -> String {
        let sent = query::parameters(parts.uri.query().unwrap_or_default());
        // Only a presigned URL has one: see `Claim::read`.
        let signed = sent.filter(|parameter| !parameter.is(SIGNATURE));
        let request = Canonical {
            method: &parts.method,
            path: &canonical::path(parts.uri.path(), &self.service),
            query: &query::canonical(signed),
            headers: &parts.headers,
            signed: &self.signed_headers,
            payload: self.payload.header(body_sha256),
        };
        request.string_to_sign(&self.date, &self.scope())
    }
}
