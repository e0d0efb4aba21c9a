//! What aws-config's providers need, and what they return.

use aws_config::BehaviorVersion;
use aws_config::provider_config::ProviderConfig;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_types::region::Region;

use crate::causes;
use crate::credentials::endpoints::Endpoints;
use crate::credentials::http_client::HttpClient;
use crate::credentials::region::RegionOfSource;
use crate::credentials::set::{CredentialValues, Credentials, UnusableValue};

/// The settings for every provider from aws-config.
#[derive(Debug, Clone)]
pub(crate) struct Sdk {
    pub(crate) http: HttpClient,
    pub(crate) region: RegionOfSource,
    pub(crate) endpoints: Endpoints,
}

impl Sdk {
    /// The same without a proxy, for services on this machine or next to it.
    pub(crate) fn direct(&self) -> Self {
        Self {
            http: self.http.direct(),
            ..self.clone()
        }
    }

    pub(crate) fn provider_config(&self) -> ProviderConfig {
        ProviderConfig::empty()
            .with_behavior_version(Some(BehaviorVersion::v2026_01_12()))
            .with_region(self.region.name().map(|name| Region::new(name.to_owned())))
            .with_use_fips(Some(self.endpoints.variant.fips))
            .with_use_dual_stack(Some(self.endpoints.variant.dual_stack))
            .with_http_client(self.http.clone())
            .with_sleep_impl(TokioSleep::new())
    }
}

/// Converts a set from the SDK's type into ours.
pub(crate) fn credentials(
    set: &aws_credential_types::Credentials,
) -> Result<Credentials, UnusableValue> {
    let account = set.account_id().map(|id| id.as_str().to_owned());
    Credentials::new(CredentialValues {
        access_key_id: set.access_key_id().to_owned(),
        secret_access_key: set.secret_access_key().into(),
        session_token: set.session_token().map(Into::into),
        expiration: set.expiry(),
        account_id: account.filter(|account| !account.is_empty()),
    })
}

/// The last two links of an error's chain: the attempted action, and why it failed.
pub(crate) fn reason(error: &(dyn std::error::Error + 'static)) -> String {
    let mut links: Vec<String> = causes::links(error).map(ToString::to_string).collect();
    links.dedup();
    let from = links.len().saturating_sub(2);
    links[from..].join(": ")
}

/// Whether the request did not arrive, or the response was late.
pub(crate) fn is_out_of_reach(error: &(dyn std::error::Error + 'static)) -> bool {
    // The SDK reports everything else only as text.
    causes::links(error)
        .any(|link| link.is::<ConnectorError>() || link.to_string() == "request has timed out")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_of_the_sdks_set_is_kept_unless_it_is_empty() {
        let account = |id: &str| {
            let set = aws_credential_types::Credentials::builder()
                .access_key_id("ASIA")
                .secret_access_key("s")
                .account_id(id)
                .provider_name("test")
                .build();
            credentials(&set).expect("a set").account_id.clone()
        };
        assert_eq!(account("123456789012").as_deref(), Some("123456789012"));
        assert_eq!(account(""), None);
    }
}
