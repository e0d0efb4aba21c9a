//! `GetCallerIdentity`: the identity behind a set. Every identity may call it.

use super::client::Sts;
use crate::credentials::error::CredentialsError;
use crate::credentials::set::{self, Credentials, Field, Flaw, UnusableValue};
use crate::credentials::sts::error::StsError;

const CALL: &str = "GetCallerIdentity";

/// The identity behind a set.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct CallerIdentity {
    pub account: String,
    /// The user, role session or root.
    pub arn: String,
    /// The identity's unique ID.
    pub user_id: String,
}

pub(crate) async fn of(sts: &Sts, with: &Credentials) -> Result<CallerIdentity, CredentialsError> {
    let output = sts
        .client(with, None)
        .get_caller_identity()
        .send()
        .await
        .map_err(|error| sts.failure(CALL, error, Some(with)))?;
    let said = |field, value: Option<String>| {
        let value = value.unwrap_or_default();
        match set::check(field, &value) {
            // Emulators of STS may leave one out.
            Ok(())
            | Err(UnusableValue {
                flaw: Flaw::Empty, ..
            }) => Ok(value),
            Err(error) => Err(CredentialsError::Sts {
                call: CALL.to_owned(),
                source: StsError::Unusable(error),
            }),
        }
    };
    Ok(CallerIdentity {
        account: said(Field::AccountId, output.account)?,
        arn: said(Field::Arn, output.arn)?,
        user_id: said(Field::UserId, output.user_id)?,
    })
}
