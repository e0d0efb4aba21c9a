//! One source of the chain, or why it is skipped.

use crate::credentials::error::CredentialsError;
use crate::credentials::from::container_endpoint::ContainerEndpoint;
use crate::credentials::from::{environment, imds};
use crate::credentials::origin::{INSTANCE_METADATA, Origin};
use crate::credentials::route::base::Base;
use crate::credentials::route::passed::Passed;
use crate::credentials::sts::role::Role;
use crate::vars::{self, Environment};

/// A source's base and its own roles, or why it has none.
pub(crate) type Candidate = Result<(Base, Vec<Role>), Passed>;

pub(crate) fn unset(source: &'static str, variable: &str) -> Passed {
    Passed::new(source, format!("{variable} is not set"))
}

pub(crate) fn from_environment(environment: &Environment) -> Result<Candidate, CredentialsError> {
    Ok(environment::read(environment)?
        .map(|set| (Base::Keys(set, Origin::Environment), Vec::new()))
        .ok_or_else(|| unset("environment", vars::AWS_ACCESS_KEY_ID)))
}

pub(crate) fn from_metadata_service(environment: &Environment) -> Candidate {
    if imds::is_disabled(environment) {
        let reason = format!("{} is true", vars::AWS_EC2_METADATA_DISABLED);
        return Err(Passed::new(INSTANCE_METADATA, reason));
    }
    Ok((Base::InstanceMetadata, Vec::new()))
}

pub(crate) fn from_endpoint(environment: &Environment) -> Result<Candidate, CredentialsError> {
    let endpoint = ContainerEndpoint::from_environment(environment)
        .map_err(|error| CredentialsError::endpoint("the container endpoint", error))?;
    Ok(endpoint
        .map(|endpoint| (Base::Endpoint(endpoint), Vec::new()))
        .ok_or_else(|| {
            let reason = format!(
                "neither {} nor {} is set",
                vars::AWS_CONTAINER_CREDENTIALS_FULL_URI,
                vars::AWS_CONTAINER_CREDENTIALS_RELATIVE_URI
            );
            Passed::new("container endpoint", reason)
        }))
}
