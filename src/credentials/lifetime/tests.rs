use crate::credentials::lifetime::span::Span;
use std::cell::{Cell, RefCell};

use super::*;
use crate::credentials::{CredentialValues, Credentials};

const MINUTE: Duration = Duration::from_secs(60);

/// A source that replaces its set of `life` when `spare` of it is left, on tokio's paused clock.
struct Rotating {
    origin: Origin,
    life: Duration,
    spare: Duration,
    /// How old the first set is when the test begins.
    age: Duration,
    begin: tokio::time::Instant,
    asked: Cell<u32>,
}

const EPOCH: SystemTime = SystemTime::UNIX_EPOCH;

impl Rotating {
    fn cloudshell(age: Duration) -> Self {
        Self {
            origin: Origin::CloudShell,
            life: 15 * MINUTE,
            spare: 5 * MINUTE,
            age,
            begin: tokio::time::Instant::now(),
            asked: Cell::new(0),
        }
    }

    fn now(&self) -> SystemTime {
        EPOCH + Duration::from_secs(1_000_000) + self.begin.elapsed()
    }

    fn set(&self) -> Fetched {
        self.asked.set(self.asked.get() + 1);
        let turn = (self.life - self.spare).as_secs();
        let lived = (self.age + self.begin.elapsed()).as_secs();
        let number = lived / turn;
        let born = self.now() - Duration::from_secs(lived % turn);
        fetched(
            self.origin.clone(),
            &format!("ASIA{number}"),
            Some(born + self.life),
        )
    }

    async fn fit(&self, wanted: Duration) -> (Result<Fetched, CredentialsError>, Vec<Waiting>) {
        let waits = RefCell::new(Vec::new());
        let fetch = || async { Ok(self.set()) };
        let note = |wait: &Waiting| waits.borrow_mut().push(wait.clone());
        let result = fit(fetch, || self.now(), wanted, note).await;
        (result, waits.into_inner())
    }
}

fn fetched(origin: Origin, key: &str, expiration: Option<SystemTime>) -> Fetched {
    Fetched {
        credentials: Credentials::new(CredentialValues {
            access_key_id: key.to_owned(),
            secret_access_key: "s".into(),
            session_token: Some("t".into()),
            expiration,
            account_id: None,
        })
        .expect("a set"),
        origin,
        identity: None,
        fetched_at: EPOCH,
        clock: None,
    }
}

fn why(result: Result<Fetched, CredentialsError>) -> NoHope {
    match result {
        Err(CredentialsError::TooShort { source, .. }) => source.why,
        other => panic!("expected TooShort, got {other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_set_that_is_long_enough_is_taken_at_once() {
    let source = Rotating::cloudshell(MINUTE);
    let (set, waits) = source.fit(10 * MINUTE).await;
    assert_eq!(set.expect("a set").credentials.access_key_id, "ASIA0");
    assert_eq!((source.asked.get(), waits.len()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_short_set_is_waited_out_until_the_source_hands_out_the_next() {
    let source = Rotating::cloudshell(8 * MINUTE);
    let (set, waits) = source.fit(10 * MINUTE).await;
    let set = set.expect("a set");
    assert_eq!(set.credentials.access_key_id, "ASIA1");
    assert!(set.left(source.now()) >= Some(14 * MINUTE));
    // It had 7 minutes left and was replaced at 5.
    let took = source.begin.elapsed();
    assert!((2 * MINUTE..=2 * MINUTE + POLL).contains(&took), "{took:?}");
    assert_eq!(waits.len(), 1);
    assert_eq!(
        waits[0].to_string(),
        "waiting for CloudShell to issue credentials that last longer, up to 7m 30s (the current ones have 7m left)"
    );
}

#[tokio::test(start_paused = true)]
async fn what_cloudshell_never_makes_is_not_waited_for() {
    let source = Rotating::cloudshell(8 * MINUTE);
    let (result, waits) = source.fit(20 * MINUTE).await;
    assert_eq!(why(result), NoHope::NeverLonger);
    assert_eq!((source.asked.get(), waits.len()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn the_next_set_of_another_endpoint_shows_that_it_makes_none_so_long() {
    let source = Rotating {
        origin: Origin::ContainerEndpoint("http://127.0.0.1/".to_owned()),
        ..Rotating::cloudshell(8 * MINUTE)
    };
    let (result, waits) = source.fit(20 * MINUTE).await;
    assert_eq!(why(result), NoHope::NeverLonger);
    assert_eq!(waits.len(), 1);
    assert!(source.begin.elapsed() < 3 * MINUTE);
}

#[tokio::test(start_paused = true)]
async fn a_source_that_never_rotates_is_given_up_at_the_end_of_its_set() {
    let begin = tokio::time::Instant::now();
    let now = || EPOCH + begin.elapsed();
    let end = EPOCH + 5 * MINUTE;
    let fetch = || async {
        if now() >= end {
            return Err(CredentialsError::Expired {
                origin: Origin::CloudShell,
                at: end,
                ago: Duration::ZERO,
            });
        }
        Ok(fetched(Origin::CloudShell, "ASIA", Some(end)))
    };
    let result = fit(fetch, now, 10 * MINUTE, |_| {}).await;
    assert_eq!(why(result), NoHope::NotReplaced);
    let gives_up = 5 * MINUTE + GRACE..=5 * MINUTE + GRACE + POLL;
    assert!(gives_up.contains(&begin.elapsed()));
}

#[tokio::test(start_paused = true)]
async fn a_source_that_fails_while_it_is_waited_for_is_not_asked_on() {
    let asked = Cell::new(0);
    let fetch = || {
        asked.set(asked.get() + 1);
        let count = asked.get();
        async move {
            if count > 1 {
                return Err(CredentialsError::NoDevice);
            }
            Ok(fetched(Origin::CloudShell, "ASIA", Some(EPOCH + MINUTE)))
        }
    };
    let result = fit(fetch, || EPOCH, 10 * MINUTE, |_| {}).await;
    assert!(matches!(result, Err(CredentialsError::NoDevice)));
    assert_eq!(asked.get(), 2);
}

#[test]
fn a_role_is_not_waited_for_because_each_set_is_new() {
    let role = Origin::Role {
        arn: String::new(),
        via: Box::new(Origin::CloudShell),
    };
    let set = fetched(role, "ASIA", Some(EPOCH + 15 * MINUTE));
    assert!(matches!(
        judge(&set, 20 * MINUTE, EPOCH),
        Verdict::Hopeless(_)
    ));
    assert_eq!(judge(&set, 15 * MINUTE, EPOCH), Verdict::Fits);
}

#[test]
fn a_session_without_an_end_promises_nothing_and_long_lived_keys_everything() {
    let mut set = fetched(Origin::Environment, "A", None);
    let Verdict::Hopeless(short) = judge(&set, MINUTE, EPOCH) else {
        panic!("a promise about an unknown end");
    };
    assert_eq!(short.why, NoHope::NoEnd);
    set.credentials = Credentials::new(CredentialValues {
        session_token: None,
        ..(*set.credentials).clone()
    })
    .expect("a set");
    assert_eq!(judge(&set, MINUTE, EPOCH), Verdict::Fits);
}

#[test]
fn spans_read_as_people_write_them() {
    for (seconds, text) in [
        (0, "0s"),
        (59, "59s"),
        (60, "1m"),
        (150, "2m 30s"),
        (599, "9m 59s"),
        (869, "14m"),
        (899, "15m"),
        (3599, "1h"),
        (3600, "1h"),
        (3905, "1h 5m"),
        (43_200, "12h"),
    ] {
        assert_eq!(Span(Duration::from_secs(seconds)).to_string(), text);
    }
}

#[test]
fn what_is_left_never_reads_like_what_was_asked_for() {
    for (left, wanted, text) in [
        (899, 900, "14m 59s left, but 15m required"),
        (7190, 7200, "1h 59m 50s left, but 2h required"),
        (899, 3600, "15m left, but 1h required"),
    ] {
        let short = TooShort {
            left: Duration::from_secs(left),
            wanted: Duration::from_secs(wanted),
            why: NoHope::NeverLonger,
        };
        assert!(short.to_string().starts_with(text), "{short}");
    }
}

#[test]
fn the_same_keys_with_another_end_are_another_set() {
    let set = |key: &str, seconds| {
        let end = EPOCH + Duration::from_secs(seconds);
        fetched(Origin::CloudShell, key, Some(end))
    };
    assert!(is_same(&set("ASIA", 1), &set("ASIA", 1)));
    assert!(!is_same(&set("ASIA", 1), &set("ASIA", 2)));
    assert!(!is_same(&set("ASIA", 1), &set("OTHER", 1)));
}

#[test]
fn what_can_never_live_long_enough_is_refused_before_a_pull() {
    let end = SystemTime::now() + 10 * MINUTE;
    let set = |origin| fetched(origin, "ASIA", Some(end));
    let wanted = Some(12 * MINUTE);
    let refused = refuse_hopeless(&set(Origin::Environment), wanted);
    assert!(matches!(refused, Err(CredentialsError::TooShort { .. })));
    assert!(refuse_hopeless(&set(Origin::CloudShell), wanted).is_ok());
    assert!(refuse_hopeless(&set(Origin::Environment), None).is_ok());
    assert!(refuse_hopeless(&set(Origin::Environment), Some(MINUTE)).is_ok());
}
