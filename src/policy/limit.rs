//! How long a policy may be.

use std::fmt;

/// For what the policy is. The numbers are IAM's quotas, in characters without white space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    ManagedPolicy,
    /// All inline policies of a role together.
    RolePolicy,
    /// STS counts a packed form, too, and tells how full it is only in the answer.
    SessionPolicy,
}

impl Limit {
    pub(crate) fn characters(self) -> usize {
        match self {
            Self::ManagedPolicy => 6_144,
            Self::RolePolicy => 10_240,
            Self::SessionPolicy => 2_048,
        }
    }

    /// Nobody reads a session policy, and each letter counts.
    pub(super) fn with_names(self) -> bool {
        self != Self::SessionPolicy
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::ManagedPolicy => "a managed policy",
            Self::RolePolicy => "the inline policies of a role",
            Self::SessionPolicy => "a session policy",
        })
    }
}
