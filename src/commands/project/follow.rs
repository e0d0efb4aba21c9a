//! Follows what happens to a project's containers. Where one starts that expects a relay, a relay joins
//! its namespace; where it ends, the relay does.

use std::collections::HashSet;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use super::containers::{Dependent, Project};
use super::pid_file::PidFile;
use super::relays::Relays;
use crate::engine::{ContainerEvent, Engine, EngineError};
use crate::exit::ExitStatus;
use crate::messages::error::Error;
use crate::relay::owner::Owner;
use crate::signals::Signals;

/// How often to check whether the project is still wanted, and the pause after the Engine is lost.
const LOOK: Duration = Duration::from_secs(2);
/// An Engine that is gone for longer does not come back for this project.
const ENGINE_LIMIT: Duration = Duration::from_secs(600);
/// Where the caller cannot be watched, it is given this long to create a container.
const CALLER_LIMIT: Duration = Duration::from_secs(1800);

/// The Compose or the Dev Containers CLI that has called.
pub(in crate::commands) struct Caller {
    pub(super) process: Option<Owner>,
    since: Instant,
}

impl Caller {
    pub(in crate::commands) fn of_this_process() -> Self {
        Self {
            process: Owner::of_caller(),
            since: Instant::now(),
        }
    }

    /// `credrun compose-env` has started this process, and becomes Compose.
    pub(in crate::commands) fn that_started() -> Self {
        Self {
            process: Owner::of_parent(),
            since: Instant::now(),
        }
    }

    /// Whether it may still create containers.
    fn may_create(&self) -> bool {
        match &self.process {
            Some(process) => !process.is_gone(),
            None => self.since.elapsed() < CALLER_LIMIT,
        }
    }
}

/// A project, and the relays of its containers.
pub(super) struct Followed {
    project: Project,
    pub(super) relays: Relays,
    /// Its containers that expect a relay, and for which this process stays.
    known: HashSet<String>,
}

impl Followed {
    pub(super) fn new(project: Project, relays: Relays) -> Self {
        Self {
            project,
            relays,
            known: HashSet::new(),
        }
    }

    /// Until the project is over, or a signal asks to end.
    pub(super) async fn follow(
        &mut self,
        caller: &Caller,
        pid_file: &PidFile,
        signals: &mut Signals,
    ) -> Result<ExitStatus, Error> {
        let mut lost_since = None;
        loop {
            let ended = tokio::select! {
                biased;
                () = asked_to_end(signals) => return Ok(ExitStatus::SUCCESS),
                ended = self.follow_engine(caller, pid_file, &mut lost_since) => ended,
            };
            let Err(error) = ended else {
                return Ok(ExitStatus::SUCCESS);
            };
            let since: Instant = *lost_since.get_or_insert_with(Instant::now);
            if since.elapsed() > ENGINE_LIMIT {
                return Err(error.into());
            }
            tracing::debug!(%error, "the Engine is lost");
            self.relays.end_all().await;
            tokio::select! {
                biased;
                () = asked_to_end(signals) => return Ok(ExitStatus::SUCCESS),
                () = sleep(LOOK) => {}
            }
        }
    }

    /// Until the project is over.
    ///
    /// # Errors
    /// The Engine is lost.
    async fn follow_engine(
        &mut self,
        caller: &Caller,
        pid_file: &PidFile,
        lost_since: &mut Option<Instant>,
    ) -> Result<(), EngineError> {
        let engine = self.relays.common.engine.clone();
        let label = self.project.label();
        let mut events = engine.container_events(&label).await?;
        self.look(&engine).await?;
        *lost_since = None;
        let mut silent = std::pin::pin!(engine.silent());
        // Events of other containers do not put it off: their health checks may never pause.
        let mut look_at = Instant::now() + LOOK;
        loop {
            tokio::select! {
                biased;
                error = &mut silent => return Err(error),
                () = sleep_until(look_at) => {
                    look_at = Instant::now() + LOOK;
                    let is_idle = self.known.is_empty() && !caller.may_create();
                    if is_idle && !pid_file.is_waited_for() {
                        self.look(&engine).await?;
                        if self.known.is_empty() {
                            return Ok(());
                        }
                    }
                }
                event = events.next() => {
                    let before = self.known.len();
                    self.take(&engine, &event?).await?;
                    if self.known.len() != before {
                        look_at = Instant::now() + LOOK;
                    }
                }
            }
        }
    }

    /// Starts relays for what runs already.
    async fn look(&mut self, engine: &Engine) -> Result<(), EngineError> {
        let found = self.project.dependents(engine).await?;
        let waits = self.project.waits_for_stopped();
        let kept = found.iter().filter(|(_, runs)| *runs || waits);
        self.known = kept.map(|(one, _)| one.id.clone()).collect();
        for (dependent, _) in found.iter().filter(|(_, runs)| *runs) {
            self.relays.start(dependent);
        }
        Ok(())
    }

    async fn take(&mut self, engine: &Engine, event: &ContainerEvent) -> Result<(), EngineError> {
        if event.is_end() {
            self.relays.end(&event.id);
            if !self.project.waits_for_stopped() {
                self.known.remove(&event.id);
            }
        } else if event.is_removal() {
            self.relays.forget(&event.id).await;
            self.known.remove(&event.id);
        } else if ["create", "start"].contains(&event.action.as_str())
            && let Some(dependent) = self.project.dependent(engine, &event.id).await?
        {
            self.begin(event, &dependent);
        }
        Ok(())
    }

    fn begin(&mut self, event: &ContainerEvent, dependent: &Dependent) {
        let starts = event.action == "start";
        if starts || self.project.waits_for_stopped() {
            self.known.insert(dependent.id.clone());
        }
        if starts {
            self.relays.start(dependent);
        }
    }
}

async fn asked_to_end(signals: &mut Signals) {
    while signals.next_ending().await.is_hangup() {}
}
