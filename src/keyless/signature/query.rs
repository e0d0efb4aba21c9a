//! Queries: read once, written in the one way that AWS signs.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};

/// All but `A-Za-z0-9-_.~` is encoded.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Encoded as AWS does it.
pub(super) fn encode(bytes: &[u8]) -> String {
    percent_encode(bytes, ENCODED).to_string()
}

/// A part of a query, decoded. A plus sign is a plus sign.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parameter<'q> {
    name: Cow<'q, [u8]>,
    /// None without an equals sign.
    value: Option<Cow<'q, [u8]>>,
}

impl<'q> Parameter<'q> {
    fn parse(part: &'q str) -> Self {
        let decoded = |text: &'q str| Cow::from(percent_decode_str(text));
        match part.split_once('=') {
            Some((name, value)) => Self {
                name: decoded(name),
                value: Some(decoded(value)),
            },
            None => Self {
                name: decoded(part),
                value: None,
            },
        }
    }

    /// The name in small letters, where it is one of AWS's own: `x-amz-…`.
    pub(super) fn amz_name(&self) -> Option<String> {
        let name = std::str::from_utf8(&self.name).ok()?.to_ascii_lowercase();
        name.starts_with("x-amz-").then_some(name)
    }

    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    pub(super) fn value(&self) -> &[u8] {
        self.value.as_deref().unwrap_or_default()
    }

    /// As it is sent: like it came, in the strict encoding.
    fn encoded(&self) -> String {
        let name = encode(&self.name);
        match &self.value {
            Some(value) => format!("{name}={}", encode(value)),
            None => name,
        }
    }
}

pub(super) fn parameters(query: &str) -> impl Iterator<Item = Parameter<'_>> {
    let parts = query.split('&').filter(|part| !part.is_empty());
    parts.map(Parameter::parse)
}

/// As it is signed: sorted, each with an equals sign.
pub(super) fn canonical<'q>(parameters: impl IntoIterator<Item = Parameter<'q>>) -> String {
    let encoded = |part: Parameter<'_>| (encode(&part.name), encode(part.value()));
    let mut pairs: Vec<_> = parameters.into_iter().map(encoded).collect();
    pairs.sort();
    let pairs = pairs.iter().map(|(name, value)| format!("{name}={value}"));
    pairs.collect::<Vec<_>>().join("&")
}

/// As it is sent, in the order in which it came.
pub(super) fn sent<'q>(parameters: impl IntoIterator<Item = Parameter<'q>>) -> String {
    let encoded = parameters.into_iter().map(|part| part.encoded());
    encoded.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_signed_form_is_sorted_and_strictly_encoded() {
        for (query, signed) in [
            ("", ""),
            ("acl", "acl="),
            ("b=2&a=1", "a=1&b=2"),
            ("a=2&a=1&&a", "a=&a=1&a=2"),
            ("prefix=a+b", "prefix=a%2Bb"),
            ("prefix=a%20b&x=%7e%41", "prefix=a%20b&x=~A"),
            ("k=a/b:c=d", "k=a%2Fb%3Ac%3Dd"),
            ("key=%c3%a9&b%3D=", "b%3D=&key=%C3%A9"),
            ("%zz&=", "=&%25zz="),
        ] {
            assert_eq!(canonical(parameters(query)), signed, "{query}");
        }
    }

    #[test]
    fn the_sent_form_keeps_order_and_equals_signs() {
        let query = "versions&b=2+2&a=&&x-id=G%65t";
        assert_eq!(sent(parameters(query)), "versions&b=2%2B2&a=&x-id=Get");
    }

    proptest! {
        #[test]
        fn what_is_sent_has_the_signed_form_of_what_came(query in "[ -~]{0,40}") {
            let again = sent(parameters(&query));
            prop_assert_eq!(canonical(parameters(&again)), canonical(parameters(&query)));
        }
    }
}
