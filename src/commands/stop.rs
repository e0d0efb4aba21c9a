//! `credrun stop`: stops containers that `credrun ps` lists.

use std::pin::pin;
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, stream};
use tokio::time::sleep;

use super::run_containers::{self, RunContainers};
use crate::cli::ps::StopArgs;
use crate::engine::{Engine, EngineError, Listed};
use crate::exit::ExitStatus;
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::messages::stderr;
use crate::vars::Environment;

/// How many are stopped at the same time. With more logins than this at once, an sshd refuses some
/// (`MaxStartups`, sshd_config(5)).
const AT_ONCE: usize = 10;
/// How long to retry if the Engine refuses to remove the relay of an ended target.
const REMOVAL_LIMIT: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(100);

/// Stops the containers and reports on each in the order in which they were typed, or in that of
/// `ps`. If one cannot be stopped, the others still are.
///
/// # Errors
/// [`Error`] from choosing or reaching the Engine.
pub async fn stop(args: &StopArgs, environment: &Environment) -> Result<ExitStatus, Error> {
    let StopArgs {
        containers,
        all: stops_all,
        time,
        engine,
        quiet,
        log: _,
    } = args;
    let engine = super::engine(engine, environment, Notices::new(quiet.quiet)).await?;
    let grace = time.grace();
    let all = run_containers::all(&engine).await?;
    let meant = match stops_all {
        true => every(&all),
        false => picked(&all, containers),
    };
    let stops = meant.into_iter().map(|(name, found)| {
        let engine = &engine;
        async move {
            let stopped = match found {
                Ok(found) => stop_one(engine, found, grace).await,
                Err(error) => Err(error),
            };
            (name, stopped)
        }
    });
    let mut stops = pin!(stream::iter(stops).buffered(AT_ONCE));
    let mut outcome = Ok(ExitStatus::SUCCESS);
    while let Some((name, stopped)) = stops.next().await {
        match stopped {
            Ok(()) => {
                // If the output cannot be written, the others are stopped all the same.
                if let Err(error) = crate::stdout::print(&format!("{name}\n")) {
                    outcome = Err(error);
                }
            }
            Err(error) => {
                stderr::say(error.report().as_bytes());
                outcome = outcome.map(|_| error.status());
            }
        }
    }
    outcome
}

/// What is printed for it, and the containers to stop.
type Meant<'a> = (&'a str, Result<&'a RunContainers, Error>);

/// All that `ps` shows: a relay that has no target yet belongs to a run that is about to begin.
fn every(all: &[RunContainers]) -> Vec<Meant<'_>> {
    let shown = all
        .iter()
        .filter_map(|one| Some((one.target.as_ref()?.name.as_str(), Ok(one))));
    shown.collect()
}

fn picked<'a>(all: &'a [RunContainers], wanted: &'a [String]) -> Vec<Meant<'a>> {
    let pick = |wanted: &'a String| (wanted.as_str(), run_containers::pick(all, wanted));
    wanted.iter().map(pick).collect()
}

/// Stops the target first, then its relays.
async fn stop_one(engine: &Engine, found: &RunContainers, grace: Duration) -> Result<(), Error> {
    if let Some(target) = &found.target {
        engine.stop(&target.id, grace).await?;
    }
    for relay in &found.relays {
        // Its supervisor, if there is one, removes it as well; either may be first.
        if let Err(error) = remove(engine, &relay.id).await
            && !is_kept(engine, found.target.as_ref()).await?
        {
            return Err(error.into());
        }
    }
    Ok(())
}

/// Podman keeps the relay of a target that has ended but is kept.
async fn is_kept(engine: &Engine, target: Option<&Listed>) -> Result<bool, EngineError> {
    match target {
        Some(target) if engine.is_podman() => engine.exists(&target.id).await,
        _ => Ok(false),
    }
}

/// Podman does not remove a container that another one depends on, and the target may still be
/// ending.
async fn remove(engine: &Engine, relay: &str) -> Result<(), EngineError> {
    let began = Instant::now();
    loop {
        match engine.remove(relay).await {
            Err(EngineError::Refused { .. }) if began.elapsed() < REMOVAL_LIMIT => {
                sleep(PAUSE).await;
            }
            other => return other,
        }
    }
}
