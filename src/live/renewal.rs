//! Keeps one set of credentials fresh, in the background.
//!
//! One task fetches for all clients and ahead of need, so that no request waits for AWS. The wall
//! clock decides whether a set has expired, as with AWS: after a laptop's sleep the monotonic clock
//! has not moved, but the set has expired.

pub(crate) mod current;

use std::error::Error;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use super::event::{Event, Report};
use crate::causes;
use crate::live::event::FailureKind;

pub use current::Ended;
use current::{Clock, CurrentSet, Dated, Held, Refused};

const MINUTE: Duration = Duration::from_secs(60);

/// A fetch that takes longer has failed.
const FETCH_DEADLINE: Duration = MINUTE;
/// How often to check the wall clock.
const LOOK: Duration = Duration::from_secs(5);
/// The shortest pause between two attempts, and the one after a first failure.
const SHORTEST_DELAY: Duration = Duration::from_secs(1);
/// The longest pause between two attempts, after many failures.
const LONGEST_DELAY: Duration = MINUTE;
/// The shortest time between two reports of failures.
const REPORT_INTERVAL: Duration = Duration::from_secs(300);

/// What to do about a set without an expiry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WithoutEnd {
    /// Serve it permanently.
    Keep,
    /// Fetch again every minute.
    FetchAgain,
}

#[derive(Debug)]
pub struct FetchError {
    /// Why. Its chain of causes is reported, so it must hold no secret.
    pub why: Box<dyn Error + Send + Sync>,
    /// What the fetch needs to succeed again.
    pub kind: FailureKind,
}

/// The task that renews. Dropping it ends it.
pub struct Renewal {
    set: CurrentSet,
    task: JoinHandle<()>,
}

impl Renewal {
    /// Serves `first`, and later the sets that `fetch` returns.
    ///
    /// `fetch` must not prompt: where only a person can help, it returns
    /// [`FailureKind::NeedsPerson`]. It is called ahead of the set's expiry, so the user hears of
    /// it in time.
    pub fn start<F, R, S>(first: impl Into<Dated>, fetch: F, report: Report) -> Self
    where
        F: FnMut() -> R + Send + 'static,
        R: Future<Output = Result<S, FetchError>> + Send + 'static,
        S: Into<Dated> + 'static,
    {
        let clock = Arc::new(SystemTime::now);
        Self::with_clock(first.into(), WithoutEnd::Keep, fetch, report, clock)
    }

    /// The same for a set from a file that does not say when it expires. Another program writes the
    /// next one there, so it is fetched again every minute.
    pub fn start_from_file<F, R, S>(first: impl Into<Dated>, fetch: F, report: Report) -> Self
    where
        F: FnMut() -> R + Send + 'static,
        R: Future<Output = Result<S, FetchError>> + Send + 'static,
        S: Into<Dated> + 'static,
    {
        let clock = Arc::new(SystemTime::now);
        Self::with_clock(first.into(), WithoutEnd::FetchAgain, fetch, report, clock)
    }

    fn with_clock<F, R, S>(
        first: Dated,
        without_end: WithoutEnd,
        fetch: F,
        report: Report,
        clock: Clock,
    ) -> Self
    where
        F: FnMut() -> R + Send + 'static,
        R: Future<Output = Result<S, FetchError>> + Send + 'static,
        S: Into<Dated> + 'static,
    {
        let held = Held::of(first);
        let (sender, held) = watch::channel(held);
        let needed = Arc::new(Notify::new());
        let refused = Refused::default();
        let renewer = Renewer {
            without_end,
            fetch,
            report,
            clock: Arc::clone(&clock),
            held: sender,
            needed: Arc::clone(&needed),
            refused: refused.clone(),
            failures: Failures::default(),
        };
        Self {
            set: CurrentSet {
                held,
                needed,
                refused,
                clock,
            },
            task: tokio::spawn(renewer.run()),
        }
    }

    /// A view of the served set, now and later.
    #[must_use]
    pub fn current(&self) -> CurrentSet {
        self.set.clone()
    }
}

impl Drop for Renewal {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// How long before its expiry a set with `left` to live should be replaced.
///
/// Early enough for every SDK to get more than the 15 minutes below which the earliest ask at every
/// call; for long sets, early enough for an announced window of an hour. But sources that rotate
/// their sets by themselves do so five minutes before the expiry, and until then an early fetch
/// returns the same set.
fn lead(left: Duration) -> Duration {
    let half = left / 2;
    if left < 20 * MINUTE {
        half.min(Duration::from_secs(270))
    } else {
        half.min(65 * MINUTE)
    }
}

struct Renewer<F> {
    without_end: WithoutEnd,
    fetch: F,
    report: Report,
    clock: Clock,
    held: watch::Sender<Held>,
    needed: Arc<Notify>,
    refused: Refused,
    failures: Failures,
}

impl<F, R, S> Renewer<F>
where
    F: FnMut() -> R,
    R: Future<Output = Result<S, FetchError>>,
    S: Into<Dated>,
{
    async fn run(mut self) {
        let Some(mut pause) = self.until_due() else {
            return;
        };
        loop {
            self.pause(pause).await;
            let fetched = self.fetch_valid().await;
            self.refused.settle();
            match fetched {
                Ok(next) => {
                    self.adopt(next);
                    match self.until_due() {
                        Some(due) => pause = due,
                        None => return,
                    }
                }
                Err(error) => pause = self.fail(&error),
            }
        }
    }

    fn left(&self) -> Option<Duration> {
        self.held.borrow().left((self.clock)())
    }

    /// None for a set that is kept permanently.
    fn until_due(&self) -> Option<Duration> {
        let Some(left) = self.left() else {
            return (self.without_end == WithoutEnd::FetchAgain).then_some(MINUTE);
        };
        Some((left - lead(left)).max(SHORTEST_DELAY))
    }

    /// Waits `pause`, or less if a request finds that the set has expired.
    ///
    /// Uses the clock that has gone further: the wall clock goes on while the machine sleeps, the
    /// monotonic one is never set back.
    async fn pause(&mut self, mut pause: Duration) {
        let (start, monotonic_start) = ((self.clock)(), Instant::now());
        let passed = || {
            let wall = (self.clock)().duration_since(start).unwrap_or_default();
            wall.max(monotonic_start.elapsed())
        };
        loop {
            let rest = pause.saturating_sub(passed());
            if rest.is_zero() {
                return;
            }
            tokio::select! {
                () = sleep(rest.min(LOOK)) => {}
                () = self.needed.notified() => {
                    if self.left().is_some_and(|left| left.is_zero()) || self.is_refused() {
                        pause = pause.min(SHORTEST_DELAY);
                    }
                }
            }
        }
    }

    fn is_refused(&self) -> bool {
        self.refused.is(&self.held.borrow().set.access_key_id)
    }

    async fn fetch_valid(&mut self) -> Result<Held, FetchError> {
        let failed = |why: &str, kind| FetchError {
            why: why.into(),
            kind,
        };
        let fetched = timeout(FETCH_DEADLINE, (self.fetch)())
            .await
            .map_err(|_| {
                failed(
                    "the source did not respond within a minute",
                    FailureKind::Unreachable,
                )
            })??;
        let mut next = Held::of(fetched.into());
        // A source that does not report its time now keeps the clock that it had.
        next.clock = next.clock.or(self.held.borrow().clock);
        if next.has_time((self.clock)()) {
            Ok(next)
        } else {
            Err(failed(
                "the source returned credentials that have expired",
                FailureKind::Other,
            ))
        }
    }

    fn adopt(&mut self, next: Held) {
        let until = next.set.expiration;
        let held = self.held.send_replace(next.clone());
        let same = held.set.access_key_id == next.set.access_key_id && held.set.expiration == until;
        let recovered = std::mem::take(&mut self.failures).count > 0;
        if recovered || !same {
            (self.report)(Event::Renewed { recovered, until });
        }
    }

    /// Notes the failure and returns how long to wait. The set that is held stays in use.
    fn fail(&mut self, error: &FetchError) -> Duration {
        let why = causes::in_one_line(error.why.as_ref());
        if self.left().is_none() {
            // Without an expiry it is unknown whether the set still works, so there is nothing to
            // report.
            tracing::warn!(%why, "cannot fetch the credentials again");
            return MINUTE;
        }
        let left = self.left().filter(|left| !left.is_zero());
        if self.failures.should_tell((self.clock)(), left.is_none()) {
            (self.report)(Event::RenewalFailed {
                why: why.clone(),
                kind: error.kind,
                left,
            });
        }
        self.held.send_modify(|held| held.failure = Some(why));
        let delay = self.failures.next_delay();
        // Do not sleep through the set's last moments.
        left.map_or(delay, |left| delay.min((left / 2).max(SHORTEST_DELAY)))
    }
}

/// The failures since the last success.
#[derive(Default)]
struct Failures {
    count: u32,
    told: Option<SystemTime>,
    told_end: bool,
}

impl Failures {
    /// True for the first failure, for the one that finds the set expired, and otherwise once in
    /// five minutes.
    fn should_tell(&mut self, now: SystemTime, ended: bool) -> bool {
        // After a clock was set back, it does not say how long it has been.
        let is_recent = |told| {
            now.duration_since(told)
                .is_ok_and(|since| since < REPORT_INTERVAL)
        };
        let due = !self.told.is_some_and(is_recent);
        let tell = due || (ended && !self.told_end);
        if tell {
            self.told = Some(now);
            self.told_end = ended;
        }
        tell
    }

    /// 1, 2, 4, … up to 60 seconds.
    fn next_delay(&mut self) -> Duration {
        let doubled = SHORTEST_DELAY * (1 << self.count.min(6));
        self.count = self.count.saturating_add(1);
        doubled.min(LONGEST_DELAY)
    }
}

#[cfg(test)]
mod tests;
