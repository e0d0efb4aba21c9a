//! A profile's other settings: the region, and AWS's endpoints.

use super::config_file::Profiles;
use super::endpoints::Endpoints;
use super::error::CredentialsError;
use super::from::imds;
use super::plan::SourcePlan;
use super::region::Region;
use crate::vars::Environment;

/// The configured region and endpoints, from the environment and the profile.
#[derive(Debug)]
pub(crate) struct ProfileSettings {
    pub(crate) region: Option<Region>,
    pub(crate) endpoints: Endpoints,
    pub(crate) metadata_service: Option<imds::Address>,
}

impl ProfileSettings {
    pub(crate) fn read(
        plan: &SourcePlan,
        environment: &Environment,
        profiles: &Profiles,
    ) -> Result<Self, CredentialsError> {
        let name = &plan.profile.name;
        let of_profile = || profiles.get(name)?.get("region");
        let region = match (plan.region.clone(), of_profile()) {
            (None, Some(region)) => Some(Region::of_profile(name, region)?),
            (region, _) => region,
        };
        Ok(Self {
            region,
            endpoints: Endpoints::read(environment, profiles, name)?,
            metadata_service: imds::Address::read(environment, profiles, name),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::aws::AwsArgs;
    use crate::vars;

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
        let profiles = Profiles::load(&environment).expect("readable");
        ProfileSettings::read(&plan, &environment, &profiles).expect("settings")
    }

    const CONFIG: &str = "[default]\nregion = eu-west-1\n[profile a]\nregion = eu-west-2\nendpoint_url = http://all\nservices = s\n[services s]\nsts =\n  endpoint_url = http://sts\n";

    #[test]
    fn the_default_profile_fills_in_the_region() {
        let read = settings(CONFIG, ("X", ""), None);
        assert_eq!(read.region.expect("a region").name, "eu-west-1");
        assert_eq!(read.endpoints.sts.url(), None);
    }

    #[test]
    fn the_environments_region_outranks_the_profiles_but_not_its_endpoint() {
        let default = CONFIG.replace("eu-west-1", "eu-west-1\nendpoint_url = http://default");
        let read = settings(&default, (vars::AWS_REGION, "us-east-1"), None);
        assert_eq!(read.region.expect("a region").name, "us-east-1");
        assert_eq!(read.endpoints.sts.url(), Some("http://default"));
        let read = settings(CONFIG, (vars::AWS_REGION, "us-east-1"), Some("a"));
        assert_eq!(read.region.expect("a region").name, "us-east-1");
        assert_eq!(read.endpoints.sts.url(), Some("http://sts"));
        let read = settings(&CONFIG.replace("services = s", ""), ("X", ""), Some("a"));
        assert_eq!(read.endpoints.sts.url(), Some("http://all"));
    }

    #[test]
    fn configured_endpoints_can_be_ignored() {
        let ignore = (vars::AWS_IGNORE_CONFIGURED_ENDPOINT_URLS, "true");
        assert_eq!(
            settings(CONFIG, ignore, Some("a")).endpoints.sts.url(),
            None
        );
    }
}
