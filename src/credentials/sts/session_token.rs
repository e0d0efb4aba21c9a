//! `GetSessionToken`: a session for long-lived keys.
//!
//! For two reasons: only temporary credentials go into a container, and an MFA code works once.
//! A session that was bought with a code is held ([`HeldSession`]), so that fetching again just
//! before create, and renewing, ask nobody. It knows of the code, so that trust policies that want
//! `aws:MultiFactorAuthPresent` take it.

use std::time::{Duration, SystemTime};

use super::assume_role::credentials;
use super::client::Sts;
use super::mfa::MfaProof;
use crate::credentials::Credentials;
use crate::credentials::error::CredentialsError;

/// A session with less left is bought anew. A role that is assumed with it lives on its own.
const SPARE: Duration = Duration::from_secs(5 * 60);

/// The longest that AWS lets a session of a user live: 36 hours. Of the root user, it makes one
/// hour of it by itself.
pub(crate) const LONGEST: u32 = 129_600;

/// What was bought with an MFA code.
#[derive(Debug, Clone)]
pub(crate) struct HeldSession {
    /// The access key ID and the device that it was bought with.
    pub(crate) bought_with: (String, String),
    pub(crate) kind: Bought,
    pub(crate) credentials: Credentials,
    pub(crate) identity: Option<String>,
    pub(crate) fetched_at: SystemTime,
}

/// What an MFA code can buy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bought {
    /// A session of the user.
    Session {
        /// Whether an earlier run bought it.
        by_another_run: bool,
    },
    /// The set of a role, with `AssumeRole` itself.
    Role,
}

impl HeldSession {
    /// From when on it stands in for a code no more.
    pub(crate) fn until(&self) -> Option<SystemTime> {
        self.credentials.expiration.map(|end| end - SPARE)
    }

    /// Whether it can stand in for a code of device `serial` and the keys `with`.
    pub(crate) fn serves(&self, with: &Credentials, serial: &str, now: SystemTime) -> bool {
        let long_enough = self.until().is_some_and(|until| until > now);
        self.bought_with.0 == with.access_key_id && self.bought_with.1 == serial && long_enough
    }
}

/// A session of the user whose long-lived keys `keys` are.
pub(crate) async fn buy(
    sts: &Sts,
    keys: &Credentials,
    duration: Option<u32>,
    mfa: Option<&MfaProof>,
) -> Result<Credentials, CredentialsError> {
    let call = "GetSessionToken";
    let output = sts
        .client(keys, None)
        .get_session_token()
        .set_duration_seconds(duration.and_then(|seconds| i32::try_from(seconds).ok()))
        .set_serial_number(mfa.map(|proof| proof.serial.clone()))
        .set_token_code(mfa.map(|proof| proof.code()))
        .send()
        .await
        .map_err(|error| sts.failure(call, error, Some(keys)))?;
    match credentials(output.credentials, None) {
        Ok(set) => Ok(set.in_account_of(keys)),
        Err(source) => Err(CredentialsError::Sts {
            call: call.to_owned(),
            source,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::CredentialValues;

    fn set(key: &str, expiration: Option<SystemTime>) -> Credentials {
        Credentials::new(CredentialValues {
            access_key_id: key.to_owned(),
            secret_access_key: "s".into(),
            session_token: None,
            expiration,
            account_id: None,
        })
        .expect("a set")
    }

    #[test]
    fn a_session_serves_its_own_keys_and_device_until_shortly_before_its_end() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let held = HeldSession {
            bought_with: ("AKIA".to_owned(), "device".to_owned()),
            kind: Bought::Role,
            credentials: set("ASIA", Some(now + Duration::from_secs(3600))),
            identity: None,
            fetched_at: now,
        };
        assert!(held.serves(&set("AKIA", None), "device", now));
        assert!(!held.serves(&set("OTHER", None), "device", now));
        assert!(!held.serves(&set("AKIA", None), "other", now));
        let late = now + Duration::from_secs(3600 - 299);
        assert!(!held.serves(&set("AKIA", None), "device", late));
    }
}
