//! What can be wrong with a profile.

use crate::credentials::set::UnusableValue;

/// What is wrong with a profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// The profile is not defined.
    #[error("no such profile")]
    Missing {
        /// The profiles that there are.
        existing: Vec<String>,
        /// The variable that names it, if one does.
        variable: Option<&'static str>,
    },
    /// `source_profile` names a profile that is not defined.
    #[error("its source_profile {name:?} does not exist")]
    MissingSource {
        /// The profile that is missing.
        name: String,
    },
    /// `source_profile` forms a loop.
    #[error("its source_profile leads back to itself: {}", .0.join(" -> "))]
    Loop(Vec<String>),
    /// `role_arn` without a source.
    #[error("it has a role_arn, but neither source_profile nor credential_source")]
    NoSource,
    #[error("it has both source_profile and credential_source")]
    TwoSources,
    /// `credential_source` is not one that AWS knows.
    #[error("its credential_source {0:?} is not Environment, EcsContainer or Ec2InstanceMetadata")]
    UnknownSource(String),
    /// The `credential_source` has no credentials.
    #[error("its credential_source {name} has no credentials: {reason}")]
    EmptySource {
        name: String,
        /// Why it has none.
        reason: String,
    },
    /// The profile has no settings for credentials, and they are asked for.
    #[error("it has no settings for credentials")]
    NoSettings { name: String },
    /// A further profile in the chain has no settings for credentials.
    #[error("it is the source_profile of another profile, but has no settings for credentials")]
    NothingInSource,
    /// A key is missing its counterpart.
    #[error("it has {present}, but no {missing}")]
    Half {
        /// The key that is there.
        present: &'static str,
        /// The key that is not.
        missing: &'static str,
    },
    /// A file has only one half of a key pair, whatever the other file has.
    #[error("it has {present} in the {file} file, but no {missing} there")]
    HalfInFile {
        /// The key that is there.
        present: &'static str,
        /// The key that is not.
        missing: &'static str,
        file: &'static str,
    },
    /// `sso_session` names a section that is not defined.
    #[error("its sso_session is {0:?}, but there is no section [sso-session {0}]")]
    NoSsoSession(String),
    /// The profile and its `[sso-session]` contradict each other.
    #[error("its {key} is {of_profile:?}, but that of [sso-session {session}] is {of_session:?}")]
    Contradiction {
        key: &'static str,
        session: String,
        of_profile: String,
        of_session: String,
    },
    /// `services` names a section that is not defined.
    #[error("its services is {0:?}, but there is no section [services {0}]")]
    NoServices(String),
    /// A value that no set of credentials can have.
    #[error("its {} {}", .0.field.setting(), .0.flaw)]
    Unusable(UnusableValue),
    /// A value is malformed.
    #[error("its {key} is invalid: {problem}")]
    Value { key: &'static str, problem: String },
}

impl ProfileError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Missing { existing, variable } => {
                let there_is = if existing.is_empty() {
                    "there are no profiles; `aws configure sso` or `aws configure` creates one"
                        .to_owned()
                } else {
                    format!("the profiles are: {}", existing.join(", "))
                };
                Some(match variable {
                    Some(name) => format!("{name} names it; {there_is}"),
                    None => there_is,
                })
            }
            Self::NoSettings { name } => Some(format!(
                "`aws configure sso --profile {name}` or `aws login --profile {name}` adds them"
            )),
            Self::NoSource | Self::TwoSources => {
                Some("set one of source_profile and credential_source".to_owned())
            }
            Self::Half { missing, .. } => Some(format!("add {missing} to the profile")),
            Self::HalfInFile { missing, .. } => Some(format!(
                "both keys must be in the same file: add {missing} there"
            )),
            _ => None,
        }
    }
}
