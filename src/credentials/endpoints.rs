//! AWS's endpoints: what the variables and the profile say about them.
//!
//! botocore's order: the service's variable, the variable for all services, the profile's
//! `services`, the profile's `endpoint_url`. A custom endpoint outranks FIPS and dual stack, since
//! the SDK refuses the combination. `sts_regional_endpoints` is ignored: only botocore reads it.
//! The AWS CLI v2 and the newer SDKs always use the region's STS.

use std::collections::HashMap;

use super::config_file::Profiles;
use super::error::CredentialsError;
use super::from::profile::error::ProfileError;
use super::from::profile::refusal::wrong_in;
use crate::vars::{self, Environment};

/// The endpoints of the services that credentials come from.
#[derive(Debug, Clone, Default)]
pub(crate) struct Endpoints {
    pub(crate) sts: Endpoint,
    pub(crate) sso: Endpoint,
    pub(crate) sso_oidc: Endpoint,
    pub(crate) variant: Variant,
}

/// The endpoint of one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// A URL that the user configured.
    At(String),
    /// AWS's standard endpoint in the region.
    OfRegion(Variant),
}

impl Default for Endpoint {
    fn default() -> Self {
        Self::OfRegion(Variant::default())
    }
}

impl Endpoint {
    pub(crate) fn url(&self) -> Option<&str> {
        match self {
            Self::At(url) => Some(url),
            Self::OfRegion(_) => None,
        }
    }

    /// Which of AWS's own endpoints to use; the standard one if the user has configured a URL.
    pub(crate) fn variant(&self) -> Variant {
        match self {
            Self::At(_) => Variant::default(),
            Self::OfRegion(variant) => *variant,
        }
    }
}

/// A variant of a service's endpoint in a region.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Variant {
    pub(crate) fips: bool,
    pub(crate) dual_stack: bool,
}

impl Endpoints {
    /// What `environment` and the profile `name` say.
    ///
    /// # Errors
    /// The profile's `services` names a section that does not exist.
    pub(crate) fn read(
        environment: &Environment,
        profiles: &Profiles,
        name: &str,
    ) -> Result<Self, CredentialsError> {
        let settings = Settings {
            environment,
            profiles,
            profile: name,
        };
        let variant = settings.variant();
        let endpoint = |url: Option<String>| url.map_or(Endpoint::OfRegion(variant), Endpoint::At);
        Ok(Self {
            sts: endpoint(settings.url(vars::AWS_ENDPOINT_URL_STS, "sts")?),
            sso: endpoint(settings.url(vars::AWS_ENDPOINT_URL_SSO, "sso")?),
            sso_oidc: endpoint(settings.url(vars::AWS_ENDPOINT_URL_SSO_OIDC, "sso_oidc")?),
            variant,
        })
    }
}

/// The endpoints that the user configured for services of any kind, and the variant of all others.
#[derive(Debug, Default)]
pub(crate) struct ServiceEndpoints {
    urls: HashMap<&'static str, Configured>,
    pub(crate) variant: Variant,
}

/// A URL, and what configures it, as a user knows it.
#[derive(Debug)]
struct Configured {
    url: String,
    by: String,
}

impl ServiceEndpoints {
    /// What `environment` and the profile `name` say about the services with these IDs, which are
    /// as in a profile's `services`: `elastic_beanstalk`.
    ///
    /// # Errors
    /// The profile's `services` names a section that does not exist.
    pub(crate) fn read(
        environment: &Environment,
        profiles: &Profiles,
        name: &str,
        ids: impl Iterator<Item = &'static str>,
    ) -> Result<Self, CredentialsError> {
        let settings = Settings {
            environment,
            profiles,
            profile: name,
        };
        let mut urls = HashMap::new();
        for id in ids {
            let variable = format!("{}_{}", vars::AWS_ENDPOINT_URL, id.to_uppercase());
            if let Some(configured) = settings.configured(&variable, id)? {
                urls.insert(id, configured);
            }
        }
        let variant = settings.variant();
        Ok(Self { urls, variant })
    }

    /// What `environment` says, without any profile.
    #[cfg(test)]
    pub(crate) fn of_environment(
        environment: &Environment,
        ids: impl Iterator<Item = &'static str>,
    ) -> Result<Self, CredentialsError> {
        Self::read(environment, &Profiles::default(), "default", ids)
    }

    /// The URL for a service, if one is configured.
    pub(crate) fn url(&self, id: &str) -> Option<&str> {
        self.urls.get(id).map(|configured| configured.url.as_str())
    }

    /// What configures that: a variable, or a setting of the profile.
    pub(crate) fn configured_by(&self, id: &str) -> Option<&str> {
        self.urls.get(id).map(|configured| configured.by.as_str())
    }
}

struct Settings<'a> {
    environment: &'a Environment,
    profiles: &'a Profiles,
    profile: &'a str,
}

impl Settings<'_> {
    fn variant(&self) -> Variant {
        Variant {
            fips: self.is_true(vars::AWS_USE_FIPS_ENDPOINT, "use_fips_endpoint"),
            dual_stack: self.is_true(vars::AWS_USE_DUALSTACK_ENDPOINT, "use_dualstack_endpoint"),
        }
    }

    fn of_profile(&self, key: &str) -> Option<&str> {
        self.profiles.get(self.profile)?.get(key)
    }

    /// A variable that is set outranks the profile, even if it is empty.
    fn is_true(&self, variable: &str, key: &str) -> bool {
        let of_profile = || self.of_profile(key).map(str::to_owned);
        let value = self.environment.get(variable).or_else(of_profile);
        value.is_some_and(|value| vars::is_true(&value))
    }

    fn url(&self, variable: &str, service: &str) -> Result<Option<String>, CredentialsError> {
        let configured = self.configured(variable, service)?;
        Ok(configured.map(|configured| configured.url))
    }

    fn configured(
        &self,
        variable: &str,
        service: &str,
    ) -> Result<Option<Configured>, CredentialsError> {
        if self.is_true(
            vars::AWS_IGNORE_CONFIGURED_ENDPOINT_URLS,
            "ignore_configured_endpoint_urls",
        ) {
            return Ok(None);
        }
        let variables = [variable, vars::AWS_ENDPOINT_URL];
        for name in variables {
            if let Some(url) = self.environment.non_empty(name) {
                let by = name.to_owned();
                return Ok(Some(Configured { url, by }));
            }
        }
        let profile = self.profile;
        let of_service = self.of_services(service)?;
        let (url, by) = match of_service {
            Some(url) => (
                Some(url),
                format!("endpoint_url of {service} in the services of profile {profile}"),
            ),
            None => (
                self.of_profile("endpoint_url"),
                format!("endpoint_url of profile {profile}"),
            ),
        };
        let url = url.filter(|url| !url.is_empty()).map(str::to_owned);
        Ok(url.map(|url| Configured { url, by }))
    }

    fn of_services(&self, service: &str) -> Result<Option<&str>, CredentialsError> {
        let Some(section) = self.of_profile("services") else {
            return Ok(None);
        };
        if !self.profiles.has_services(section) {
            let error = ProfileError::NoServices(section.to_owned());
            return Err(wrong_in(self.profiles, self.profile, error));
        }
        Ok(self.profiles.service(section, service, "endpoint_url"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "[default]\nendpoint_url = http://all\nservices = s\n[profile plain]\nendpoint_url = http://plain\n[profile typo]\nservices = none\n[services s]\nsts =\n  endpoint_url = http://sts\n";

    fn read(profile: &str, variables: [(&str, &str); 2]) -> Result<Endpoints, CredentialsError> {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), CONFIG).expect("written");
        let path = file.path().to_str().expect("UTF-8");
        let [first, second] = variables;
        let environment = Environment::fixed([(vars::AWS_CONFIG_FILE, path), first, second]);
        let profiles = Profiles::load(&environment).expect("readable");
        Endpoints::read(&environment, &profiles, profile)
    }

    #[test]
    fn each_service_has_its_own_endpoint_before_the_one_for_all() {
        let endpoints = read("default", [("X", ""), ("Y", "")]).expect("read");
        assert_eq!(endpoints.sts.url(), Some("http://sts"));
        assert_eq!(endpoints.sso.url(), Some("http://all"));
        let all = (vars::AWS_ENDPOINT_URL, "http://variable");
        let sso = (vars::AWS_ENDPOINT_URL_SSO, "http://sso");
        let endpoints = read("default", [all, sso]).expect("read");
        assert_eq!(endpoints.sts.url(), Some("http://variable"));
        assert_eq!(endpoints.sso.url(), Some("http://sso"));
    }

    #[test]
    fn an_endpoint_of_the_users_outranks_fips() {
        let fips = (vars::AWS_USE_FIPS_ENDPOINT, "true");
        let endpoints = read("plain", [fips, ("X", "")]).expect("read");
        assert_eq!(endpoints.sts.variant(), Variant::default());
        let ignored = (vars::AWS_IGNORE_CONFIGURED_ENDPOINT_URLS, "true");
        let endpoints = read("plain", [fips, ignored]).expect("read");
        assert_eq!(endpoints.sts.url(), None);
        assert!(endpoints.sts.variant().fips);
    }

    #[test]
    fn services_that_do_not_exist_are_refused_with_the_profile() {
        let error = read("typo", [("X", ""), ("Y", "")]).expect_err("refused");
        let CredentialsError::Profile { profile, place, .. } = &error else {
            panic!("{error}");
        };
        assert_eq!(profile, "typo");
        assert_eq!(place.as_ref().map(|place| place.line), Some(6));
    }
}
