//! `GetSessionToken`: a session for long-lived keys.
//!
//! It has two uses: only temporary credentials go into a container, and an MFA code works once. A
//! session obtained with a code is held ([`HeldSession`]), so that fetching again just before
//! create, and renewing, need no prompt. AWS records the MFA in the session, so trust policies that
//! require `aws:MultiFactorAuthPresent` accept it.

use std::time::{Duration, SystemTime};

use super::assume_role::credentials;
use super::client::Sts;
use super::mfa::MfaProof;
use crate::credentials::Credentials;
use crate::credentials::error::CredentialsError;

/// A session with less time left is replaced. A role assumed with it lives on independently.
const SPARE: Duration = Duration::from_secs(5 * 60);

/// The longest session that AWS allows a user: 36 hours. For the root user, AWS shortens it to one
/// hour.
pub(crate) const LONGEST: u32 = 129_600;

/// What was obtained with an MFA code.
#[derive(Debug, Clone)]
pub(crate) struct HeldSession {
    /// The access key ID and the device that it was obtained with.
    pub(crate) obtained_with: (String, String),
    pub(crate) kind: HeldKind,
    pub(crate) credentials: Credentials,
    pub(crate) identity: Option<String>,
    pub(crate) fetched_at: SystemTime,
}

/// What was obtained with an MFA code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HeldKind {
    /// A session of the user.
    Session {
        /// Whether an earlier run obtained it.
        by_another_run: bool,
    },
    /// A role's set, from `AssumeRole` itself.
    Role,
}

impl HeldSession {
    /// Until when it replaces a code.
    pub(crate) fn until(&self) -> Option<SystemTime> {
        self.credentials.expiration.map(|end| end - SPARE)
    }

    /// Whether it can replace a code of device `serial` with the keys `with`.
    pub(crate) fn serves(&self, with: &Credentials, serial: &str, now: SystemTime) -> bool {
        let long_enough = self.until().is_some_and(|until| until > now);
        self.obtained_with.0 == with.access_key_id && self.obtained_with.1 == serial && long_enough
    }
}

/// Obtains a session for the user of the long-lived `keys`.
pub(crate) async fn get(
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
            obtained_with: ("AKIA".to_owned(), "device".to_owned()),
            kind: HeldKind::Role,
            credentials: set("ASIA", Some(now + Duration::from_secs(3600))),
            identity: None,
            fetched_at: now,
        };
        assert!(held.serves(&set("AKIA", None), "device", now));
        assert!(!held.serves(&set("OTHER", None), "device", now));
        assert!(!held.serves(&set("AKIA", None), "other", now));
        let last = now + Duration::from_secs(3600 - 301);
        assert!(held.serves(&set("AKIA", None), "device", last));
        let late = now + Duration::from_secs(3600 - 300);
        assert!(!held.serves(&set("AKIA", None), "device", late));
    }
}
