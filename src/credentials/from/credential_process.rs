//! `credential_process`: a profile's command that prints a set.
//!
//! aws-config has a provider for it, but that uses a shell, whereas the AWS CLI splits the words
//! itself; and it leaves the command running if its future is dropped. There is no time limit, as
//! with the AWS CLI: some commands open a browser and wait for a person. The output is JSON of
//! `Version` 1: AWS SDKs and Tools reference, "Process credential provider".

use std::io::ErrorKind;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::credentials::command::{self, CommandError};
use crate::credentials::config_file::Place;
use crate::credentials::json_object::{self, NotAnObject, into_text};
use crate::credentials::set::{CredentialValues, Credentials, UnusableValue};
use crate::timestamp;
use crate::vars::{self, Environment};

/// Separates the names in a chain of profiles; no name contains it.
const SEPARATOR: &str = "\n";

/// The profiles whose commands led to this process.
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
    /// Secret, since its arguments may be.
    pub(crate) command: SecretString,
    pub(crate) account_id: Option<String>,
    /// The profiles whose commands led to this process, through `credrun export`.
    pub(crate) led_here: Vec<String>,
}

/// Why a `credential_process` returned no set. Its output is never included.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    #[error(transparent)]
    Command(#[from] CommandError),
    /// Its quotation marks do not match.
    #[error("it has an unclosed quotation mark")]
    Quotation,
    /// It is empty.
    #[error("it is empty")]
    NoProgram,
    /// The first word is not the name of a program. The word is not repeated: if it is an
    /// assignment, it may hold a secret.
    #[error("its program was not found")]
    NotFound,
    /// It runs credrun with the same profile again.
    #[error("it calls itself: {}", .0.join(" -> "))]
    Circle(Vec<String>),
    #[error("it printed nothing")]
    Empty,
    /// It printed something that is not JSON.
    #[error("its output is not JSON")]
    NotJson,
    /// It printed JSON that stops in the middle.
    #[error("its output is incomplete JSON")]
    CutShort,
    /// It printed JSON, but not an object.
    #[error("its output is {0}, not a JSON object")]
    NotAnObject(&'static str),
    /// It printed a field twice.
    #[error("its output has {0} twice")]
    Twice(&'static str),
    /// A field is missing.
    #[error("its output has no {0}")]
    Missing(&'static str),
    /// `Version` is not 1.
    #[error("its output has a Version other than 1")]
    Version,
    /// `Expiration` is not a time.
    #[error("the Expiration in its output is not a time")]
    Expiration,
    /// A value that no set can have.
    #[error("the {} in its output {}", .0.field.member(), .0.flaw)]
    Unusable(UnusableValue),
}

impl ProcessError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Command(error) => error.hint(),
            Self::Circle(_) => Some("use another --profile in the command".to_owned()),
            Self::Quotation | Self::NoProgram => {
                Some("write a program and its arguments, separated by spaces".to_owned())
            }
            Self::NotFound => Some(
                "no shell runs it, as with the AWS CLI: give the program's full path, and write sh -c '…' around variables, ~ and pipes"
                    .to_owned(),
            ),
            _ => Some(
                "it must print JSON as `credrun export` does, and nothing else on stdout"
                    .to_owned(),
            ),
        }
    }
}

const FIELDS: [&str; 6] = [
    "Version",
    "AccessKeyId",
    "SecretAccessKey",
    "SessionToken",
    "Expiration",
    "AccountId",
];

impl CredentialProcess {
    pub(crate) async fn fetch(&self) -> Result<Credentials, ProcessError> {
        let mut chain = self.led_here.clone();
        chain.push(self.profile.clone());
        if self.led_here.contains(&self.profile) {
            return Err(ProcessError::Circle(chain));
        }
        let variable = (vars::CREDRUN_PROFILE_CHAIN, chain.join(SEPARATOR));
        let words = shell_words::split(self.command.expose_secret())
            .map_err(|_| ProcessError::Quotation)?;
        let (program, arguments) = words.split_first().ok_or(ProcessError::NoProgram)?;
        let output = command::run_words(program, arguments, variable)
            .await
            .map_err(|error| match error {
                CommandError::Start(error) if error.kind() == ErrorKind::NotFound => {
                    ProcessError::NotFound
                }
                other => ProcessError::Command(other),
            })?;
        parse(&output, self.account_id.as_deref())
    }
}

/// The set in `output`, with `account` if it names none.
fn parse(output: &[u8], account: Option<&str>) -> Result<Credentials, ProcessError> {
    let members = json_object::members(output, FIELDS).map_err(|problem| match problem {
        NotAnObject::Empty => ProcessError::Empty,
        NotAnObject::CutShort => ProcessError::CutShort,
        NotAnObject::NotJson => ProcessError::NotJson,
        NotAnObject::Other(kind) => ProcessError::NotAnObject(kind),
        NotAnObject::Twice(name) => ProcessError::Twice(name),
    })?;
    let [version, key, secret, token, expiration, own_account] = members;
    match version {
        None | Some(Value::Null) => return Err(ProcessError::Missing("Version")),
        Some(version) if version == 1 => {}
        Some(_) => return Err(ProcessError::Version),
    }
    let required = |value, name| into_text(value).ok_or(ProcessError::Missing(name));
    let expiration = match expiration {
        None | Some(Value::Null) => None,
        Some(value) => Some(
            value
                .as_str()
                .and_then(timestamp::parse)
                .ok_or(ProcessError::Expiration)?,
        ),
    };
    let set = Credentials::new(CredentialValues {
        access_key_id: required(key, "AccessKeyId")?,
        secret_access_key: required(secret, "SecretAccessKey")?.into(),
        session_token: into_text(token).map(Into::into),
        expiration,
        account_id: into_text(own_account).or_else(|| account.map(str::to_owned)),
    });
    set.map_err(ProcessError::Unusable)
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
        let run = process("sh -c 'printf %s \"$CREDRUN_PROFILE_CHAIN\" >&2; exit 1'");
        let error = run.fetch().await.expect_err("refused");
        assert_eq!(error.to_string(), "exit status: 1: p");
        let again = CredentialProcess {
            led_here: led_here(&Environment::fixed([(vars::CREDRUN_PROFILE_CHAIN, "a\np")])),
            ..run
        };
        let error = again.fetch().await.expect_err("refused");
        assert_eq!(error.to_string(), "it calls itself: a -> p -> p");
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
    async fn words_are_split_as_by_the_aws_cli_and_no_shell_is_asked() {
        for (command, expected) in [
            ("sh -c 'exit 3' | cat", "exit status: 3"),
            ("KEY=hush sh", "its program was not found"),
            ("~/nothing", "its program was not found"),
            ("$HOME/nothing", "its program was not found"),
            ("sh -c 'exit", "it has an unclosed quotation mark"),
            ("  ", "it is empty"),
        ] {
            let error = process(command).fetch().await.expect_err(command);
            assert_eq!(error.to_string(), expected, "{command}");
            assert!(!format!("{error:?}").contains("hush"));
        }
    }

    /// Time is paused; it advances only when a time limit waits for it.
    #[tokio::test(start_paused = true)]
    async fn a_command_may_take_longer_than_any_limit() {
        let directory = tempfile::tempdir().expect("a directory");
        let pipe = directory.path().join("pipe");
        let path = pipe.to_str().expect("UTF-8");
        let made = std::process::Command::new("mkfifo").arg(path).status();
        assert!(made.expect("mkfifo").success());
        let waiting = process(&format!("cat {path}"));
        let person = async {
            // Two hours later.
            tokio::time::sleep(std::time::Duration::from_secs(7200)).await;
            let set = r#"{"Version":1,"AccessKeyId":"ASIALATE","SecretAccessKey":"s"}"#;
            tokio::fs::write(&pipe, set).await.expect("written");
        };
        let (set, ()) = tokio::join!(waiting.fetch(), person);
        assert_eq!(set.expect("a set").access_key_id, "ASIALATE");
    }

    #[test]
    fn garbage_is_told_apart_and_never_repeated() {
        for (output, expected) in [
            ("", "it printed nothing"),
            ("hush", "its output is not JSON"),
            (
                r#"{"Version":1,"AccessKeyId":"hush""#,
                "its output is incomplete JSON",
            ),
            (r#"["hush"]"#, "its output is an array, not a JSON object"),
            (
                r#"{"Version":1,"AccessKeyId":"hush","AccessKeyId":"hush"}"#,
                "its output has AccessKeyId twice",
            ),
            (
                r#"{"Version":"hush"}"#,
                "its output has a Version other than 1",
            ),
            (
                r#"{"Version":1,"AccessKeyId":"A","SecretAccessKey":"hush\r"}"#,
                "the SecretAccessKey in its output contains a carriage return (was it copied from a file with Windows line endings?)",
            ),
            (
                r#"{"Version":1,"AccessKeyId":"A","SecretAccessKey":"S","SessionToken":"hush\u0000"}"#,
                "the SessionToken in its output contains a control character (U+0000)",
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
            let error = parse(output.as_bytes(), None).expect_err(output);
            assert_eq!(error.to_string(), expected, "{output}");
            assert!(!format!("{error:?}").contains("hush"));
        }
    }
}
