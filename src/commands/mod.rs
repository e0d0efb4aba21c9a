//! The commands other than `run`, one module each.

mod run_containers;
mod server;

pub mod completion;
pub mod compose;
pub mod compose_env;
pub mod compose_file;
pub mod devcontainer;
pub mod doctor;
pub mod env;
pub mod exec;
pub mod export;
pub mod login;
pub mod logs;
pub mod man;
pub mod policy;
pub mod project;
pub mod ps;
pub mod role_template;
pub mod stop;
pub mod version;
pub mod whoami;

use crate::cli::engine::EngineArgs;
use crate::engine::Engine;
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::plan::EnginePlan;
use crate::signals::Signals;
use crate::signals::interruption::{no_signals, unless_interrupted};
use crate::vars::Environment;
use crate::waits::Waits;

/// Runs a command that only queries and prints, and ends it in order at a signal. If the signal
/// ended the process, an MFA prompt would leave the terminal without echo.
///
/// # Errors
/// The command's own, and [`Error::Interrupted`].
pub async fn interruptible<T>(command: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let mut signals = Signals::not_ignored().map_err(no_signals)?;
    unless_interrupted(&mut signals, command).await
}

/// Connects to the Engine that `args` name.
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
