//! Turns a source's set into the set that goes into the container.
//!
//! Long-lived keys are exchanged for a session; roles are assumed one from another. An MFA code
//! works once, so the session obtained with it is held here: fetching again just before create, and
//! renewing, need no second code. With `--mfa-session-cache`, later runs use it too. Nothing else
//! is kept.

mod with_mfa;

use std::time::SystemTime;

use secrecy::SecretString;
use tokio::sync::Mutex;

use super::Fetched;
use super::error::CredentialsError;
use super::lifetime::renewal_limit::{LimitedBy, RenewalLimit};
use super::origin::Origin;
use super::plan::{MfaPlan, SourcePlan};
use super::sts::assume_role;
use super::sts::client::Sts;
use super::sts::mfa::{MfaProof, SessionCache, TokenCodePrompt};
use super::sts::role::Role;
use super::sts::session_token::{self, HeldKind, HeldSession};

/// Obtains sessions, assumes roles, and keeps the session obtained with a code.
#[derive(Debug)]
pub(crate) struct Exchange {
    sts: Sts,
    prompt: TokenCodePrompt,
    /// The code of `--token-code`, until it is used.
    code: std::sync::Mutex<Option<SecretString>>,
    held: Mutex<Option<HeldSession>>,
    cache: Option<SessionCache>,
    /// Whether to request the longest session that AWS allows.
    for_long: bool,
}

impl Exchange {
    pub(crate) fn new(sts: Sts, plan: &MfaPlan) -> Self {
        Self {
            sts,
            prompt: TokenCodePrompt::default(),
            code: std::sync::Mutex::new(plan.code.clone()),
            held: Mutex::new(None),
            cache: plan.cache.clone(),
            for_long: plan.cache.is_some(),
        }
    }

    /// See [`super::Source::for_a_long_run`].
    pub(crate) fn for_a_long_run(&mut self) {
        self.for_long = true;
    }

    pub(crate) fn set_prompt(&mut self, prompt: TokenCodePrompt) {
        self.prompt = prompt;
    }

    /// See [`super::Source::stop_asking`].
    pub(crate) fn stop_asking(&self) {
        self.prompt.close();
    }

    /// See [`super::Source::will_ask`].
    pub(crate) fn will_ask(&self, first: Option<&Role>, plan: &MfaPlan) -> bool {
        let of_role = first.and_then(|role| role.mfa.as_ref());
        let device = plan.device.as_ref().or(of_role);
        let has_session = self.held.try_lock().is_ok_and(|held| held.is_some());
        device.is_some_and(|device| device.process.is_none()) && !self.has_code() && !has_session
    }

    fn has_code(&self) -> bool {
        self.code.lock().is_ok_and(|code| code.is_some())
    }

    /// From when on another MFA code is needed, if one was needed at all.
    pub(crate) async fn limit(&self, roles: &[Role], plan: &MfaPlan) -> Option<RenewalLimit> {
        let of_role = roles.first().and_then(|role| role.mfa.as_ref());
        let device = plan.device.as_ref().or(of_role)?;
        if device.process.is_some() {
            return None;
        }
        let held = self.held.lock().await;
        let held = held.as_ref()?;
        let by = match held.kind {
            HeldKind::Role => LimitedBy::MfaCodeOfRole {
                on_purpose: plan.in_assume_role,
            },
            HeldKind::Session { .. } => LimitedBy::MfaSession {
                is_cached: self.cache.is_some(),
            },
        };
        Some(match held.kind {
            HeldKind::Session { .. } if !roles.is_empty() => RenewalLimit::at(held.until(), by),
            _ => RenewalLimit::last_set(by),
        })
    }

    /// Turns a source's set into the one that goes into the container.
    pub(crate) async fn raise(
        &self,
        base: Fetched,
        roles: &[Role],
        plan: &SourcePlan,
    ) -> Result<Fetched, CredentialsError> {
        unexpired(&base)?;
        let set = match roles.split_first() {
            None => self.without_role(base, plan).await?,
            Some((first, further)) => {
                let mut set = self.first_role(base, first, plan).await?;
                for role in further {
                    refuse_late_mfa(&set, role)?;
                    set = self.assume(set, role, None).await?;
                }
                set
            }
        };
        unexpired(&set)?;
        Ok(set)
    }

    /// Without a role, a container gets temporary credentials, or long-lived keys if the user asked
    /// for them.
    async fn without_role(
        &self,
        base: Fetched,
        plan: &SourcePlan,
    ) -> Result<Fetched, CredentialsError> {
        let device = plan.mfa.device.as_ref();
        if !base.credentials.are_long_lived() {
            return match device {
                None => Ok(base),
                Some(_) => Err(CredentialsError::MfaNeedsLongLivedKeys {
                    origin: base.origin,
                }),
            };
        }
        if plan.long_lived {
            return Ok(base);
        }
        match device {
            Some(device) => self.held_session(&base, plan.duration, device).await,
            None => self.session(&base, plan.duration, None).await,
        }
    }

    async fn session(
        &self,
        keys: &Fetched,
        duration: Option<u32>,
        mfa: Option<&MfaProof>,
    ) -> Result<Fetched, CredentialsError> {
        let fetched_at = SystemTime::now();
        let set = session_token::get(&self.sts, &keys.credentials, duration, mfa).await?;
        Ok(Fetched {
            credentials: set,
            origin: Origin::Session {
                of: Box::new(keys.origin.clone()),
                mfa: mfa.is_some(),
            },
            identity: None,
            fetched_at,
            clock: self.sts.clock(),
        })
    }

    async fn assume(
        &self,
        with: Fetched,
        role: &Role,
        mfa: Option<&MfaProof>,
    ) -> Result<Fetched, CredentialsError> {
        let fetched_at = SystemTime::now();
        let assumed = assume_role::assume(&self.sts, role, &with.credentials, mfa).await?;
        Ok(Fetched {
            credentials: assumed.credentials,
            origin: with.origin.role(&role.arn),
            identity: assumed.session_arn,
            fetched_at,
            clock: self.sts.clock(),
        })
    }
}

fn unexpired(set: &Fetched) -> Result<(), CredentialsError> {
    let Some(at) = set.credentials.expiration else {
        return Ok(());
    };
    match SystemTime::now().duration_since(at) {
        Err(_) => Ok(()),
        Ok(ago) => Err(CredentialsError::Expired {
            origin: set.origin.clone(),
            at,
            ago,
        }
        .under(set.clock)),
    }
}

/// Only a user has an MFA device; a role that is assumed from a role cannot use its code.
fn refuse_late_mfa(set: &Fetched, role: &Role) -> Result<(), CredentialsError> {
    match role.mfa {
        None => Ok(()),
        Some(_) => Err(CredentialsError::MfaNeedsLongLivedKeys {
            origin: set.origin.clone(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::sts::mfa::Mfa;
    use crate::credentials::{CredentialValues, Credentials};

    fn set(expiration: Option<SystemTime>) -> Fetched {
        let values = CredentialValues {
            access_key_id: "ASIA".to_owned(),
            secret_access_key: "s".into(),
            session_token: Some("t".into()),
            expiration,
            account_id: None,
        };
        Fetched {
            credentials: Credentials::new(values).expect("a set"),
            origin: Origin::Environment,
            identity: None,
            fetched_at: SystemTime::UNIX_EPOCH,
            clock: None,
        }
    }

    #[test]
    fn a_set_that_has_expired_is_refused() {
        let minute = std::time::Duration::from_secs(60);
        assert!(unexpired(&set(None)).is_ok());
        assert!(unexpired(&set(Some(SystemTime::now() + minute))).is_ok());
        let refused = unexpired(&set(Some(SystemTime::now() - minute)));
        assert!(matches!(refused, Err(CredentialsError::Expired { .. })));
    }

    #[test]
    fn a_role_that_is_assumed_from_a_role_has_no_use_for_a_code() {
        assert!(refuse_late_mfa(&set(None), &Role::default()).is_ok());
        let with_device = Role {
            mfa: Some(Mfa::device("arn:aws:iam::123456789012:mfa/me")),
            ..Role::default()
        };
        let refused = refuse_late_mfa(&set(None), &with_device);
        assert!(matches!(
            refused,
            Err(CredentialsError::MfaNeedsLongLivedKeys { .. })
        ));
    }
}
