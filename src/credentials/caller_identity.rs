//! `GetCallerIdentity`: whose a set is. Every identity may ask it.

use super::Credentials;
use super::error::CredentialsError;
use super::sts::Sts;

/// Whose a set is.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct CallerIdentity {
    /// The account's number.
    pub account: String,
    /// The user, role session or root.
    pub arn: String,
    /// The identity's unique ID.
    pub user_id: String,
}

pub(crate) async fn of(sts: &Sts, set: &Credentials) -> Result<CallerIdentity, CredentialsError> {
    let output = sts
        .client(set, None)
        .get_caller_identity()
        .send()
        .await
        .map_err(|error| sts.failure("GetCallerIdentity", error, Some(set)))?;
    Ok(CallerIdentity {
        account: output.account.unwrap_or_default(),
        arn: output.arn.unwrap_or_default(),
        user_id: output.user_id.unwrap_or_default(),
    })
}
