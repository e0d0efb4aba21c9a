//! What the signature of a request claims. [`super::verify`] says whether it is true.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use http::header::{AUTHORIZATION, AsHeaderName, CONNECTION, DATE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use secrecy::SecretString;

use super::authorization::{ALGORITHM, ALGORITHM_OF_SIGV4A, Authorization, Credential};
use super::canonical::{OF_NOTHING, SignedHeader, is_s3, scope};
use super::chain::Chain;
use super::headers::{S3_SESSION_TOKEN, SECURITY_TOKEN, is_of_the_connection};
use super::presigned::Presigned;
use super::secrets::{Signature, SigningKey, is_sha256};
use super::time;
use super::unacceptable::Unacceptable::{self, Malformed};
use crate::keyless::keys::IssuedSet;

/// Who says to have signed a request, for what, and how. None of it is checked.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    pub(crate) access_key_id: String,
    /// `20251125`
    pub(crate) day: String,
    pub(crate) region: String,
    /// The signing name.
    pub(crate) service: String,
    pub(crate) session_token: Option<SecretString>,
    pub(crate) payload: Payload,
    /// Whether the signature is in the query.
    pub(crate) is_presigned: bool,
    /// `20251125T100000Z`
    pub(super) date: String,
    pub(super) time: SystemTime,
    /// How long after the date a presigned URL is good.
    pub(super) expires: Option<Duration>,
    pub(super) signed_headers: Vec<SignedHeader>,
    pub(super) signature: Signature,
    /// Whether the token is that of a session with S3 Express, which has a header of its own.
    pub(super) is_s3_session: bool,
    /// How many bytes signed chunks have in all.
    pub(super) decoded_length: Option<u64>,
}

/// What a signature says of the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Payload {
    /// Its hash: 64 digits in small letters.
    Sha256(String),
    Unsigned,
    /// Its hash is signed and not sent: the body must be held and hashed.
    Unstated,
    /// aws-chunked.
    Chunked {
        signed: bool,
        trailer: bool,
    },
}

impl Payload {
    fn parse(text: &str) -> Result<Self, Unacceptable> {
        let chunked = |signed, trailer| Ok(Self::Chunked { signed, trailer });
        match text {
            "UNSIGNED-PAYLOAD" => Ok(Self::Unsigned),
            "STREAMING-UNSIGNED-PAYLOAD-TRAILER" => chunked(false, true),
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" => chunked(true, false),
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" => chunked(true, true),
            "STREAMING-AWS4-HMAC-SHA256-EVENTS" => Err(Unacceptable::EventStream),
            _ if text.starts_with("STREAMING-AWS4-ECDSA-") => Err(Unacceptable::SigV4A),
            _ if is_sha256(text) => Ok(Self::Sha256(text.to_owned())),
            _ => Err(Malformed("x-amz-content-sha256 is no hash")),
        }
    }

    /// As `x-amz-content-sha256` has it, for a body with this hash.
    pub(super) fn header<'p>(&'p self, body_sha256: Option<&'p str>) -> &'p str {
        match self {
            Self::Sha256(hash) => hash,
            Self::Unsigned => "UNSIGNED-PAYLOAD",
            Self::Unstated => body_sha256.unwrap_or(OF_NOTHING),
            Self::Chunked { signed: false, .. } => "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
            Self::Chunked { trailer: false, .. } => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
            Self::Chunked { trailer: true, .. } => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
        }
    }
}

impl Claim {
    /// Reads the signature of a request whose target is a path with a query.
    ///
    /// # Errors
    /// There is none that credrun verifies, or more than one.
    pub(crate) fn read(parts: &Parts) -> Result<Self, Unacceptable> {
        check_connection(&parts.headers)?;
        let presigned = Presigned::read(parts)?;
        match (only(&parts.headers, &AUTHORIZATION)?, presigned) {
            (Some(_), Some(_)) => Err(Malformed("it is in a header and in the query")),
            (Some(value), None) => Self::of_headers(value, &parts.headers),
            (None, Some(presigned)) => Self::of_query(&presigned, &parts.headers),
            (None, None) => Err(Unacceptable::Anonymous),
        }
    }

    /// The chain of the body's chunk signatures. `issued` is the set that verified the head.
    pub(super) fn chain(&self, issued: &IssuedSet) -> Chain {
        let key = self.signing_key(issued);
        Chain::new(key, &self.date, self.scope(), self.signature.clone())
    }

    pub(super) fn signing_key(&self, issued: &IssuedSet) -> SigningKey {
        SigningKey::derive(
            &issued.secret_access_key,
            self.time,
            &self.region,
            &self.service,
        )
    }

    pub(super) fn scope(&self) -> String {
        scope(&self.day, &self.region, &self.service)
    }

    fn of_headers(value: &HeaderValue, headers: &HeaderMap) -> Result<Self, Unacceptable> {
        let authorization = Authorization::parse(text(value)?)?;
        let (session_token, is_s3_session) = token(headers)?;
        let stated = only(headers, "x-amz-content-sha256")?;
        let payload = stated.map_or(Ok(Payload::Unstated), |value| Payload::parse(text(value)?))?;
        let fields = Fields {
            credential: authorization.credential,
            date: date(headers)?,
            expires: None,
            signed_headers: authorization.signed_headers,
            signature: authorization.signature,
            session_token,
            is_s3_session,
            payload,
        };
        fields.claim(headers)
    }

    fn of_query(presigned: &Presigned, headers: &HeaderMap) -> Result<Self, Unacceptable> {
        match presigned.algorithm()? {
            ALGORITHM => {}
            ALGORITHM_OF_SIGV4A => return Err(Unacceptable::SigV4A),
            _ => return Err(Malformed("the algorithm is unknown")),
        }
        if token(headers)?.0.is_some() {
            return Err(Malformed(
                "the session token of a presigned URL is a header",
            ));
        }
        let credential = presigned.credential()?;
        let header = only(headers, "x-amz-content-sha256")?
            .map(text)
            .transpose()?;
        let payload = match (presigned.content_sha256(), header) {
            (Some(one), Some(other)) if one != other => {
                return Err(Malformed("it has two hashes of the body"));
            }
            (Some(stated), _) | (None, Some(stated)) => Payload::parse(stated)?,
            (None, None) if is_s3(Credential::parse(credential)?.service) => Payload::Unsigned,
            (None, None) => Payload::Unstated,
        };
        if matches!(payload, Payload::Chunked { .. }) {
            return Err(Malformed("a presigned URL has no chunks"));
        }
        let (session_token, is_s3_session) = presigned.token()?;
        let fields = Fields {
            credential,
            date: presigned.date()?.into(),
            expires: Some(presigned.expires()?),
            signed_headers: presigned.signed_headers()?,
            signature: presigned.signature()?,
            session_token,
            is_s3_session,
            payload,
        };
        fields.claim(headers)
    }
}

/// What both forms of a signature have, as text.
struct Fields<'r> {
    credential: &'r str,
    date: Cow<'r, str>,
    expires: Option<Duration>,
    signed_headers: &'r str,
    signature: &'r str,
    session_token: Option<SecretString>,
    is_s3_session: bool,
    payload: Payload,
}

impl Fields<'_> {
    fn claim(self, headers: &HeaderMap) -> Result<Claim, Unacceptable> {
        let credential = Credential::parse(self.credential)?;
        if self.is_s3_session && credential.service != "s3express" {
            return Err(Malformed("only S3 Express has this kind of session token"));
        }
        Ok(Claim {
            access_key_id: credential.access_key_id.to_owned(),
            day: credential.day.to_owned(),
            region: credential.region.to_owned(),
            service: credential.service.to_owned(),
            session_token: self.session_token,
            decoded_length: decoded_length(&self.payload, headers)?,
            payload: self.payload,
            is_presigned: self.expires.is_some(),
            time: time::parse(&self.date).ok_or(Malformed("the date has another form"))?,
            date: self.date.into_owned(),
            expires: self.expires,
            signed_headers: signed_headers(self.signed_headers, headers)?,
            signature: Signature::parse(self.signature)
                .ok_or(Malformed("the signature is no SHA-256"))?,
            is_s3_session: self.is_s3_session,
        })
    }
}

/// The names in the order in which they are signed. Each is there, and `host` is among them.
fn signed_headers(list: &str, headers: &HeaderMap) -> Result<Vec<SignedHeader>, Unacceptable> {
    let mut seen = BTreeSet::new();
    let mut names = Vec::new();
    for name in list.split(';') {
        let name = SignedHeader::parse(name)
            .map_err(|_| Malformed("SignedHeaders has something that is no name of a header"))?;
        if !headers.contains_key(name.name()) {
            return Err(Malformed("a signed header is missing"));
        }
        if !seen.insert(name.name().as_str().to_owned()) {
            return Err(Malformed("SignedHeaders has a name twice"));
        }
        names.push(name);
    }
    if !seen.contains("host") {
        return Err(Malformed("the header host is not signed"));
    }
    Ok(names)
}

/// The date of a request that is signed by a header. As AWS does, `Date` is read only where there is
/// no `x-amz-date`.
fn date(headers: &HeaderMap) -> Result<Cow<'_, str>, Unacceptable> {
    if let Some(date) = only(headers, "x-amz-date")? {
        return Ok(text(date)?.into());
    }
    let date = only(headers, DATE)?.ok_or(Malformed("the date is missing"))?;
    Ok(time::of_header(text(date)?))
}

/// The session token in the headers, and whether it is one of S3 Express.
fn token(headers: &HeaderMap) -> Result<(Option<SecretString>, bool), Unacceptable> {
    let of_sts = only(headers, SECURITY_TOKEN)?;
    let of_s3 = only(headers, S3_SESSION_TOKEN)?;
    if of_sts.is_some() && of_s3.is_some() {
        return Err(Malformed("it has two session tokens"));
    }
    let token = of_sts.or(of_s3).map(text).transpose()?;
    Ok((token.map(SecretString::from), of_s3.is_some()))
}

/// `x-amz-decoded-content-length`, which comes with signed chunks.
fn decoded_length(payload: &Payload, headers: &HeaderMap) -> Result<Option<u64>, Unacceptable> {
    if !matches!(payload, Payload::Chunked { signed: true, .. }) {
        return Ok(None);
    }
    let value = only(headers, "x-amz-decoded-content-length")?;
    let digits = value.map(text).transpose()?.filter(|text| {
        // A sign is none of HTTP's numbers.
        text.bytes().all(|byte| byte.is_ascii_digit())
    });
    let length = digits.and_then(|digits| digits.parse().ok());
    let missing = Malformed("x-amz-decoded-content-length is no number");
    length.map(Some).ok_or(missing)
}

/// A header that may come once.
fn only(
    headers: &HeaderMap,
    name: impl AsHeaderName,
) -> Result<Option<&HeaderValue>, Unacceptable> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    match values.next() {
        Some(_) => Err(Malformed("a header that belongs to it came more than once")),
        None => Ok(first),
    }
}

fn text(value: &HeaderValue) -> Result<&str, Unacceptable> {
    let text = value.to_str();
    text.map_err(|_| Malformed("a header that belongs to it is not ASCII"))
}

/// `Connection` may not name what goes on to AWS: it would be there when the call is authorized,
/// and gone when it is made.
fn check_connection(headers: &HeaderMap) -> Result<(), Unacceptable> {
    for value in headers.get_all(CONNECTION) {
        let mut words = text(value)?.split(',').map(str::trim_ascii);
        if !words.all(|word| word.is_empty() || is_of_the_connection(word)) {
            return Err(Malformed("the header connection names another header"));
        }
    }
    Ok(())
}
