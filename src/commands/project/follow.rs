//! Follows what happens to a project's containers. Where one starts that expects a relay, a relay joins
//! its namespace; where it ends, the relay does.

use std::collections::HashSet;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use super::containers::{Dependent, Found, Project, Whose};
use super::pid_file::PidFile;
use super::relays::Relays;
use super::warning::{NeverServed, Warning};
use crate::causes;
use crate::engine::{ContainerEvent, Engine, EngineError, short_id};
use crate::exit::ExitStatus;
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::relay::owner::Owner;
use crate::signals::Signals;

/// How often to check whether the project is still wanted, and the pause after the Engine is lost.
const LOOK: Duration = Duration::from_secs(2);
/// Between questions about a container of which the Engine does not tell.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// An Engine that is gone for longer does not come back for this project.
const ENGINE_LIMIT: Duration = Duration::from_secs(600);
/// Where the caller cannot be watched, it is given this long to create a container.
const CALLER_LIMIT: Duration = Duration::from_secs(1800);

/// The Compose or the Dev Containers CLI that has called.
pub(in crate::commands) struct Caller {
    pub(super) process: Option<Owner>,
    /// By `credrun compose-env`.
    is_compose_env: bool,
    since: Instant,
}

impl Caller {
    pub(in crate::commands) fn of_this_process() -> Self {
        Self {
            process: Owner::of_caller(),
            is_compose_env: false,
            since: Instant::now(),
        }
    }

    /// `credrun compose-env` has started this process, and becomes Compose.
    pub(in crate::commands) fn that_started() -> Self {
        Self {
            process: Owner::of_parent(),
            is_compose_env: true,
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
    /// Whether there was any container that was to have something of credrun.
    has_found: bool,
    /// Whether all containers have been looked at since one was created, and nobody creates others.
    is_settled: bool,
    /// Whether there is one of which the Engine has not told.
    has_untold: bool,
    /// When to ask it again.
    ask_at: Instant,
    ask_pause: Duration,
}

impl Followed {
    pub(super) fn new(project: Project, relays: Relays) -> Self {
        Self {
            project,
            relays,
            known: HashSet::new(),
            has_found: false,
            is_settled: false,
            has_untold: false,
            ask_at: Instant::now(),
            ask_pause: LOOK,
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
        self.look(&engine, true).await?;
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
                    let is_due = self.known.is_empty() || !self.is_settled;
                    if is_due && !caller.may_create() && !pid_file.is_waited_for() {
                        self.look(&engine, false).await?;
                        if self.known.is_empty() {
                            self.tell_if_nothing_was_found(caller);
                            return Ok(());
                        }
                        self.is_settled = true;
                    } else if self.has_untold && self.ask_at <= Instant::now() {
                        self.ask_again(&engine, caller.may_create()).await?;
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

    /// Starts relays for what runs already, and tells of what gets none. Compose `may_create` some of that
    /// anew.
    async fn look(&mut self, engine: &Engine, may_create: bool) -> Result<(), EngineError> {
        let found = self.project.containers(engine).await?;
        self.has_found |= !found.dependents.is_empty() || !found.left_out.is_empty();
        for one in found.left_out {
            if !(may_create && one.warning.is_until_created_anew()) {
                self.relays.warned.warn(&one.id, one.warning);
            }
        }
        let waits = self.project.waits_for_stopped();
        let kept = found.dependents.iter().filter(|(_, runs)| *runs || waits);
        self.known = kept.map(|(one, _)| one.id.clone()).collect();
        self.has_untold = false;
        for (id, error) in found.untold {
            self.tell_of_untold(&id, &error);
            self.known.insert(id);
        }
        for (dependent, runs) in &found.dependents {
            if *runs && !self.relays.serves(dependent) {
                self.relays.start(dependent);
            }
        }
        Ok(())
    }

    /// Asks about those of which the Engine has not told. An Engine that stalls with one of them holds up the
    /// others less and less often.
    async fn ask_again(&mut self, engine: &Engine, may_create: bool) -> Result<(), EngineError> {
        self.look(engine, may_create).await?;
        self.ask_pause = match self.has_untold {
            true => (2 * self.ask_pause).min(LONGEST_PAUSE),
            false => LOOK,
        };
        self.ask_at = Instant::now() + self.ask_pause;
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
        } else if ["create", "start"].contains(&event.action.as_str()) {
            self.is_settled = false;
            match self.project.found(engine, &event.id).await {
                Ok(Some(Found::Dependent(dependent))) => self.begin(event, &dependent),
                // Compose starts none that it creates anew.
                Ok(Some(Found::LeftOut(one))) if one.runs => {
                    self.has_found = true;
                    self.relays.warned.warn(&one.id, one.warning);
                }
                Ok(_) => {}
                // The others are served on.
                Err(error) if error.is_of_one_request() => self.tell_of_untold(&event.id, &error),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn tell_of_untold(&mut self, id: &str, error: &EngineError) {
        self.has_untold = true;
        let warning = Warning::NoRelay {
            name: short_id(id),
            why: causes::in_one_line(error),
        };
        self.relays.warned.warn(id, warning);
    }

    fn begin(&mut self, event: &ContainerEvent, dependent: &Dependent) {
        self.has_found = true;
        let starts = event.action == "start";
        if starts || self.project.waits_for_stopped() {
            self.known.insert(dependent.id.clone());
        }
        // The first look may have seen it run.
        if starts && !self.relays.serves(dependent) {
            self.relays.start(dependent);
        }
    }

    fn tell_if_nothing_was_found(&self, caller: &Caller) {
        let never = match &self.project.whose {
            Whose::DevContainer(_) => NeverServed::DevContainer,
            Whose::Project(name) => {
                let project = name.clone();
                match caller.is_compose_env {
                    true => NeverServed::ComposeEnv { project },
                    false => NeverServed::Provider { project },
                }
            }
        };
        if !self.has_found {
            Notices::new(false).warning(Warning::NeverServed(never));
        }
    }
}

async fn asked_to_end(signals: &mut Signals) {
    while signals.next_ending().await.is_hangup() {}
}
