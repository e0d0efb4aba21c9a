//! The commands beside `run`, one file each.

mod run_containers;

pub mod doctor;
pub mod env;
pub mod exec;
pub mod export;
pub mod ps;
pub mod role_template;
pub mod stop;
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
