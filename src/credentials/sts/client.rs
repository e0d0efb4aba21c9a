//! The STS client, and the meaning of its errors.

use crate::credentials::timeouts::timeouts;
mod failure;

use aws_config::BehaviorVersion;
use aws_sdk_sts::Client;
use aws_sdk_sts::config::{Config, SharedCredentialsProvider};
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::retry::RetryConfig;

use crate::credentials::clock::{ClockOffset, ClockWatch};
use crate::credentials::endpoints::Endpoint;
use crate::credentials::error::CredentialsError;
use crate::credentials::http_client::HttpClient;
use crate::credentials::region::RegionOfSource;
use crate::credentials::set::Credentials;
use crate::credentials::sts::error::StsError;

/// The longest message from AWS that is repeated.
const LONGEST_MESSAGE: usize = 400;

/// How to reach STS.
#[derive(Debug, Clone)]
pub(crate) struct Sts {
    http: HttpClient,
    /// The configured region; `None` leaves the choice to the role's partition.
    region: RegionOfSource,
    endpoint: Endpoint,
    clock: ClockWatch,
}

impl Sts {
    pub(crate) fn new(http: HttpClient, region: RegionOfSource, endpoint: Endpoint) -> Self {
        Self {
            http,
            region,
            endpoint,
            clock: ClockWatch::default(),
        }
    }

    /// Roughly the address of STS, for settings that depend on it.
    pub(crate) fn address(&self) -> String {
        self.endpoint.url().map_or_else(
            || {
                let region = self.region.name().unwrap_or(home_region(None));
                format!("https://sts.{region}.amazonaws.com")
            },
            str::to_owned,
        )
    }

    /// The local clock's offset from AWS's at the last response.
    pub(crate) fn clock(&self) -> Option<ClockOffset> {
        self.clock.last()
    }

    /// A client that signs with `credentials`, for a call about a resource in `partition`.
    pub(crate) fn client(&self, credentials: &Credentials, partition: Option<&str>) -> Client {
        let keys = credentials.for_sdk();
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
            .name()
            .unwrap_or_else(|| home_region(partition))
            .to_owned();
        let config = Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(aws_types::region::Region::new(region))
            .http_client(self.http.clone())
            .sleep_impl(TokioSleep::new())
            .retry_config(RetryConfig::standard())
            .timeout_config(timeouts())
            .interceptor(self.clock.clone())
            .use_fips(self.endpoint.variant().fips)
            .use_dual_stack(self.endpoint.variant().dual_stack);
        match self.endpoint.url() {
            Some(url) => config.endpoint_url(url),
            None => config,
        }
    }

    /// Converts a failed call into an error. `call` names the call and its object; `signer` is the
    /// set whose secrets must not appear in a message.
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
        let endpoint = self.endpoint.url().map(str::to_owned);
        let source = match error {
            SdkError::TimeoutError(_) => StsError::Silent { endpoint },
            SdkError::ServiceError(error) => {
                let (err, raw) = (error.err(), error.raw());
                let said = err
                    .code()
                    .map(|code| (code.to_owned(), err.message().map(str::to_owned)));
                failure::of_response(raw, said, |text| scrub(text, signer))
            }
            SdkError::ResponseError(error) => {
                failure::of_response(error.raw(), None, |text| scrub(text, signer))
            }
            SdkError::DispatchFailure(failure)
                if failure::of_the_way(&failure).is_none() && failure.is_timeout() =>
            {
                StsError::Silent { endpoint }
            }
            other => match endpoint {
                Some(endpoint) if !is_url(&endpoint) => StsError::Address { endpoint },
                endpoint => {
                    let region = self.region.name().map(str::to_owned);
                    failure::unreachable(endpoint, region, other)
                }
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

fn is_url(endpoint: &str) -> bool {
    let scheme = endpoint.split_once("://").map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| {
        ["http", "https"]
            .iter()
            .any(|one| scheme.eq_ignore_ascii_case(one))
    })
}

/// The region of a partition whose STS serves every caller.
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

/// Whether a wrong clock may be the cause of this refusal.
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

/// An AWS message as one line, without secrets.
fn scrub(text: &str, signer: Option<&Credentials>) -> String {
    let line = text.lines().next().unwrap_or_default();
    let line = line.split("The Canonical String").next().unwrap_or(line);
    let line = signer.map_or_else(|| line.to_owned(), |set| set.removed_from(line));
    line.trim()
        .chars()
        .filter(|c| !c.is_control())
        .take(LONGEST_MESSAGE)
        .collect()
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
    fn a_clock_is_to_blame_for_refusals_of_signatures_and_ends_only() {
        let refused = |code: &str| CredentialsError::Sts {
            call: "GetCallerIdentity".to_owned(),
            source: StsError::Refused {
                status: 403,
                code: code.to_owned(),
                message: None,
            },
        };
        assert!(is_about_time(&refused("SignatureDoesNotMatch")));
        assert!(!is_about_time(&refused("AccessDenied")));
        assert!(!is_about_time(&CredentialsError::NoDevice));
    }

    #[test]
    fn each_partition_has_a_region_to_ask() {
        let arn = "arn:aws-cn:iam::123456789012:role/x";
        assert_eq!(home_region(partition(arn)), "cn-north-1");
        assert_eq!(home_region(Some("aws-us-gov")), "us-gov-west-1");
        assert_eq!(home_region(None), "us-east-1");
    }
}
