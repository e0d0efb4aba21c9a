//! Notes what a run does, for `--report`.
//!
//! Concurrent steps write notes side by side, hence the cell. The notes hold no secret.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use serde::Serialize;
use tokio::task::JoinHandle;

use crate::credentials::iso8601;
use crate::plan::RunPlan;
use crate::record::Summary;
use crate::record::denials::Denied;
use crate::run::ready::Ready;

/// A step of a run that takes time and can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// The command line, and docker's and AWS's config files.
    Resolve,
    /// The Engine's first answer.
    Connect,
    /// Looking for the image; a pull is part of it.
    Image,
    Pull,
    /// Fetching credentials. There are two fetches if the first set was too old after a pull.
    Fetch,
    /// Create, and the start of the relay if there is one.
    Create,
    /// Attach, and the registration of the wait.
    Attach,
    Start,
    /// The container's own time.
    Run,
}

/// When a phase began, and how long it took.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PhaseTime {
    pub name: Phase,
    /// When it began, in milliseconds from the start of the run.
    pub start_milliseconds: u64,
    /// How long it took; null if it was given up, because of a signal or another phase's failure.
    pub milliseconds: Option<u64>,
}

/// Facts of a run apart from its times.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Facts {
    /// The source of the credentials.
    pub source: Option<String>,
    /// The ARN that they act as; null if neither the source nor STS said so in time.
    pub identity: Option<String>,
    /// The name of the set in CloudTrail.
    pub access_key_id: Option<String>,
    /// When the container's set expires, RFC 3339.
    pub expiration: Option<String>,
    /// How long it was still valid at create.
    pub seconds_left: Option<u64>,
    pub region: Option<String>,
    /// `env`, `live` or `keyless`.
    pub delivery: Option<&'static str>,
    /// The image, as typed.
    pub image: Option<String>,
    pub image_id: Option<String>,
    /// Its digests in the registries that it is known from, `NAME@sha256:…`.
    pub image_digests: Vec<String>,
    pub engine: Option<String>,
    pub container_id: Option<String>,
    /// The container's AWS calls; null where credrun does not see them.
    pub calls: Option<Calls>,
}

/// The AWS calls of a `--keyless` run, counted.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Calls {
    pub total: u64,
    pub refused: u64,
    /// AWS did not answer.
    pub failed: u64,
    pub bytes_sent: u64,
    pub bytes_received: u64,
    /// How often each was refused, by its actions, or where these are not known, by the rule.
    pub refusals: BTreeMap<String, u64>,
    pub denied: u64,
    /// What AWS denied, and why, the most frequent first.
    pub denials: Vec<Denied>,
}

/// The notes on one run.
#[derive(Debug)]
pub struct Record {
    began: SystemTime,
    clock: Instant,
    notes: RefCell<Notes>,
    is_wanted: bool,
}

#[derive(Debug, Default)]
struct Notes {
    phases: Vec<PhaseTime>,
    failed: Option<Phase>,
    facts: Facts,
    identity: Option<JoinHandle<Option<String>>>,
}

impl Record {
    /// Begins the notes. If no report is wanted, sends AWS no request for one.
    #[must_use]
    pub fn begin(is_wanted: bool) -> Self {
        Self {
            began: SystemTime::now(),
            clock: Instant::now(),
            notes: RefCell::default(),
            is_wanted,
        }
    }

    /// When the run began.
    #[must_use]
    pub fn began(&self) -> SystemTime {
        self.began
    }

    /// How long it has been running, in milliseconds.
    #[must_use]
    pub fn milliseconds(&self) -> u64 {
        u64::try_from(self.clock.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Runs `step` and notes its time, and whether it failed.
    ///
    /// # Errors
    /// The step's own.
    pub async fn time<T, E>(
        &self,
        phase: Phase,
        step: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let start = self.milliseconds();
        let index = {
            let phases = &mut self.notes.borrow_mut().phases;
            phases.push(PhaseTime {
                name: phase,
                start_milliseconds: start,
                milliseconds: None,
            });
            phases.len() - 1
        };
        // On the heap: a future that holds another takes twice its room, and these are nested.
        let done = Box::pin(step).await;
        let mut notes = self.notes.borrow_mut();
        notes.phases[index].milliseconds = Some(self.milliseconds() - start);
        if done.is_err() {
            // A pull fails within the image's phase, and is the more precise of the two.
            notes.failed.get_or_insert(phase);
        }
        done
    }

    /// Notes what is known before any request is sent.
    pub fn planned(&self, plan: &RunPlan) {
        let facts = &mut self.notes.borrow_mut().facts;
        facts.delivery = Some(plan.delivery.word());
        facts.image = Some(plan.container.image.typed.clone());
        facts.engine = Some(plan.endpoint.address.clone());
    }

    /// Notes what the container will get. Asks beside the run whose credentials they are.
    pub fn ready(&self, ready: &Ready) {
        let set = &ready.fetched;
        let mut notes = self.notes.borrow_mut();
        if self.is_wanted && set.identity.is_none() {
            let (source, set) = (Arc::clone(&ready.source), set.clone());
            notes.identity = Some(tokio::spawn(async move {
                Some(source.caller_identity(&set).await.ok()?.arn)
            }));
        }
        notes.facts = Facts {
            source: Some(set.origin.to_string()),
            identity: set.identity.clone(),
            access_key_id: Some(set.credentials.access_key_id.clone()),
            expiration: set.credentials.expiration.map(iso8601),
            seconds_left: set.left(SystemTime::now()).map(|left| left.as_secs()),
            region: ready.region_name().map(str::to_owned),
            image_id: ready.image.as_ref().map(|image| image.id.clone()),
            image_digests: ready
                .image
                .as_ref()
                .map(|image| image.repo_digests.clone())
                .unwrap_or_default(),
            ..std::mem::take(&mut notes.facts)
        };
    }

    /// Notes what the container's calls came to.
    pub(crate) fn calls(&self, summary: &Summary) {
        self.notes.borrow_mut().facts.calls = Some(Calls {
            total: summary.calls,
            refused: summary.refused,
            failed: summary.failed,
            bytes_sent: summary.bytes_sent,
            bytes_received: summary.bytes_received,
            refusals: summary.refusals.clone(),
            denied: summary.denials.calls,
            denials: summary
                .denials
                .most_frequent()
                .into_iter()
                .cloned()
                .collect(),
        });
    }

    pub fn container(&self, id: &str) {
        self.notes.borrow_mut().facts.container_id = Some(id.to_owned());
    }

    /// Returns the notes, and the phase in which the run failed, if it has: the one that reported
    /// it, or the one that a signal interrupted.
    pub async fn end(self) -> (Vec<PhaseTime>, Facts, Option<Phase>) {
        /// The run is over; credrun does not wait long for a name.
        const PATIENCE: Duration = Duration::from_secs(2);
        let Notes {
            phases,
            failed,
            mut facts,
            identity,
        } = self.notes.into_inner();
        if let Some(identity) = identity
            && let Ok(Ok(arn)) = tokio::time::timeout(PATIENCE, identity).await
        {
            facts.identity = arn;
        }
        let interrupted = interrupted(&phases);
        (phases, facts, failed.or(interrupted))
    }
}

/// The phase that was given up, of several the innermost. The look for an image takes milliseconds: where
/// credentials were fetched beside it, the run waited for these.
fn interrupted(phases: &[PhaseTime]) -> Option<Phase> {
    let unfinished = phases.iter().filter(|phase| phase.milliseconds.is_none());
    let mut names: Vec<_> = unfinished.map(|phase| phase.name).collect();
    let is_look = |phase: &Phase| matches!(phase, Phase::Connect | Phase::Image);
    if names.contains(&Phase::Fetch) {
        names.retain(|phase| !is_look(phase));
    }
    names.last().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_innermost_phase_that_fails_is_the_one() {
        let record = Record::begin(true);
        let pull = record.time(Phase::Pull, async { Err::<(), _>("no") });
        let image = record.time(Phase::Image, pull).await;
        assert_eq!(image, Err("no"));
        let (phases, _, failed) = record.end().await;
        assert_eq!(failed, Some(Phase::Pull));
        assert!(phases.iter().all(|phase| phase.milliseconds.is_some()));
    }

    #[test]
    fn of_phases_side_by_side_the_one_is_told_that_the_run_waited_for() {
        let of = |names: &[Phase]| {
            let phase = |&name| PhaseTime {
                name,
                start_milliseconds: 0,
                milliseconds: None,
            };
            interrupted(&names.iter().map(phase).collect::<Vec<_>>())
        };
        assert_eq!(of(&[Phase::Fetch, Phase::Image]), Some(Phase::Fetch));
        assert_eq!(of(&[Phase::Fetch, Phase::Connect]), Some(Phase::Fetch));
        let pull = [Phase::Fetch, Phase::Image, Phase::Pull];
        assert_eq!(of(&pull), Some(Phase::Pull));
        assert_eq!(of(&[Phase::Image]), Some(Phase::Image));
        assert_eq!(of(&[]), None);
    }

    #[tokio::test]
    async fn a_phase_that_is_given_up_has_no_duration_and_is_where_it_ended() {
        let record = Record::begin(true);
        let done = record.time(Phase::Connect, async { Ok::<_, ()>(1) }).await;
        assert_eq!(done, Ok(1));
        let never = record.time(Phase::Fetch, std::future::pending::<Result<(), ()>>());
        tokio::select! {
            biased;
            _ = never => {}
            () = std::future::ready(()) => {}
        }
        let (phases, _, failed) = record.end().await;
        assert_eq!(phases[0].milliseconds, Some(0));
        assert_eq!(phases[1].milliseconds, None);
        assert_eq!(failed, Some(Phase::Fetch));
    }
}
