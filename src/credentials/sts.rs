//! The STS client, and what its refusals mean.

use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_sdk_sts::Client;
use aws_sdk_sts::config::timeout::TimeoutConfig;
use aws_sdk_sts::config::{Config, SharedCredentialsProvider};
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::retry::RetryConfig;
use secrecy::ExposeSecret;

use super::clock::{ClockOffset, ClockWatch};
use super::error::CredentialsError;
use super::http_client::LazyHttpClient;
use super::set::{Credentials, UnusableValue};
use crate::vars::{self, Environment};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(8);
const OPERATION_TIMEOUT: Duration = Duration::from_secs(20);
/// The longest message of AWS's that is repeated.
const LONGEST_MESSAGE: usize = 400;

/// How STS is reached.
#[derive(Debug, Clone)]
pub(crate) struct Sts {
    http: LazyHttpClient,
    /// The region that was asked for; none leaves the choice to the role's partition.
    region: Option<String>,
    endpoint: Option<String>,
    fips: bool,
    dual_stack: bool,
    clock: ClockWatch,
}

/// Why STS gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum StsError {
    /// It refused.
    #[error("{code}{}", .message.as_deref().map(|text| format!(": {text}")).unwrap_or_default())]
    Refused {
        /// AWS's error code.
        code: String,
        /// AWS's message, scrubbed.
        message: Option<String>,
    },
    /// It could not be reached.
    #[error("STS could not be reached{}", at(.endpoint.as_deref()))]
    Unreachable {
        /// The endpoint, where the user named one.
        endpoint: Option<String>,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It did not answer in time.
    #[error("STS did not answer in time{}", at(.endpoint.as_deref()))]
    Silent {
        /// The endpoint, where the user named one.
        endpoint: Option<String>,
    },
    /// Its answer has no credentials.
    #[error("its answer is not what STS answers")]
    Answer,
    /// No set of credentials can have what it answered.
    #[error("the {} in its answer {}", .0.field.member(), .0.flaw)]
    Unusable(UnusableValue),
}

fn at(endpoint: Option<&str>) -> String {
    endpoint.map(|url| format!(" at {url}")).unwrap_or_default()
}

impl StsError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Refused { code, message } => {
                return refusal_hint(code, message.as_deref().unwrap_or_default());
            }
            Self::Unreachable {
                endpoint: Some(_), ..
            }
            | Self::Silent { endpoint: Some(_) } => {
                "the address is from AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL or the profile"
            }
            Self::Unreachable { .. } | Self::Silent { .. } => {
                "is there a way to the internet, or a VPC endpoint for STS, from here?"
            }
            Self::Answer | Self::Unusable(_) => "is AWS_ENDPOINT_URL the address of STS?",
        };
        Some(text.to_owned())
    }
}

fn refusal_hint(code: &str, message: &str) -> Option<String> {
    let text = match code {
        "AccessDenied" if message.contains("MultiFactorAuthentication") => {
            "AWS did not take the MFA code: each works once; wait for the next, and check --serial-number"
        }
        "AccessDenied" => {
            "the role's trust policy must name the caller (and an external ID or MFA if it asks for one), and the caller must be allowed sts:AssumeRole on the role"
        }
        "ExpiredToken" | "ExpiredTokenException" => {
            "the credentials that the call was made with have expired; log in again"
        }
        "InvalidClientTokenId" | "InvalidAccessKeyId" | "UnrecognizedClientException" => {
            "the access key does not exist or is switched off; AWS_ENDPOINT_URL and the region must fit its partition"
        }
        "SignatureDoesNotMatch" => "the secret access key does not belong to the access key ID",
        "RegionDisabledException" => {
            "STS is switched off in this region; choose another with --region"
        }
        "MalformedPolicyDocument" => "see --policy",
        "PackedPolicyTooLarge" | "PackedPolicyTooLargeException" => {
            "give fewer or shorter tags and policies"
        }
        "ValidationError" if message.contains("role chaining") => {
            "a role that a role assumes lives an hour at most: --duration-seconds 3600"
        }
        "ValidationError" if message.contains("MaxSessionDuration") => {
            "the role allows no such --duration-seconds; its maximum is a setting of the role"
        }
        "IDPCommunicationError" => "AWS could not reach the identity provider; try again",
        "InvalidIdentityToken" => "the token must be fresh, and its issuer known to IAM",
        _ => return None,
    };
    Some(text.to_owned())
}

impl Sts {
    pub(crate) fn new(
        http: LazyHttpClient,
        region: Option<String>,
        profile_endpoint: Option<String>,
        environment: &Environment,
    ) -> Self {
        let is_true = |name| {
            environment
                .get(name)
                .is_some_and(|value| value.eq_ignore_ascii_case("true"))
        };
        let endpoint = environment
            .non_empty(vars::AWS_ENDPOINT_URL_STS)
            .or_else(|| environment.non_empty(vars::AWS_ENDPOINT_URL))
            .filter(|_| !is_true(vars::AWS_IGNORE_CONFIGURED_ENDPOINT_URLS))
            .or(profile_endpoint);
        Self {
            http,
            region,
            endpoint,
            fips: is_true(vars::AWS_USE_FIPS_ENDPOINT),
            dual_stack: is_true(vars::AWS_USE_DUALSTACK_ENDPOINT),
            clock: ClockWatch::default(),
        }
    }

    /// How far the local clock was from AWS's at the last answer.
    pub(crate) fn clock(&self) -> Option<ClockOffset> {
        self.clock.last()
    }

    /// A client that signs with `credentials`, for a call about something in `partition`.
    pub(crate) fn client(&self, credentials: &Credentials, partition: Option<&str>) -> Client {
        let keys = aws_credential_types::Credentials::new(
            &credentials.access_key_id,
            credentials.secret_access_key.expose_secret(),
            credentials
                .session_token
                .as_ref()
                .map(|token| token.expose_secret().to_owned()),
            None,
            "credrun",
        );
        let config = self
            .config(partition)
            .credentials_provider(SharedCredentialsProvider::new(keys));
        Client::from_conf(config.build())
    }

    /// A client for the calls that are not signed.
    pub(crate) fn unsigned_client(&self, partition: Option<&str>) -> Client {
        Client::from_conf(self.config(partition).build())
    }

    fn config(&self, partition: Option<&str>) -> aws_sdk_sts::config::Builder {
        let region = self
            .region
            .clone()
            .unwrap_or_else(|| home_region(partition).to_owned());
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .operation_timeout(OPERATION_TIMEOUT)
            .build();
        let config = Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(aws_types::region::Region::new(region))
            .http_client(self.http.clone())
            .sleep_impl(TokioSleep::new())
            .retry_config(RetryConfig::standard())
            .timeout_config(timeouts)
            .interceptor(self.clock.clone())
            .use_fips(self.fips)
            .use_dual_stack(self.dual_stack);
        match &self.endpoint {
            Some(url) => config.endpoint_url(url),
            None => config,
        }
    }

    /// What a failed call means. `call` is the call and its object in words; `signer` the set
    /// whose secrets must not come back in a message.
    pub(crate) fn failure<E>(
        &self,
        call: impl Into<String>,
        error: SdkError<E, HttpResponse>,
        signer: Option<&Credentials>,
    ) -> CredentialsError
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let clock = error.raw_response().and_then(|_| self.clock());
        let endpoint = self.endpoint.clone();
        let source = match error {
            SdkError::TimeoutError(_) => StsError::Silent { endpoint },
            SdkError::DispatchFailure(failure) if failure.is_timeout() => {
                StsError::Silent { endpoint }
            }
            SdkError::ServiceError(error) => match error.err().code() {
                Some(code) => StsError::Refused {
                    code: scrub(code, signer),
                    message: error.err().message().map(|text| scrub(text, signer)),
                },
                None => StsError::Answer,
            },
            SdkError::ResponseError(_) => StsError::Answer,
            other => StsError::Unreachable {
                endpoint,
                source: innermost(&other),
            },
        };
        let error = CredentialsError::Sts {
            call: call.into(),
            source,
        };
        if is_about_time(&error) {
            error.under(clock)
        } else {
            error
        }
    }
}

/// Where a partition's STS answers to everybody.
fn home_region(partition: Option<&str>) -> &'static str {
    match partition {
        Some("aws-cn") => "cn-north-1",
        Some("aws-us-gov") => "us-gov-west-1",
        _ => "us-east-1",
    }
}

/// The partition of an ARN.
pub(crate) fn partition(arn: &str) -> Option<&str> {
    arn.split(':').nth(1)
}

/// Whether a wrong clock may be the reason of this refusal.
fn is_about_time(error: &CredentialsError) -> bool {
    let CredentialsError::Sts {
        source: StsError::Refused { code, .. },
        ..
    } = error
    else {
        return false;
    };
    matches!(
        code.as_str(),
        "RequestTimeTooSkewed"
            | "RequestExpired"
            | "SignatureDoesNotMatch"
            | "InvalidClientTokenId"
            | "InvalidSignatureException"
            | "ExpiredToken"
            | "ExpiredTokenException"
    )
}

/// One line of AWS's own words. AWS explains a wrong signature with the canonical request, in
/// which the session token stands.
fn scrub(text: &str, signer: Option<&Credentials>) -> String {
    let line = text.lines().next().unwrap_or_default();
    let line = line.split("The Canonical String").next().unwrap_or(line);
    let mut line = line.to_owned();
    let secrets = signer.map(|set| {
        let token = set.session_token.as_ref();
        [Some(&set.secret_access_key), token]
    });
    for secret in secrets.into_iter().flatten().flatten() {
        let secret = secret.expose_secret();
        if !secret.is_empty() {
            line = line.replace(secret, "***");
        }
    }
    line.trim()
        .chars()
        .filter(|c| !c.is_control())
        .take(LONGEST_MESSAGE)
        .collect()
}

/// The last link of the error's chain, as text: the SDK's own types are not for users.
fn innermost(
    error: &(dyn std::error::Error + 'static),
) -> Box<dyn std::error::Error + Send + Sync> {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::CredentialValues;

    #[test]
    fn a_message_never_brings_a_secret_back() {
        let set = Credentials::new(CredentialValues {
            access_key_id: "ASIA".to_owned(),
            secret_access_key: "hush".into(),
            session_token: Some("token".into()),
            expiration: None,
            account_id: None,
        })
        .expect("a set");
        let text = "The signature does not match for hush. The Canonical String was 'x-amz-security-token:token'\nmore";
        assert_eq!(
            scrub(text, Some(&set)),
            "The signature does not match for ***."
        );
        assert_eq!(scrub("a token b", Some(&set)), "a *** b");
    }

    #[test]
    fn each_partition_has_a_region_to_ask() {
        let arn = "arn:aws-cn:iam::123456789012:role/x";
        assert_eq!(home_region(partition(arn)), "cn-north-1");
        assert_eq!(home_region(Some("aws-us-gov")), "us-gov-west-1");
        assert_eq!(home_region(None), "us-east-1");
    }

    #[test]
    fn the_variable_for_sts_outranks_the_one_for_all_and_the_profile() {
        let endpoint = |environment: Environment| {
            Sts::new(
                LazyHttpClient::default(),
                None,
                Some("http://profile".to_owned()),
                &environment,
            )
            .endpoint
        };
        let both = Environment::fixed([
            (vars::AWS_ENDPOINT_URL, "http://all"),
            (vars::AWS_ENDPOINT_URL_STS, "http://sts"),
        ]);
        assert_eq!(endpoint(both).as_deref(), Some("http://sts"));
        let all = Environment::fixed([(vars::AWS_ENDPOINT_URL, "http://all")]);
        assert_eq!(endpoint(all).as_deref(), Some("http://all"));
        assert_eq!(
            endpoint(Environment::fixed([])).as_deref(),
            Some("http://profile")
        );
    }
}
