//! Why a log-in gave nothing.

use crate::credentials::set::UnusableValue;

/// Why a log-in is of no use.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// Nobody has logged in, or that was too long ago.
    #[error("you are not logged in: {0}")]
    SsoLogin(String),
    /// The log-in holds, and does not give this role.
    #[error("your login has no access to role {role} in account {account}")]
    NoAccess { role: String, account: String },
    /// Whoever is to be asked is out of reach.
    #[error("{service} could not be reached: {reason}")]
    Unreachable {
        service: &'static str,
        reason: String,
    },
    /// Identity Center could not be asked.
    #[error("IAM Identity Center did not return credentials: {0}")]
    Sso(String),
    /// No set can have what was answered.
    #[error("the {} in the response {}", .0.field.member(), .0.flaw)]
    Unusable(UnusableValue),
    /// `aws login` was not run, or that was too long ago.
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
