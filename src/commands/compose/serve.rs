//! `delivery: live` and `delivery: keyless`: the process that stays behind and serves a project.
//!
//! ```text
//! prepare ─ lines for Compose ─ claim the place ─ settle ─ follow the project ─ leave
//! ```
//!
//! Compose starts containers once it has its lines, so nothing fails after them that could have failed
//! before.

use super::follow::Caller;
use super::prepare::{Prepared, Serving, prepare};
use crate::cli::compose::ProviderArgs;
use crate::exit::ExitStatus;
use crate::messages::error::Error;
use crate::run::supervisor::Supervisor;
use crate::run::supervisor::log::Served;
use crate::signals::Signals;
use crate::signals::interruption::{no_signals, unless_interrupted};
use crate::vars::Environment;

/// Runs until the project is over.
pub(super) async fn serve(
    provider: &ProviderArgs,
    environment: &Environment,
    supervisor: &Supervisor,
    caller: &Caller,
) -> Result<ExitStatus, Error> {
    supervisor.end_with_caller()?;
    let mut signals = Signals::ending().map_err(no_signals)?;
    let prepare = prepare(provider, environment, caller);
    match unless_interrupted(&mut signals, prepare).await? {
        Prepared::Served(lines) => crate::stdout::print(&lines),
        Prepared::New { serving, lines } => {
            crate::stdout::print(&lines)?;
            let name = format!("{}/{}", provider.project, provider.service);
            serving.serve(name, caller, supervisor, &mut signals).await
        }
    }
}

impl Serving {
    /// Until nothing is left to serve. `name` is that of the log.
    ///
    /// # Errors
    /// The Engine is gone.
    pub(in crate::commands) async fn serve(
        self,
        name: String,
        caller: &Caller,
        supervisor: &Supervisor,
        signals: &mut Signals,
    ) -> Result<ExitStatus, Error> {
        let Self {
            place,
            note,
            mut followed,
            renewals,
        } = self;
        let Some(held) = place.claim(&note).await? else {
            // Another call was faster. It serves these containers as well.
            return Ok(ExitStatus::SUCCESS);
        };
        let id = note.options.clone();
        supervisor.settle(&Served { name, id })?;
        followed.relays.common.calls.begin();
        let outcome = followed.follow(caller, &place, signals).await;
        followed.relays.end_all().await;
        drop(renewals);
        followed.relays.leave().await;
        place.leave(held);
        outcome
    }
}
