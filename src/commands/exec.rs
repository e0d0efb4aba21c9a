//! `credrun exec`: runs a command in a running container, with a fresh set for its process only.
//!
//! ```text
//! connect ─ container ─┐
//!                      ├─ create ─ start ─ follow ─ exit code
//! fetch ───────────────┘
//! ```
//!
//! The set is in the environment of that one process. It does not appear in the container's own
//! environment, in `docker inspect`, or in a `docker exec` without credrun.

mod following;

use std::time::SystemTime;

use bollard::models::ExecConfig;

use crate::cli::exec::ExecArgs;
use crate::container::exec::ExecPlan;
use crate::credentials::{Fetched, Region, Source, SourcePlan, fetch_fitting};
use crate::engine::{Engine, RunningContainer};
use crate::environment::injection::{inject, keeps_own_set};
use crate::environment::user::UserEnv;
use crate::exit::ExitStatus;
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::plan::{self, EnginePlan};
use crate::relay::labels::LABEL_DELIVERY;
use crate::run::raw_mode;
use crate::signals::Signals;
use crate::signals::interruption::{no_signals, unless_interrupted};
use crate::terminal;
use crate::vars::{self, Environment};
use crate::waits::Waits;

use following::Following;

/// Runs the command to its end and returns its status.
///
/// # Errors
/// [`Error`]. A signal ends credrun but not the command, since the Engine has no call for that.
pub async fn exec(args: &ExecArgs, environment: &Environment) -> Result<ExitStatus, Error> {
    let ExecArgs {
        aws,
        min_ttl,
        process,
        engine,
        quiet,
        log: _,
        container,
        command,
    } = args;
    let waits = Waits::default();
    let source_plan = SourcePlan::resolve(aws, environment)?;
    let EnginePlan {
        endpoint,
        docker,
        warnings,
    } = EnginePlan::resolve(engine, environment)?;
    let plan = ExecPlan::new(
        process,
        command,
        &plan::host(environment, &endpoint, &docker)?,
    )?;
    terminal::check(plan.streams)?;

    let notices = Notices::new(quiet.quiet);
    for warning in &warnings {
        notices.warning(warning);
    }
    if let Some(exposure) = endpoint.exposure() {
        notices.warning(exposure);
    }
    let mut signals = Signals::ending()
        .and_then(Signals::and_window_changes)
        .map_err(no_signals)?;
    let open = async { Ok(Source::find(&source_plan, environment, &waits).await?) };
    let open = notices.telling(&waits, open);
    let source = unless_interrupted(&mut signals, open).await?;
    notices.policy(source.remarks());
    let find = async {
        let engine = Engine::connect_telling(endpoint, &waits).await?;
        let found = engine.container(container).await?;
        refuse_keyless(container, &found)?;
        Ok::<_, Error>((engine, found))
    };
    let fetch = async { Ok(fetch_fitting(&source, *min_ttl, |wait| notices.waiting(wait)).await?) };
    let ready = notices.telling(&waits, async { futures_util::try_join!(find, fetch) });
    let ((engine, found), set) = unless_interrupted(&mut signals, ready).await?;
    if !keeps_own_set(&UserEnv::of(&plan.env)) {
        notices.credentials(&set, SystemTime::now());
    }
    if source.region().is_none() {
        notices.no_region();
    }

    let body = request(&plan, &engine, &found, &set, source.region(), notices)?;
    let start = async { Ok(engine.create_exec(&found.id, &body).await?) };
    let id = unless_interrupted(&mut signals, start).await?;
    drop(body);
    if plan.streams.detach {
        engine.start_exec_detached(&id, plan.streams.tty).await?;
        return Ok(ExitStatus::SUCCESS);
    }
    let raw = plan.streams.tty
        && plan.streams.attach_stdin
        && environment.non_empty(vars::NORAW).is_none();
    let _raw = raw_mode(raw)?;
    Following::start(&engine, &id, container, &plan)
        .await?
        .until_end(&mut signals)
        .await
}

/// Credentials in a container of `--keyless` would be seen by its other processes. They would be of
/// no use either: SDKs there send their calls to the proxy, which takes no other key.
fn refuse_keyless(typed: &str, container: &RunningContainer) -> Result<(), Error> {
    let delivery = container.labels.get(LABEL_DELIVERY);
    match delivery.is_some_and(|word| word == "keyless") {
        true => Err(Error::Keyless {
            container: typed.to_owned(),
        }),
        false => Ok(()),
    }
}

/// The create request. Variables of the container that would outrank the set are unset for this
/// command, by naming them without a value; Podman refuses that.
fn request(
    plan: &ExecPlan,
    engine: &Engine,
    container: &RunningContainer,
    set: &Fetched,
    region: Option<&Region>,
    notices: Notices,
) -> Result<ExecConfig, Error> {
    let region = region.map(|region| region.name.as_str());
    let user = UserEnv::of(&plan.env);
    let injection = inject(&set.credentials, region, &user, &container.env);
    notices.left_to_user(&injection);
    if engine.is_podman() {
        notices.not_unset(&injection.unset);
    }
    let mut env = injection.into_env(&plan.env);
    if engine.is_podman() {
        env.retain(|entry| entry.value.is_some());
    }
    let env = env.iter().map(ToString::to_string).collect();
    Ok(plan.create_body(engine.api_version(), env)?)
}
