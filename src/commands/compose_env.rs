//! `credrun compose-env`: starts a Compose that knows no provider services, with the variables in its
//! environment that a provider service would give. `credrun compose-file` prints what passes them on.
//!
//! credrun replaces itself with Compose, so what serves the project ends with it as it does with a
//! Compose that has called credrun.

use std::ffi::OsString;

use super::compose::{self, Said, all_names};
use super::env::{fetched, replace_by};
use super::interruptible;
use crate::cli::compose::ProviderArgs;
use crate::cli::compose_env::ComposeEnvArgs;
use crate::container::grammar::env::{EnvEntry, EnvOrigin};
use crate::exit::ExitStatus;
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::messages::stderr;
use crate::run::supervisor::{Begun, Supervisor, begin};
use crate::vars::{self, Environment};

/// Becomes Compose. Returns only if that fails, and in the process that stays behind.
///
/// # Errors
/// [`Error`].
pub async fn compose_env(
    args: &ComposeEnvArgs,
    typed: Vec<OsString>,
    environment: &Environment,
    supervisor: Option<&Supervisor>,
) -> Result<ExitStatus, Error> {
    let provider = args.provider(environment)?;
    compose::check(&provider)?;
    if let Some(supervisor) = supervisor {
        return compose::serve_a_child(&provider, environment, supervisor).await;
    }
    let notices = Notices::new(args.quiet.quiet);
    let variables = if provider.options.delivery.stays_behind() {
        match served(&provider, typed, notices).await? {
            Ok(variables) => variables,
            Err(status) => return Ok(status),
        }
    } else {
        let options = &provider.options;
        let fetch = fetched(&options.common.aws, options.min_ttl, notices, environment);
        interruptible(fetch).await?
    };
    let own = [
        (vars::COMPOSE_PROJECT_NAME, provider.project),
        (vars::CREDRUN_COMPOSE_ENV, "true".to_owned()),
    ];
    let own = own.map(|(name, value)| EnvEntry::new(name, Some(value), EnvOrigin::Credrun));
    let passed = all_names(provider.options.delivery)?;
    let variables = [&variables[..], &own].concat();
    // Threads do not survive the exec.
    stderr::settle().await;
    Err(replace_by(&args.command, passed, &variables))
}

/// What a process that stays behind has said; its status if there is none.
async fn served(
    provider: &ProviderArgs,
    typed: Vec<OsString>,
    notices: Notices,
) -> Result<Result<Vec<EnvEntry>, ExitStatus>, Error> {
    let Begun {
        output,
        behind,
        status,
    } = begin(typed).await?;
    if status != ExitStatus::SUCCESS {
        return Ok(Err(status));
    }
    let Said { variables, texts } = compose::said(&provider.service, &output);
    for text in texts {
        notices.compose(&text);
    }
    if let Some((process, log)) = behind {
        notices.serves_project(&provider.project, process, &log);
    }
    Ok(Ok(variables))
}
