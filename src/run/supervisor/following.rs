//! Follows a container that no client is attached to, until it is permanently gone.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::engine::{Engine, EngineError, Wait, WaitCondition, short_id};
use crate::exit::ExitStatus;
use crate::messages::error::Error;
use crate::messages::stderr;
use crate::signals::Signals;
use crate::signals::patience::Patience;

/// How long a `docker restart` may take between its stop and its start, on a busy machine.
const BETWEEN_STOP_AND_START: Duration = Duration::from_secs(3);
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// Follows a container that no client is attached to, until it is permanently gone: a restart
/// policy may start it again.
///
/// A signal to end is passed on to the container, because its network and credentials would end
/// with the supervisor. A hangup is not: the supervisor has left the terminal.
///
/// # Errors
/// Where the Engine fails, or fails to start the container again, or at the third such signal.
pub async fn follow(
    engine: &Engine,
    id: &str,
    mut wait: Wait,
    restarts: bool,
    signals: &mut Signals,
) -> Result<ExitStatus, Error> {
    let mut patience = Patience::default();
    loop {
        let status = next_exit(engine, id, wait, signals, &mut patience).await?;
        if !comes_back(engine, id, restarts).await? {
            tell(&format!(
                "the container {} ended with status {status}",
                short_id(id)
            ));
            return match engine.start_failure(id).await? {
                Some(message) => Err(Error::NotStartedAgain { message }),
                None => Ok(status),
            };
        }
        tell(&format!(
            "the container {} ended with status {status}, and will be started again",
            short_id(id)
        ));
        // It may have ended again since the check.
        match engine.wait(id, WaitCondition::NotRunning).await {
            Err(EngineError::Refused { source, .. }) if source.status == 404 => return Ok(status),
            registered => wait = registered?,
        }
    }
}

/// Whether a container that has ended runs again, or will. If it may, checks for a while: between
/// the stop and the start of a `docker restart`, the Engine shows it as ended.
async fn comes_back(engine: &Engine, id: &str, restarts: bool) -> Result<bool, EngineError> {
    let began = Instant::now();
    loop {
        if engine.is_active(id).await? {
            return Ok(true);
        }
        if !restarts || began.elapsed() >= BETWEEN_STOP_AND_START {
            return Ok(false);
        }
        sleep(BETWEEN_LOOKS).await;
    }
}

async fn next_exit(
    engine: &Engine,
    id: &str,
    wait: Wait,
    signals: &mut Signals,
    patience: &mut Patience,
) -> Result<ExitStatus, Error> {
    let mut ended = std::pin::pin!(wait.ended());
    let mut silent = std::pin::pin!(engine.silent());
    loop {
        tokio::select! {
            biased;
            ended = &mut ended => return Ok(ended?.status),
            signal = signals.next_ending() => if !signal.is_hangup() {
                if patience.is_lost() {
                    return Err(Error::LeftRunning { signal, id: short_id(id) });
                }
                tell(&format!("SIG{} is sent on to the container", signal.name()));
                if let Err(error) = engine.kill(id, &signal.name()).await {
                    tell(&format!("it was not delivered: {error}"));
                }
            },
            error = &mut silent => return Err(error.into()),
        }
    }
}

fn tell(line: &str) {
    stderr::say(format!("credrun: {line}\n").as_bytes());
}
