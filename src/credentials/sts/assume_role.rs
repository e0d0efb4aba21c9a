//! `AssumeRole`: a set for another role.

use std::time::SystemTime;

use aws_sdk_sts::types::{PolicyDescriptorType, Tag};

use super::client::{Sts, partition};
use super::role::Role;
use crate::credentials::error::CredentialsError;
use crate::credentials::set::{self, CredentialValues, Credentials, Field};
use crate::credentials::sts::error::StsError;
use crate::credentials::sts::mfa::MfaProof;
use crate::timestamp::iso8601;

/// A role's set, and the ARN of its session.
pub(crate) struct Assumed {
    pub(crate) credentials: Credentials,
    pub(crate) session_arn: Option<String>,
}

/// Assumes `role` with the set `with`.
pub(crate) async fn assume(
    sts: &Sts,
    role: &Role,
    with: &Credentials,
    mfa: Option<&MfaProof>,
) -> Result<Assumed, CredentialsError> {
    let call = format!("AssumeRole of {}", role.arn);
    let output = sts
        .client(with, partition(&role.arn))
        .assume_role()
        .role_arn(&role.arn)
        .role_session_name(session_name(
            role.session_name.as_deref(),
            SystemTime::now(),
        ))
        .set_external_id(role.external_id.clone())
        .set_duration_seconds(
            role.duration
                .and_then(|seconds| i32::try_from(seconds).ok()),
        )
        .set_policy(role.policy.clone())
        .set_policy_arns(policy_arns(role))
        .set_tags(tags(role))
        .set_transitive_tag_keys(non_empty(role.transitive_tag_keys.clone()))
        .set_source_identity(role.source_identity.clone())
        .set_serial_number(mfa.map(|proof| proof.serial.clone()))
        .set_token_code(mfa.map(|proof| proof.code()))
        .send()
        .await
        .map_err(|error| sts.failure(call.as_str(), error, Some(with)))?;
    let arn = output.assumed_role_user.map(|user| user.arn);
    assumed(call, output.credentials, arn)
}

/// The response to `call`, if all of it can be used.
pub(crate) fn assumed(
    call: String,
    set: Option<aws_sdk_sts::types::Credentials>,
    session_arn: Option<String>,
) -> Result<Assumed, CredentialsError> {
    let checked = match &session_arn {
        Some(arn) => set::check(Field::Arn, arn).map_err(StsError::Unusable),
        None => Ok(()),
    };
    match checked.and_then(|()| credentials(set, session_arn.as_deref())) {
        Ok(credentials) => Ok(Assumed {
            credentials,
            session_arn,
        }),
        Err(source) => Err(CredentialsError::Sts { call, source }),
    }
}

/// Converts a set from STS into our own type.
///
/// # Errors
/// The set is missing, its time is out of range, or a value is one that no set can have.
pub(crate) fn credentials(
    set: Option<aws_sdk_sts::types::Credentials>,
    session_arn: Option<&str>,
) -> Result<Credentials, StsError> {
    let set = set.ok_or(StsError::Answer { status: None })?;
    let end = set
        .expiration
        .try_into()
        .map_err(|_| StsError::Answer { status: None })?;
    Credentials::new(CredentialValues {
        access_key_id: set.access_key_id,
        secret_access_key: set.secret_access_key.into(),
        session_token: Some(set.session_token.into()),
        expiration: Some(end),
        account_id: session_arn
            .and_then(|arn| arn.split(':').nth(4))
            .filter(|account| !account.is_empty())
            .map(str::to_owned),
    })
    .map_err(StsError::Unusable)
}

/// `credrun-` and the time in UTC, as in `credrun-20261124081500`, unless a name is given.
pub(crate) fn session_name(given: Option<&str>, now: SystemTime) -> String {
    if let Some(name) = given {
        return name.to_owned();
    }
    let digits: String = iso8601(now).chars().filter(char::is_ascii_digit).collect();
    format!("credrun-{digits}")
}

fn policy_arns(role: &Role) -> Option<Vec<PolicyDescriptorType>> {
    let descriptors = role
        .policy_arns
        .iter()
        .map(|arn| PolicyDescriptorType::builder().arn(arn).build())
        .collect();
    non_empty(descriptors)
}

fn tags(role: &Role) -> Option<Vec<Tag>> {
    // Both parts are always set; the builder cannot know that.
    let tags = role
        .tags
        .iter()
        .filter_map(|tag| Tag::builder().key(&tag.key).value(&tag.value).build().ok())
        .collect();
    non_empty(tags)
}

fn non_empty<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_default_session_name_is_the_time_in_utc() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_508_100_250);
        assert_eq!(session_name(None, now), "credrun-20261124081500");
        assert_eq!(session_name(Some("me"), now), "me");
    }
}
