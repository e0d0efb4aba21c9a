//! Where a set comes from, in the words shown to the user.

use std::fmt;

/// The name of EC2's instance metadata service in a list of sources.
pub(crate) const INSTANCE_METADATA: &str = "EC2 instance metadata";

/// Where a set came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// `AWS_ACCESS_KEY_ID` and its companions.
    Environment,
    /// The container endpoint of AWS CloudShell.
    CloudShell,
    /// Another container endpoint (ECS, EKS), by its URL without the query.
    ContainerEndpoint(String),
    /// The instance metadata service of EC2.
    InstanceMetadata,
    /// A profile of the shared config files.
    Profile {
        /// The profile that holds the keys, or names their source.
        name: String,
        /// How it provides them.
        kind: ProfileKind,
    },
    /// A web identity token that the environment names.
    WebIdentity,
    /// `GetSessionToken` on top of long-lived keys.
    Session {
        of: Box<Origin>,
        /// Whether it was obtained with an MFA code. If not, AWS refuses calls to IAM with it.
        mfa: bool,
    },
    /// `AssumeRole` on top of another set.
    Role {
        arn: String,
        /// What the role was assumed with.
        via: Box<Origin>,
    },
}

/// How a profile provides credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProfileKind {
    /// `aws_access_key_id` and its companions.
    Keys,
    /// `credential_process`.
    Process,
    Sso,
    /// `aws login`.
    Login,
    /// `web_identity_token_file`.
    WebIdentity,
}

impl Origin {
    /// The origin of a set of the role `arn`, assumed with a set of this origin.
    pub(crate) fn role(self, arn: &str) -> Self {
        // What is between the user's keys and the role does not matter to the user.
        let via = match self {
            Self::Session { of, .. } => of,
            other => Box::new(other),
        };
        Self::Role {
            arn: arn.to_owned(),
            via,
        }
    }

    /// Whether the source returns the same set to every client until it replaces it, so that asking
    /// again returns the same set. All other sources make a new one for each request.
    #[must_use]
    pub fn rotates(&self) -> bool {
        matches!(
            self,
            Self::CloudShell | Self::ContainerEndpoint(_) | Self::InstanceMetadata
        )
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment => f.write_str("environment"),
            Self::CloudShell => f.write_str("CloudShell"),
            Self::ContainerEndpoint(url) => write!(f, "container endpoint {url}"),
            Self::InstanceMetadata => f.write_str(INSTANCE_METADATA),
            Self::Profile { name, kind } => match kind {
                ProfileKind::Keys => write!(f, "profile {name:?}"),
                ProfileKind::Process => write!(f, "profile {name:?} (credential_process)"),
                ProfileKind::Sso => write!(f, "profile {name:?} (SSO)"),
                ProfileKind::Login => write!(f, "profile {name:?} (aws login)"),
                ProfileKind::WebIdentity => write!(f, "profile {name:?} (web identity)"),
            },
            Self::WebIdentity => f.write_str("web identity"),
            Self::Session { of, mfa: false } => write!(f, "session of {of}"),
            Self::Session { of, mfa: true } => write!(f, "MFA session of {of}"),
            Self::Role { arn, via } => write!(f, "role {arn} via {via}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_reads_from_the_last_role_back_to_its_source() {
        let via = Origin::Role {
            arn: "arn:aws:iam::111122223333:role/hub".to_owned(),
            via: Box::new(Origin::CloudShell),
        };
        let origin = Origin::Role {
            arn: "arn:aws:iam::444455556666:role/spoke".to_owned(),
            via: Box::new(via),
        };
        assert_eq!(
            origin.to_string(),
            "role arn:aws:iam::444455556666:role/spoke via role arn:aws:iam::111122223333:role/hub via CloudShell"
        );
    }

    #[test]
    fn a_role_does_not_rotate_although_its_source_does() {
        let role = Origin::Role {
            arn: String::new(),
            via: Box::new(Origin::CloudShell),
        };
        assert!(Origin::CloudShell.rotates());
        assert!(!role.rotates());
    }
}
