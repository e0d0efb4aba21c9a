//! `credential_process`: a command of a profile that prints a set.
//!
//! aws-config has a provider for it, which waits for ever and leaves the command running. The
//! output is JSON of `Version` 1: AWS SDKs and Tools reference, "Process credential provider".

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::command::{self, CommandError};
use super::config_file::Place;
use super::{Credentials, timestamp};
use crate::vars::{self, Environment};

/// Some of these commands open a browser and wait for a person.
const LIMIT: Duration = Duration::from_secs(60);

/// Between the names of a chain of profiles; no name has it.
const SEPARATOR: &str = "\n";

/// The profiles whose commands led here.
pub(crate) fn led_here(environment: &Environment) -> Vec<String> {
    let chain = environment.non_empty(vars::CREDRUN_PROFILE_CHAIN);
    let names = chain.iter().flat_map(|chain| chain.split(SEPARATOR));
    names.map(str::to_owned).collect()
}

/// A profile's `credential_process`.
#[derive(Debug, Clone)]
pub(crate) struct CredentialProcess {
    pub(crate) profile: String,
    pub(crate) place: Option<Place>,
    /// Its arguments may be secret.
    pub(crate) command: SecretString,
    pub(crate) account_id: Option<String>,
    /// The profiles whose commands led here, through `credrun export`.
    pub(crate) led_here: Vec<String>,
}

/// Why a `credential_process` gave no set. What it printed is never part of it.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// It failed.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// It runs credrun with the same profile again.
    #[error("it leads back to itself: {}", .0.join(" -> "))]
    Circle(Vec<String>),
    /// It printed nothing.
    #[error("it printed nothing")]
    Empty,
    /// It printed something else.
    #[error("it printed no JSON object of credentials")]
    NotJson,
    /// A field is missing.
    #[error("its output has no {0}")]
    Missing(&'static str),
    /// `Version` is another than 1.
    #[error("its output has a Version other than 1")]
    Version,
    /// `Expiration` is no time.
    #[error("the Expiration in its output is not a time")]
    Expiration,
}

impl ProcessError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Command(error) => error.hint(),
            Self::Circle(_) => Some("let the command use another --profile".to_owned()),
            _ => Some(
                r#"it must print {"Version":1,"AccessKeyId":…,"SecretAccessKey":…,"SessionToken":…,"Expiration":…} and nothing else on stdout"#
                    .to_owned(),
            ),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    version: Option<i64>,
    access_key_id: Option<String>,
    secret_access_key: Option<String>,
    session_token: Option<String>,
    expiration: Option<String>,
    account_id: Option<String>,
}

impl CredentialProcess {
    pub(crate) async fn fetch(&self) -> Result<Credentials, ProcessError> {
        self.fetch_within(LIMIT).await
    }

    async fn fetch_within(&self, limit: Duration) -> Result<Credentials, ProcessError> {
        let mut chain = self.led_here.clone();
        chain.push(self.profile.clone());
        if self.led_here.contains(&self.profile) {
            return Err(ProcessError::Circle(chain));
        }
        let variable = (vars::CREDRUN_PROFILE_CHAIN, chain.join(SEPARATOR));
        let output = command::run(self.command.expose_secret(), limit, Some(variable)).await?;
        let mut set = parse(&output)?;
        if set.account_id.is_none() {
            set.account_id.clone_from(&self.account_id);
        }
        Ok(set)
    }
}

fn parse(output: &[u8]) -> Result<Credentials, ProcessError> {
    if output.trim_ascii().is_empty() {
        return Err(ProcessError::Empty);
    }
    // serde's own messages repeat values, and the values are secret.
    let output: Output = serde_json::from_slice(output).map_err(|_| ProcessError::NotJson)?;
    match output.version {
        Some(1) => {}
        Some(_) => return Err(ProcessError::Version),
        None => return Err(ProcessError::Missing("Version")),
    }
    let required = |value: Option<String>, name| {
        value
            .filter(|text| !text.is_empty())
            .ok_or(ProcessError::Missing(name))
    };
    Ok(Credentials {
        access_key_id: required(output.access_key_id, "AccessKeyId")?,
        secret_access_key: required(output.secret_access_key, "SecretAccessKey")?.into(),
        session_token: output
            .session_token
            .filter(|token| !token.is_empty())
            .map(Into::into),
        expiration: output
            .expiration
            .map(|text| timestamp::parse(&text).ok_or(ProcessError::Expiration))
            .transpose()?,
        account_id: output.account_id,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(command: &str) -> CredentialProcess {
        CredentialProcess {
            profile: "p".to_owned(),
            place: None,
            command: command.into(),
            account_id: Some("123456789012".to_owned()),
            led_here: Vec::new(),
        }
    }

    #[tokio::test]
    async fn a_command_that_leads_back_to_its_profile_is_not_run_again() {
        let run = process("printf '%s' \"$CREDRUN_PROFILE_CHAIN\" >&2; exit 1");
        let error = run.fetch().await.expect_err("refused");
        assert_eq!(error.to_string(), "exit status: 1: p");
        let again = CredentialProcess {
            led_here: led_here(&Environment::fixed([(vars::CREDRUN_PROFILE_CHAIN, "a\np")])),
            ..run
        };
        let error = again.fetch().await.expect_err("refused");
        assert_eq!(error.to_string(), "it leads back to itself: a -> p -> p");
    }

    #[tokio::test]
    async fn a_set_is_read_and_the_profiles_account_fills_in() {
        let set = process(
            r#"echo '{"Version":1,"AccessKeyId":"ASIA","SecretAccessKey":"s","SessionToken":"t","Expiration":"2030-05-02T18:36:00+00:00"}'"#,
        )
        .fetch()
        .await
        .expect("a set");
        assert_eq!(set.access_key_id, "ASIA");
        assert_eq!(set.expiration, timestamp::parse("2030-05-02T18:36:00Z"));
        assert_eq!(set.account_id.as_deref(), Some("123456789012"));
    }

    #[tokio::test]
    async fn a_command_that_hangs_is_given_up() {
        let error = process("exec sleep 60")
            .fetch_within(Duration::from_millis(200))
            .await
            .expect_err("given up");
        assert!(matches!(
            error,
            ProcessError::Command(CommandError::Hung { .. })
        ));
    }

    #[test]
    fn garbage_is_told_apart_and_never_repeated() {
        for (output, expected) in [
            ("", "it printed nothing"),
            ("hush", "it printed no JSON object of credentials"),
            (
                r#"{"Version":1,"AccessKeyId":"hush""#,
                "it printed no JSON object of credentials",
            ),
            (
                r#"{"Version":"hush"}"#,
                "it printed no JSON object of credentials",
            ),
            (r#"{"AccessKeyId":"hush"}"#, "its output has no Version"),
            (r#"{"Version":2}"#, "its output has a Version other than 1"),
            (
                r#"{"Version":1,"AccessKeyId":"hush"}"#,
                "its output has no SecretAccessKey",
            ),
            (
                r#"{"Version":1,"AccessKeyId":"A","SecretAccessKey":"hush","Expiration":"x"}"#,
                "the Expiration in its output is not a time",
            ),
        ] {
            let error = parse(output.as_bytes()).expect_err(output);
            assert_eq!(error.to_string(), expected, "{output}");
            assert!(!format!("{error:?}").contains("hush"));
        }
    }
}
