//! `credrun env`: runs a local command with a fresh set in its environment.
//!
//! credrun replaces itself with the command. stdio, signals and the exit status are then the
//! command's own, and there is no process between it and the terminal.

use std::ffi::OsStr;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::time::Duration;

use super::interruptible;
use crate::cli::aws::AwsArgs;
use crate::cli::{self, env::EnvArgs};
use crate::container::grammar::env::EnvEntry;
use crate::credentials::{Source, fetch_fitting};
use crate::environment::injection::inject;
use crate::environment::user::UserEnv;
use crate::environment::variables;
use crate::exit::ExitStatus;
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::messages::stderr;
use crate::vars::Environment;
use crate::waits::Waits;

/// Fetches a set and becomes the command. Returns only if that fails.
///
/// # Errors
/// [`Error`]; [`Error::Execute`] if the command is missing or cannot be executed.
pub async fn env(args: &EnvArgs, environment: &Environment) -> Result<ExitStatus, Error> {
    let EnvArgs {
        aws,
        min_ttl,
        quiet,
        log: _,
        command,
    } = args;
    let notices = Notices::new(quiet.quiet);
    let set = interruptible(fetched(aws, *min_ttl, notices, environment)).await?;
    // Threads do not survive the exec.
    stderr::settle().await;
    Err(replace_by(command, variables::all_of_environment(), &set))
}

/// The variables of a fresh set.
pub(super) async fn fetched(
    aws: &AwsArgs,
    min_ttl: Option<Duration>,
    notices: Notices,
    environment: &Environment,
) -> Result<Vec<EnvEntry>, Error> {
    let waits = Waits::default();
    let fetch = async {
        let source = Source::of_args(aws, environment, &waits).await?;
        notices.policy(source.remarks());
        let set = fetch_fitting(&source, min_ttl, |wait| notices.waiting(wait)).await?;
        if source.region().is_none() {
            notices.no_region();
        }
        let region = source.region().map(|region| region.name.as_str());
        Ok(inject(&set.credentials, region, &UserEnv::default(), &[]).set)
    };
    notices.telling(&waits, fetch).await
}

/// Becomes `command`, with `variables` in its environment and without those in `removed`, which would
/// outrank or contradict them. The standard library restores the signal handling that Rust changed:
/// SIGPIPE ends a program again, and no signal is blocked. The kernel resets caught signals;
/// ignored ones stay ignored.
pub(super) fn replace_by(
    command: &[impl AsRef<OsStr>],
    removed: impl IntoIterator<Item = impl AsRef<OsStr>>,
    variables: &[EnvEntry],
) -> Error {
    let Some((program, arguments)) = command.split_first() else {
        return Error::Execute {
            program: String::new(),
            source: io::ErrorKind::NotFound.into(),
        };
    };
    let mut process = Command::new(program);
    process.args(arguments);
    for name in removed {
        process.env_remove(name);
    }
    cli::remove_from(&mut process);
    let set = variables.iter();
    process.envs(set.filter_map(|entry| Some((&entry.name, entry.value.as_ref()?))));
    Error::Execute {
        program: program.as_ref().to_string_lossy().into_owned(),
        source: process.exec(),
    }
}
