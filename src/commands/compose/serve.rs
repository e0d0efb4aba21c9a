//! `delivery: live` and `delivery: keyless`: the process that stays behind and serves a project.
//!
//! ```text
//! prepare ─ lines for Compose ─ claim the place ─ settle ─ follow the project ─ leave
//! ```
//!
//! Compose starts containers once it has its lines, so nothing fails after them that could have failed
//! before.

use super::follow::Compose;
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
    compose: Compose,
) -> Result<ExitStatus, Error> {
    supervisor.end_with_caller()?;
    let mut signals = Signals::ending().map_err(no_signals)?;
    let prepare = prepare(provider, environment);
    let serving = match unless_interrupted(&mut signals, prepare).await? {
        Prepared::Served(lines) => return crate::stdout::print(&lines),
        Prepared::New(serving) => *serving,
    };
    let Serving {
        place,
        note,
        lines,
        mut followed,
        renewals,
    } = serving;
    crate::stdout::print(&lines)?;
    let Some(held) = place.claim(&note).await? else {
        // Another `up` was faster. It serves these containers as well.
        return Ok(ExitStatus::SUCCESS);
    };
    supervisor.settle(&Served {
        name: format!("{}/{}", provider.project, provider.service),
        id: note.options.clone(),
    })?;
    followed.relays.common.calls.begin();
    let outcome = followed.follow(&compose, &mut signals).await;
    followed.relays.end_all().await;
    drop(renewals);
    followed.relays.leave().await;
    place.leave(held);
    outcome
}
