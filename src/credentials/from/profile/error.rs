//! What can be wrong with a profile.

use crate::credentials::set::UnusableValue;

/// What is wrong with a profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// It is not defined.
    #[error("there is no such profile")]
    Missing {
        /// The profiles that there are.
        existing: Vec<String>,
        /// The variable that names it, if it is one.
        variable: Option<&'static str>,
    },
    /// `source_profile` names one that is not defined.
    #[error("its source_profile {name:?} does not exist")]
    MissingSource {
        /// The profile that is missing.
        name: String,
    },
    /// `source_profile` leads back.
    #[error("its source_profile leads in a circle: {}", .0.join(" -> "))]
    Loop(Vec<String>),
    /// `role_arn` alone.
    #[error(
        "it has a role_arn, and neither source_profile nor credential_source to assume it with"
    )]
    NoSource,
    /// Both.
    #[error("it has both source_profile and credential_source")]
    TwoSources,
    /// `credential_source` names none that AWS knows.
    #[error(
        "its credential_source {0:?} is none of Environment, EcsContainer, Ec2InstanceMetadata"
    )]
    UnknownSource(String),
    /// The `credential_source` has nothing.
    #[error("its credential_source {name} has no credentials: {reason}")]
    EmptySource {
        /// The source.
        name: String,
        /// Why it has none.
        reason: String,
    },
    /// A further profile in the chain says nothing about credentials.
    #[error("it is the source of another profile and says nothing about credentials")]
    NothingInSource,
    /// One key needs another.
    #[error("it has {present}, but no {missing}")]
    Half {
        /// The key that is there.
        present: &'static str,
        /// The key that is not.
        missing: &'static str,
    },
    /// A file has one half of a key pair, whatever the other file has.
    #[error("it has {present} in the {file} file, but no {missing} there")]
    HalfInFile {
        /// The key that is there.
        present: &'static str,
        /// The key that is not.
        missing: &'static str,
        /// The file.
        file: &'static str,
    },
    /// `sso_session` names a section that is not defined.
    #[error("its sso_session {0:?} has no section [sso-session {0}]")]
    NoSsoSession(String),
    /// The profile and its `[sso-session]` say two things.
    #[error("its {key} is {of_profile:?}, and that of [sso-session {session}] is {of_session:?}")]
    Contradiction {
        /// The key.
        key: &'static str,
        /// The session.
        session: String,
        /// The profile's value.
        of_profile: String,
        /// The session's.
        of_session: String,
    },
    /// `services` names a section that is not defined.
    #[error("its services {0:?} has no section [services {0}]")]
    NoServices(String),
    /// No set of credentials can have such a value.
    #[error("its {} {}", .0.field.setting(), .0.flaw)]
    Unusable(#[from] UnusableValue),
    /// A value is malformed.
    #[error("its {key} is wrong: {problem}")]
    Value {
        /// The key.
        key: &'static str,
        /// What is wrong.
        problem: String,
    },
}

impl ProfileError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Missing { existing, variable } => {
                let there_is = if existing.is_empty() {
                    "there are no profiles; `aws configure sso` or `aws configure` makes one"
                        .to_owned()
                } else {
                    format!("there is {}", existing.join(", "))
                };
                Some(match variable {
                    Some(name) => format!("{name} names it; {there_is}"),
                    None => there_is,
                })
            }
            Self::NoSource | Self::TwoSources => {
                Some("give it one of source_profile and credential_source".to_owned())
            }
            Self::Half { missing, .. } => Some(format!("add {missing} to the profile")),
            Self::HalfInFile { missing, .. } => Some(format!(
                "keys are taken from one file: write {missing} beside the other"
            )),
            _ => None,
        }
    }
}
