//! What aws-config's own providers need from us, and what they give.

use aws_config::BehaviorVersion;
use aws_config::provider_config::ProviderConfig;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_types::region::Region;

use super::http_client::LazyHttpClient;
use super::set::{CredentialValues, Credentials, UnusableValue};

/// The settings that every provider of aws-config's gets.
#[derive(Debug, Clone)]
pub(crate) struct Sdk {
    pub(crate) http: LazyHttpClient,
    pub(crate) region: Option<String>,
}

impl Sdk {
    pub(crate) fn provider_config(&self) -> ProviderConfig {
        ProviderConfig::empty()
            .with_behavior_version(Some(BehaviorVersion::v2026_01_12()))
            .with_region(self.region.clone().map(Region::new))
            .with_http_client(self.http.clone())
            .with_sleep_impl(TokioSleep::new())
    }
}

/// A set of the SDK's, in our own form.
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

/// The last link of an error's chain.
pub(crate) fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

/// The last two links of an error's chain: what was tried, and why it failed.
pub(crate) fn reason(error: &(dyn std::error::Error + 'static)) -> String {
    let mut links = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(next) = cause {
        links.push(next.to_string());
        cause = next.source();
    }
    let from = links.len().saturating_sub(2);
    links[from..].join(": ")
}

/// Every link of an error's chain on one line, to look for a service's code in.
pub(crate) fn whole_chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}
