//! Where credentials come from.
//!
//! Everything that credrun hands on is a [`Credentials`]: a temporary set with an end. This
//! module finds a source, fetches from it as often as it is asked, and never keeps a set. What
//! becomes of a set is left to [`crate::inject`].

mod error;

use std::time::SystemTime;

use secrecy::SecretString;

pub use error::CredentialsError;

/// One set of AWS credentials.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The access key ID. It names the set in AWS's logs and is no secret.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: SecretString,
    /// The session token; none for long-lived keys.
    pub session_token: Option<SecretString>,
    /// When the set ends; none for long-lived keys.
    pub expiration: Option<SystemTime>,
    /// The account, where the source says so.
    pub account_id: Option<String>,
}

/// A time as AWS writes it: RFC 3339 in UTC, whole seconds, `Z`.
#[must_use]
pub fn rfc3339(time: SystemTime) -> String {
    use aws_smithy_types::date_time::{DateTime, Format};
    let seconds = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs().cast_signed());
    DateTime::from_secs(seconds)
        .fmt(Format::DateTime)
        .unwrap_or_default()
}
