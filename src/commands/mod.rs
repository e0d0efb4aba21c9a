//! The commands beside `run`, one file each.

pub mod doctor;
pub mod env;
pub mod exec;
pub mod export;
pub mod ps;
pub mod role_template;
mod run_containers;
pub mod stop;
pub mod whoami;

use std::io::{self, Write as _};

use crate::cli::engine::EngineArgs;
use crate::engine::Engine;
use crate::exit::ExitStatus;
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::plan::EnginePlan;
use crate::run::{no_signals, unless_interrupted};
use crate::signals::Signals;
use crate::vars::Environment;
use crate::waits::Waits;

/// SIGPIPE, by which a program ends whose reader is gone.
const SIGPIPE: i32 = 13;

/// Carries out a command that only asks and prints, or ends it at a signal. A signal that ended
/// the process would leave a terminal without echo where an MFA code is asked for.
///
/// # Errors
/// The command's own, and [`Error::Interrupted`].
pub async fn interruptible<T>(command: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let mut signals = Signals::not_ignored().map_err(no_signals)?;
    unless_interrupted(&mut signals, command).await
}

/// The Engine that `args` name.
async fn engine(
    args: &EngineArgs,
    environment: &Environment,
    notices: Notices,
) -> Result<Engine, Error> {
    let waits = Waits::default();
    let endpoint = EnginePlan::resolve(args, environment)?.endpoint;
    let connect = Engine::connect_telling(endpoint, &waits);
    Ok(notices.telling(&waits, connect).await?)
}

/// Writes to stdout what a command has to tell. A reader that has gone away (`| head -1`) is
/// nothing to complain about.
pub(crate) fn print(text: &str) -> Result<ExitStatus, Error> {
    let mut stdout = io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Ok(()) => Ok(ExitStatus::SUCCESS),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            Ok(ExitStatus::of_signal(SIGPIPE))
        }
        Err(source) => Err(Error::Local {
            action: "write to stdout".to_owned(),
            source,
        }),
    }
}

/// JSON as credrun prints it: indented, a newline at the end.
fn json(value: &impl serde::Serialize) -> String {
    // There is JSON of everything that is printed so: maps have text for keys.
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}
