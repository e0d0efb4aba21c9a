//! Signals that end a program, while credrun does something that no container can be sent them
//! for.

use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::signals::{PATIENCE, Signal, Signals};

/// How long an Engine may take to answer until whoever interrupted is told what is waited for.
const UNREMARKABLE: Duration = Duration::from_secs(1);

/// Within this time, signals are one: with `-d`, the terminal sends it, and the caller passes it on.
const SAME_SIGNAL: Duration = Duration::from_millis(50);

/// Does `step`, or ends at a signal.
pub(crate) async fn unless_interrupted<T>(
    signals: &mut Signals,
    step: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    tokio::select! {
        biased;
        signal = signals.next_ending() => Err(Error::Interrupted(signal)),
        done = step => done,
    }
}

/// Does `create`, and tells whether a signal came meanwhile: giving up at the first would leave a
/// container that nobody knows of. Whoever asks for the third time gets their terminal back all
/// the same.
pub(crate) async fn create_unless_given_up<T>(
    signals: &mut Signals,
    create: impl Future<Output = Result<T, Error>>,
    notices: Notices,
) -> Result<(T, Option<Signal>), Error> {
    let mut create = pin!(create);
    let first = tokio::select! {
        biased;
        signal = signals.next_ending() => signal,
        created = &mut create => return Ok((created?, None)),
    };
    tokio::select! {
        biased;
        created = &mut create => Ok((created?, Some(first))),
        last = third(first, signals, notices) => Err(Error::CreateGivenUp(last)),
    }
}

async fn third(first: Signal, signals: &mut Signals, notices: Notices) -> Signal {
    let remark = async {
        sleep(UNREMARKABLE).await;
        notices.finishing_create(first);
    };
    let count = async {
        let mut asked = u32::from(first.asks_to_end());
        let mut last = Instant::now();
        loop {
            let signal = signals.next_ending().await;
            if signal.asks_to_end() && last.elapsed() > SAME_SIGNAL {
                asked += 1;
                last = Instant::now();
            }
            if asked >= PATIENCE {
                return signal;
            }
        }
    };
    let mut count = pin!(count);
    tokio::select! {
        last = &mut count => last,
        () = remark => count.await,
    }
}

/// Signals cannot be caught.
pub(crate) fn no_signals(source: std::io::Error) -> Error {
    Error::Local {
        action: "catch signals".to_owned(),
        source,
    }
}
