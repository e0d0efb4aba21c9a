//! Profiles that a person logs in to: IAM Identity Center (`aws sso login`), `aws login`.
//!
//! aws-config reads and renews the token that the AWS CLI left in its cache below the home
//! directory. Without one, the message is the command to type.

use aws_config::login::LoginCredentialsProvider;
use aws_config::sso::SsoCredentialsProvider;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_types::region::Region;

use super::Credentials;
use super::error::CredentialsError;
use super::profile::Sso;
use super::sdk_provider::{self, Sdk};
use super::set::UnusableValue;

/// Why a log-in is of no use.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// Nobody has logged in, or that was too long ago.
    #[error("nobody is logged in: {0}")]
    SsoLogin(String),
    /// The log-in holds, and does not give this role.
    #[error("the log-in has no access to role {role} in account {account}")]
    NoAccess {
        /// The role.
        role: String,
        /// The account.
        account: String,
    },
    /// Identity Center could not be asked.
    #[error("IAM Identity Center did not answer: {0}")]
    Sso(String),
    /// No set can have what was answered.
    #[error("the {} in the answer {}", .0.field.member(), .0.flaw)]
    Unusable(UnusableValue),
    /// `aws login` was not run, or that was too long ago.
    #[error("nobody is logged in: {0}")]
    Login(String),
}

impl LoginError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self, profile: &str) -> String {
        match self {
            Self::SsoLogin(_) => format!("aws sso login --profile {profile}"),
            Self::NoAccess { .. } => format!(
                "check sso_account_id and sso_role_name of profile {profile:?}, or ask for the permission set"
            ),
            Self::Sso(_) => {
                format!("check sso_region of profile {profile:?}, and the way to the internet")
            }
            Self::Unusable(_) => format!(
                "log in again for profile {profile:?}; a proxy between here and AWS may change answers"
            ),
            Self::Login(_) => format!("aws login --profile {profile}"),
        }
    }
}

/// A set of the role that the profile names.
pub(crate) async fn fetch(sdk: &Sdk, sso: &Sso) -> Result<Credentials, CredentialsError> {
    let mut provider = SsoCredentialsProvider::builder()
        .configure(&sdk.provider_config())
        .account_id(&sso.account_id)
        .role_name(&sso.role_name)
        .start_url(&sso.start_url)
        .region(Region::new(sso.region.clone()));
    provider.set_session_name(sso.session.clone());
    let set = provider.build().provide_credentials().await;
    set.map_err(|error| sso_error(sso, &error))
        .and_then(|set| sdk_provider::credentials(&set).map_err(LoginError::Unusable))
        .map_err(|source| CredentialsError::Login {
            profile: sso.profile.clone(),
            source,
        })
}

/// The provider's error types are private; what they say is all there is to go by.
fn sso_error(sso: &Sso, error: &(dyn std::error::Error + 'static)) -> LoginError {
    let chain = sdk_provider::whole_chain(error);
    let reason = sdk_provider::reason(error);
    let says = |words: &[&str]| words.iter().any(|word| chain.contains(word));
    if says(&["ForbiddenException", "ResourceNotFoundException"]) {
        LoginError::NoAccess {
            role: sso.role_name.clone(),
            account: sso.account_id.clone(),
        }
    } else if says(&["UnauthorizedException", "token", "No such file"]) {
        LoginError::SsoLogin(reason)
    } else {
        LoginError::Sso(reason)
    }
}

/// The set that `aws login` left for `session`.
pub(crate) async fn fetch_login(
    sdk: &Sdk,
    profile: &str,
    session: &str,
) -> Result<Credentials, CredentialsError> {
    let provider = LoginCredentialsProvider::builder(session)
        .configure(&sdk.provider_config())
        .build();
    let set = provider.provide_credentials().await;
    set.map_err(|error| LoginError::Login(sdk_provider::reason(&error)))
        .and_then(|set| sdk_provider::credentials(&set).map_err(LoginError::Unusable))
        .map_err(|source| CredentialsError::Login {
            profile: profile.to_owned(),
            source,
        })
}
