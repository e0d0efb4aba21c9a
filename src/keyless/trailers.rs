//! Trailers: fields behind a body. No signature has them, and what a message is must be known before
//! its body; so those pass that change nothing, where the header `Trailer` has announced them.
//!
//! The trailers of `aws-chunked` are others: they are a part of the body.

use http::header::TRAILER;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::answer::headers;
use super::signature::headers::may_be_unsigned;
use crate::credentials::Credentials;

/// Fields that say how a message is to be read, or who sends it (RFC 9110, section 6.5.1).
const BEFORE_THE_BODY: [&str; 15] = [
    "age",
    "authentication-info",
    "authorization",
    "cache-control",
    "date",
    "expires",
    "host",
    "location",
    "max-forwards",
    "pragma",
    "range",
    "retry-after",
    "user-agent",
    "vary",
    "www-authenticate",
];
/// The same for all whose names start so.
const KINDS_BEFORE_THE_BODY: [&str; 3] = ["accept", "content-", "if-"];

/// The body of a call has a field behind it that must stand before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Misplaced;

/// The trailers of a call.
///
/// # Errors
/// [`Misplaced`]: who reads it behind the body would make another call of it than was checked.
pub(super) fn of_call(trailers: HeaderMap) -> Result<HeaderMap, Misplaced> {
    match trailers.keys().all(passes_to_aws) {
        true => Ok(trailers),
        false => Err(Misplaced),
    }
}

/// Those of an answer that are for the container.
pub(super) fn of_answer(mut trailers: HeaderMap, real: &Credentials) -> HeaderMap {
    // First, because it reads `Connection`.
    headers::clean(&mut trailers);
    let misplaced: Vec<_> = trailers
        .keys()
        .filter(|name| !passes_to_container(name))
        .cloned()
        .collect();
    for name in misplaced {
        trailers.remove(name);
    }
    headers::remove_secrets(&mut trailers, real);
    trailers
}

/// The header `Trailer` for AWS, from that of a call.
pub(super) fn announced_to_aws(headers: &HeaderMap) -> Option<HeaderValue> {
    announced(headers, passes_to_aws)
}

/// The header `Trailer` for the container, from that of an answer.
pub(super) fn announced_to_container(headers: &HeaderMap) -> Option<HeaderValue> {
    announced(headers, passes_to_container)
}

fn announced(headers: &HeaderMap, passes: impl Fn(&HeaderName) -> bool) -> Option<HeaderValue> {
    let lists = headers.get_all(TRAILER).iter();
    let lists = lists.filter_map(|list| list.to_str().ok());
    let names = lists.flat_map(|list| list.split(','));
    let names = names.filter_map(|name| HeaderName::try_from(name.trim_ascii()).ok());
    let names: Vec<_> = names.filter(passes).map(|name| name.to_string()).collect();
    let list = HeaderValue::try_from(names.join(", ")).ok();
    list.filter(|list| !list.is_empty())
}

fn passes_to_aws(name: &HeaderName) -> bool {
    may_be_unsigned(name) && passes_to_container(name)
}

fn passes_to_container(name: &HeaderName) -> bool {
    let mut kinds = KINDS_BEFORE_THE_BODY.iter();
    let is_before_the_body = BEFORE_THE_BODY.contains(&name.as_str())
        || kinds.any(|start| name.as_str().starts_with(start));
    !is_before_the_body && !headers::is_dropped(name)
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;
    use crate::credentials::CredentialValues;

    fn fields(fields: &[(&'static str, &'static str)]) -> HeaderMap {
        let fields = fields.iter().map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        });
        fields.collect()
    }

    const MISPLACED: [&str; 20] = [
        "authorization",
        "content-encoding",
        "content-length",
        "content-type",
        "cookie",
        "expect",
        "host",
        "if-match",
        "proxy-authorization",
        "range",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "x-amz-acl",
        "x-amz-copy-source",
        "x-amz-date",
        "x-amz-security-token",
        "x-amzn-query-mode",
        "x-forwarded-for",
    ];

    #[test]
    fn a_call_with_a_misplaced_field_behind_its_body_is_refused() {
        let passing = fields(&[("checksum", "1"), ("server-timing", "2"), ("x-own", "3")]);
        assert_eq!(of_call(passing.clone()), Ok(passing));
        for name in MISPLACED {
            let both = fields(&[("x-own", "1"), (name, "2")]);
            assert_eq!(of_call(both), Err(Misplaced), "{name}");
        }
    }

    #[test]
    fn of_an_answers_trailers_none_is_misplaced_leads_elsewhere_or_has_a_secret() {
        let real = Credentials::new(CredentialValues {
            access_key_id: "ASIAREAL".to_owned(),
            secret_access_key: SecretString::from("a-secret-key-of-some-length"),
            session_token: None,
            expiration: None,
            account_id: None,
        });
        let trailers = fields(&[
            ("x-amz-checksum-crc32", "AAAAAA=="),
            ("x-own", "1"),
            ("x-leak", "it was a-secret-key-of-some-length"),
            ("connection", "x-hop"),
            ("x-hop", "1"),
            ("transfer-encoding", "chunked"),
            ("content-length", "7"),
            ("location", "/other"),
            ("set-cookie", "a=b"),
            ("alt-svc", "h3=\":443\""),
            ("www-authenticate", "Basic"),
        ]);
        let kept = of_answer(trailers, &real.expect("a set"));
        let kept: Vec<_> = kept.keys().map(HeaderName::as_str).collect();
        assert_eq!(kept, ["x-amz-checksum-crc32", "x-own"]);
    }

    #[test]
    fn only_what_passes_is_announced() {
        let headers = fields(&[
            ("trailer", "X-One,x-amz-acl , content-length"),
            ("trailer", "not a name, x-amz-two,,x-three, set-cookie"),
        ]);
        let to_aws = announced_to_aws(&headers).expect("names");
        assert_eq!(to_aws, "x-one, x-three");
        let to_container = announced_to_container(&headers).expect("names");
        assert_eq!(to_container, "x-one, x-amz-acl, x-amz-two, x-three");
        assert_eq!(announced_to_aws(&fields(&[("trailer", "host")])), None);
        assert_eq!(announced_to_aws(&HeaderMap::new()), None);
    }
}
