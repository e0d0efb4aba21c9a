//! What is made of secrets: signing keys and what they sign, comparisons, the header of a session
//! token. No other file here takes a secret out of its type.

use std::fmt;
use std::time::SystemTime;

use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use http::HeaderValue;
use http::header::InvalidHeaderValue;
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// A secret access key's signing key for a day, a region and a service.
pub(super) struct SigningKey(Zeroizing<Vec<u8>>);

impl SigningKey {
    pub(super) fn derive(
        secret: &SecretString,
        time: SystemTime,
        region: &str,
        service: &str,
    ) -> Self {
        let key = generate_signing_key(secret.expose_secret(), time, region, service);
        Self(Zeroizing::new(key.as_ref().to_vec()))
    }

    pub(super) fn sign(&self, text: &str) -> Signature {
        Signature(calculate_signature(self.0.as_slice(), text.as_bytes()))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SigningKey")
    }
}

/// 64 hexadecimal digits. Who can write the right one down can make the call.
#[derive(Clone)]
pub(super) struct Signature(String);

impl Signature {
    pub(super) const LENGTH: usize = 64;

    /// A signature as it came. AWS's have small letters.
    pub(super) fn parse(text: &str) -> Option<Self> {
        is_sha256(text).then(|| Self(text.to_owned()))
    }

    /// In constant time.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Signature")
    }
}

/// Whether `text` is a SHA-256 as signatures have it.
pub(super) fn is_sha256(text: &str) -> bool {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    text.len() == Signature::LENGTH && text.bytes().all(is_digit)
}

/// In constant time, but for the length.
pub(super) fn are_equal(one: &SecretString, other: &SecretString) -> bool {
    let [one, other] = [one, other].map(|secret| secret.expose_secret().as_bytes());
    one.ct_eq(other).into()
}

/// The value of a header that is hidden from `Debug`.
pub(super) fn header(token: &SecretString) -> Result<HeaderValue, InvalidHeaderValue> {
    let mut value = HeaderValue::from_str(token.expose_secret())?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn debug_shows_neither_keys_nor_signatures() {
        let secret = SecretString::from("hush");
        let key = SigningKey::derive(&secret, UNIX_EPOCH, "us-east-1", "s3");
        let signature = key.sign("text");
        assert_eq!(format!("{key:?} {signature:?}"), "SigningKey Signature");
        assert_eq!(
            format!("{:?}", header(&secret).expect("a header")),
            "Sensitive"
        );
    }

    #[test]
    fn equal_secrets_are_equal() {
        let secret = |text: &str| SecretString::from(text);
        assert!(are_equal(&secret("hush"), &secret("hush")));
        for other in ["", "hus", "hush ", "husk"] {
            assert!(!are_equal(&secret("hush"), &secret(other)));
        }
    }

    #[test]
    fn a_signature_has_64_small_digits() {
        let right = "0f".repeat(32);
        assert!(Signature::parse(&right).is_some());
        for wrong in [
            "",
            "0f",
            &right.to_uppercase(),
            &format!("{right}0"),
            &"0g".repeat(32),
        ] {
            assert!(Signature::parse(wrong).is_none(), "{wrong}");
        }
    }
}
