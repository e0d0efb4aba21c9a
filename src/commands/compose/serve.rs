//! `delivery: live` and `delivery: keyless`: the process that stays behind and serves a project.
//!
//! Compose starts containers once it has its lines, so nothing fails after them that could have failed
//! before.

use super::protocol;
use crate::cli::compose::ProviderArgs;
use crate::cli::engine::EngineArgs;
use crate::commands::engine;
use crate::commands::project::{
    Caller, Containers, Key, Project, Serving, Successor, Whose, behind_relay,
};
use crate::exit::ExitStatus;
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::run::supervisor::Supervisor;
use crate::signals::Signals;
use crate::signals::interruption::{no_signals, unless_interrupted};
use crate::vars::Environment;

/// Runs until the project is over.
pub(super) async fn serve(
    provider: &ProviderArgs,
    environment: &Environment,
    supervisor: &Supervisor,
    caller: &Caller,
) -> Result<ExitStatus, Error> {
    supervisor.end_with_caller()?;
    let mut signals = Signals::ending().map_err(no_signals)?;
    let prepare = prepare(provider, environment, caller);
    match unless_interrupted(&mut signals, prepare).await? {
        Prepared::Served(lines) => crate::stdout::print(&lines),
        Prepared::New { serving, lines } => {
            crate::stdout::print(&lines)?;
            let name = format!("{}/{}", provider.project, provider.service);
            serving.serve(name, caller, supervisor, &mut signals).await
        }
    }
}

enum Prepared {
    /// A process serves the project already; the lines for Compose.
    Served(String),
    New {
        serving: Box<Serving>,
        lines: String,
    },
}

async fn prepare(
    provider: &ProviderArgs,
    environment: &Environment,
    caller: &Caller,
) -> Result<Prepared, Error> {
    let options = &provider.options;
    let project = Project {
        whose: Whose::Project(provider.project.clone()),
        delivery: options.delivery,
        port: options.port,
    };
    let engine = engine(&EngineArgs::default(), environment, Notices::new(true)).await?;
    let mut found = project.containers(&engine).await?.all_told()?;
    let key = match found.dependents.first() {
        // Another would make Compose create the containers anew.
        Some((dependent, _)) => dependent.key.clone(),
        None => Key::random(options.delivery)?,
    };
    let successor = Successor::new(provider, environment, engine, project)?;
    if !successor.has_same_options() {
        // Compose is about to create them anew.
        found.left_out.clear();
    }
    let lines = |region: Option<&str>| lines(provider, &key, region, &found);
    // Without containers it may be about to end.
    if !found.dependents.is_empty()
        && successor.has_same_options()
        && let Some(current) = successor.told_of(caller)?
    {
        return Ok(Prepared::Served(lines(current.region.as_deref())));
    }
    let serving = successor.prepare().await?;
    Ok(Prepared::New {
        lines: lines(serving.region()),
        serving: Box::new(serving),
    })
}

/// The variables, and what stands in their way in containers that are there already.
fn lines(provider: &ProviderArgs, key: &Key, region: Option<&str>, found: &Containers) -> String {
    let options = &provider.options;
    let variables = behind_relay(options.port, key.as_relay_key(), region);
    let in_the_way = found.dependents.iter().flat_map(|(one, _)| one.warnings());
    let left_out = found.left_out.iter().map(|one| one.warning.clone());
    let warnings = in_the_way
        .chain(left_out)
        .map(|warning| protocol::info_line(&format!("warning: {warning}")));
    warnings.collect::<String>() + &protocol::setenv_lines(&provider.service, &variables)
}
