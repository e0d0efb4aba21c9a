//! Signals that end a program, during steps in which there is no container to receive them.

use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::signals::patience::Patience;
use crate::signals::{Signal, Signals};

/// How long after an interruption credrun waits for the Engine before it says what it waits for.
pub(crate) const UNREMARKABLE: Duration = Duration::from_secs(1);

/// Signals within this time count as one: with `-d`, the terminal sends one, and the caller passes
/// it on.
const SAME_SIGNAL: Duration = Duration::from_millis(50);

/// Runs `step`, or ends at a signal.
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

/// The next signal that is not the last one, sent twice.
pub(crate) async fn another(signals: &mut Signals) -> Signal {
    let last = Instant::now();
    loop {
        let signal = signals.next_ending().await;
        if last.elapsed() > SAME_SIGNAL {
            return signal;
        }
    }
}

/// Runs `create`, and returns whether a signal came meanwhile: giving up at the first would leave a
/// container that credrun does not know of. The third signal returns the terminal to the user all
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
        let mut asked = Asked::first(first, Instant::now());
        loop {
            let signal = signals.next_ending().await;
            if asked.once_too_often(signal, Instant::now()) {
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

/// How often the user has asked it to end.
struct Asked {
    patience: Patience,
    last: Instant,
}

impl Asked {
    fn first(signal: Signal, now: Instant) -> Self {
        let mut patience = Patience::default();
        if signal.asks_to_end() {
            patience.is_lost();
        }
        Self {
            patience,
            last: now,
        }
    }

    fn once_too_often(&mut self, signal: Signal, now: Instant) -> bool {
        if !signal.asks_to_end() || now - self.last <= SAME_SIGNAL {
            return false;
        }
        self.last = now;
        self.patience.is_lost()
    }
}

/// Signals cannot be caught.
pub(crate) fn no_signals(source: std::io::Error) -> Error {
    Error::Local {
        action: "catch signals".to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use rustix::process::Signal as Os;

    use super::*;

    fn signal(os: Os) -> Signal {
        Signal(os.as_raw())
    }

    /// The signal at which a create is given up, each with its milliseconds after the first.
    fn given_up(first: Signal, later: &[(Signal, u64)]) -> Option<usize> {
        let began = Instant::now();
        let mut asked = Asked::first(first, began);
        later.iter().position(|(signal, milliseconds)| {
            asked.once_too_often(*signal, began + Duration::from_millis(*milliseconds))
        })
    }

    #[test]
    fn a_create_is_given_up_at_the_third_signal_and_not_before() {
        let (int, term) = (Signal::INT, signal(Os::TERM));
        assert_eq!(given_up(int, &[(int, 100), (term, 200)]), Some(1));
        assert_eq!(given_up(int, &[(int, 100)]), None);
    }

    #[test]
    fn what_comes_within_a_moment_is_one_signal() {
        let int = Signal::INT;
        let later = [(int, 50), (int, 100), (int, 140), (int, 151)];
        assert_eq!(given_up(int, &later), Some(3));
    }

    #[test]
    fn signals_that_end_a_program_and_do_not_ask_it_to_are_not_counted() {
        let (int, hup) = (Signal::INT, signal(Os::HUP));
        assert_eq!(given_up(hup, &[(int, 100), (hup, 200), (int, 300)]), None);
        let later = [(int, 100), (int, 200), (int, 300)];
        assert_eq!(given_up(hup, &later), Some(2));
    }
}
