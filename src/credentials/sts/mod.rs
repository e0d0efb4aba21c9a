//! Calls to STS: roles, sessions, MFA, the caller's identity.

pub(crate) mod assume_role;
pub(crate) mod caller_identity;
pub(crate) mod client;
pub(crate) mod error;
pub(crate) mod mfa;
pub(crate) mod role;
pub(crate) mod session_policy;
pub(crate) mod session_tags;
pub(crate) mod session_token;
