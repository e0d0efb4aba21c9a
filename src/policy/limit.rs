//! How long a policy may be.

use std::fmt;

/// For what the policy is. The numbers are IAM's quotas, in characters without white space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// A managed policy.
    Managed,
    /// All inline policies of a role together.
    OfRole,
    /// A session policy. STS counts a packed form, too, and tells how full it is only in the answer.
    Session,
}

impl Limit {
    pub(crate) fn characters(self) -> usize {
        match self {
            Self::Managed => 6_144,
            Self::OfRole => 10_240,
            Self::Session => 2_048,
        }
    }

    /// Nobody reads a session policy, and each letter counts.
    pub(super) fn with_names(self) -> bool {
        self != Self::Session
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Managed => "a managed policy",
            Self::OfRole => "the inline policies of a role",
            Self::Session => "a session policy",
        })
    }
}
