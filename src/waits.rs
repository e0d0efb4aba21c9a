//! What credrun is waiting for at the moment, so that it can be reported to the user.
//!
//! Code that makes a request says what it waits for ([`Waits::during`]).
//! [`crate::messages::notices`] decides whether it has taken long enough to be reported.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// Two attempts with a pause shorter than this are one wait.
const SAME: Duration = Duration::from_secs(1);

/// Everything that one command waits for. Clones share it.
#[derive(Debug, Clone)]
pub struct Waits(Arc<watch::Sender<Vec<Wait>>>);

#[derive(Debug, Clone)]
struct Wait {
    what: Arc<str>,
    since: Instant,
    /// `None` while it goes on.
    ended: Option<Instant>,
}

impl Default for Waits {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(Vec::new())))
    }
}

impl Waits {
    /// Does `work`, which waits for `what`: an address "to answer", a file "to be read".
    pub fn during<T>(
        &self,
        what: impl Into<Arc<str>>,
        work: impl Future<Output = T>,
    ) -> impl Future<Output = T> {
        let what = what.into();
        // Otherwise each future wrapped around it would hold all of its state, twice.
        let work = Box::pin(work);
        async move {
            self.begin(&what);
            let _ended = Ended { waits: self, what };
            work.await
        }
    }

    fn begin(&self, what: &Arc<str>) {
        let now = Instant::now();
        self.0.send_modify(|waits| {
            waits.retain(|wait| wait.ended.is_none_or(|ended| now - ended < SAME));
            match waits.iter_mut().find(|wait| wait.what == *what) {
                Some(wait) => wait.ended = None,
                None => waits.push(Wait {
                    what: Arc::clone(what),
                    since: now,
                    ended: None,
                }),
            }
        });
    }

    /// Calls `tell` once, with the first thing that takes longer than `patience`. Never returns.
    pub async fn tell_of_the_first(&self, patience: Duration, tell: impl FnOnce(&str)) {
        let mut changes = self.0.subscribe();
        loop {
            let now = Instant::now();
            let oldest = changes
                .borrow_and_update()
                .iter()
                .filter(|wait| wait.ended.is_none())
                .min_by_key(|wait| wait.since)
                .cloned();
            let due = oldest.as_ref().map(|wait| wait.since + patience);
            match (oldest, due) {
                (Some(wait), Some(due)) if due <= now => {
                    tell(&wait.what);
                    return std::future::pending().await;
                }
                (_, due) => tokio::select! {
                    _ = changes.changed() => {}
                    () = sleep_until(due.unwrap_or(now)), if due.is_some() => {}
                },
            }
        }
    }
}

/// Ends a wait, also if its work was dropped.
struct Ended<'a> {
    waits: &'a Waits,
    what: Arc<str>,
}

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        let now = Instant::now();
        self.waits.0.send_modify(|waits| {
            for wait in waits.iter_mut().filter(|wait| wait.what == self.what) {
                wait.ended = Some(now);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(2);

    async fn told(waits: &Waits, work: impl Future<Output = ()>) -> Vec<String> {
        let mut told = Vec::new();
        let tell = waits.tell_of_the_first(PATIENCE, |what| told.push(what.to_owned()));
        tokio::select! {
            () = work => {}
            () = tell => {}
        }
        told
    }

    fn seconds(tenths: u64) -> Duration {
        Duration::from_millis(tenths * 100)
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_quick_is_not_told_however_often_it_is_done() {
        let waits = Waits::default();
        let work = async {
            for n in 0..10 {
                waits.during(format!("{n}"), sleep(seconds(19))).await;
            }
        };
        assert!(told(&waits, work).await.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn what_takes_longer_is_told_once() {
        let waits = Waits::default();
        let work = async {
            waits.during("quick", sleep(seconds(10))).await;
            waits.during("slow", sleep(seconds(80))).await;
            waits.during("slower", sleep(seconds(90))).await;
        };
        assert_eq!(told(&waits, work).await, ["slow"]);
    }

    #[tokio::test(start_paused = true)]
    async fn attempts_that_follow_one_another_are_one_wait() {
        let waits = Waits::default();
        let work = async {
            for _ in 0..3 {
                waits.during("IMDS", sleep(seconds(10))).await;
                sleep(seconds(5)).await;
            }
        };
        assert_eq!(told(&waits, work).await, ["IMDS"]);
    }
}
