//! Why a role cannot be created as requested.

use crate::credentials::CredentialsError;
use crate::policy::error::PolicyError;

/// Why a role cannot be created as requested.
#[derive(Debug, thiserror::Error)]
pub enum RoleTemplateError {
    /// Neither actions nor managed policies were given.
    #[error("the role would have no rights")]
    NoRights,
    /// An `--action` is not an IAM action.
    #[error("{0:?} is not an IAM action")]
    Action(String),
    /// A `--managed-policy` is not the ARN of a managed policy.
    #[error("{0:?} is not the ARN of a managed policy")]
    ManagedPolicy(String),
    /// The principal cannot be trusted by a role.
    #[error("{0:?} is not the ARN of a principal that can assume a role")]
    Principal(String),
    /// Without `--trusted-principal`, the role trusts the caller, who is not logged in.
    #[error("the role would trust you, and credrun cannot tell who you are")]
    Nobody(#[source] Box<CredentialsError>),
    /// IAM would refuse the name.
    #[error("{0:?} is not a role name")]
    RoleName(String),
    /// The role's own policy would be too large.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

impl RoleTemplateError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoRights => {
                "give --action SERVICE:NAME, --managed-policy ARN or --from RECORD, each as often as needed"
            }
            Self::Action(_) => "an action is SERVICE:NAME, as in s3:GetObject or ec2:Describe*",
            Self::ManagedPolicy(_) => {
                "it looks like arn:aws:iam::aws:policy/ReadOnlyAccess or \
                 arn:aws:iam::123456789012:policy/NAME"
            }
            Self::Principal(_) => {
                "it looks like arn:aws:iam::123456789012:user/NAME, …:role/NAME, …:root or \
                 arn:aws:sts::123456789012:assumed-role/NAME/SESSION"
            }
            Self::Nobody(_) => {
                "--trusted-principal ARN names who can assume the role, and needs no login"
            }
            Self::Policy(error) => return error.hint(),
            Self::RoleName(_) => "a role name has 1 to 64 letters, digits and +=,.@_-",
        };
        Some(hint.to_owned())
    }
}
