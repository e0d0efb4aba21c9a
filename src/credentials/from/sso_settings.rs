//! A profile's settings for IAM Identity Center.

/// A profile's settings for IAM Identity Center.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sso {
    pub(crate) profile: String,
    pub(crate) account_id: String,
    pub(crate) role_name: String,
    pub(crate) start_url: String,
    pub(crate) region: String,
    pub(crate) session: Option<String>,
}
