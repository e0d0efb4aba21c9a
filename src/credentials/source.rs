//! A source of credentials that can be asked as often as needed.
//!
//! Each [`Source::fetch`] walks the chain anew, reads files and tokens anew, and asks AWS anew:
//! what comes out is what a person would get at that moment. The one thing kept is what an MFA
//! code bought ([`super::exchange`]).

use std::time::SystemTime;

use super::caller_identity::{self, CallerIdentity};
use super::clock::ClockOffset;
use super::error::CredentialsError;
use super::exchange::Exchange;
use super::http_client::LazyHttpClient;
use super::lifetime::{LimitedBy, RenewalLimit};
use super::mfa::TokenCodePrompt;
use super::origin::Origin;
use super::plan::SourcePlan;
use super::profile_settings::ProfileSettings;
use super::region::Region;
use super::route::{self, Base, Passed, Route};
use super::sdk_provider::Sdk;
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
    exchange: Exchange,
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
        let sts = Sts::new(http.clone(), region_name.clone(), sts_endpoint, environment);
        Self {
            plan: plan.clone(),
            environment: environment.clone(),
            region,
            exchange: Exchange::new(sts.clone(), &plan.mfa),
            sts,
            sdk: Sdk {
                http,
                region: region_name,
            },
        }
    }

    /// Asks for MFA codes at another terminal than the process's own.
    #[must_use]
    pub fn with_prompt(mut self, prompt: TokenCodePrompt) -> Self {
        self.exchange.set_prompt(prompt);
        self
    }

    /// From now on an MFA code buys a session that lives for as long as AWS allows, unless
    /// `--duration-seconds` says otherwise: nobody will be there to be asked for the next.
    #[must_use]
    pub fn for_a_long_run(mut self) -> Self {
        self.exchange.for_a_long_run();
        self
    }

    /// Until when sets can be had without anybody's help, where there is a limit that is known.
    pub async fn renewal_limit(&self) -> Option<RenewalLimit> {
        let route = route::choose(&self.plan, &self.environment).ok()?;
        let of_code = self.exchange.limit(&route.roles, &self.plan.mfa).await;
        if of_code.is_some() {
            return of_code;
        }
        let Base::Keys(set, Origin::Environment) = &route.base else {
            return None;
        };
        set.session_token.as_ref()?;
        let by = LimitedBy::Environment;
        match (route.roles.is_empty(), set.expiration) {
            (false, end) => Some(RenewalLimit::at(end, by)),
            (true, Some(_)) => Some(RenewalLimit::last_set(by)),
            (true, None) => Some(RenewalLimit::at(None, by)),
        }
    }

    /// Whether the next fetch will ask a person for an MFA code, so that nothing else should be
    /// drawn on the terminal meanwhile.
    #[must_use]
    pub fn will_ask(&self) -> bool {
        route::choose(&self.plan, &self.environment)
            .is_ok_and(|route| self.exchange.will_ask(route.roles.first(), &self.plan.mfa))
    }

    /// From now on nobody is asked for an MFA code: the terminal belongs to the container. A code
    /// that is needed later is a failure then.
    pub fn stop_asking(&self) {
        self.exchange.stop_asking();
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
        Ok(route.roles.iter().fold(route.base.origin(), Origin::role))
    }

    /// A fresh set.
    ///
    /// # Errors
    /// Whatever keeps the source from giving one; a set that has expired is none.
    pub async fn fetch(&self) -> Result<Fetched, CredentialsError> {
        let route = route::choose(&self.plan, &self.environment)?;
        let base = self.ask(&route).await?;
        self.exchange.raise(base, &route.roles, &self.plan).await
    }

    /// Whose `set` is.
    ///
    /// # Errors
    /// What STS says against it.
    pub async fn caller_identity(&self, set: &Fetched) -> Result<CallerIdentity, CredentialsError> {
        caller_identity::of(&self.sts, &set.credentials).await
    }

    /// How far the local clock was from AWS's at its last answer.
    #[must_use]
    pub fn clock(&self) -> Option<ClockOffset> {
        self.sts.clock()
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
        let reason = match metadata_service::fetch(&self.sdk, &self.environment).await {
            Ok(metadata_service::Outcome::Set(set)) => return Ok(set),
            Ok(metadata_service::Outcome::Absent(reason)) => reason,
            // As the last of a chain it is one of several that have nothing to give.
            Err(CredentialsError::InstanceMetadata(reason)) if !passed.is_empty() => {
                reason.to_string()
            }
            Err(error) => return Err(error),
        };
        let mut passed = passed.to_vec();
        passed.push(Passed::new(metadata_service::NAME, reason));
        Err(CredentialsError::NotFound { passed })
    }

    pub(super) fn plan(&self) -> &SourcePlan {
        &self.plan
    }

    pub(super) fn environment(&self) -> &Environment {
        &self.environment
    }
}
