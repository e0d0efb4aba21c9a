//! The instance metadata service of EC2, version 2 only.
//!
//! aws-config's provider does the requests. A new provider is created for each fetch, since a used
//! one returns its last set when the service fails.

use std::path::Path;
use std::time::Duration;

use aws_config::imds;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_credential_types::provider::ProvideCredentials as _;

use super::profile::error::ProfileError;
use super::sdk_provider::{self, Sdk};
use crate::causes;
use crate::credentials::Credentials;
use crate::credentials::config_file::Profiles;
use crate::credentials::error::CredentialsError;
use crate::credentials::region::Region;
use crate::vars::{self, Environment};

/// The service is on the same host. Outside EC2 nothing responds, and that should not take long.
const TIMEOUT: Duration = Duration::from_secs(1);

pub(crate) fn is_disabled(environment: &Environment) -> bool {
    environment.is_true(vars::AWS_EC2_METADATA_DISABLED)
}

/// The outcome of a request.
pub(crate) enum Outcome {
    Set(Credentials),
    /// There is no such service here, or the instance has no role.
    Absent(String),
}

/// Whether this machine may be an EC2 instance: Linux's hardware information says so, or the
/// service's address is configured.
pub(crate) fn may_be_here(address: Option<&Address>) -> bool {
    address.is_some() || is_an_instance(Path::new("/sys"))
}

/// Nitro and bare metal show it in the vendor, Xen in the version and the UUID.
fn is_an_instance(sys: &Path) -> bool {
    let says = |file: &str, what: fn(&str) -> bool| {
        std::fs::read_to_string(sys.join(file)).is_ok_and(|text| what(text.trim()))
    };
    says("class/dmi/id/sys_vendor", |vendor| vendor == "Amazon EC2")
        || says("class/dmi/id/bios_version", |version| {
            version.ends_with(".amazon")
        })
        || says("hypervisor/uuid", |uuid| uuid.starts_with("ec2"))
}

/// The address of the service, if it is not the default one.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    url: String,
    /// The profile that names it; `None` for the environment.
    profile: Option<String>,
}

impl Address {
    /// The address from the environment, or else from the profile `name`.
    pub(crate) fn read(environment: &Environment, profiles: &Profiles, name: &str) -> Option<Self> {
        if let Some(url) = environment.non_empty(vars::AWS_EC2_METADATA_SERVICE_ENDPOINT) {
            return Some(Self { url, profile: None });
        }
        let url = profiles.get(name)?.get(ADDRESS_KEY)?;
        Some(Self {
            url: url.to_owned(),
            profile: Some(name.to_owned()),
        })
    }

    fn wrong(&self) -> CredentialsError {
        match &self.profile {
            None => CredentialsError::Variable {
                name: vars::AWS_EC2_METADATA_SERVICE_ENDPOINT,
                problem: "is not a URL".to_owned(),
                hint: "unset it to use http://169.254.169.254",
            },
            Some(profile) => CredentialsError::Profile {
                profile: profile.clone(),
                place: None,
                source: Box::new(ProfileError::Value {
                    key: ADDRESS_KEY,
                    problem: "it is not a URL".to_owned(),
                }),
            },
        }
    }
}

const ADDRESS_KEY: &str = "ec2_metadata_service_endpoint";

fn client(
    sdk: &Sdk,
    address: Option<&Address>,
    attempts: u32,
) -> Result<imds::Client, CredentialsError> {
    let mut client = imds::Client::builder()
        .configure(&sdk.provider_config())
        .connect_timeout(TIMEOUT)
        .read_timeout(TIMEOUT)
        .max_attempts(attempts);
    if let Some(address) = address {
        client = client.endpoint(&address.url).map_err(|_| address.wrong())?;
    }
    Ok(client.build())
}

/// The instance's region, if the service returns it within a second or two.
pub(crate) async fn region(sdk: &Sdk, address: Option<&Address>) -> Option<Region> {
    let client = client(sdk, address, 1).ok()?;
    match client.get("/latest/meta-data/placement/region").await {
        Ok(name) => Region::of_instance(name.as_ref().trim()).ok(),
        Err(error) => {
            let reason = causes::innermost(&error);
            tracing::debug!(reason, "the instance metadata service returned no region");
            None
        }
    }
}

pub(crate) async fn fetch(
    sdk: &Sdk,
    address: Option<&Address>,
) -> Result<Outcome, CredentialsError> {
    let provider = ImdsCredentialsProvider::builder()
        .configure(&sdk.provider_config())
        .imds_client(client(sdk, address, 2)?)
        .build();
    match provider.provide_credentials().await {
        Ok(set) => match sdk_provider::credentials(&set) {
            Ok(set) => Ok(Outcome::Set(set)),
            Err(error) => Err(CredentialsError::InstanceMetadata(
                format!(
                    "the {} in the response {}",
                    error.field.member(),
                    error.flaw
                )
                .into(),
            )),
        },
        Err(error) if is_absent(&error) => Ok(Outcome::Absent(causes::innermost(&error))),
        Err(error) => Err(CredentialsError::InstanceMetadata(
            causes::innermost(&error).into(),
        )),
    }
}

fn is_absent(error: &aws_credential_types::provider::error::CredentialsError) -> bool {
    use aws_credential_types::provider::error::CredentialsError as SdkError;
    matches!(error, SdkError::CredentialsNotLoaded(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_without_a_role_is_told_from_one_that_fails() {
        use aws_credential_types::provider::error::CredentialsError as SdkError;
        assert!(is_absent(&SdkError::not_loaded("no role")));
        assert!(!is_absent(&SdkError::provider_error("down")));
    }

    #[test]
    fn an_instance_is_known_by_what_linux_shows_of_the_machine() {
        for (file, text, expected) in [
            ("class/dmi/id/sys_vendor", "Amazon EC2\n", true),
            ("class/dmi/id/bios_version", "4.11.amazon\n", true),
            (
                "hypervisor/uuid",
                "ec2e1916-9099-7caf-fd21-012345abcdef\n",
                true,
            ),
            ("class/dmi/id/sys_vendor", "LENOVO\n", false),
            ("class/dmi/id/bios_version", "N2HET42W\n", false),
        ] {
            let sys = tempfile::tempdir().expect("a directory");
            let path = sys.path().join(file);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("made");
            std::fs::write(&path, text).expect("written");
            assert_eq!(is_an_instance(sys.path()), expected, "{file} {text}");
        }
    }
}
