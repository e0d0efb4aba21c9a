//! The instance metadata service of EC2, version 2 only.
//!
//! aws-config's provider asks it. A new one is made for each fetch, since it answers with its
//! last set when the service fails.

use std::time::Duration;

use aws_config::imds;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_credential_types::provider::ProvideCredentials as _;

use super::Credentials;
use super::error::CredentialsError;
use super::sdk_provider::{self, Sdk};
use crate::vars::{self, Environment};

/// What it is called in a list of sources.
pub(crate) const NAME: &str = "EC2 instance metadata";
/// The service is on the same host; outside EC2 nothing answers, and that should not take long.
const TIMEOUT: Duration = Duration::from_secs(1);

pub(crate) fn is_disabled(environment: &Environment) -> bool {
    environment
        .get(vars::AWS_EC2_METADATA_DISABLED)
        .is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// What became of the question.
pub(crate) enum Outcome {
    Set(Credentials),
    /// There is no such service here, or no role on this instance.
    Absent(String),
}

pub(crate) async fn fetch(
    sdk: &Sdk,
    environment: &Environment,
) -> Result<Outcome, CredentialsError> {
    let mut client = imds::Client::builder()
        .configure(&sdk.provider_config())
        .connect_timeout(TIMEOUT)
        .read_timeout(TIMEOUT)
        .max_attempts(2);
    if let Some(endpoint) = environment.non_empty(vars::AWS_EC2_METADATA_SERVICE_ENDPOINT) {
        client = client
            .endpoint(endpoint)
            .map_err(|_| CredentialsError::Variable {
                name: vars::AWS_EC2_METADATA_SERVICE_ENDPOINT,
                problem: "is not a URL".to_owned(),
                hint: "unset it to use http://169.254.169.254",
            })?;
    }
    let provider = ImdsCredentialsProvider::builder()
        .configure(&sdk.provider_config())
        .imds_client(client.build())
        .build();
    match provider.provide_credentials().await {
        Ok(set) => match sdk_provider::credentials(&set) {
            Ok(set) => Ok(Outcome::Set(set)),
            Err(error) => Err(CredentialsError::InstanceMetadata(
                format!("the {} in its answer {}", error.field.member(), error.flaw).into(),
            )),
        },
        Err(error) if is_absent(&error) => Ok(Outcome::Absent(sdk_provider::innermost(&error))),
        Err(error) => Err(CredentialsError::InstanceMetadata(
            sdk_provider::innermost(&error).into(),
        )),
    }
}

fn is_absent(error: &aws_credential_types::provider::error::CredentialsError) -> bool {
    use aws_credential_types::provider::error::CredentialsError as SdkError;
    matches!(error, SdkError::CredentialsNotLoaded(_))
}
