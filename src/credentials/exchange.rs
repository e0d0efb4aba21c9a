//! Turns a source's set into the set that goes into the container.
//!
//! Long-lived keys are exchanged for a session; roles are assumed one from another. An MFA code
//! works once, so the session obtained with it is held here: fetching again just before create, and
//! renewing, need no second code. With `--mfa-session-cache`, later runs use it too. Nothing else
//! is kept.

use std::time::{Duration, SystemTime};

use secrecy::SecretString;
use tokio::sync::Mutex;

use super::clock::ClockOffset;
use super::error::CredentialsError;
use super::lifetime::{LimitedBy, RenewalLimit};
use super::origin::Origin;
use super::plan::{MfaPlan, SourcePlan};
use super::sts::assume_role;
use super::sts::client::Sts;
use super::sts::mfa::{self, Mfa, MfaProof, SessionCache, TokenCodePrompt};
use super::sts::role::Role;
use super::sts::session_token::{self, Bought, HeldSession};
use super::{Credentials, Fetched};
use crate::credentials::sts::error::StsError;
use crate::messages::notices::Notices;

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
            Bought::Role => LimitedBy::MfaCodeOfRole {
                on_purpose: plan.in_assume_role,
            },
            Bought::Session { .. } => LimitedBy::MfaSession {
                is_cached: self.cache.is_some(),
            },
        };
        Some(match held.kind {
            Bought::Session { .. } if !roles.is_empty() => RenewalLimit::at(held.until(), by),
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

    /// Assumes the first role. Its MFA code is used for a session that outlives this call. Two
    /// cases cannot do that: the trust policy wants the code in AssumeRole itself, or the
    /// credentials are temporary, and AWS issues no session for those. The role's own set is then
    /// kept.
    async fn first_role(
        &self,
        base: Fetched,
        role: &Role,
        plan: &SourcePlan,
    ) -> Result<Fetched, CredentialsError> {
        let Some(device) = plan.mfa.device.as_ref().or(role.mfa.as_ref()) else {
            return self.assume(base, role, None).await;
        };
        let can_buy = base.credentials.are_long_lived();
        if can_buy && !plan.mfa.in_assume_role {
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
            bought_with: (keys.access_key_id.clone(), device.serial.clone()),
            kind: Bought::Role,
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
                == Bought::Session {
                    by_another_run: true,
                }
        };
        let Some((
            HeldSession {
                bought_with: (key, serial),
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
    async fn held_session(
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
            bought_with: (key, device.serial.clone()),
            kind: Bought::Session {
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
            bought_with: (key.clone(), device.serial.clone()),
            kind: Bought::Session {
                by_another_run: true,
            },
            credentials,
            identity: None,
            fetched_at: now,
        };
        let serves = kept.serves(&keys.credentials, &device.serial, now);
        Ok((fits && serves && !self.has_code()).then_some(kept))
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
