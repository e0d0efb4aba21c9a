//! Sessions and roles obtained with an MFA code. A code works once, so they are kept.

use std::time::{Duration, SystemTime};

use super::Exchange;
use crate::credentials::clock::ClockOffset;
use crate::credentials::error::CredentialsError;
use crate::credentials::origin::Origin;
use crate::credentials::plan::SourcePlan;
use crate::credentials::sts::error::StsError;
use crate::credentials::sts::mfa::{self, Mfa, MfaProof};
use crate::credentials::sts::role::Role;
use crate::credentials::sts::session_token::{self, HeldKind, HeldSession};
use crate::credentials::{Credentials, Fetched};
use crate::messages::notices::Notices;

impl Exchange {
    /// Assumes the first role. Its MFA code is used for a session that outlives this call. Two
    /// cases cannot do that: the trust policy wants the code in AssumeRole itself, or the
    /// credentials are temporary, and AWS issues no session for those. The role's own set is then
    /// kept.
    pub(super) async fn first_role(
        &self,
        base: Fetched,
        role: &Role,
        plan: &SourcePlan,
    ) -> Result<Fetched, CredentialsError> {
        let Some(device) = plan.mfa.device.as_ref().or(role.mfa.as_ref()) else {
            return self.assume(base, role, None).await;
        };
        let can_get_a_session = base.credentials.are_long_lived();
        if can_get_a_session && !plan.mfa.in_assume_role {
            return self.role_of_session(&base, role, device).await;
        }
        let mut held = self.held.lock().await;
        let with = base.origin.clone().role(&role.arn);
        if let Some(kept) = usable(held.as_ref(), &base.credentials, &device.serial) {
            return Ok(kept_set(kept, with, self.sts.clock()));
        }
        let proof = self.proof(device).await?;
        let keys = base.credentials.clone();
        let set = self.assume(base, role, Some(&proof)).await?;
        *held = Some(HeldSession {
            obtained_with: (keys.access_key_id.clone(), device.serial.clone()),
            kind: HeldKind::Role,
            credentials: set.credentials.clone(),
            identity: set.identity.clone(),
            fetched_at: set.fetched_at,
        });
        Ok(set)
    }

    /// The role, assumed with a session that lives as long as AWS allows, since it stays with
    /// credrun. A session from an earlier run may have been revoked since; then another is obtained
    /// with a new code.
    async fn role_of_session(
        &self,
        keys: &Fetched,
        role: &Role,
        device: &Mfa,
    ) -> Result<Fetched, CredentialsError> {
        let longest = Some(session_token::LONGEST);
        let session = self.held_session(keys, longest, device).await?;
        match self.assume(session, role, None).await {
            Err(error) if is_about_the_session(&error) && self.forget_another_runs().await => {
                let session = self.held_session(keys, longest, device).await?;
                self.assume(session, role, None).await
            }
            other => other,
        }
    }

    /// Drops the held session if an earlier run obtained it.
    async fn forget_another_runs(&self) -> bool {
        let mut held = self.held.lock().await;
        let is_another_runs = |held: &mut HeldSession| {
            held.kind
                == HeldKind::Session {
                    by_another_run: true,
                }
        };
        let Some((
            HeldSession {
                obtained_with: (key, serial),
                ..
            },
            cache,
        )) = held.take_if(is_another_runs).zip(self.cache.as_ref())
        else {
            return false;
        };
        if let Err(error) = cache.forget(&key, &serial).await {
            tracing::debug!(%error, "a session of the cache stays");
        }
        true
    }

    /// The session obtained earlier with a code of `device`, or a new one.
    pub(super) async fn held_session(
        &self,
        keys: &Fetched,
        duration: Option<u32>,
        device: &Mfa,
    ) -> Result<Fetched, CredentialsError> {
        let mut held = self.held.lock().await;
        let origin = Origin::Session {
            of: Box::new(keys.origin.clone()),
            mfa: true,
        };
        if let Some(kept) = usable(held.as_ref(), &keys.credentials, &device.serial) {
            return Ok(kept_set(kept, origin, self.sts.clock()));
        }
        if let Some(kept) = self.cached(keys, duration, device).await? {
            return Ok(kept_set(held.insert(kept), origin, self.sts.clock()));
        }
        let proof = self.proof(device).await?;
        let longest = self.for_long.then_some(session_token::LONGEST);
        let session = self
            .session(keys, duration.or(longest), Some(&proof))
            .await?;
        let key = keys.credentials.access_key_id.clone();
        if let Some(cache) = &self.cache {
            let kept = cache
                .store(&key, &device.serial, &session.credentials)
                .await;
            if let Err(error) = kept {
                Notices::new(false).mfa_session_not_kept(&error);
            }
        }
        *held = Some(HeldSession {
            obtained_with: (key, device.serial.clone()),
            kind: HeldKind::Session {
                by_another_run: false,
            },
            credentials: session.credentials.clone(),
            identity: None,
            fetched_at: session.fetched_at,
        });
        Ok(session)
    }

    /// The session of an earlier run, if it does not outlive the requested duration. A code on the
    /// command line asks for a new session.
    async fn cached(
        &self,
        keys: &Fetched,
        duration: Option<u32>,
        device: &Mfa,
    ) -> Result<Option<HeldSession>, CredentialsError> {
        let Some(cache) = &self.cache else {
            return Ok(None);
        };
        let (key, now) = (&keys.credentials.access_key_id, SystemTime::now());
        // Also if a code was given: if no session can be saved, the code is not used up.
        let Some(credentials) = cache.load(key, &device.serial).await? else {
            return Ok(None);
        };
        let longest = duration.map(|seconds| now + Duration::from_secs(seconds.into()));
        let fits = longest.is_none_or(|longest| credentials.expiration <= Some(longest));
        let kept = HeldSession {
            obtained_with: (key.clone(), device.serial.clone()),
            kind: HeldKind::Session {
                by_another_run: true,
            },
            credentials,
            identity: None,
            fetched_at: now,
        };
        let serves = kept.serves(&keys.credentials, &device.serial, now);
        Ok((fits && serves && !self.has_code()).then_some(kept))
    }

    async fn proof(&self, device: &Mfa) -> Result<MfaProof, CredentialsError> {
        let given = self.code.lock().ok().and_then(|mut code| code.take());
        let code = mfa::code(device, given, &self.prompt).await?;
        Ok(MfaProof {
            serial: device.serial.clone(),
            code,
        })
    }
}

fn usable<'a>(
    held: Option<&'a HeldSession>,
    keys: &Credentials,
    serial: &str,
) -> Option<&'a HeldSession> {
    held.filter(|held| held.serves(keys, serial, SystemTime::now()))
}

/// The last clock offset that STS returned still holds.
fn kept_set(held: &HeldSession, origin: Origin, clock: Option<ClockOffset>) -> Fetched {
    Fetched {
        credentials: held.credentials.clone(),
        origin,
        identity: held.identity.clone(),
        fetched_at: held.fetched_at,
        clock,
    }
}

/// Whether AWS rejected the set that the role was to be assumed with.
fn is_about_the_session(error: &CredentialsError) -> bool {
    let code = match error {
        CredentialsError::Sts {
            source: StsError::Refused { code, .. },
            ..
        } => code,
        CredentialsError::Clock { source, .. } => return is_about_the_session(source),
        _ => return false,
    };
    matches!(
        code.as_str(),
        "ExpiredToken" | "ExpiredTokenException" | "InvalidClientTokenId"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: &str) -> CredentialsError {
        CredentialsError::Sts {
            call: "AssumeRole".to_owned(),
            source: StsError::Refused {
                status: 403,
                code: code.to_owned(),
                message: None,
            },
        }
    }

    #[test]
    fn a_session_is_to_blame_where_aws_rejects_its_keys_and_not_where_it_denies_the_call() {
        for code in [
            "ExpiredToken",
            "ExpiredTokenException",
            "InvalidClientTokenId",
        ] {
            assert!(is_about_the_session(&refused(code)), "{code}");
        }
        assert!(!is_about_the_session(&refused("AccessDenied")));
        assert!(!is_about_the_session(&CredentialsError::NoDevice));

        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        let late = SystemTime::UNIX_EPOCH + Duration::from_secs(784_200_000);
        let clock = ClockOffset::from_header(date, late);
        assert!(is_about_the_session(&refused("ExpiredToken").under(clock)));
        assert!(!is_about_the_session(&refused("AccessDenied").under(clock)));
    }
}
