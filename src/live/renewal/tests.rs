mod clocks;
mod failures;

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use secrecy::SecretString;

use super::*;
use crate::credentials::{CredentialValues, Credentials};

/// A wall clock that runs with tokio's, and may jump ahead as in a laptop's sleep, or be set back.
#[derive(Clone)]
struct Wall {
    start: Instant,
    ahead: Arc<AtomicI64>,
}

impl Wall {
    fn new() -> Self {
        Self {
            start: Instant::now(),
            ahead: Arc::default(),
        }
    }

    fn seconds(&self) -> u64 {
        let since = self.now().duration_since(SystemTime::UNIX_EPOCH);
        since.expect("a time after the first").as_secs()
    }

    fn now(&self) -> SystemTime {
        let ahead = self.ahead.load(Ordering::Relaxed);
        let now = SystemTime::UNIX_EPOCH + self.start.elapsed();
        let by = Duration::from_secs(ahead.unsigned_abs());
        if ahead < 0 { now - by } else { now + by }
    }

    fn sleep(&self, seconds: i64) {
        self.ahead.fetch_add(seconds, Ordering::Relaxed);
    }

    fn set_back(&self, seconds: i64) {
        self.ahead.fetch_sub(seconds, Ordering::Relaxed);
    }
}

/// A source whose behaviour is a function of the time in seconds; it counts its calls.
#[derive(Clone)]
struct Source {
    wall: Wall,
    calls: Arc<Mutex<Vec<u64>>>,
    events: Arc<Mutex<Vec<(u64, Event)>>>,
}

impl Source {
    fn new() -> Self {
        Self {
            wall: Wall::new(),
            calls: Arc::default(),
            events: Arc::default(),
        }
    }

    /// Starts with a set that expires after `first` seconds.
    fn start(
        &self,
        first: u64,
        behaviour: impl Fn(u64) -> Result<u64, FetchError> + Send + 'static,
    ) -> Renewal {
        let source = self.clone();
        let fetch = move || {
            let now = source.wall.seconds();
            source.calls.lock().unwrap().push(now);
            let fetched = behaviour(now).map(set);
            async move { fetched }
        };
        let source = self.clone();
        let report = Arc::new(move |event| {
            let now = source.wall.seconds();
            source.events.lock().unwrap().push((now, event));
        });
        let wall = self.wall.clone();
        Renewal::with_clock(
            set(first).into(),
            WithoutEnd::Keep,
            fetch,
            report,
            Arc::new(move || wall.now()),
        )
    }

    fn calls(&self) -> Vec<u64> {
        self.calls.lock().unwrap().clone()
    }

    fn events(&self) -> Vec<(u64, Event)> {
        self.events.lock().unwrap().clone()
    }
}

/// A set that expires at `end`, and is named after that.
fn set(end: u64) -> Credentials {
    Credentials::new(CredentialValues {
        access_key_id: format!("ASIA{end}"),
        secret_access_key: SecretString::from("secret"),
        session_token: Some(SecretString::from("session")),
        expiration: Some(SystemTime::UNIX_EPOCH + Duration::from_secs(end)),
        account_id: None,
    })
    .expect("a set")
}

fn down(kind: FailureKind) -> FetchError {
    FetchError {
        why: "the source is down".into(),
        kind,
    }
}

async fn pass(seconds: u64) {
    sleep(Duration::from_secs(seconds)).await;
}

async fn end_of(renewal: &Renewal) -> u64 {
    let set = renewal.current().get().await.expect("a set");
    let end = set.expiration.expect("an end");
    end.duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

#[tokio::test(start_paused = true)]
async fn an_hours_set_never_has_less_than_fifteen_minutes_left() {
    let source = Source::new();
    let renewal = source.start(3600, |now| Ok(now + 3600));
    for _ in 0..600 {
        pass(60).await;
        let left = end_of(&renewal).await - source.wall.seconds();
        assert!(left > 15 * 60, "{left} s left");
    }
    let calls = source.calls().len();
    assert!((15..=20).contains(&calls), "{calls} fetches in ten hours");
}

#[tokio::test(start_paused = true)]
async fn a_sixty_second_set_is_replaced_before_the_earliest_sdk_insists() {
    let source = Source::new();
    let renewal = source.start(60, |now| Ok(now + 60));
    for _ in 0..300 {
        pass(1).await;
        let left = end_of(&renewal).await - source.wall.seconds();
        assert!(left > 20, "{left} s left");
    }
}

#[tokio::test(start_paused = true)]
async fn a_source_that_rotates_by_itself_is_asked_once_a_rotation() {
    // CloudShell's: a set lives 15 minutes, and is replaced 5 minutes before its expiry.
    let source = Source::new();
    let renewal = source.start(900, |now| Ok((now / 600) * 600 + 900));
    pass(6060).await;
    assert_eq!(source.calls().len(), 10, "{:?}", source.calls());
    assert!(end_of(&renewal).await > source.wall.seconds() + 240);
}

#[tokio::test(start_paused = true)]
async fn the_same_set_again_is_asked_for_less_and_less_early_and_not_told() {
    let source = Source::new();
    let _renewal = source.start(900, |_| Ok(900));
    pass(880).await;
    assert!(source.calls().len() <= 5, "{:?}", source.calls());
    assert_eq!(source.events(), []);
}

#[tokio::test(start_paused = true)]
async fn keys_without_an_end_are_never_fetched_again() {
    let source = Source::new();
    let fetch = async || -> Result<Credentials, FetchError> { panic!("not needed") };
    let keys = Credentials::new(CredentialValues {
        expiration: None,
        ..(*set(0)).clone()
    })
    .expect("a set");
    let wall = source.wall.clone();
    let clock = Arc::new(move || wall.now());
    let renewal = Renewal::with_clock(
        keys.into(),
        WithoutEnd::Keep,
        fetch,
        Arc::new(|_| {}),
        clock,
    );
    pass(1_000_000).await;
    assert!(renewal.current().get().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_file_without_an_end_is_read_again_and_its_loss_survived() {
    let source = Source::new();
    let without_end = |name: u64| {
        Credentials::new(CredentialValues {
            expiration: None,
            ..(*set(name)).clone()
        })
        .expect("a set")
    };
    let wall = source.wall.clone();
    let fetch = move || {
        let fetched = match wall.seconds() {
            0..90 => Err(down(FailureKind::Unreachable)),
            now => Ok(without_end(now / 600)),
        };
        async move { fetched }
    };
    let events = Arc::clone(&source.events);
    let report = Arc::new(move |event| events.lock().unwrap().push((0, event)));
    let wall = source.wall.clone();
    let clock = Arc::new(move || wall.now());
    let first = without_end(0).into();
    let renewal = Renewal::with_clock(first, WithoutEnd::FetchAgain, fetch, report, clock);
    pass(70).await;
    assert!(renewal.current().get().await.is_ok());
    assert_eq!(source.events(), []);
    pass(600).await;
    let served = renewal.current().get().await.expect("a set");
    assert_eq!(served.access_key_id, "ASIA1");
}

#[tokio::test(start_paused = true)]
async fn a_new_set_is_told_and_the_same_one_again_is_not() {
    let source = Source::new();
    let _renewal = source.start(600, |now| Ok(if now < 590 { 600 } else { 4000 }));
    pass(580).await;
    assert!(!source.calls().is_empty());
    assert_eq!(source.events(), []);
    pass(20).await;
    let events = source.events();
    let told = matches!(
        events[..],
        [(
            _,
            Event::Renewed {
                recovered: false,
                until: Some(_)
            }
        )]
    );
    assert!(told, "{events:?}");
}

#[tokio::test(start_paused = true)]
async fn the_same_keys_with_a_later_end_are_a_new_set() {
    let source = Source::new();
    let end_in = |end: u64| {
        let expiration = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(end));
        let values = CredentialValues {
            expiration,
            ..(*set(600)).clone()
        };
        Credentials::new(values).expect("a set")
    };
    let fetch = move || async move { Ok(end_in(4000)) };
    let events = Arc::clone(&source.events);
    let report = Arc::new(move |event| events.lock().unwrap().push((0, event)));
    let wall = source.wall.clone();
    let clock = Arc::new(move || wall.now());
    let first = end_in(600).into();
    let _renewal = Renewal::with_clock(first, WithoutEnd::Keep, fetch, report, clock);
    pass(600).await;
    assert_eq!(source.events().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_set_that_aws_refuses_is_replaced_at_once_and_by_one_fetch() {
    let source = Source::new();
    let renewal = source.start(3600, |now| Ok(now + 3600));
    pass(100).await;
    let set = renewal.current();
    let refused = set.get().await.expect("a set");
    let other = set.replaced(&refused, Duration::from_secs(5)).await;
    assert_eq!(other.expect("another").access_key_id, "ASIA3700");
    // Another call was on its way with the old set.
    set.refuse(&refused);
    let other = set.replaced(&refused, Duration::from_secs(5)).await;
    assert_eq!(other.expect("another").access_key_id, "ASIA3700");
    pass(60).await;
    assert_eq!(source.calls(), [100]);
}

#[tokio::test(start_paused = true)]
async fn a_set_refused_once_more_while_another_is_fetched_needs_no_third() {
    let source = Source::new();
    let calls = Arc::clone(&source.calls);
    let wall = source.wall.clone();
    let fetch = move || {
        let now = wall.seconds();
        calls.lock().unwrap().push(now);
        async move {
            pass(10).await;
            Ok(set(now + 3600))
        }
    };
    let wall = source.wall.clone();
    let clock = Arc::new(move || wall.now());
    let renewal = Renewal::with_clock(
        set(3600).into(),
        WithoutEnd::Keep,
        fetch,
        Arc::new(|_| {}),
        clock,
    );
    let current = renewal.current();
    let refused = current.get().await.expect("a set");
    current.refuse(&refused);
    pass(5).await;
    current.refuse(&refused);
    pass(60).await;
    assert_eq!(source.calls(), [1]);
    assert_eq!(end_of(&renewal).await, 3601);
}

/// A container can have AWS call each set expired.
#[tokio::test(start_paused = true)]
async fn sets_that_are_all_refused_are_fetched_three_times_a_minute() {
    let source = Source::new();
    let renewal = source.start(3600, |now| Ok(now + 3600));
    let current = renewal.current();
    for _ in 0..150 {
        current.refuse(&current.get().await.expect("a set"));
        pass(1).await;
    }
    assert_eq!(source.calls().len(), 9);
}

/// The pauses after failures grow.
#[tokio::test(start_paused = true)]
async fn a_source_that_fails_is_not_asked_more_often_for_refusals() {
    let source = Source::new();
    let renewal = source.start(3600, |_| Err(down(FailureKind::Unreachable)));
    let current = renewal.current();
    for _ in 0..180 {
        current.refuse(&current.get().await.expect("a set"));
        pass(1).await;
    }
    let calls = source.calls();
    assert!(calls.len() < 20, "{calls:?}");
}

#[tokio::test(start_paused = true)]
async fn a_replacement_that_takes_too_long_is_none() {
    let source = Source::new();
    let renewal = source.start(3600, |_| Err(down(FailureKind::Unreachable)));
    let set = renewal.current();
    let refused = set.get().await.expect("a set");
    let other = set.replaced(&refused, Duration::from_secs(5)).await;
    assert!(other.is_none());
}

#[test]
fn sets_of_less_than_twenty_minutes_are_replaced_when_their_sources_rotate_them() {
    assert_eq!(lead(20 * MINUTE - SHORTEST_DELAY), Duration::from_secs(270));
    assert_eq!(lead(20 * MINUTE), 10 * MINUTE);
}
