//! The process that serves a project, from the moment that nothing can fail any more.
//!
//! ```text
//! claim the PID file ─ settle ─ follow the containers ─ leave
//! ```

use super::follow::{Caller, Followed};
use super::pid_file::{Claim, Note, PidFile};
use crate::exit::ExitStatus;
use crate::messages::error::Error;
use crate::run::renewing::Renewing;
use crate::run::supervisor::Supervisor;
use crate::run::supervisor::log::Served;
use crate::signals::Signals;

/// What is about to serve.
pub(in crate::commands) struct Serving {
    pub(super) pid_file: PidFile,
    pub(super) note: Note,
    pub(super) followed: Followed,
    pub(super) renewals: Vec<Renewing>,
}

impl Serving {
    /// The region of the variables, if one is known.
    pub(in crate::commands) fn region(&self) -> Option<&str> {
        self.note.region.as_deref()
    }

    /// Until nothing is left to serve. `name` is that of the log.
    ///
    /// # Errors
    /// The Engine is gone, or another call at the same time was faster, and had other options.
    pub(in crate::commands) async fn serve(
        self,
        name: String,
        caller: &Caller,
        supervisor: &Supervisor,
        signals: &mut Signals,
    ) -> Result<ExitStatus, Error> {
        let Self {
            pid_file,
            note,
            mut followed,
            renewals,
        } = self;
        let held = match pid_file.claim(&note).await? {
            Claim::Held(held) => held,
            Claim::Lost(other) if followed.are_served_by(&note, &other) => {
                return Ok(ExitStatus::SUCCESS);
            }
            Claim::Lost(_) => return Err(Error::ServedByAnother { name }),
        };
        let id = note.options.clone();
        supervisor.settle(&Served { name, id })?;
        followed.relays.common.calls.begin();
        let outcome = followed.follow(caller, &pid_file, signals).await;
        followed.relays.end_all().await;
        drop(renewals);
        followed.relays.leave().await;
        pid_file.leave(held);
        outcome
    }
}
