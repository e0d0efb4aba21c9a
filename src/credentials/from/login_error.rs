//! Why a login returned no credentials.

use crate::credentials::set::UnusableValue;

/// Why a login cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// The user has not logged in, or the login has expired.
    #[error("you are not logged in: {0}")]
    SsoLogin(String),
    /// The login is valid, but has no access to this role.
    #[error("your login has no access to role {role} in account {account}")]
    NoAccess { role: String, account: String },
    /// The service cannot be reached.
    #[error("{service} could not be reached: {reason}")]
    Unreachable {
        service: &'static str,
        reason: String,
    },
    /// The request to Identity Center failed.
    #[error("IAM Identity Center did not return credentials: {0}")]
    Sso(String),
    /// The response holds a value that no set can have.
    #[error("the {} in the response {}", .0.field.member(), .0.flaw)]
    Unusable(UnusableValue),
    /// The user has not run `aws login`, or the login has expired.
    #[error("you are not logged in: {0}")]
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
            Self::Unreachable { .. } | Self::Sso(_) => {
                format!(
                    "check sso_region of profile {profile:?}, and that this machine can reach the internet"
                )
            }
            Self::Unusable(_) => format!(
                "log in again for profile {profile:?}; a proxy may be changing the responses from AWS"
            ),
            Self::Login(_) => format!("aws login --profile {profile}"),
        }
    }
}
