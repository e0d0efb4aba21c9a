//! One run, told once.
//!
//! ```text
//! connect ─ image ─┐
//!                  ├─ fetch again ─ create ─ attach ─ wait ─ start ─ follow ─ end
//! fetch ───────────┘
//! ```
//!
//! Up to create, nothing exists and any signal ends the run at once. Create itself is never given
//! up half-way: a container might be left that nobody knows of. From then on every path ends in
//! its removal, unless it was asked to stay.

mod cidfile;
mod create;
mod door;
mod prepare;
mod pull;
mod session;

use std::time::SystemTime;

use crate::engine::{Attachment, Engine, WaitCondition};
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::notices::Notices;
use crate::plan::RunPlan;
use crate::signals::Signals;
use crate::terminal::{DetachKeys, RawMode};
use crate::vars::Environment;

use create::Container;
use session::{Session, Wiring};

/// Runs a container to its end and returns its status.
///
/// # Errors
/// [`Error`], with nothing left behind.
pub async fn run(plan: &RunPlan, environment: &Environment) -> Result<ExitStatus, Error> {
    let notices = Notices::new(plan.container.quiet);
    let mut signals = Signals::ending().map_err(no_signals)?;

    let ready =
        unless_interrupted(&mut signals, prepare::prepare(plan, environment, notices)).await?;
    if plan.dry_run {
        return create::print_request(plan, &ready);
    }
    let Container { id, door } = create::create(plan, &ready, notices).await?;
    let mut signals = signals.and_all_others().map_err(no_signals)?;

    let outcome = start_and_follow(plan, &ready.engine, &id, &mut signals).await;
    if let Err(error) = &outcome {
        clean_up(plan, &ready.engine, &id, error).await;
    }
    match (door, ready.fetched.credentials.expiration) {
        (Some(door), _) => door.close(&ready.engine).await,
        (None, Some(end)) if end <= SystemTime::now() => notices.expired_during_run(end),
        (None, _) => {}
    }
    outcome
}

/// Attach, wait, start, resize: the order of docker's client, in which no end can be missed.
async fn start_and_follow(
    plan: &RunPlan,
    engine: &Engine,
    id: &str,
    signals: &mut Signals,
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

    let (attached, wait) = unless_interrupted(signals, async {
        let attached = match streams.detach {
            true => None,
            false => Some(engine.attach(id, &attachment).await?),
        };
        Ok((attached, engine.wait(id, condition).await?))
    })
    .await?;
    if streams.detach {
        println!("{id}");
        engine.start(id).await?;
        return Ok(ExitStatus::SUCCESS);
    }

    let wiring = Wiring {
        tty: streams.tty,
        stdin: streams.attach_stdin,
        sig_proxy: plan.container.sig_proxy,
        detach: (streams.tty && streams.attach_stdin)
            .then(|| DetachKeys::new(plan.container.detach_keys.bytes.clone())),
    };
    let _raw = raw_mode(streams.tty && streams.attach_stdin)?;
    let session = Session::connect(engine, id, attached, wiring)?;
    engine.start(id).await?;
    session.resize();
    session.follow(wait, signals).await
}

fn raw_mode(wanted: bool) -> Result<Option<RawMode>, Error> {
    wanted
        .then(RawMode::enter)
        .transpose()
        .map_err(|source| Error::Local {
            action: "put the terminal into raw mode".to_owned(),
            source,
        })
}

/// Removes a container that did not get to its end, unless it was asked to stay, or was left
/// running on purpose.
async fn clean_up(plan: &RunPlan, engine: &Engine, id: &str, error: &Error) {
    let never_started = matches!(error, Error::Interrupted(_));
    let stays = matches!(error, Error::LeftRunning { .. }) || !plan.container.remove;
    if stays && !never_started {
        return;
    }
    if let Err(error) = engine.remove(id).await {
        tracing::warn!(id, %error, "the container may be left over");
    }
}

/// Does `step`, or ends at a signal.
async fn unless_interrupted<T>(
    signals: &mut Signals,
    step: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    tokio::select! {
        biased;
        signal = signals.next() => Err(Error::Interrupted(signal)),
        done = step => done,
    }
}

fn no_signals(source: std::io::Error) -> Error {
    Error::Local {
        action: "catch signals".to_owned(),
        source,
    }
}
