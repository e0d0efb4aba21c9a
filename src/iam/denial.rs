//! What AWS says of a call that it denies: which action on which resource, and which kind of policy is
//! the reason.

use serde::{Deserialize, Serialize};

/// A denial, from the text of AWS's error. The action that AWS names can be another than the
/// operation's: `iam:PassRole`, `kms:Decrypt`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Denial {
    pub action: Option<String>,
    pub resource: Option<String>,
    /// The kind of the policy. None where AWS does not say it.
    pub policy: Option<PolicyKind>,
    /// A policy of this kind denies it. Else none of the kind allows it.
    pub is_explicit: bool,
    /// The ARN of the policy that denies it, where AWS names it.
    pub policy_arn: Option<String>,
}

/// The kinds of policies that AWS names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyKind {
    IdentityBased,
    ResourceBased,
    Session,
    PermissionsBoundary,
    ServiceControl,
    ResourceControl,
    VpcEndpoint,
}
