//! One run, from start to end.
//!
//! ```text
//! connect ─ image ─┐
//!                  ├─ fetch again ─ create ─ attach ─ wait ─ start ─ follow ─ end
//! fetch ───────────┘
//! ```
//!
//! Up to start, a signal that ends a program ends the run. While the Engine starts the container,
//! credrun holds signals back; from then on they go to the container. Before create, there is
//! nothing to leave behind. Only the third signal gives up create half-way, because that could
//! leave a container that credrun does not know of. From then on every path removes the container,
//! unless the user asked to keep it.

pub(crate) mod calls;
mod cidfile;
mod create;
mod dry_run;
pub(crate) mod keyless;
mod leftovers;
mod mistyped;
mod prepare;
mod pull;
mod record;
mod report;
mod session;

pub(crate) mod ready;
pub(crate) mod relay;
pub(crate) mod renewing;
pub(crate) mod shared_files;
pub mod state;
pub mod supervisor;
pub(crate) mod valid_until;

use std::io::Write as _;
use std::time::SystemTime;

use crate::cli::run::RunArgs;
use crate::credentials::Source;
use crate::engine::{Attachment, Engine, WaitCondition, short_id};
use crate::exit::ExitStatus;
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::panics;
use crate::plan::RunPlan;
use crate::signals::Signals;
use crate::signals::interruption::{create_unless_given_up, no_signals, unless_interrupted};
use crate::terminal::{self, DetachKeys, RawMode};
use crate::vars::{self, Environment};
use crate::waits::Waits;

use cidfile::CidFile;
use create::Container;
use record::Phase;
use report::ReportFile;
use session::{Session, Wiring};
use supervisor::Supervisor;
use supervisor::log::Served;

pub use record::Record;

/// Runs the typed command line and returns the container's status. A requested report is written
/// whatever the outcome.
///
/// # Errors
/// [`Error`]; nothing is left behind but what it names.
pub async fn run(
    args: &RunArgs,
    environment: &Environment,
    supervisor: Option<&Supervisor>,
) -> Result<ExitStatus, Error> {
    let path = args.diagnostics.report.as_deref();
    if let (Some(path), Some(supervisor)) = (path, supervisor) {
        supervisor.will_report_to(path);
    }
    let file = path.map(ReportFile::reserve).transpose()?;
    let record = Record::begin(file.is_some());
    let outcome = panics::caught_in(async {
        if let Some(supervisor) = supervisor {
            supervisor.end_with_caller()?;
        }
        mistyped::refuse(args, environment).await?;
        let resolve = record.time(Phase::Resolve, resolve(args, environment));
        let (plan, source, signals) = resolve.await?;
        let run = Run {
            supervisor,
            signals,
        };
        carry_out(&plan, source, environment, run, &record).await
    })
    .await;
    if let Some(file) = file
        && let Err(error) = file.write(record, &outcome).await
    {
        Notices::new(false).no_report(&error);
    }
    outcome
}

/// Resolves the command line and the config files. Contacts no server yet.
///
/// Signals are caught only after the files that flags name have been read: one of them may be a
/// pipe without a writer, and there ^C must end credrun like any program.
async fn resolve(
    args: &RunArgs,
    environment: &Environment,
) -> Result<(RunPlan, Source, Signals), Error> {
    let plan = RunPlan::resolve(args, environment)?;
    let mut signals = Signals::ending().map_err(no_signals)?;
    let notices = Notices::new(plan.container.quiet);
    for warning in &plan.warnings {
        notices.warning(warning);
    }
    terminal::check(plan.container.streams)?;
    if let Some(flag) = plan.misplaced_flag() {
        notices.flag_after_image(flag);
    }
    let waits = Waits::default();
    let find = async { Ok::<_, Error>(Source::find(&plan.source, environment, &waits).await?) };
    let find = notices.telling(&waits, find);
    let source = unless_interrupted(&mut signals, find).await?;
    notices.policy(source.remarks());
    let source = match plan.delivery.has_relay() {
        false => source,
        true => source.for_a_long_run(),
    };
    Ok((plan, source, signals))
}

/// How signals reach a run, and where its results go.
pub struct Run<'a> {
    /// Set in the process that stays behind with `-d` to serve the container.
    pub supervisor: Option<&'a Supervisor>,
    /// The signals that end a run before there is a container.
    pub signals: Signals,
}

/// Runs a container to its end and returns its status. Notes what happens in `record`.
///
/// # Errors
/// [`Error`]; nothing is left behind but what it names.
pub async fn carry_out(
    plan: &RunPlan,
    source: Source,
    environment: &Environment,
    Run {
        supervisor,
        mut signals,
    }: Run<'_>,
    record: &Record,
) -> Result<ExitStatus, Error> {
    let notices = Notices::new(plan.container.quiet);
    let cidfile = reserve_cidfile(plan)?;
    record.planned(plan);

    let prepare = prepare::prepare(plan, source, environment, notices, record);
    let ready = unless_interrupted(&mut signals, prepare).await?;
    record.ready(&ready);
    if plan.dry_run {
        return dry_run::print_request(plan, &ready, notices);
    }
    if let Some(keyless) = &ready.keyless {
        keyless.ask_for_account(ready.calls.are_recorded(), &ready.source, &ready.fetched);
    }
    let create = record.time(Phase::Create, create::create(plan, &ready, notices));
    let (created, interrupted) = create_unless_given_up(&mut signals, create, notices).await?;
    let Container { id, relay, set } = created;
    record.container(&id);
    let valid_until = relay
        .as_ref()
        .and_then(|relay| valid_until::keep(environment, &id, relay.current()));

    let outcome = panics::unless_any(async {
        interrupted.map_or(Ok(()), |signal| Err(Error::Interrupted(signal)))?;
        cidfile.map_or(Ok(()), |file| file.write(&id))?;
        let mut signals = for_container(plan, signals)?;
        if let Some(relay) = relay.as_ref().filter(|_| plan.container.remove) {
            unless_interrupted(&mut signals, relay.close_after(&ready.engine, &id)).await?;
        }
        ready.calls.begin();
        start_and_follow(
            plan,
            environment,
            supervisor,
            &ready.engine,
            &id,
            &mut signals,
            record,
        )
        .await
    })
    .await;
    let outcome = match outcome {
        Err(error) => Err(clean_up(plan, &ready.engine, &id, error, notices).await),
        ended => ended,
    };
    if let Some(relay) = relay {
        let (podman, relay_id) = (ready.engine.is_podman(), relay.id().to_owned());
        let runs_on = is_left_running(plan, &ready.engine, &id, &outcome).await;
        if runs_on {
            notices.left_without_relay(&short_id(&id));
        } else if podman && is_kept(plan, &outcome) {
            notices.kept_relay(&short_id(&relay_id));
        }
        relay.close().await;
        if podman && !runs_on && plan.container.remove {
            relay::remove_after_its_container(&ready.engine, &relay_id).await;
        }
    }
    if let Some(valid_until) = valid_until {
        valid_until.forget().await;
    }
    if let Some(summary) = ready.calls.end(notices, outcome.is_ok()).await {
        record.calls(&summary);
    }
    if let Some(set) = set {
        let ended = set.expiration.filter(|&end| end <= SystemTime::now());
        match ended {
            Some(end) => notices.expired_during_run(end),
            None if is_kept(plan, &outcome) => notices.kept_set(&short_id(&id)),
            None => {}
        }
    }
    outcome
}

/// Attach, wait, start, resize: the order of docker's client, which misses no exit.
async fn start_and_follow(
    plan: &RunPlan,
    environment: &Environment,
    supervisor: Option<&Supervisor>,
    engine: &Engine,
    id: &str,
    signals: &mut Signals,
    record: &Record,
) -> Result<ExitStatus, Error> {
    let streams = plan.container.streams;
    let condition = if plan.container.remove {
        WaitCondition::Removed
    } else {
        WaitCondition::NextExit
    };
    let attachment = Attachment {
        stdin: streams.attach_stdin,
        stdout: streams.attach_stdout,
        stderr: streams.attach_stderr,
        detach_keys: plan.container.detach_keys.given.clone(),
    };

    let attach = record.time(Phase::Attach, async {
        let attached = match streams.detach {
            true => None,
            false => Some(engine.attach(id, &attachment).await?),
        };
        Ok((attached, engine.wait(id, condition).await?))
    });
    let (attached, wait) = unless_interrupted(signals, attach).await?;
    if streams.detach {
        let supervisor = match supervisor {
            Some(supervisor) => {
                let name = unless_interrupted(signals, name_of(plan, engine, id)).await?;
                let id = id.to_owned();
                Some((supervisor, Served { name, id }))
            }
            None => None,
        };
        write_id(id)?;
        let start = record.time(Phase::Start, async { Ok(engine.start(id).await?) });
        unless_interrupted(signals, start).await?;
        return match supervisor {
            Some((supervisor, served)) => {
                supervisor.settle(&served)?;
                let restarts = plan.container.restarts;
                let follow = supervisor::follow(engine, id, wait, restarts, signals);
                record.time(Phase::Run, follow).await
            }
            None => Ok(ExitStatus::SUCCESS),
        };
    }

    let wiring = Wiring {
        tty: streams.tty,
        stdin: streams.attach_stdin,
        sig_proxy: plan.container.sig_proxy,
        detach: (streams.tty && streams.attach_stdin)
            .then(|| DetachKeys::new(plan.container.detach_keys.bytes.clone())),
    };
    let raw = streams.tty && streams.attach_stdin && environment.non_empty(vars::NORAW).is_none();
    let _raw = raw_mode(raw)?;
    let mut session = Session::connect(engine, id, attached, wiring)?;
    let notices = Notices::new(plan.container.quiet);
    record
        .time(Phase::Start, session.start(signals, notices))
        .await?;
    session.resize();
    record.time(Phase::Run, session.follow(wait, signals)).await
}

/// The container's name, which the Engine makes up where none was typed.
async fn name_of(plan: &RunPlan, engine: &Engine, id: &str) -> Result<String, Error> {
    match &plan.container.name {
        Some(name) => Ok(name.clone()),
        None => Ok(engine.container(id).await?.name),
    }
}

/// `-d`: prints the ID before the start, as docker does, whether or not the start succeeds.
fn write_id(id: &str) -> Result<(), Error> {
    writeln!(std::io::stdout(), "{id}").map_err(|source| Error::Local {
        action: "write the container's ID to stdout".to_owned(),
        source,
    })
}

/// Creates the file first, so that no container exists whose ID cannot be written.
fn reserve_cidfile(plan: &RunPlan) -> Result<Option<CidFile>, Error> {
    match &plan.container.cidfile {
        Some(path) if !plan.dry_run => CidFile::reserve(path).map(Some),
        _ => Ok(None),
    }
}

/// The signals that are caught from create on. With `--sig-proxy=false` those that credrun does not
/// use keep their meaning: ^Z suspends it.
fn for_container(plan: &RunPlan, signals: Signals) -> Result<Signals, Error> {
    if plan.container.sig_proxy {
        signals.and_all_others()
    } else {
        signals.and_window_changes()
    }
    .map_err(no_signals)
}

/// Raw mode, where needed.
pub(crate) fn raw_mode(wanted: bool) -> Result<Option<RawMode>, Error> {
    wanted
        .then(RawMode::enter)
        .transpose()
        .map_err(|source| Error::Local {
            action: "put the terminal into raw mode".to_owned(),
            source,
        })
}

/// Removes a container whose run was cut short, unless it was to be kept or was left running on
/// purpose. Returns the error to report.
async fn clean_up(
    plan: &RunPlan,
    engine: &Engine,
    id: &str,
    error: Error,
    notices: Notices,
) -> Error {
    let never_started = matches!(error, Error::Interrupted(_));
    let stays = matches!(error, Error::LeftRunning { .. }) || !plan.container.remove;
    if stays && !never_started {
        return error;
    }
    match (engine.remove(id).await, error) {
        (Ok(()), error) => error,
        (Err(source), Error::Interrupted(signal)) => Error::LeftBehind {
            signal,
            id: short_id(id),
            source,
        },
        (Err(source), error) => {
            notices.left_over(&short_id(id), &source);
            error
        }
    }
}

/// Whether the container remains after its end.
fn is_kept(plan: &RunPlan, outcome: &Result<ExitStatus, Error>) -> bool {
    !plan.container.remove && !matches!(outcome, Err(Error::Interrupted(_)))
}

/// Whether the container outlives its followed run: after a signal, or the detach keys.
async fn is_left_running(
    plan: &RunPlan,
    engine: &Engine,
    id: &str,
    outcome: &Result<ExitStatus, Error>,
) -> bool {
    let streams = plan.container.streams;
    match outcome {
        Err(error) => matches!(error, Error::LeftRunning { .. }),
        Ok(_) if streams.tty && streams.attach_stdin => engine.is_active(id).await.unwrap_or(false),
        Ok(_) => false,
    }
}
