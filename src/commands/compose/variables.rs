//! The variables that a project's services get.

use secrecy::SecretString;

use crate::container::FlagError;
use crate::container::grammar::env::EnvEntry;
use crate::credentials::Credentials;
use crate::environment::injection::inject;
use crate::environment::live::{EndpointAddress, live_environment};
use crate::environment::shared_files::Found;
use crate::environment::user::UserEnv;

/// The only name of a provider service with which variables have the names that SDKs read.
const NAME: &str = "aws";

/// # Errors
/// The service has another name.
pub(super) fn refuse_name(service: &str) -> Result<(), FlagError> {
    if service == NAME {
        return Ok(());
    }
    Err(FlagError::with_hint(
        format!("the service of the provider is called {service}, and must be called {NAME}"),
        "Compose puts the service's name before each variable, and SDKs read AWS_...",
    ))
}

/// Why `delivery: env` has no options for single services.
pub(super) fn one_set_for_all(service: &str) -> FlagError {
    FlagError::with_hint(
        format!("{service} cannot have credentials of its own with delivery: env"),
        "Compose gives all services that depend on a provider the same variables; \
         delivery: live tells them apart",
    )
}

pub(super) fn of_set(credentials: &Credentials, region: Option<&str>) -> Vec<EnvEntry> {
    inject(credentials, region, &UserEnv::default(), &[]).set
}

/// What points SDKs to the endpoint on the container's loopback.
pub(super) fn of_endpoint(port: u16, token: &SecretString, region: Option<&str>) -> Vec<EnvEntry> {
    let address = EndpointAddress { port, token };
    live_environment(address, region, &[], &[], &Found::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_has_the_name_that_variables_of_aws_begin_with() {
        assert!(refuse_name("aws").is_ok());
        for other in ["credrun", "AWS", "aws-dev", "aws_container"] {
            assert!(refuse_name(other).is_err(), "{other}");
        }
    }
}
