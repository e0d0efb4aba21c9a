//! `credrun stop`: ends containers whose credentials `--live` renews.

use std::io::Write as _;
use std::time::Duration;

use super::served;
use crate::cli::ps::StopArgs;
use crate::engine::Engine;
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::plan::EnginePlan;
use crate::vars::Environment;

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
    let engine = Engine::connect(EnginePlan::resolve(engine, environment)?.endpoint).await?;
    let grace = Duration::from_secs(u64::from(*time));
    let mut status = ExitStatus::SUCCESS;
    for wanted in containers {
        match stop_one(&engine, wanted, grace).await {
            Ok(()) => {
                super::print(&format!("{wanted}\n"))?;
            }
            Err(error) => {
                // As at the program's end: without a reader there is nobody to tell.
                let _ = std::io::stderr().write_all(error.report().as_bytes());
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
    // Its supervisor, where there is one, removes it as well: whoever comes first.
    engine.remove(&found.relay.id).await?;
    Ok(())
}
