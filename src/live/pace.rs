//! Limits how often something is done per second, in order of arrival.
//!
//! A caller over the limit waits and is not refused: an SDK takes a refusal for the end of its
//! credentials, but ignores a delay of some milliseconds.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

/// A bound on how often something is done.
pub(crate) struct Pace {
    /// Average time between two turns.
    interval: Duration,
    /// Unused turns are saved up for at most this long.
    saved: Duration,
    /// When the next turn is. The lock's queue orders the callers; one that gives up waiting leaves
    /// it.
    next: Mutex<Instant>,
}

impl Pace {
    /// Allows `turns` a second, all of them at once if need be.
    pub(crate) fn per_second(turns: u32) -> Self {
        let second = Duration::from_secs(1);
        let now = Instant::now();
        Self {
            interval: second / turns,
            saved: second,
            next: Mutex::new(now.checked_sub(second).unwrap_or(now)),
        }
    }

    /// Waits for the caller's turn.
    pub(crate) async fn turn(&self) {
        let mut next = self.next.lock().await;
        sleep_until(*next).await;
        let now = Instant::now();
        let earliest = now.checked_sub(self.saved).unwrap_or(now);
        *next = earliest.max(*next) + self.interval;
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use futures_util::future::join_all;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_seconds_turns_are_had_at_once_and_more_are_waited_for() {
        let pace = Pace::per_second(100);
        for pause in [0, 60] {
            tokio::time::sleep(Duration::from_secs(pause)).await;
            let began = Instant::now();
            let after = || began.elapsed().as_millis();
            join_all((0..100).map(|_| pace.turn())).await;
            assert!(after() < 20, "{} ms", after());
            join_all((0..200).map(|_| pace.turn())).await;
            assert!((1980..=2020).contains(&after()), "{} ms", after());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_gives_up_takes_no_turn() {
        let pace = Pace::per_second(10);
        join_all((0..10).map(|_| pace.turn())).await;
        let began = Instant::now();
        for _ in 0..1000 {
            let _ = pace.turn().now_or_never();
        }
        pace.turn().await;
        assert!(began.elapsed() < Duration::from_millis(1300));
    }
}
