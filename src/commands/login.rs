//! `credrun login`: logs in for a profile.
//!
//! The AWS CLI does it, in this terminal: the browser, the code and the files with the tokens are
//! its own. credrun finds out which of its two logins the profile needs, and for which profile,
//! and says in the end until when the credentials last. A signal that ends credrun is for the AWS
//! CLI first.

use std::io;
use std::process::{self, Stdio};
use std::time::{Duration, SystemTime};

use tokio::process::Command;
use tokio::time::timeout;

use super::interruptible;
use crate::cli::login::LoginArgs;
use crate::cli::{self, aws::AwsArgs};
use crate::credentials::{Login, Needs, Source};
use crate::exit::ExitStatus;
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::signals::Signals;
use crate::signals::interruption::{another, no_signals, unless_interrupted};
use crate::signals::of_commands::let_the_same_signal_come;
use crate::vars::Environment;
use crate::waits::Waits;

/// The AWS CLI.
const PROGRAM: &str = "aws";

/// How long it may take to say its version.
const VERSION: Duration = Duration::from_secs(10);

/// Logs in, and fetches a set with that login.
///
/// # Errors
/// [`Error`]; [`Error::NoAwsCli`] where there is no AWS CLI.
pub async fn login(args: &LoginArgs, environment: &Environment) -> Result<ExitStatus, Error> {
    let LoginArgs {
        profile,
        options,
        quiet,
        log: _,
    } = args;
    let notices = Notices::new(quiet.quiet);
    let login = interruptible(async { Ok(Login::find(profile.as_deref(), environment).await?) });
    let Login { profile, needs } = login.await?;
    let mut words: Vec<&str> = match &needs {
        Needs::Sso(profile) => vec!["sso", "login", "--profile", profile],
        Needs::SignIn(profile) => vec!["login", "--profile", profile],
        Needs::Nothing(origin) => {
            notices.no_login_needed(&profile, origin);
            return Ok(ExitStatus::SUCCESS);
        }
    };
    words.extend(options.iter().map(String::as_str));
    run(&profile, &words, notices).await?;
    interruptible(tell_how_long(profile, environment, notices)).await
}

async fn run(profile: &str, words: &[&str], notices: Notices) -> Result<(), Error> {
    let command = typed(words);
    let mut signals = Signals::not_ignored().map_err(no_signals)?;
    let mut aws = Command::new(PROGRAM);
    cli::remove_from(aws.as_std_mut());
    let started = aws.args(words).kill_on_drop(true).spawn();
    let mut child = started.map_err(|source| not_started(source, profile, &command))?;
    notices.runs(&command);
    let failed = |status: process::ExitStatus, too_old| Error::Login {
        command: command.clone(),
        status: status.to_string(),
        too_old,
    };
    let login = async {
        let status = child.wait().await.map_err(not_waited)?;
        if status.success() {
            return Ok(());
        }
        let_the_same_signal_come(status).await;
        Err(failed(status, too_old(words).await))
    };
    let outcome = unless_interrupted(&mut signals, login).await;
    if let Err(Error::Interrupted(signal)) = outcome {
        signal.pass_on_to(&child);
        // It may be writing the file with the tokens. At another signal, it is killed.
        tokio::select! {
            ended = child.wait() => drop(ended.map_err(not_waited)?),
            _ = another(&mut signals) => {
                child.start_kill().map_err(not_waited)?;
                return Err(failed(child.wait().await.map_err(not_waited)?, None));
            }
        }
    }
    outcome
}

fn not_waited(source: io::Error) -> Error {
    Error::Local {
        action: format!("wait for {PROGRAM}"),
        source,
    }
}

/// The version of the AWS CLI, if it lacks the login of these words.
async fn too_old(words: &[&str]) -> Option<String> {
    if words.first() != Some(&"login") {
        return None;
    }
    let mut asked = Command::new(PROGRAM);
    asked
        .arg("--version")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let said = timeout(VERSION, asked.output()).await.ok()?.ok()?;
    let said = String::from_utf8(said.stdout).ok()?;
    // `aws-cli/2.31.0 Python/3.13.7 …`
    let version = said.strip_prefix("aws-cli/")?.split_whitespace().next()?;
    let mut numbers = version.split('.').map(|number| number.parse::<u32>().ok());
    let version_of_login = (2, 32);
    let is_older = (numbers.next()??, numbers.next()??) < version_of_login;
    is_older.then(|| version.to_owned())
}

fn not_started(source: io::Error, profile: &str, command: &str) -> Error {
    match source.kind() {
        io::ErrorKind::NotFound => Error::NoAwsCli {
            profile: profile.to_owned(),
            command: command.to_owned(),
        },
        _ => Error::Execute {
            program: PROGRAM.to_owned(),
            source,
        },
    }
}

/// As one would type it.
fn typed(words: &[&str]) -> String {
    let words = std::iter::once(&PROGRAM).chain(words);
    shell_words::join(words)
}

/// Fetches a set as a run with this profile would.
async fn tell_how_long(
    profile: String,
    environment: &Environment,
    notices: Notices,
) -> Result<ExitStatus, Error> {
    let waits = Waits::default();
    let args = AwsArgs {
        profile: Some(profile),
        ..AwsArgs::default()
    };
    let fetch = async {
        let source = Source::of_args(&args, environment, &waits).await?;
        Ok::<_, Error>(source.fetch().await?)
    };
    let fetched = notices.telling(&waits, fetch).await?;
    notices.credentials(&fetched, SystemTime::now());
    Ok(ExitStatus::SUCCESS)
}
