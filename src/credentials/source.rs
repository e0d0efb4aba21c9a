//! A source of credentials that can be queried any number of times.
//!
//! Each [`Source::fetch`] walks the chain, reads files and tokens and asks AWS again, so the result
//! is current. The only thing kept is the session obtained with an MFA code ([`super::exchange`]).

use std::time::SystemTime;

use super::clock::ClockOffset;
use super::config_file::Profiles;
use super::endpoints::{Endpoints, ServiceEndpoints};
use super::error::CredentialsError;
use super::exchange::Exchange;
use super::from::sdk_provider::Sdk;
use super::from::{imds, sso};
use super::http_client::HttpClient;
use super::lifetime::renewal_limit::{LimitedBy, RenewalLimit};
use super::origin::Origin;
use super::plan::SourcePlan;
use super::profile_settings::ProfileSettings;
use super::region::{Region, RegionOfSource};
use super::route::{self, Route};
use super::sts::caller_identity::{self, CallerIdentity};
use super::sts::client::Sts;
use super::sts::mfa::TokenCodePrompt;
use super::sts::role::Role;
use super::{Credentials, Fetched};
use crate::cli::aws::AwsArgs;
use crate::credentials::origin::INSTANCE_METADATA;
use crate::credentials::route::base::Base;
use crate::credentials::route::passed::Passed;
use crate::files;
use crate::policy::remark::Remark;
use crate::vars::Environment;
use crate::waits::Waits;

/// What credrun waits for if a config file does not respond.
const CONFIG_FILES: &str = "the AWS config files to be read";

/// Where credentials are fetched from.
#[derive(Debug)]
pub struct Source {
    plan: SourcePlan,
    environment: Environment,
    region: RegionOfSource,
    metadata_service: Option<imds::Address>,
    sts: Sts,
    sdk: Sdk,
    exchange: Exchange,
    /// The role that was to be assumed first when the source was found.
    first_role: Option<Role>,
}

impl Source {
    /// Finds the source, and refuses what its config files make impossible. Sends no request.
    ///
    /// # Errors
    /// A config file, profile or variable that cannot be used, or no source at all.
    pub fn open(plan: &SourcePlan, environment: &Environment) -> Result<Self, CredentialsError> {
        Self::open_telling(plan, environment, &Waits::default())
    }

    /// The same, reporting to `waits` what it waits for.
    fn open_telling(
        plan: &SourcePlan,
        environment: &Environment,
        waits: &Waits,
    ) -> Result<Self, CredentialsError> {
        let profiles = Profiles::load(environment)?;
        let route = route::choose(plan, environment, &profiles)?;
        route.check(plan)?;
        let settings = ProfileSettings::read(plan, environment, &profiles)?;
        let mut source = Self::with(plan, environment, settings, waits);
        if route.asks_sts(plan) {
            source.http().check(&source.sts.address())?;
        }
        source.first_role = route.roles.into_iter().next();
        Ok(source)
    }

    /// [`Source::open`] on another thread, since reading a file may block.
    ///
    /// # Errors
    /// As [`Source::open`].
    pub async fn find(
        plan: &SourcePlan,
        environment: &Environment,
        waits: &Waits,
    ) -> Result<Self, CredentialsError> {
        let (plan, environment) = (plan.clone(), environment.clone());
        let told = waits.clone();
        let open = files::off_thread(move || Self::open_telling(&plan, &environment, &told));
        waits.during(CONFIG_FILES, open).await
    }

    /// The source that `args` ask for.
    ///
    /// # Errors
    /// As [`SourcePlan::resolve`] and [`Source::open`].
    pub async fn of_args(
        args: &AwsArgs,
        environment: &Environment,
        waits: &Waits,
    ) -> Result<Self, CredentialsError> {
        let plan = {
            let (args, environment) = (args.clone(), environment.clone());
            files::off_thread(move || SourcePlan::resolve(&args, &environment)).await?
        };
        Self::find(&plan, environment, waits).await
    }

    /// The same without any check, for [`Source::probe`], which goes on where [`Source::open`]
    /// fails.
    #[must_use]
    pub fn unchecked(plan: &SourcePlan, environment: &Environment) -> Self {
        let profiles = Profiles::load(environment).unwrap_or_default();
        let settings = ProfileSettings::read(plan, environment, &profiles).unwrap_or_else(|_| {
            ProfileSettings {
                region: plan.region.clone(),
                endpoints: Endpoints::default(),
                metadata_service: None,
            }
        });
        Self::with(plan, environment, settings, &Waits::default())
    }

    fn with(
        plan: &SourcePlan,
        environment: &Environment,
        settings: ProfileSettings,
        waits: &Waits,
    ) -> Self {
        let ProfileSettings {
            region,
            endpoints,
            metadata_service,
        } = settings;
        let http = HttpClient::new(environment, Some(&plan.profile.name), waits);
        let region = RegionOfSource::new(region);
        let sts = Sts::new(http.clone(), region.clone(), endpoints.sts.clone());
        Self {
            plan: plan.clone(),
            environment: environment.clone(),
            region: region.clone(),
            metadata_service,
            exchange: Exchange::new(sts.clone(), &plan.mfa),
            sts,
            sdk: Sdk {
                http,
                region,
                endpoints,
            },
            first_role: None,
        }
        .logged()
    }

    fn logged(self) -> Self {
        let (profile, named_by) = (&self.plan.profile.name, self.plan.profile.named_by);
        tracing::debug!(profile, ?named_by, pick = ?self.plan.pick, "asked for");
        match self.region.get() {
            Some(region) => tracing::debug!(region = %region.name, from = %region.from, "region"),
            None => tracing::debug!("no region is configured"),
        }
        tracing::debug!(url = %self.sts.address(), "STS");
        self
    }

    /// What to say of the session policy of `--policy-from`.
    pub(crate) fn remarks(&self) -> &[Remark] {
        &self.plan.remarks
    }

    /// The HTTP client, for other calls to AWS in the same run.
    #[must_use]
    pub fn http(&self) -> &HttpClient {
        &self.sdk.http
    }

    /// The endpoints of the services with these IDs, from the environment and the profile.
    ///
    /// # Errors
    /// As [`ServiceEndpoints::read`]; or the config file cannot be read.
    pub(crate) async fn service_endpoints(
        &self,
        ids: impl Iterator<Item = &'static str> + Send + 'static,
    ) -> Result<ServiceEndpoints, CredentialsError> {
        let environment = self.environment.clone();
        let profile = self.plan.profile.name.clone();
        files::off_thread(move || {
            let profiles = Profiles::load(&environment)?;
            ServiceEndpoints::read(&environment, &profiles, &profile, ids)
        })
        .await
    }

    /// Asks for MFA codes at another terminal than that of the process.
    #[must_use]
    pub fn with_prompt(mut self, prompt: TokenCodePrompt) -> Self {
        self.exchange.set_prompt(prompt);
        self
    }

    /// From now on, MFA codes are used for sessions that live as long as AWS allows, unless
    /// `--duration-seconds` says otherwise: later, no person will be there to enter another.
    #[must_use]
    pub fn for_a_long_run(mut self) -> Self {
        self.exchange.for_a_long_run();
        self
    }

    /// Until when sets can be fetched without a person, if there is a known limit.
    pub async fn renewal_limit(&self) -> Option<RenewalLimit> {
        let route = self.choose().await.ok()?;
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

    /// Whether the next fetch may prompt for an MFA code. Nothing else should then be drawn on the
    /// terminal.
    #[must_use]
    pub fn will_ask(&self) -> bool {
        self.exchange
            .will_ask(self.first_role.as_ref(), &self.plan.mfa)
    }

    /// Stops prompting for MFA codes: the terminal now belongs to the container. From now on, a
    /// fetch that needs a code fails.
    pub fn stop_asking(&self) {
        self.exchange.stop_asking();
    }

    /// The region, if one is configured. A region from the instance metadata service is known only
    /// after a set has been fetched.
    #[must_use]
    pub fn region(&self) -> Option<&Region> {
        self.region.get()
    }

    /// A fresh set.
    ///
    /// # Errors
    /// Any failure of the source; a set that has expired is also an error.
    pub async fn fetch(&self) -> Result<Fetched, CredentialsError> {
        let route = self.choose().await?;
        let base = self.ask(&route).await?;
        self.exchange.raise(base, &route.roles, &self.plan).await
    }

    async fn choose(&self) -> Result<Route, CredentialsError> {
        let (plan, environment) = (self.plan.clone(), self.environment.clone());
        let choose = files::off_thread(move || {
            let profiles = Profiles::load(&environment)?;
            route::choose(&plan, &environment, &profiles)
        });
        let route = self.http().waits().during(CONFIG_FILES, choose).await?;
        for Passed { source, reason } in &route.passed {
            tracing::debug!(source, %reason, "passed over");
        }
        let roles: Vec<&str> = route.roles.iter().map(|role| role.arn.as_str()).collect();
        tracing::debug!(source = %route.base.origin(), ?roles, "chosen");
        Ok(route)
    }

    /// The identity that `set` belongs to.
    ///
    /// # Errors
    /// What STS returns as an error.
    pub async fn caller_identity(&self, set: &Fetched) -> Result<CallerIdentity, CredentialsError> {
        caller_identity::of(&self.sts, &set.credentials).await
    }

    /// The local clock's offset from AWS's at the last response.
    #[must_use]
    pub fn clock(&self) -> Option<ClockOffset> {
        self.sts.clock()
    }

    /// Asks the instance for its region, if nothing else names one. This comes before the source,
    /// since STS is called in that region.
    pub(super) async fn settle_region(&self) {
        let address = self.metadata_service.as_ref();
        let is_asked = !imds::is_disabled(&self.environment) && imds::may_be_here(address);
        if is_asked {
            let sdk = self.sdk.direct();
            let found = imds::region(&sdk, address);
            self.region.settle(Box::pin(found)).await;
        }
    }

    /// Queries the route's source, before any role.
    pub(super) async fn ask(&self, route: &Route) -> Result<Fetched, CredentialsError> {
        Box::pin(self.settle_region()).await;
        let now = SystemTime::now();
        let mut identity = None;
        let mut clock = None;
        let credentials = match &route.base {
            Base::Keys(set, _) => set.clone(),
            Base::Endpoint(endpoint) => {
                let given = endpoint.fetch(self.http(), now).await.map_err(|error| {
                    CredentialsError::endpoint(&endpoint.origin().to_string(), error)
                })?;
                clock = given.clock;
                given.credentials
            }
            Base::InstanceMetadata => self.ask_metadata_service(&route.passed).await?,
            Base::WebIdentity(token) => {
                let assumed = token.fetch(&self.sts, self.http().waits()).await?;
                identity = assumed.session_arn;
                clock = self.sts.clock();
                assumed.credentials
            }
            Base::Process(process) => {
                let what = format!("the credential_process of profile {:?}", process.profile);
                let fetch = self.http().waits().during(what, process.fetch());
                fetch.await.map_err(|source| CredentialsError::Process {
                    profile: process.profile.clone(),
                    place: process.place.clone(),
                    source,
                })?
            }
            Base::Sso(settings) => Box::pin(sso::fetch(&self.sdk, settings)).await?,
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

    /// The last source of the chain: if it is absent, there are no credentials at all.
    async fn ask_metadata_service(
        &self,
        passed: &[Passed],
    ) -> Result<Credentials, CredentialsError> {
        let (sdk, address) = (self.sdk.direct(), self.metadata_service.as_ref());
        let reason = match imds::fetch(&sdk, address).await {
            Ok(imds::Outcome::Set(set)) => {
                // This is an EC2 instance, even if Linux does not show it.
                let found = imds::region(&sdk, address);
                self.region.settle(Box::pin(found)).await;
                return Ok(set);
            }
            Ok(imds::Outcome::Absent(reason)) => reason,
            // As the last source of a chain, it is one of several that have no credentials.
            Err(CredentialsError::InstanceMetadata(reason)) if !passed.is_empty() => {
                reason.to_string()
            }
            Err(error) => return Err(error),
        };
        let mut passed = passed.to_vec();
        passed.push(Passed::new(INSTANCE_METADATA, reason));
        Err(CredentialsError::NotFound { passed })
    }

    pub(super) fn plan(&self) -> &SourcePlan {
        &self.plan
    }

    pub(super) fn environment(&self) -> &Environment {
        &self.environment
    }
}
