//! `credrun login`: logs in for a profile.
//!
//! The AWS CLI does it, in this terminal: the browser, the code and the files with the tokens are
//! its own. credrun finds out which of its two logins the profile needs, and for which profile,
//! and says in the end until when the credentials last.

use std::io;
use std::time::SystemTime;

use tokio::process::Command;

use super::interruptible;
use crate::cli::aws::AwsArgs;
use crate::cli::login::LoginArgs;
use crate::credentials::{Login, Needs, Source};
use crate::exit::ExitStatus;
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::vars::Environment;
use crate::waits::Waits;

/// The AWS CLI.
const PROGRAM: &str = "aws";

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
    let outcome = async {
        // At a signal it is dropped. The terminal has sent ^C to both.
        let started = Command::new(PROGRAM).args(words).kill_on_drop(true).spawn();
        let mut child = started.map_err(|source| not_started(source, profile, &command))?;
        notices.runs(&command);
        child.wait().await.map_err(|source| Error::Local {
            action: format!("wait for {PROGRAM}"),
            source,
        })
    };
    let status = interruptible(outcome).await?;
    match status.success() {
        true => Ok(()),
        false => Err(Error::Login {
            status: status.to_string(),
            command,
        }),
    }
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
