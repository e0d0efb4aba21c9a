//! Profiles that need a login: IAM Identity Center (`aws sso login`), `aws login`.
//!
//! aws-config reads and renews the token that the AWS CLI saved in its cache below the home
//! directory. If there is none, the error names the command to run.

use std::time::SystemTime;

use aws_config::BehaviorVersion;
use aws_config::login::LoginCredentialsProvider;
use aws_config::sso::SsoTokenProvider;
use aws_credential_types::Token;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_credential_types::provider::token::ProvideToken as _;
use aws_sdk_sso::Client;
use aws_sdk_sso::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_sso::operation::get_role_credentials::GetRoleCredentialsError;
use aws_sdk_sso::types::RoleCredentials;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::{SharedTimeSource, SystemTimeSource};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::DateTime;
use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;

use super::sdk_provider::{self, Sdk};
use crate::credentials::error::CredentialsError;
use crate::credentials::from::login_error::LoginError;
use crate::credentials::from::sso_settings::Sso;
use crate::credentials::set::{CredentialValues, Credentials};
use crate::credentials::timeouts::timeouts;

/// Fetches a set for the role that the profile names.
///
/// aws-config's provider for this ignores a profile's endpoint, so only its token provider is used.
pub(crate) async fn fetch(sdk: &Sdk, sso: &Sso) -> Result<Credentials, CredentialsError> {
    let refused = |source| CredentialsError::Login {
        profile: sso.profile.clone(),
        source,
    };
    let token = token(sdk, sso).await.map_err(refused)?;
    let answer = client(sdk, sso)
        .get_role_credentials()
        .account_id(&sso.account_id)
        .role_name(&sso.role_name)
        .access_token(token.token())
        .send()
        .await
        .map_err(|error| refused(refusal(sso, error)))?;
    answer
        .role_credentials()
        .ok_or_else(no_set)
        .and_then(|set| credentials(set, &sso.account_id))
        .map_err(refused)
}

/// The token that `aws sso login` saved, renewed if it expires soon. It is found by the session's
/// name, or without one by the start URL.
async fn token(sdk: &Sdk, sso: &Sso) -> Result<Token, LoginError> {
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .http_client(sdk.http.clone())
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .time_source(SharedTimeSource::new(SystemTimeSource::new()))
        .retry_config(RetryConfig::standard())
        .timeout_config(timeouts())
        .use_fips(sdk.endpoints.sso_oidc.variant().fips)
        .use_dual_stack(sdk.endpoints.sso_oidc.variant().dual_stack);
    config.set_endpoint_url(sdk.endpoints.sso_oidc.url().map(str::to_owned));
    let provider = SsoTokenProvider::builder()
        .configure(&config.build())
        .session_name(sso.session.as_ref().unwrap_or(&sso.start_url))
        .start_url(&sso.start_url)
        .region(Region::new(sso.region.clone()))
        .build()
        .await;
    let token = provider.provide_token().await;
    token.map_err(|error| {
        let reason = sdk_provider::reason(&error);
        match sdk_provider::is_out_of_reach(&error) {
            true => unreachable(reason),
            false => LoginError::SsoLogin(reason),
        }
    })
}

fn client(sdk: &Sdk, sso: &Sso) -> Client {
    let mut config = aws_sdk_sso::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(sso.region.clone()))
        .http_client(sdk.http.clone())
        .sleep_impl(TokioSleep::new())
        .retry_config(RetryConfig::standard())
        .timeout_config(timeouts())
        .use_fips(sdk.endpoints.sso.variant().fips)
        .use_dual_stack(sdk.endpoints.sso.variant().dual_stack);
    config.set_endpoint_url(sdk.endpoints.sso.url().map(str::to_owned));
    Client::from_conf(config.build())
}

fn no_set() -> LoginError {
    LoginError::Sso("the response has no credentials".to_owned())
}

fn credentials(set: &RoleCredentials, account_id: &str) -> Result<Credentials, LoginError> {
    let end = SystemTime::try_from(DateTime::from_millis(set.expiration()));
    Credentials::new(CredentialValues {
        access_key_id: set.access_key_id().ok_or_else(no_set)?.to_owned(),
        secret_access_key: set.secret_access_key().ok_or_else(no_set)?.into(),
        session_token: set.session_token().map(Into::into),
        expiration: Some(end.map_err(|_| no_set())?),
        account_id: Some(account_id.to_owned()),
    })
    .map_err(LoginError::Unusable)
}

fn unreachable(reason: String) -> LoginError {
    LoginError::Unreachable {
        service: "IAM Identity Center",
        reason,
    }
}

fn refusal(sso: &Sso, error: SdkError<GetRoleCredentialsError, HttpResponse>) -> LoginError {
    match error.as_service_error().and_then(|error| error.code()) {
        Some("ForbiddenException" | "ResourceNotFoundException") => LoginError::NoAccess {
            role: sso.role_name.clone(),
            account: sso.account_id.clone(),
        },
        Some("UnauthorizedException") => LoginError::SsoLogin(sdk_provider::reason(&error)),
        None if sdk_provider::is_out_of_reach(&error) => unreachable(sdk_provider::reason(&error)),
        _ => LoginError::Sso(sdk_provider::reason(&error)),
    }
}

/// The set that `aws login` saved for `session`.
pub(crate) async fn fetch_login(
    sdk: &Sdk,
    profile: &str,
    session: &str,
) -> Result<Credentials, CredentialsError> {
    let provider = LoginCredentialsProvider::builder(session)
        .configure(&sdk.provider_config())
        .build();
    let set = provider.provide_credentials().await;
    set.map_err(|error| login_error(&error))
        .and_then(|set| sdk_provider::credentials(&set).map_err(LoginError::Unusable))
        .map_err(|source| CredentialsError::Login {
            profile: profile.to_owned(),
            source,
        })
}

fn login_error(error: &(dyn std::error::Error + 'static)) -> LoginError {
    let reason = sdk_provider::reason(error);
    if sdk_provider::is_out_of_reach(error) {
        LoginError::Unreachable {
            service: "AWS Sign-In",
            reason,
        }
    } else {
        LoginError::Login(reason)
    }
}
