//! Logins for a pull: docker's lookup, credential helpers, Amazon ECR.

pub mod auth;
pub(crate) mod credential_helper;
pub mod ecr;

pub use credential_helper::HelperError;
