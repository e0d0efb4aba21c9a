//! Keys in the environment: `AWS_ACCESS_KEY_ID` and its companions.
//!
//! Half a pair is an error, as in the AWS CLI: with the next source, users who believe that they
//! have set their own credentials would get other ones.

use std::time::SystemTime;

use crate::credentials::error::CredentialsError;
use crate::credentials::set::{CredentialValues, Credentials, Field, Flaw, UnusableValue};
use crate::timestamp;
use crate::vars::{self, Environment};

/// Refuses half a pair.
pub(crate) fn check(environment: &Environment) -> Result<(), CredentialsError> {
    let key = environment.non_empty(vars::AWS_ACCESS_KEY_ID).is_some();
    let secret = environment.non_empty(vars::AWS_SECRET_ACCESS_KEY).is_some();
    let (present, missing) = match (key, secret) {
        (true, false) => (vars::AWS_ACCESS_KEY_ID, vars::AWS_SECRET_ACCESS_KEY),
        (false, true) => (vars::AWS_SECRET_ACCESS_KEY, vars::AWS_ACCESS_KEY_ID),
        _ => return Ok(()),
    };
    Err(CredentialsError::HalfAPair { present, missing })
}

/// The set in the environment, if there is one.
pub(crate) fn read(environment: &Environment) -> Result<Option<Credentials>, CredentialsError> {
    check(environment)?;
    let (Some(access_key_id), Some(secret)) = (
        environment.non_empty(vars::AWS_ACCESS_KEY_ID),
        environment.non_empty(vars::AWS_SECRET_ACCESS_KEY),
    ) else {
        return Ok(None);
    };
    // botocore reads the older spelling too; most people set the newer one.
    let token = [vars::AWS_SESSION_TOKEN, vars::AWS_SECURITY_TOKEN]
        .into_iter()
        .find_map(|name| Some((name, environment.non_empty(name)?)));
    let (token_name, session_token) = token.unzip();
    let expiration = environment
        .non_empty(vars::AWS_CREDENTIAL_EXPIRATION)
        .map(|text| expiration(&text))
        .transpose()?;
    let set = Credentials::new(CredentialValues {
        access_key_id,
        secret_access_key: secret.into(),
        session_token: session_token.map(Into::into),
        expiration,
        account_id: environment.non_empty(vars::AWS_ACCOUNT_ID),
    });
    let set = set.map_err(|UnusableValue { field, flaw }| CredentialsError::Variable {
        name: match field {
            Field::SecretAccessKey => vars::AWS_SECRET_ACCESS_KEY,
            Field::SessionToken => token_name.unwrap_or(vars::AWS_SESSION_TOKEN),
            Field::AccountId => vars::AWS_ACCOUNT_ID,
            Field::AccessKeyId | Field::Arn | Field::UserId => vars::AWS_ACCESS_KEY_ID,
        },
        problem: flaw.to_string(),
        hint: "set it again without that, or unset it and the variables that belong to it to use another source",
    })?;
    Ok(Some(set))
}

fn expiration(text: &str) -> Result<SystemTime, CredentialsError> {
    timestamp::parse(text).ok_or_else(|| CredentialsError::Variable {
        name: vars::AWS_CREDENTIAL_EXPIRATION,
        problem: match Flaw::of(text) {
            Some(flaw) => flaw.to_string(),
            None => "is not a time".to_owned(),
        },
        hint: "write it as 2030-01-01T00:00:00Z, or unset it",
    })
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_whole_set_is_read_with_its_expiration_and_account() {
        let set = read(&Environment::fixed([
            (vars::AWS_ACCESS_KEY_ID, "ASIA"),
            (vars::AWS_SECRET_ACCESS_KEY, "secret"),
            (vars::AWS_SESSION_TOKEN, "token"),
            (vars::AWS_CREDENTIAL_EXPIRATION, "2030-01-01T00:00:00Z"),
            (vars::AWS_ACCOUNT_ID, "123456789012"),
        ]))
        .expect("valid")
        .expect("a set");
        let token = set.session_token.as_ref().expect("a token");
        assert_eq!(token.expose_secret(), "token");
        assert_eq!(set.expiration, timestamp::parse("2030-01-01T00:00:00Z"));
        assert_eq!(set.account_id.as_deref(), Some("123456789012"));
    }

    #[test]
    fn empty_variables_are_no_set() {
        let empty = Environment::fixed([
            (vars::AWS_ACCESS_KEY_ID, ""),
            (vars::AWS_SECRET_ACCESS_KEY, ""),
        ]);
        assert!(read(&empty).expect("valid").is_none());
    }

    #[test]
    fn half_a_pair_is_refused_by_name() {
        let half = Environment::fixed([(vars::AWS_SECRET_ACCESS_KEY, "hush")]);
        let error = read(&half).expect_err("refused");
        assert_eq!(
            error.to_string(),
            "AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not"
        );
        assert!(!format!("{error:?}").contains("hush"));
    }

    #[test]
    fn an_expiration_that_is_no_time_is_refused() {
        let error = read(&Environment::fixed([
            (vars::AWS_ACCESS_KEY_ID, "ASIA"),
            (vars::AWS_SECRET_ACCESS_KEY, "secret"),
            (vars::AWS_CREDENTIAL_EXPIRATION, "1700000000"),
        ]))
        .expect_err("refused");
        assert!(error.to_string().contains("AWS_CREDENTIAL_EXPIRATION"));
    }

    #[test]
    fn a_value_that_no_set_can_have_is_told_by_its_variable() {
        let all = [
            vars::AWS_ACCESS_KEY_ID,
            vars::AWS_SECRET_ACCESS_KEY,
            vars::AWS_SESSION_TOKEN,
            vars::AWS_SECURITY_TOKEN,
            vars::AWS_CREDENTIAL_EXPIRATION,
            vars::AWS_ACCOUNT_ID,
        ];
        for wrong in all {
            let value = |name| {
                let right = match name {
                    vars::AWS_CREDENTIAL_EXPIRATION => "2030-01-01T00:00:00Z",
                    // The older spelling is read only if the newer one is not set.
                    vars::AWS_SESSION_TOKEN if wrong == vars::AWS_SECURITY_TOKEN => "",
                    _ => "hush",
                };
                let slip = if name == wrong { "\r" } else { "" };
                format!("{right}{slip}")
            };
            let set = all.map(|name| (name, value(name)));
            let set = set.each_ref().map(|(name, value)| (*name, value.as_str()));
            let error = read(&Environment::fixed(set)).expect_err(wrong);
            let said = format!(
                "{wrong} contains a carriage return (was it copied from a file with Windows line endings?)"
            );
            assert_eq!(error.to_string(), said);
            assert!(!format!("{error:?}").contains("hush"));
        }
    }
}
