//! The process that serves a project, from the moment that it takes the place of another.
//!
//! ```text
//! end the other ─ claim the PID file ─ settle ─ follow the containers ─ leave
//! ```

use std::path::PathBuf;

use super::containers::{Project, Whose};
use super::follow::{Caller, Followed};
use super::pid_file::{Claim, Note, PidFile};
use super::relays::{Common, Relays};
use crate::exit::ExitStatus;
use crate::messages::error::Error;
use crate::run::calls::{Calls, Heard};
use crate::run::renewing::Renewing;
use crate::run::supervisor::Supervisor;
use crate::run::supervisor::log::Served;
use crate::signals::Signals;

/// What is about to serve.
pub(in crate::commands) struct Serving {
    pub(super) pid_file: PidFile,
    pub(super) note: Note,
    pub(super) project: Project,
    pub(super) common: Common,
    pub(super) noting: Noting,
    pub(super) renewals: Vec<Renewing>,
}

/// How calls are noted.
pub(super) enum Noting {
    Begun(Calls),
    /// The process that serves now writes to this record.
    RecordInUse(Heard, Option<PathBuf>),
}

impl Noting {
    async fn begun(self) -> Result<Calls, Error> {
        match self {
            Self::Begun(calls) => Ok(calls),
            Self::RecordInUse(heard, record) => Calls::open(heard, record).await,
        }
    }
}

impl Serving {
    /// The region of the variables, if one is known.
    pub(in crate::commands) fn region(&self) -> Option<&str> {
        self.note.region.as_deref()
    }

    /// Ends the process that serves now, and serves until nothing is left to serve. `name` is that of the
    /// log.
    ///
    /// # Errors
    /// The other process does not end, the Engine is gone, or another call at the same time was faster, and
    /// had other options.
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
            project,
            common,
            noting,
            renewals,
        } = self;
        if pid_file.current().is_some() {
            // What it serves runs on, whatever becomes of the caller.
            supervisor.outlive_caller()?;
        }
        pid_file.end_current().await?;
        let held = match pid_file.claim(&note).await? {
            Claim::Held(held) => held,
            Claim::Lost(other) if serves_as_well(&other, &note, &project.whose) => {
                if let Some(process) = &caller.process {
                    pid_file.wait_for(process)?;
                }
                return Ok(ExitStatus::SUCCESS);
            }
            Claim::Lost(_) => return Err(Error::ServedByAnother { name }),
        };
        let calls = match noting.begun().await {
            Ok(calls) => calls,
            Err(error) => {
                pid_file.leave(held);
                return Err(error);
            }
        };
        let id = note.options.clone();
        supervisor.settle(&Served { name, id })?;
        let mut followed = Followed::new(project, Relays::new(common, calls));
        let outcome = followed.follow(caller, &pid_file, signals).await;
        followed.relays.end_all().await;
        drop(renewals);
        followed.relays.leave().await;
        pid_file.leave(held);
        outcome
    }
}

/// Whether the process of `other` serves the same containers as that of `note` would. It does not know what
/// a dev container has been given here.
fn serves_as_well(other: &Note, note: &Note, whose: &Whose) -> bool {
    matches!(whose, Whose::Project(_)) && other.options == note.options
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::compose::ComposeDelivery;
    use crate::commands::project::Key;

    #[test]
    fn another_call_serves_a_project_as_well_if_it_has_the_same_options() {
        let note = |options: &str| Note::of_this_process(options.to_owned(), None, None);
        let project = Whose::Project("p".to_owned());
        assert!(serves_as_well(&note("a"), &note("a"), &project));
        assert!(!serves_as_well(&note("a"), &note("b"), &project));
        let Ok(key) = Key::random(ComposeDelivery::Live) else {
            panic!("no key");
        };
        let dev_container = Whose::DevContainer(key);
        assert!(!serves_as_well(&note("a"), &note("a"), &dev_container));
    }
}
