//! Refuses what is most likely a mistyped command, before it is treated as an image.

use crate::cli;
use crate::cli::engine::EngineArgs;
use crate::cli::run::RunArgs;
use crate::container::FlagError;
use crate::engine::Engine;
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::plan::EnginePlan;
use crate::vars::Environment;
use crate::waits::Waits;

/// Refuses a run without the word `run` whose image looks like a mistyped command, unless the
/// Engine has such an image. Nothing is pulled, and no credentials are fetched, for a word that
/// nobody meant. With the word `run`, it is an image.
///
/// # Errors
/// [`Error::Flag`], with what was most likely meant.
pub(super) async fn refuse(args: &RunArgs, environment: &Environment) -> Result<(), Error> {
    if !args.run_left_out {
        return Ok(());
    }
    let word = &args.image;
    let Some(meant) = cli::mistyped_command(word) else {
        return Ok(());
    };
    let waits = Waits::default();
    let look = has_image(&args.engine, word, environment, &waits);
    let has = Notices::of(args).telling(&waits, look).await;
    // Why the Engine does not answer is of no help to somebody who has not asked for it.
    if has.unwrap_or(false) {
        return Ok(());
    }
    Err(FlagError::with_hint(
        format!("{word:?} is not a credrun command"),
        format!("did you mean {meant}? An image of that name runs with: credrun run {word}"),
    )
    .into())
}

async fn has_image(
    engine: &EngineArgs,
    name: &str,
    environment: &Environment,
    waits: &Waits,
) -> Result<bool, Error> {
    let endpoint = EnginePlan::resolve(engine, environment)?.endpoint;
    let engine = Engine::connect_telling(endpoint, waits).await?;
    Ok(engine.image(name).await?.is_some())
}
