//! `credrun stop`: ends containers whose credentials `--live` renews.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::served;
use crate::cli::ps::StopArgs;
use crate::engine::{Engine, EngineError, Listed};
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::notices::Notices;
use crate::stderr;
use crate::vars::Environment;

/// How long an Engine may refuse to remove the relay of a target that has ended.
const REMOVAL_LIMIT: Duration = Duration::from_secs(5);
/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(100);

/// Stops them. One that cannot be stopped is told of at once, and keeps none of the others.
///
/// # Errors
/// [`Error`], from choosing or reaching the Engine.
pub async fn stop(args: &StopArgs, environment: &Environment) -> Result<ExitStatus, Error> {
    let StopArgs {
        containers,
        time,
        engine,
        log: _,
    } = args;
    let engine = super::engine(engine, environment, Notices::new(false)).await?;
    let grace = time.grace();
    let mut status = ExitStatus::SUCCESS;
    for wanted in containers {
        match stop_one(&engine, wanted, grace).await {
            Ok(()) => {
                super::print(&format!("{wanted}\n"))?;
            }
            Err(error) => {
                stderr::say(error.report().as_bytes());
                status = error.status();
            }
        }
    }
    Ok(status)
}

/// The target first, and what served it with it.
async fn stop_one(engine: &Engine, wanted: &str, grace: Duration) -> Result<(), Error> {
    let all = served::all(engine).await?;
    let found = served::pick(&all, wanted)?;
    if let Some(target) = &found.target {
        engine.stop(&target.id, grace).await?;
    }
    for relay in &found.relays {
        // Its supervisor, where there is one, removes it as well: whoever comes first.
        if let Err(error) = remove(engine, &relay.id).await
            && !is_kept(engine, found.target.as_ref()).await?
        {
            return Err(error.into());
        }
    }
    Ok(())
}

/// With a target that has ended and is kept, Podman keeps its relay.
async fn is_kept(engine: &Engine, target: Option<&Listed>) -> Result<bool, EngineError> {
    match target {
        Some(target) if engine.is_podman() => engine.exists(&target.id).await,
        _ => Ok(false),
    }
}

/// Podman removes nothing that another container depends on, and the target may still be on its
/// way out.
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
