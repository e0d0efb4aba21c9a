//! `credrun compose`: credrun as a provider service of Docker Compose.
//!
//! ```text
//! docker compose up ─▶ credrun compose up ─▶ variables for the services that depend on it
//! ```
//!
//! Compose reads lines of JSON on stdout ([`protocol`]); it throws stderr away. With `delivery: env`,
//! the variables are a set. With `delivery: live` and `delivery: keyless`, a process stays behind
//! ([`super::project`]), as with `-d --live`, until `docker compose down`.

mod by_hand;
mod checks;
mod down;
mod metadata;
mod mfa;
mod names;
mod protocol;
mod serve;

use std::io::{self, IsTerminal as _};

use crate::cli::compose::{ComposeArgs, ComposeCall, ComposeDelivery, ProviderArgs};
use crate::commands::project::Caller;
use crate::credentials::{Source, fetch_fitting, iso8601};
use crate::environment::injection::inject;
use crate::environment::user::UserEnv;
use crate::exit::ExitStatus;
use crate::messages::error::{Error, Failure};
use crate::messages::notices::Notices;
use crate::run::supervisor::Supervisor;
use crate::vars::Environment;
use crate::waits::Waits;

pub use by_hand::start;
pub(super) use checks::check;
pub(super) use names::all_names;
pub use protocol::error_line;
pub(super) use protocol::{Said, read as said};

/// Answers Compose. An error goes to stdout, because Compose shows nothing else.
///
/// # Errors
/// stdout cannot be written.
pub async fn compose(
    args: &ComposeArgs,
    environment: &Environment,
    supervisor: Option<&Supervisor>,
) -> Result<ExitStatus, Error> {
    let outcome = match (&args.call, supervisor) {
        (ComposeCall::Metadata, _) => crate::stdout::print(&metadata::metadata()),
        (ComposeCall::Down { project, service }, _) => {
            down::down(project, service, environment).await
        }
        (ComposeCall::Up(provider), supervisor) => up(provider, environment, supervisor).await,
    };
    match outcome {
        // Typed by hand.
        Err(error) if io::stdout().is_terminal() => Err(error),
        Err(error) => {
            let mut failure = Failure::from(&error);
            if let ComposeCall::Up(provider) = &args.call {
                failure.hint = mfa::hint(&error, provider).or(failure.hint);
            }
            crate::stdout::print(&error_line(&failure.report()))?;
            Ok(error.status())
        }
        ended => ended,
    }
}

async fn up(
    provider: &ProviderArgs,
    environment: &Environment,
    supervisor: Option<&Supervisor>,
) -> Result<ExitStatus, Error> {
    check(provider)?;
    checks::refuse_a_second_time(environment)?;
    match supervisor {
        Some(supervisor) => {
            let caller = Caller::of_this_process();
            serve::serve(provider, environment, supervisor, &caller).await
        }
        None => super::interruptible(deliver_once(provider, environment)).await,
    }
}

/// Serves a project for `credrun compose-env`, whose process becomes Compose.
pub(super) async fn serve_a_child(
    provider: &ProviderArgs,
    environment: &Environment,
    supervisor: &Supervisor,
) -> Result<ExitStatus, Error> {
    let caller = Caller::that_started();
    serve::serve(provider, environment, supervisor, &caller).await
}

/// `delivery: env`.
async fn deliver_once(
    provider: &ProviderArgs,
    environment: &Environment,
) -> Result<ExitStatus, Error> {
    debug_assert_eq!(provider.options.delivery, ComposeDelivery::Env);
    let notices = Notices::new(true);
    let source =
        Source::of_args(&provider.options.common.aws, environment, &Waits::default()).await?;
    let min_ttl = provider.options.min_ttl;
    let fetched = fetch_fitting(&source, min_ttl, |wait| notices.waiting(wait)).await?;
    let region = source.region().map(|region| region.name.as_str());
    let set = inject(&fetched.credentials, region, &UserEnv::default(), &[]).set;
    let mut lines = protocol::setenv_lines(&provider.service, &set);
    if let Some(end) = fetched.credentials.expiration {
        let end = iso8601(end);
        lines.push_str(&protocol::info_line(&format!("credentials end at {end}")));
    }
    crate::stdout::print(&lines)
}
