//! From a source's set to the set that goes in.
//!
//! Long-lived keys are exchanged for a session, roles are assumed one from the other. An MFA code
//! works once: what it bought is kept here, so that fetching again just before create, and
//! renewing, ask nobody. Nothing else is kept.

use std::time::SystemTime;

use secrecy::SecretString;
use tokio::sync::Mutex;

use super::assume_role::{self, MfaProof};
use super::error::CredentialsError;
use super::mfa::{self, Mfa, TokenCodePrompt};
use super::origin::Origin;
use super::plan::{MfaPlan, SourcePlan};
use super::role::Role;
use super::session_token::{self, HeldSession};
use super::sts::Sts;
use super::{Credentials, Fetched};

/// Makes sessions and assumes roles, and keeps what a code bought.
#[derive(Debug)]
pub(crate) struct Exchange {
    sts: Sts,
    prompt: TokenCodePrompt,
    /// The code of `--token-code`, until it is used.
    code: std::sync::Mutex<Option<SecretString>>,
    held: Mutex<Option<HeldSession>>,
}

impl Exchange {
    pub(crate) fn new(sts: Sts, code: Option<SecretString>) -> Self {
        Self {
            sts,
            prompt: TokenCodePrompt::default(),
            code: std::sync::Mutex::new(code),
            held: Mutex::new(None),
        }
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
        let has_code = self.code.lock().is_ok_and(|code| code.is_some());
        let has_session = self.held.try_lock().is_ok_and(|held| held.is_some());
        device.is_some_and(|device| device.process.is_none()) && !has_code && !has_session
    }

    /// The set that goes in, made of a source's set.
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

    /// What a container may have where there is no role: temporary credentials.
    async fn without_role(
        &self,
        base: Fetched,
        plan: &SourcePlan,
    ) -> Result<Fetched, CredentialsError> {
        let device = plan.mfa.device.as_ref();
        if base.credentials.session_token.is_some() {
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

    /// The first role. Its MFA code buys a session that outlives this call, unless the trust
    /// policy wants the code in AssumeRole itself, or the credentials are temporary, with which
    /// no session can be bought; then what is kept is the role's own set.
    async fn first_role(
        &self,
        base: Fetched,
        role: &Role,
        plan: &SourcePlan,
    ) -> Result<Fetched, CredentialsError> {
        let Some(device) = plan.mfa.device.as_ref().or(role.mfa.as_ref()) else {
            return self.assume(base, role, None).await;
        };
        let can_buy = base.credentials.session_token.is_none();
        if can_buy && !plan.mfa.in_assume_role {
            let session = self.held_session(&base, None, device).await?;
            return self.assume(session, role, None).await;
        }
        let mut held = self.held.lock().await;
        let with = base.origin.clone().role(role);
        if let Some(kept) = usable(held.as_ref(), &base.credentials, &device.serial) {
            return Ok(kept_set(kept, with));
        }
        let proof = self.proof(device).await?;
        let keys = base.credentials.clone();
        let set = self.assume(base, role, Some(&proof)).await?;
        *held = Some(HeldSession {
            bought_with: (keys.access_key_id, device.serial.clone()),
            credentials: set.credentials.clone(),
            identity: set.identity.clone(),
            fetched_at: set.fetched_at,
        });
        Ok(set)
    }

    /// The session that a code of `device` bought, or buys now.
    async fn held_session(
        &self,
        keys: &Fetched,
        duration: Option<u32>,
        device: &Mfa,
    ) -> Result<Fetched, CredentialsError> {
        let mut held = self.held.lock().await;
        if let Some(kept) = usable(held.as_ref(), &keys.credentials, &device.serial) {
            return Ok(kept_set(
                kept,
                Origin::Session(Box::new(keys.origin.clone())),
            ));
        }
        let proof = self.proof(device).await?;
        let session = self.session(keys, duration, Some(&proof)).await?;
        *held = Some(HeldSession {
            bought_with: (
                keys.credentials.access_key_id.clone(),
                device.serial.clone(),
            ),
            credentials: session.credentials.clone(),
            identity: None,
            fetched_at: session.fetched_at,
        });
        Ok(session)
    }

    async fn session(
        &self,
        keys: &Fetched,
        duration: Option<u32>,
        mfa: Option<&MfaProof>,
    ) -> Result<Fetched, CredentialsError> {
        let fetched_at = SystemTime::now();
        let set = session_token::buy(&self.sts, &keys.credentials, duration, mfa).await?;
        Ok(Fetched {
            credentials: set,
            origin: Origin::Session(Box::new(keys.origin.clone())),
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
            origin: with.origin.role(role),
            identity: assumed.session_arn,
            fetched_at,
            clock: self.sts.clock(),
        })
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

fn kept_set(held: &HeldSession, origin: Origin) -> Fetched {
    Fetched {
        credentials: held.credentials.clone(),
        origin,
        identity: held.identity.clone(),
        fetched_at: held.fetched_at,
        clock: None,
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

/// Only a user has an MFA device; a role that is assumed from a role cannot show its code.
fn refuse_late_mfa(set: &Fetched, role: &Role) -> Result<(), CredentialsError> {
    match role.mfa {
        None => Ok(()),
        Some(_) => Err(CredentialsError::MfaNeedsLongLivedKeys {
            origin: set.origin.clone(),
        }),
    }
}
