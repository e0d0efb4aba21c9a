//! What a profile says besides credentials: the region, and where STS is.

use super::config_file::Profiles;
use super::error::CredentialsError;
use super::plan::{NamedBy, SourcePlan};
use super::region::Region;
use crate::vars::{self, Environment};

/// The region that holds, and the profile's endpoint for STS.
#[derive(Debug)]
pub(crate) struct ProfileSettings {
    pub(crate) region: Option<Region>,
    pub(crate) sts_endpoint: Option<String>,
}

impl ProfileSettings {
    /// The files are read only where flags and environment leave the region open, or where the
    /// profile was asked for.
    pub(crate) fn read(
        plan: &SourcePlan,
        environment: &Environment,
    ) -> Result<Self, CredentialsError> {
        let alone = Self {
            region: plan.region.clone(),
            sts_endpoint: None,
        };
        if plan.region.is_some() && plan.profile.named_by == NamedBy::Nobody {
            return Ok(alone);
        }
        let profiles = Profiles::load(environment)?;
        let name = &plan.profile.name;
        let Some(profile) = profiles.get(name) else {
            return Ok(alone);
        };
        let region = match (alone.region, profile.get("region")) {
            (None, Some(region)) => Some(Region::of_profile(name, region)?),
            (region, _) => region,
        };
        let sts_endpoint = (!ignores_endpoints(environment))
            .then(|| endpoint(&profiles, name))
            .flatten();
        Ok(Self {
            region,
            sts_endpoint,
        })
    }
}

fn ignores_endpoints(environment: &Environment) -> bool {
    environment
        .get(vars::AWS_IGNORE_CONFIGURED_ENDPOINT_URLS)
        .is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// The endpoint in the profile's `services` section outranks the one for all services.
fn endpoint(profiles: &Profiles, name: &str) -> Option<String> {
    let profile = profiles.get(name)?;
    profile
        .get("services")
        .and_then(|services| profiles.service(services, "sts", "endpoint_url"))
        .or_else(|| profile.get("endpoint_url"))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::aws::AwsArgs;

    fn settings(config: &str, more: (&str, &str), profile: Option<&str>) -> ProfileSettings {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), config).expect("written");
        let path = file.path().to_str().expect("UTF-8");
        let environment = Environment::fixed([(vars::AWS_CONFIG_FILE, path), more]);
        let args = AwsArgs {
            profile: profile.map(str::to_owned),
            ..AwsArgs::default()
        };
        let plan = SourcePlan::resolve(&args, &environment).expect("a plan");
        ProfileSettings::read(&plan, &environment).expect("settings")
    }

    const CONFIG: &str = "[default]\nregion = eu-west-1\n[profile a]\nregion = eu-west-2\nendpoint_url = http://all\nservices = s\n[services s]\nsts =\n  endpoint_url = http://sts\n";

    #[test]
    fn the_default_profile_fills_in_the_region() {
        let read = settings(CONFIG, ("X", ""), None);
        assert_eq!(read.region.expect("a region").name, "eu-west-1");
        assert_eq!(read.sts_endpoint, None);
    }

    #[test]
    fn the_environments_region_outranks_the_profiles_but_not_its_endpoint() {
        let read = settings(CONFIG, (vars::AWS_REGION, "us-east-1"), Some("a"));
        assert_eq!(read.region.expect("a region").name, "us-east-1");
        assert_eq!(read.sts_endpoint.as_deref(), Some("http://sts"));
        let read = settings(&CONFIG.replace("services = s", ""), ("X", ""), Some("a"));
        assert_eq!(read.sts_endpoint.as_deref(), Some("http://all"));
    }

    #[test]
    fn configured_endpoints_can_be_ignored() {
        let ignore = (vars::AWS_IGNORE_CONFIGURED_ENDPOINT_URLS, "true");
        assert_eq!(settings(CONFIG, ignore, Some("a")).sts_endpoint, None);
    }
}
