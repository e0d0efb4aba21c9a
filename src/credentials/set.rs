//! One set of credentials, checked.
//!
//! A set goes into HTTP headers, environment variables, env files and shell commands, and none of
//! these accepts every text: a control character in an access key ID makes an invalid header, and a
//! line break in a secret starts a second line of an env file. AWS's keys and tokens are visible
//! ASCII, so anything else is a mistake in the source. [`Credentials::new`] is the only way to
//! create a set. Each source's error names the unusable field, but never its value.

use std::fmt;
use std::ops::Deref;
use std::time::SystemTime;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

/// What a set consists of. As part of [`Credentials`], every value is visible ASCII.
#[derive(Debug, Clone)]
pub struct CredentialValues {
    /// The access key ID. It identifies the set in AWS's logs and is not secret.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: SecretString,
    /// The session token; `None` for long-lived keys.
    pub session_token: Option<SecretString>,
    /// When the set expires, if that is known: see [`CredentialValues::end`].
    pub expiration: Option<SystemTime>,
    /// The account, if the source names it.
    pub account_id: Option<String>,
}

/// When a set expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Long-lived keys do not expire.
    Never,
    /// The set is temporary, but its source does not say when it expires: a session token in a
    /// config file, or in the environment without `AWS_CREDENTIAL_EXPIRATION`.
    Unknown,
    At(SystemTime),
}

impl CredentialValues {
    /// When the set expires.
    #[must_use]
    pub fn end(&self) -> End {
        match (self.expiration, &self.session_token) {
            (Some(end), _) => End::At(end),
            (None, Some(_)) => End::Unknown,
            (None, None) => End::Never,
        }
    }

    /// Whether these are keys of an IAM user (or an account's root), which have no session token.
    #[must_use]
    pub fn are_long_lived(&self) -> bool {
        self.session_token.is_none()
    }
}

/// One set of AWS credentials. It dereferences to [`CredentialValues`] and cannot be changed.
#[derive(Debug, Clone)]
pub struct Credentials(CredentialValues);

impl Credentials {
    /// A set with these values.
    ///
    /// # Errors
    /// The first value that is empty or not visible ASCII.
    pub fn new(values: CredentialValues) -> Result<Self, UnusableValue> {
        let CredentialValues {
            access_key_id,
            secret_access_key,
            session_token,
            expiration: _,
            account_id,
        } = &values;
        check(Field::AccessKeyId, access_key_id)?;
        check(Field::SecretAccessKey, secret_access_key.expose_secret())?;
        if let Some(token) = session_token {
            check(Field::SessionToken, token.expose_secret())?;
        }
        if let Some(account) = account_id {
            check(Field::AccountId, account)?;
        }
        Ok(Self(values))
    }

    /// The same set, with the account of `other` if it has none.
    #[must_use]
    pub(crate) fn in_account_of(mut self, other: &Self) -> Self {
        if self.0.account_id.is_none() {
            self.0.account_id.clone_from(&other.0.account_id);
        }
        self
    }

    /// The set as the SDK's own type, for signing.
    #[must_use]
    pub(crate) fn for_sdk(&self) -> aws_credential_types::Credentials {
        let token = self.session_token.as_ref();
        aws_credential_types::Credentials::new(
            &self.access_key_id,
            self.secret_access_key.expose_secret(),
            token.map(|token| token.expose_secret().to_owned()),
            None,
            "credrun",
        )
    }

    /// A line of an AWS message without the set's secrets. AWS explains a wrong signature with the
    /// canonical request, which contains the session token.
    pub(crate) fn removed_from(&self, line: &str) -> String {
        let mut line = line.to_owned();
        for secret in self.secrets() {
            line = line.replace(secret.expose_secret(), "***");
        }
        line
    }

    /// Whether a part of the set's secrets is in a text, in whatever encoding. The letters and digits
    /// between two other characters are the same in all of them.
    pub(crate) fn is_in(&self, text: &[u8]) -> bool {
        /// Shorter ones are in other texts by chance.
        const TELLING: usize = 16;
        let text = String::from_utf8_lossy(text);
        self.secrets().any(|secret| {
            let secret = secret.expose_secret();
            let mut runs = secret.split(|letter: char| !letter.is_ascii_alphanumeric());
            text.contains(secret) || runs.any(|run| run.len() >= TELLING && text.contains(run))
        })
    }

    /// Whether a whole secret is in this text, as it is or as protocols write it. The beginning of a
    /// session token is in others, too, as in a URL that a service has signed.
    pub(crate) fn is_whole_in(&self, text: &[u8]) -> bool {
        let text = String::from_utf8_lossy(text);
        self.secrets().any(|secret| {
            let secret = secret.expose_secret();
            let encoded = Zeroizing::new(utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string());
            let escaped = Zeroizing::new(secret.replace('/', "\\/"));
            [secret, &encoded, &escaped]
                .iter()
                .any(|form| text.contains(*form))
        })
    }

    fn secrets(&self) -> impl Iterator<Item = &SecretString> {
        let secrets = [Some(&self.secret_access_key), self.session_token.as_ref()];
        secrets.into_iter().flatten()
    }

    /// The same set with `shown` in place of its secrets, for display.
    #[must_use]
    pub fn redacted(&self, shown: &str) -> Self {
        let shown = || SecretString::from(shown);
        Self(CredentialValues {
            secret_access_key: shown(),
            session_token: self.session_token.as_ref().map(|_| shown()),
            ..self.0.clone()
        })
    }
}

impl Deref for Credentials {
    type Target = CredentialValues;

    fn deref(&self) -> &CredentialValues {
        &self.0
    }
}

/// A value that a set cannot have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnusableValue {
    pub field: Field,
    /// What is wrong with it.
    pub flaw: Flaw,
}

/// A value of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The access key ID.
    AccessKeyId,
    /// The secret access key.
    SecretAccessKey,
    SessionToken,
    AccountId,
    /// The ARN that the set acts as.
    Arn,
    /// The unique ID of the identity that the set acts as.
    UserId,
}

impl Field {
    /// Its name in AWS's APIs and in `credential_process`.
    #[must_use]
    pub fn member(self) -> &'static str {
        match self {
            Self::AccessKeyId => "AccessKeyId",
            Self::SecretAccessKey => "SecretAccessKey",
            Self::SessionToken => "SessionToken",
            Self::AccountId => "AccountId",
            Self::Arn => "Arn",
            Self::UserId => "UserId",
        }
    }

    /// Its name in the config files.
    #[must_use]
    pub fn setting(self) -> &'static str {
        match self {
            Self::AccessKeyId => "aws_access_key_id",
            Self::SecretAccessKey => "aws_secret_access_key",
            Self::SessionToken => "aws_session_token",
            Self::AccountId => "aws_account_id",
            Self::Arn | Self::UserId => self.member(),
        }
    }
}

/// What is wrong with a value. It never includes the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// There is nothing in it.
    Empty,
    /// `\r`.
    CarriageReturn,
    /// `\n`.
    LineBreak,
    /// A space or a tab.
    Blank,
    Control(u8),
    NotAscii,
}

impl Flaw {
    /// The first flaw that makes `text` unusable as a value, if any.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::Empty);
        }
        let wrong = text.bytes().find(|byte| !byte.is_ascii_graphic())?;
        Some(match wrong {
            b'\r' => Self::CarriageReturn,
            b'\n' => Self::LineBreak,
            b' ' | b'\t' => Self::Blank,
            0x80.. => Self::NotAscii,
            control => Self::Control(control),
        })
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty"),
            Self::CarriageReturn => f.write_str(
                "contains a carriage return (was it copied from a file with Windows line endings?)",
            ),
            Self::LineBreak => f.write_str("contains a line break"),
            Self::Blank => f.write_str("contains a space or a tab"),
            Self::Control(byte) => write!(f, "contains a control character (U+{byte:04X})"),
            Self::NotAscii => f.write_str("contains a character that is not ASCII"),
        }
    }
}

/// Refuses a `field` that is empty, or not visible ASCII.
///
/// # Errors
/// [`UnusableValue`].
pub(crate) fn check(field: Field, text: &str) -> Result<(), UnusableValue> {
    match Flaw::of(text) {
        None => Ok(()),
        Some(flaw) => Err(UnusableValue { field, flaw }),
    }
}

#[cfg(test)]
mod tests;
