//! Warns before the last set expires, when it cannot be renewed: ten minutes before, and one minute
//! before.
//!
//! [`super::renewal`], which keeps trying, reports the expiry itself.

use std::time::{Duration, SystemTime};

use tokio::time::sleep;

use crate::credentials::RenewalLimit;
use crate::live::renewal::current::CurrentSet;
use crate::live::{Event, Report};

/// How long before the expiry credrun warns.
const MARKS: [Duration; 2] = [Duration::from_secs(600), Duration::from_secs(60)];
/// How often to check the wall clock: a machine may sleep.
const LOOK: Duration = Duration::from_secs(5);

/// Warns through `report` when the served set is about to expire and `limit` rules out another.
/// Returns when nothing is left to count down.
pub(crate) async fn count_down(
    set: CurrentSet,
    limit: impl AsyncFn() -> Option<RenewalLimit>,
    report: Report,
) {
    let clock = set.clone();
    count_down_by(move || clock.now(), set, limit, report).await;
}

async fn count_down_by(
    clock: impl Fn() -> SystemTime,
    mut set: CurrentSet,
    limit: impl AsyncFn() -> Option<RenewalLimit>,
    report: Report,
) {
    loop {
        let Some(end) = set.expiration() else {
            if !set.changed().await {
                return;
            }
            continue;
        };
        let mut marks = Marks::ahead_of(end, clock());
        while let Some(next) = marks.next() {
            tokio::select! {
                changed = set.changed() => {
                    if !changed {
                        return;
                    }
                    if set.expiration() != Some(end) {
                        break;
                    }
                }
                () = sleep(LOOK.min(until(next, clock()))) => {}
            }
            let now = clock();
            let Some(left) = marks.reached(now) else {
                continue;
            };
            if let Some(limit) = limit().await.filter(|limit| limit.is_reached(now)) {
                report(Event::EndsSoon { left, by: limit.by });
            }
        }
        if set.expiration() == Some(end) && !set.changed().await {
            return;
        }
    }
}

fn until(time: SystemTime, now: SystemTime) -> Duration {
    time.duration_since(now).unwrap_or_default()
}

/// The warnings still ahead of one expiry.
struct Marks {
    end: SystemTime,
    ahead: &'static [Duration],
}

impl Marks {
    /// Skips marks that have passed: the run's start already said when the set expires.
    fn ahead_of(end: SystemTime, now: SystemTime) -> Self {
        let mut marks = Self { end, ahead: &MARKS };
        marks.reached(now);
        marks
    }

    /// When the next warning is due.
    fn next(&self) -> Option<SystemTime> {
        self.ahead.first().map(|mark| self.end - *mark)
    }

    /// The time left at `now`, if a mark has been reached since the last call. After the machine
    /// has slept, several marks count as one, and none counts once the set has expired.
    fn reached(&mut self, now: SystemTime) -> Option<Duration> {
        let left = self.end.duration_since(now).unwrap_or_default();
        let before = self.ahead.len();
        let passed = self.ahead.iter().take_while(|mark| left <= **mark).count();
        self.ahead = &self.ahead[passed..];
        (self.ahead.len() < before && !left.is_zero()).then_some(left)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tokio::time::Instant;

    use super::*;
    use crate::credentials::{CredentialValues, Credentials, LimitedBy, Renewable};
    use crate::live::event::FailureKind;
    use crate::live::renewal::{FetchError, Renewal};

    fn set(name: &str, expiration: Option<SystemTime>) -> Credentials {
        Credentials::new(CredentialValues {
            access_key_id: name.to_owned(),
            secret_access_key: "secret".into(),
            session_token: Some("token".into()),
            expiration,
            account_id: None,
        })
        .expect("a set")
    }

    fn nobody() -> FetchError {
        FetchError {
            why: "nobody is there".into(),
            kind: FailureKind::NeedsPerson,
        }
    }

    fn notes() -> (Report, Arc<Mutex<Vec<String>>>) {
        let told = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&told);
        let report = Arc::new(move |event: Event| {
            notes.lock().expect("not poisoned").push(event.to_string());
        });
        (report, told)
    }

    /// The warnings for a set of two hours under this limit. Where another is `due`, it comes after
    /// so many seconds and is valid for two hours, too.
    async fn told_by(renewable: Renewable, due: Option<u64>) -> Vec<String> {
        let (start, began) = (SystemTime::now(), Instant::now());
        let fetch = move || async move {
            let passed = began.elapsed();
            match due {
                Some(due) if passed >= Duration::from_secs(due) => Ok(set(
                    "ASIANEXT",
                    Some(start + passed + Duration::from_secs(7200)),
                )),
                _ => Err(nobody()),
            }
        };
        let first = set("ASIA", Some(start + Duration::from_secs(7200)));
        let renewal = Renewal::start(first, fetch, Arc::new(|_| {}));
        let (report, told) = notes();
        let by = LimitedBy::MfaSession { is_cached: false };
        let limit = async || Some(RenewalLimit { renewable, by });
        let clock = || start + began.elapsed();
        let counting = count_down_by(clock, renewal.current(), limit, report);
        let _ = tokio::time::timeout(Duration::from_secs(15_000), counting).await;
        let told = told.lock().expect("not poisoned");
        told.clone()
    }

    const IN_TEN_MINUTES: &str = "the credentials expire in 10 min, and renewing them needs a new MFA code: start a new run to give one";
    const IN_A_MINUTE: &str = "the credentials expire in 60 s, and renewing them needs a new MFA code: start a new run to give one";

    #[tokio::test(start_paused = true)]
    async fn the_last_set_is_counted_down_and_another_is_not() {
        assert_eq!(
            told_by(Renewable::Never, None).await,
            [IN_TEN_MINUTES, IN_A_MINUTE]
        );
        let later = SystemTime::now() + Duration::from_secs(100_000);
        assert_eq!(told_by(Renewable::Until(later), None).await, [""; 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_set_that_comes_after_the_end_of_the_last_one_is_counted_down_again() {
        assert_eq!(
            told_by(Renewable::Never, Some(7205)).await,
            [IN_TEN_MINUTES, IN_A_MINUTE, IN_TEN_MINUTES, IN_A_MINUTE]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_left_to_count_down_where_a_set_has_no_end() {
        let fetch = async || Err::<Credentials, _>(nobody());
        let renewal = Renewal::start(set("AKIA", None), fetch, Arc::new(|_| {}));
        let (report, told) = notes();
        let counting = count_down(renewal.current(), async || None, report);
        let counted = tokio::time::timeout(Duration::from_secs(60), counting).await;
        assert!(counted.is_ok());
        assert!(told.lock().expect("not poisoned").is_empty());
    }

    #[tokio::test]
    async fn the_countdown_of_a_run_goes_by_the_wall_clock() {
        let end = SystemTime::now() + Duration::from_secs(602);
        let fetch = async || Err::<Credentials, _>(nobody());
        let renewal = Renewal::start(set("ASIA", Some(end)), fetch, Arc::new(|_| {}));
        let (sender, mut told) = tokio::sync::mpsc::unbounded_channel();
        let report = Arc::new(move |event: Event| drop(sender.send(event.to_string())));
        let by = LimitedBy::MfaSession { is_cached: false };
        let renewable = Renewable::Never;
        let limit = async || Some(RenewalLimit { renewable, by });
        let counting = count_down(renewal.current(), limit, report);
        let told = async {
            tokio::select! {
                told = told.recv() => told,
                () = counting => None,
            }
        };
        let told = tokio::time::timeout(Duration::from_secs(60), told).await;
        let told = told.expect("in time").expect("a warning");
        assert!(
            told.starts_with("the credentials expire in 9 min, "),
            "{told}"
        );
    }

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    /// The warnings at each of these times, in seconds.
    fn told(end: u64, start: u64, looks: impl IntoIterator<Item = u64>) -> Vec<u64> {
        let mut marks = Marks::ahead_of(at(end), at(start));
        let told = looks.into_iter().filter_map(|now| marks.reached(at(now)));
        told.map(|left| left.as_secs()).collect()
    }

    #[test]
    fn ten_minutes_and_one_before_the_end_are_told_once_each() {
        assert_eq!(told(10_000, 0, (0..11_000).step_by(5)), [600, 60]);
    }

    #[test]
    fn what_has_gone_by_at_the_start_is_not_told() {
        assert_eq!(told(1000, 500, (500..1100).step_by(5)), [60]);
        assert_eq!(told(1000, 950, 950..1100), [0; 0]);
    }

    #[test]
    fn after_a_sleep_of_the_machine_two_marks_are_one_and_an_end_is_none() {
        assert_eq!(told(10_000, 0, [5, 9950, 9960]), [50]);
        assert_eq!(told(10_000, 0, [5, 10_000]), [0; 0]);
    }

    #[test]
    fn a_limit_is_reached_at_its_time_or_from_the_start() {
        let limit = |renewable| RenewalLimit {
            renewable,
            by: LimitedBy::Environment,
        };
        assert!(limit(Renewable::Never).is_reached(at(0)));
        assert!(!limit(Renewable::Unknown).is_reached(at(9)));
        assert!(!limit(Renewable::Until(at(10))).is_reached(at(9)));
        assert!(limit(Renewable::Until(at(10))).is_reached(at(10)));
    }
}
