//! `credrun devcontainer`: credentials that renew for the dev container of a folder.
//!
//! ```text
//! devcontainer up ─▶ initializeCommand: credrun devcontainer ─▶ .credrun/devcontainer.env ─▶ docker run --env-file
//! ```
//!
//! VS Code and the Dev Containers CLI run `initializeCommand` in the folder before they create or
//! start the container. A process stays behind that serves the container, by the same means as that of
//! a Compose project ([`super::project`]). It ends when the container has ended and the caller is gone.

mod env_file;

use std::collections::BTreeMap;
use std::path::Path;

use super::project::{Caller, Key, Project, Serving, Successor, Whose, behind_relay};
use crate::cli::compose::{ComposeDelivery, ProviderArgs, ProviderOptions, ServiceOptions};
use crate::cli::devcontainer::DevcontainerArgs;
use crate::exit::ExitStatus;
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::messages::visible::on_one_line;
use crate::run::supervisor::Supervisor;
use crate::signals::Signals;
use crate::signals::interruption::{no_signals, unless_interrupted};
use crate::vars::Environment;
use env_file::EnvFile;

/// In the place of a Compose file's provider service.
const SERVICE: &str = "devcontainer";

/// Writes the variables for the container and serves it until it has ended.
///
/// # Errors
/// [`Error`]; what a process before this one serves goes on.
pub async fn devcontainer(
    args: &DevcontainerArgs,
    environment: &Environment,
    supervisor: &Supervisor,
) -> Result<ExitStatus, Error> {
    supervisor.end_with_caller()?;
    let caller = Caller::of_this_process();
    let mut signals = Signals::ending().map_err(no_signals)?;
    let folder = std::env::current_dir().map_err(|source| Error::Local {
        action: "find the working directory".to_owned(),
        source,
    })?;
    let prepare = prepare(args, &folder, environment, &caller);
    let Some(serving) = unless_interrupted(&mut signals, prepare).await? else {
        return Ok(ExitStatus::SUCCESS);
    };
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    // The log's first line has it.
    let name = format!("{}/{SERVICE}", on_one_line(&name));
    serving.serve(name, &caller, supervisor, &mut signals).await
}

/// `None` where another process serves the container already, and goes on.
async fn prepare(
    args: &DevcontainerArgs,
    folder: &Path,
    environment: &Environment,
    caller: &Caller,
) -> Result<Option<Serving>, Error> {
    let notices = Notices::new(args.quiet.quiet);
    let provider = provider(args, folder);
    let ProviderOptions { delivery, port, .. } = provider.options;
    let engine = super::engine(&args.engine, environment, notices).await?;
    let file = EnvFile::of(folder)?;
    let key = match Key::read(delivery, port, &file.read()) {
        // With another, a container that is there would have to be created anew.
        Some(key) => key,
        None => Key::random(delivery)?,
    };
    let project = Project {
        whose: Whose::DevContainer(key.clone()),
        delivery,
        port,
    };
    let successor = Successor::new(&provider, environment, engine, project)?;
    if let Some(process) = successor.not_needed(caller).await? {
        notices.serves_already(process);
        return Ok(None);
    }
    let serving = successor.prepare().await?;
    file.write(&behind_relay(port, key.as_relay_key(), serving.region()))?;
    Ok(Some(serving))
}

/// The folder as a project with one service.
fn provider(args: &DevcontainerArgs, folder: &Path) -> ProviderArgs {
    let DevcontainerArgs {
        aws,
        keyless,
        allow,
        deny,
        min_ttl,
        port,
        engine: _,
        quiet: _,
        log: _,
    } = args;
    ProviderArgs {
        project: folder.to_string_lossy().into_owned(),
        service: SERVICE.to_owned(),
        options: ProviderOptions {
            delivery: match keyless {
                true => ComposeDelivery::Keyless,
                false => ComposeDelivery::Live,
            },
            common: ServiceOptions {
                aws: aws.clone(),
                allow: allow.clone(),
                deny: deny.clone(),
            },
            record: None,
            min_ttl: *min_ttl,
            port: *port,
        },
        of_services: BTreeMap::new(),
        // No secret is in it.
        typed: vec![format!("{:?}", (aws, keyless, allow, deny, min_ttl, port))],
    }
}
