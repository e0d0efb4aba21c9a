//! AWS's errors: which one it is, and whether the container may read its text.
//!
//! To a wrong signature AWS answers with the request that it made the signature of, and the session
//! token is a part of that. S3 repeats a token that is wrong or has expired.

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http::{HeaderMap, StatusCode};

use super::form::Form;
use super::refusal::Refusal;
use crate::credentials::Credentials;
use crate::{cbor, json, xml};

/// What is read of an error.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    /// `<Region>`: S3 says with it where a bucket is.
    pub(crate) region: Option<String>,
}

/// As much of the body of an error is held and searched. DynamoDB answers to a condition that failed
/// with the items, if it was asked for them.
pub(crate) fn most(module: &str) -> usize {
    match module {
        "dynamodb" => 8 * 1024 * 1024,
        _ => 64 * 1024,
    }
}

/// Codes of errors that are about the key, the token or the signature.
const ABOUT_THE_KEY: [&str; 18] = [
    "AccessKeyIdNotFound",
    "AuthFailure",
    "AuthorizationHeaderMalformed",
    "AuthorizationQueryParametersError",
    "CredentialScopeMismatch",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSecurity",
    "InvalidSecurityToken",
    "InvalidSignature",
    "InvalidSignatureException",
    "InvalidToken",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
    "UnrecognizedClient",
    "UnrecognizedClientException",
];

const EXPIRED: [&str; 5] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "ExpiredTokenId",
    "RequestExpired",
    "TokenRefreshRequired",
];

/// Whether the call may succeed with a set that is new.
pub(crate) fn is_expired(code: &str) -> bool {
    EXPIRED.contains(&code)
}

fn is_about_the_key(code: &str) -> bool {
    ABOUT_THE_KEY.contains(&code) || is_expired(code)
}

/// An answer with an error, before the container gets it.
#[derive(Debug)]
pub(crate) struct ErrorAnswer<'a> {
    pub(crate) form: Form,
    pub(crate) status: StatusCode,
    pub(crate) headers: &'a HeaderMap,
    /// The whole body. None where it is longer than [`most`].
    pub(crate) body: Option<&'a [u8]>,
    pub(crate) request_id: &'a str,
}

/// What takes the place of a body.
#[derive(Debug)]
pub(crate) struct OwnBody {
    /// `content-type` and what belongs to it, in the place of what describes AWS's body.
    headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl OwnBody {
    /// Puts its own headers in the place of those that describe AWS's body.
    pub(crate) fn describe(&self, headers: &mut HeaderMap) {
        undescribe(headers);
        headers.extend(self.headers.clone());
    }
}

/// Removes what describes a body that is replaced.
pub(crate) fn undescribe(headers: &mut HeaderMap) {
    let of_the_body: Vec<_> = headers
        .keys()
        .filter(|name| {
            *name == CONTENT_ENCODING
                || *name == CONTENT_LENGTH
                || name.as_str().starts_with("x-amz-checksum-")
                || ["content-md5", "x-amz-crc32", "x-amzn-error-message"].contains(&name.as_str())
        })
        .cloned()
        .collect();
    for name in of_the_body {
        headers.remove(name);
    }
}

impl ErrorAnswer<'_> {
    /// Code and message, and a body of credrun's own where the container must not have AWS's.
    pub(crate) fn examine(&self, real: &Credentials) -> (Found, Option<OwnBody>) {
        let mut found = self.find();
        let Some(why) = self.why_not(&found, real) else {
            return (found, None);
        };
        found.message = Some(why.to_owned());
        if found
            .code
            .as_ref()
            .is_some_and(|code| real.is_in(code.as_bytes()))
        {
            found.code = None;
        }
        let own = self.own_body(&found, why);
        (found, Some(own))
    }

    fn find(&self) -> Found {
        let body = self.body.filter(|_| !self.is_encoded());
        let mut found = body.map(of_body).unwrap_or_default();
        // The header is what SDKs take.
        found.code = self.code_of_headers().or(found.code);
        found
    }

    fn code_of_headers(&self) -> Option<String> {
        let value = self.headers.get("x-amzn-errortype")?.to_str().ok()?;
        Some(short(value).to_owned())
    }

    /// Why the container must not have the body.
    fn why_not(&self, found: &Found, real: &Credentials) -> Option<&'static str> {
        let Some(body) = self.body else {
            return Some(
                "credrun left out AWS's text of this error, because it is too long to search.",
            );
        };
        match found.code.as_deref() {
            Some(code) if is_expired(code) => {
                return Some(
                    "The credentials that credrun signs this call with, or a token in it, have expired.",
                );
            }
            Some(code) if is_about_the_key(code) => {
                return Some(
                    "AWS did not accept credrun's signature or credentials for this call.",
                );
            }
            _ => {}
        }
        if self.is_encoded() && !body.is_empty() {
            return Some("credrun left out AWS's text of this error, because it is compressed.");
        }
        let in_headers = self
            .headers
            .values()
            .any(|value| real.is_in(value.as_bytes()));
        (in_headers || real.is_in(body))
            .then_some("credrun left out AWS's text of this error, because a secret was in it.")
    }

    fn is_encoded(&self) -> bool {
        let mut encodings = self.headers.get_all(CONTENT_ENCODING).iter();
        encodings.any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
    }

    fn own_body(&self, found: &Found, message: &str) -> OwnBody {
        let refusal = Refusal {
            form: self.form,
            is_head: false,
            status: self.status,
            code: found
                .code
                .as_deref()
                .unwrap_or_else(|| by_status(self.status)),
            message,
            request_id: self.request_id,
        };
        let mut headers = HeaderMap::new();
        refusal.add_headers(&mut headers);
        let body = match &found.region {
            Some(region) if self.form == Form::S3 => with_region(&refusal.body(), region),
            _ => refusal.body(),
        };
        OwnBody { headers, body }
    }
}

/// Clients sign again for the region that they find there.
fn with_region(body: &[u8], region: &str) -> Bytes {
    let text = String::from_utf8_lossy(body);
    let region = format!("<Region>{region}</Region></Error>");
    text.replace("</Error>", &region).into()
}

fn by_status(status: StatusCode) -> &'static str {
    match status {
        StatusCode::FORBIDDEN => "AccessDenied",
        status if status.is_server_error() => "InternalFailure",
        _ => "BadRequest",
    }
}

fn of_body(body: &[u8]) -> Found {
    match std::str::from_utf8(body) {
        Ok(text) => of_text(text),
        // Each map in CBOR starts with a byte that no text starts with.
        Err(_) => of_members(cbor::texts(body).unwrap_or_default().into_iter()),
    }
}

fn of_text(text: &str) -> Found {
    let text = text.trim_start_matches(['\u{feff}', ' ', '\r', '\n', '\t']);
    match text.as_bytes().first() {
        Some(b'{') => of_json(text),
        Some(b'<') => of_xml(text),
        _ => Found::default(),
    }
}

fn of_json(text: &str) -> Found {
    let members = json::members(text).unwrap_or_default();
    let texts: Vec<_> = members
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), json::string(value)?)))
        .collect();
    of_members(texts.iter().map(|(name, text)| (*name, text.as_ref())))
}

fn of_members<'t>(members: impl Iterator<Item = (&'t str, &'t str)>) -> Found {
    let mut found = Found::default();
    for (name, text) in members {
        match name {
            "__type" | "code" | "Code" if found.code.is_none() => {
                found.code = Some(short(text).to_owned());
            }
            "message" | "Message" | "errorMessage" if found.message.is_none() => {
                found.message = Some(text.to_owned());
            }
            _ => {}
        }
    }
    found
}

fn of_xml(text: &str) -> Found {
    let leaves = xml::leaves(text).unwrap_or_default();
    let leaf = |name: &str| {
        let found = leaves
            .iter()
            .find(|leaf| leaf.parent == "Error" && leaf.name == name);
        found.and_then(xml::Leaf::value)
    };
    let is_region = |text: &String| {
        (1..=32).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    Found {
        code: leaf("Code"),
        message: leaf("Message"),
        region: leaf("Region").filter(is_region),
    }
}

/// `com.amazon.coral.service#AccessDeniedException:http://…` → `AccessDeniedException`.
fn short(code: &str) -> &str {
    let code = code.rsplit('#').next().unwrap_or(code);
    code.split(':').next().unwrap_or(code)
}

#[cfg(test)]
mod tests;
