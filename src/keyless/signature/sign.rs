//! The request for AWS: a new one, signed with the real set. What is signed is what is sent.

use std::time::SystemTime;

use http::header::{AUTHORIZATION, CONTENT_LENGTH, HOST};
use http::request::Parts;
use http::uri::Scheme;
use http::{HeaderMap, HeaderValue, Method, Request, Uri};

use super::canonical::{self, Canonical, SignedHeader, is_s3, normalized, strictly_encoded};
use super::chain::Chain;
use super::claim::{Claim, Payload};
use super::headers::{S3_SESSION_TOKEN, SECURITY_TOKEN, Treatment, treatment};
use super::presigned::is_of_a_signature;
use super::query::{self, Parameter, parameters};
use super::secrets::{Signature, SigningKey, header};
use super::time;
use crate::credentials::Credentials;

/// Where a request goes. Nothing of it is the container's, but for the path and the query.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Destination<'a> {
    /// `scheme://host[:port]/path?query`
    pub(crate) uri: &'a Uri,
    pub(crate) signing_name: &'a str,
    pub(crate) signing_region: &'a str,
}

/// A request for AWS.
#[derive(Debug)]
pub(crate) struct Signed {
    pub(crate) request: Parts,
    /// Where the body has signed chunks: what signs them again.
    pub(crate) chain: Option<Chain>,
}

/// Why no request can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unsignable {
    /// The destination is no absolute URI, or cannot be one.
    #[error("the request has no target that can be sent")]
    Target,
    #[error("the header {0} cannot be sent")]
    Header(String),
    #[error("the length of the body is not one number")]
    Length,
    #[error("the session token cannot be sent")]
    Token,
}

/// The request of `parts` for `destination`. The claim has been verified. `body_sha256` is the hash
/// of the body that is sent, where that is held; it need not be the one that was verified.
///
/// # Errors
/// The request has something that cannot be sent.
pub(crate) fn sign(
    parts: &Parts,
    claim: &Claim,
    destination: &Destination<'_>,
    credentials: &Credentials,
    body_sha256: Option<&str>,
    now: SystemTime,
) -> Result<Signed, Unsignable> {
    let date = time::format(now);
    let payload = payload(claim, body_sha256);
    let uri = target(claim, destination)?;
    let mut headers = kept(&parts.headers)?;
    headers.insert(HOST, host(&uri)?);
    headers.insert("x-amz-date", value(&date)?);
    headers.insert("x-amz-content-sha256", value(payload)?);
    if let Some(token) = &credentials.session_token {
        let token = header(token).map_err(|_| Unsignable::Token)?;
        headers.insert(token_header(claim), token);
    }

    let Destination {
        signing_name: name,
        signing_region: region,
        ..
    } = *destination;
    let signed = signed_names(&headers);
    let text = Canonical {
        method: &parts.method,
        path: &canonical::path(uri.path(), name),
        query: &query::canonical(parameters(uri.query().unwrap_or_default())),
        headers: &headers,
        signed: &signed,
        payload,
    };
    let scope = canonical::scope(time::day(&date), region, name);
    let key = SigningKey::derive(&credentials.secret_access_key, now, region, name);
    let signature = key.sign(&text.string_to_sign(&date, &scope));
    let authorization = authorization(&credentials.access_key_id, &scope, &signed, &signature)?;
    headers.insert(AUTHORIZATION, authorization);
    if let Some(length) = length(&parts.headers)? {
        headers.insert(CONTENT_LENGTH, length);
    }
    Ok(Signed {
        request: request(&parts.method, uri, headers),
        chain: matches!(claim.payload, Payload::Chunked { signed: true, .. })
            .then(|| Chain::new(key, &date, scope, signature)),
    })
}

/// The request of `parts` for `destination`, without a signature.
///
/// # Errors
/// The request has something that cannot be sent.
pub(crate) fn unsigned(parts: &Parts, destination: &Destination<'_>) -> Result<Signed, Unsignable> {
    let mut headers = kept(&parts.headers)?;
    headers.insert(HOST, host(destination.uri)?);
    if let Some(length) = length(&parts.headers)? {
        headers.insert(CONTENT_LENGTH, length);
    }
    Ok(Signed {
        request: request(&parts.method, destination.uri.clone(), headers),
        chain: None,
    })
}

/// What is signed of the body. One that is held may have been changed, as queue URLs are.
fn payload<'p>(claim: &'p Claim, body_sha256: Option<&'p str>) -> &'p str {
    match (&claim.payload, body_sha256) {
        (Payload::Sha256(_), Some(hash)) => hash,
        (payload, hash) => payload.header(hash),
    }
}

/// The target as it is sent. The signature of a presigned URL stays behind.
fn target(claim: &Claim, destination: &Destination<'_>) -> Result<Uri, Unsignable> {
    let path = if is_s3(destination.signing_name) {
        strictly_encoded(destination.uri.path())
    } else {
        normalized(destination.uri.path())
    };
    let stays = |parameter: &Parameter<'_>| {
        let name = parameter.amz_name();
        !claim.is_presigned || !name.is_some_and(|name| is_of_a_signature(&name))
    };
    let query = parameters(destination.uri.query().unwrap_or_default());
    let target = match query::sent(query.filter(stays)) {
        query if query.is_empty() => path,
        query => format!("{path}?{query}"),
    };
    let mut uri = destination.uri.clone().into_parts();
    uri.path_and_query = Some(target.parse().map_err(|_| Unsignable::Target)?);
    Uri::from_parts(uri).map_err(|_| Unsignable::Target)
}

/// The headers that go on, each value checked again.
fn kept(headers: &HeaderMap) -> Result<HeaderMap, Unsignable> {
    let mut kept = HeaderMap::with_capacity(headers.len() + 4);
    for (name, value) in headers {
        if treatment(name) == Treatment::Dropped {
            continue;
        }
        let value = HeaderValue::from_bytes(value.as_bytes());
        let value = value.map_err(|_| Unsignable::Header(name.to_string()))?;
        kept.append(name, value);
    }
    Ok(kept)
}

/// What was written anew is of those that are dropped when they come in.
fn signed_names(headers: &HeaderMap) -> Vec<SignedHeader> {
    let names = headers.keys();
    let names = names.filter(|name| treatment(name) != Treatment::Passed);
    let mut names: Vec<_> = names.cloned().collect();
    names.sort_by(|one, other| one.as_str().cmp(other.as_str()));
    names.into_iter().map(SignedHeader::Named).collect()
}

/// Without the scheme's own port, as HTTP clients write it.
fn host(uri: &Uri) -> Result<HeaderValue, Unsignable> {
    let host = uri.host().ok_or(Unsignable::Target)?;
    let usual = if uri.scheme() == Some(&Scheme::HTTP) {
        80
    } else {
        443
    };
    match uri.port_u16().filter(|port| *port != usual) {
        Some(port) => value(&format!("{host}:{port}")),
        None => value(host),
    }
}

/// A session of S3 Express has its own header. The real set behind an issued one is of the same kind.
fn token_header(claim: &Claim) -> &'static str {
    if claim.is_s3_session {
        S3_SESSION_TOKEN
    } else {
        SECURITY_TOKEN
    }
}

fn authorization(
    access_key_id: &str,
    scope: &str,
    signed: &[SignedHeader],
    signature: &Signature,
) -> Result<HeaderValue, Unsignable> {
    let names = canonical::signed_headers(signed);
    let signature = signature.as_str();
    let mut value = value(&format!(
        "AWS4-HMAC-SHA256 Credential={access_key_id}/{scope}, SignedHeaders={names}, \
         Signature={signature}"
    ))?;
    value.set_sensitive(true);
    Ok(value)
}

fn length(headers: &HeaderMap) -> Result<Option<HeaderValue>, Unsignable> {
    let mut values = headers.get_all(CONTENT_LENGTH).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let are_digits = value.as_bytes().iter().all(u8::is_ascii_digit);
    let number = value.to_str().ok().filter(|_| are_digits);
    let number: Option<u64> = number.and_then(|number| number.parse().ok());
    match (number, values.next()) {
        (Some(number), None) => Ok(Some(number.into())),
        _ => Err(Unsignable::Length),
    }
}

fn value(text: &str) -> Result<HeaderValue, Unsignable> {
    HeaderValue::from_str(text).map_err(|_| Unsignable::Target)
}

fn request(method: &Method, uri: Uri, headers: HeaderMap) -> Parts {
    let (mut parts, ()) = Request::new(()).into_parts();
    parts.method = method.clone();
    parts.uri = uri;
    parts.headers = headers;
    parts
}
