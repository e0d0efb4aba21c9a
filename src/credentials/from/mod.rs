//! The kinds of source of credentials, one module each, and what they share.

pub(crate) mod container_endpoint;
pub(crate) mod credential_process;
pub(crate) mod environment;
pub(crate) mod imds;
pub(crate) mod login_error;
pub(crate) mod profile;
pub(crate) mod sdk_provider;
pub(crate) mod sso;
pub(crate) mod sso_settings;
pub(crate) mod web_identity;
