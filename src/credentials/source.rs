//! A source of credentials that can be asked as often as needed.
//!
//! Each [`Source::fetch`] walks the chain anew, reads files and tokens anew, and asks AWS anew:
//! what comes out is what a person would get at that moment. The one thing kept is what an MFA
//! code bought, since no code works twice.

use std::time::SystemTime;

use secrecy::SecretString;
use tokio::sync::Mutex;

use super::assume_role::{self, MfaProof};
use super::caller_identity::{self, CallerIdentity};
use super::error::CredentialsError;
use super::http_client::LazyHttpClient;
use super::mfa::{self, Mfa, TokenCodePrompt};
use super::origin::Origin;
use super::plan::SourcePlan;
use super::profile_settings::ProfileSettings;
use super::region::Region;
use super::role::Role;
use super::route::{self, Base, Passed, Route};
use super::sdk_provider::Sdk;
use super::session_token::{self, HeldSession};
use super::sts::Sts;
use super::{Credentials, Fetched, metadata_service, sso};
use crate::vars::Environment;

/// Where credentials are fetched from.
#[derive(Debug)]
pub struct Source {
    plan: SourcePlan,
    environment: Environment,
    region: Option<Region>,
    sts: Sts,
    sdk: Sdk,
    prompt: TokenCodePrompt,
    /// The code of `--token-code`, until it is used.
    code: std::sync::Mutex<Option<SecretString>>,
    held: Mutex<Option<HeldSession>>,
}

impl Source {
    /// Finds the source, and refuses what its config files make impossible. Nobody is asked yet.
    ///
    /// # Errors
    /// A config file, profile or variable that cannot be used, or no source at all.
    pub fn open(plan: &SourcePlan, environment: &Environment) -> Result<Self, CredentialsError> {
        route::choose(plan, environment)?.check(plan)?;
        let settings = ProfileSettings::read(plan, environment)?;
        Ok(Self::with(plan, environment, settings))
    }

    /// The same without looking, for [`Source::probe`], which goes on where [`Source::open`]
    /// fails.
    #[must_use]
    pub fn unchecked(plan: &SourcePlan, environment: &Environment) -> Self {
        let settings =
            ProfileSettings::read(plan, environment).unwrap_or_else(|_| ProfileSettings {
                region: plan.region.clone(),
                sts_endpoint: None,
            });
        Self::with(plan, environment, settings)
    }

    fn with(plan: &SourcePlan, environment: &Environment, settings: ProfileSettings) -> Self {
        let ProfileSettings {
            region,
            sts_endpoint,
        } = settings;
        let http = LazyHttpClient::default();
        let region_name = region.as_ref().map(|region| region.name.clone());
        Self {
            plan: plan.clone(),
            environment: environment.clone(),
            region,
            sts: Sts::new(http.clone(), region_name.clone(), sts_endpoint, environment),
            sdk: Sdk {
                http,
                region: region_name,
            },
            prompt: TokenCodePrompt::default(),
            code: std::sync::Mutex::new(plan.mfa.code.clone()),
            held: Mutex::new(None),
        }
    }

    /// Asks for MFA codes at another terminal than the process's own.
    #[must_use]
    pub fn with_prompt(self, prompt: TokenCodePrompt) -> Self {
        Self { prompt, ..self }
    }

    /// Whether the next fetch will ask a person for an MFA code, so that nothing else should be
    /// drawn on the terminal meanwhile.
    #[must_use]
    pub fn will_ask(&self) -> bool {
        let route = route::choose(&self.plan, &self.environment).ok();
        let role = route.as_ref().and_then(|route| route.roles.first());
        let of_role = role.and_then(|role| role.mfa.as_ref());
        let device = self.plan.mfa.device.as_ref().or(of_role);
        let has_code = self.code.lock().is_ok_and(|code| code.is_some());
        let has_session = self.held.try_lock().is_ok_and(|held| held.is_some());
        device.is_some_and(|device| device.process.is_none()) && !has_code && !has_session
    }

    /// From now on nobody is asked for an MFA code: the terminal belongs to the container. A code
    /// that is needed later is a failure then.
    pub fn stop_asking(&self) {
        self.prompt.close();
    }

    /// The region, if anybody names one.
    #[must_use]
    pub fn region(&self) -> Option<&Region> {
        self.region.as_ref()
    }

    /// Where the next set will come from, as far as that is known without asking.
    ///
    /// # Errors
    /// As [`Source::open`].
    pub fn expected_origin(&self) -> Result<Origin, CredentialsError> {
        let route = route::choose(&self.plan, &self.environment)?;
        Ok(route.roles.iter().fold(route.base.origin(), of_role))
    }

    /// A fresh set.
    ///
    /// # Errors
    /// Whatever keeps the source from giving one; a set that has expired is none.
    pub async fn fetch(&self) -> Result<Fetched, CredentialsError> {
        let route = route::choose(&self.plan, &self.environment)?;
        let base = self.ask(&route).await?;
        unexpired(&base)?;
        let set = match route.roles.split_first() {
            None => self.without_role(base).await?,
            Some((first, further)) => {
                let mut set = self.first_role(base, first).await?;
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

    /// Whose `set` is.
    ///
    /// # Errors
    /// What STS says against it.
    pub async fn caller_identity(&self, set: &Fetched) -> Result<CallerIdentity, CredentialsError> {
        caller_identity::of(&self.sts, &set.credentials).await
    }

    /// Asks the route's source, before any role.
    pub(super) async fn ask(&self, route: &Route) -> Result<Fetched, CredentialsError> {
        let now = SystemTime::now();
        let mut identity = None;
        let mut clock = None;
        let credentials = match &route.base {
            Base::Keys(set, _) => set.clone(),
            Base::Endpoint(endpoint) => {
                let given = endpoint.fetch(now).await.map_err(|error| {
                    CredentialsError::endpoint(&endpoint.origin().to_string(), error)
                })?;
                clock = given.clock;
                given.credentials
            }
            Base::InstanceMetadata => self.ask_metadata_service(&route.passed).await?,
            Base::WebIdentity(token) => {
                let assumed = token.fetch(&self.sts).await?;
                identity = assumed.session_arn;
                clock = self.sts.clock();
                assumed.credentials
            }
            Base::Process(process) => {
                process
                    .fetch()
                    .await
                    .map_err(|source| CredentialsError::Process {
                        profile: process.profile.clone(),
                        place: process.place.clone(),
                        source,
                    })?
            }
            Base::Sso(settings) => sso::fetch(&self.sdk, settings).await?,
            Base::Login { profile, session } => {
                sso::fetch_login(&self.sdk, profile, session).await?
            }
        };
        Ok(Fetched {
            credentials,
            origin: route.base.origin(),
            identity,
            fetched_at: now,
            clock,
        })
    }

    /// The last of the chain: where it is absent, there are no credentials at all.
    async fn ask_metadata_service(
        &self,
        passed: &[Passed],
    ) -> Result<Credentials, CredentialsError> {
        match metadata_service::fetch(&self.sdk, &self.environment).await? {
            metadata_service::Outcome::Set(set) => Ok(set),
            metadata_service::Outcome::Absent(reason) => {
                let mut passed = passed.to_vec();
                passed.push(Passed::new(metadata_service::NAME, reason));
                Err(CredentialsError::NotFound { passed })
            }
        }
    }

    /// What a container may have where there is no role: temporary credentials.
    async fn without_role(&self, base: Fetched) -> Result<Fetched, CredentialsError> {
        let device = self.plan.mfa.device.as_ref();
        if base.credentials.session_token.is_some() {
            return match device {
                None => Ok(base),
                Some(_) => Err(CredentialsError::MfaNeedsLongLivedKeys {
                    origin: base.origin,
                }),
            };
        }
        if self.plan.long_lived {
            return Ok(base);
        }
        match device {
            Some(device) => self.held_session(&base, self.plan.duration, device).await,
            None => self.session(&base, self.plan.duration, None).await,
        }
    }

    /// The first role. Its MFA code buys a session that outlives this call, unless the trust
    /// policy wants the code in AssumeRole itself, or the credentials are temporary, with which
    /// no session can be bought; then what is kept is the role's own set.
    async fn first_role(&self, base: Fetched, role: &Role) -> Result<Fetched, CredentialsError> {
        let Some(device) = self.plan.mfa.device.as_ref().or(role.mfa.as_ref()) else {
            return self.assume(base, role, None).await;
        };
        let can_buy = base.credentials.session_token.is_none();
        if can_buy && !self.plan.mfa.in_assume_role {
            let session = self.held_session(&base, None, device).await?;
            return self.assume(session, role, None).await;
        }
        let mut held = self.held.lock().await;
        let with = of_role(base.origin.clone(), role);
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
            origin: of_role(with.origin, role),
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

    pub(super) fn plan(&self) -> &SourcePlan {
        &self.plan
    }

    pub(super) fn environment(&self) -> &Environment {
        &self.environment
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

fn of_role(via: Origin, role: &Role) -> Origin {
    // What is between the user's keys and the role is nobody's concern.
    let via = match via {
        Origin::Session(keys) => keys,
        other => Box::new(other),
    };
    Origin::Role {
        arn: role.arn.clone(),
        via,
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
