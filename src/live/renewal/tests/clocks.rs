//! Sets whose expiry is measured by a clock other than this machine's.

use super::*;
use crate::credentials::ClockOffset;

/// A set that expires at `end` by AWS's clock, which is so many seconds ahead of the local one.
fn dated(end: u64, behind: u64) -> Dated {
    Dated {
        clock: Some(ClockOffset::behind(Duration::from_secs(behind))),
        credentials: set(end),
    }
}

#[tokio::test(start_paused = true)]
async fn a_set_ends_by_the_clock_of_who_made_it_and_not_by_a_local_one_that_is_slow() {
    const BEHIND: u64 = 7200;
    let source = Source::new();
    let wall = source.wall.clone();
    let first = dated(BEHIND + 3600, BEHIND);
    // AWS's time is two hours ahead of the local one.
    let calls = Arc::clone(&source.calls);
    let fetch = move || {
        let now = wall.seconds();
        calls.lock().unwrap().push(now);
        let fetched = match now {
            0..4000 => Err(down(FailureKind::Unreachable)),
            now => Ok(dated(BEHIND + now + 3600, BEHIND)),
        };
        async move { fetched }
    };
    let wall = source.wall.clone();
    let clock = Arc::new(move || wall.now());
    let renewal = Renewal::with_clock(first, WithoutEnd::Keep, fetch, Arc::new(|_| {}), clock);
    pass(3590).await;
    assert!(renewal.current().get().await.is_ok());
    assert!(!source.calls().is_empty(), "asked for ahead of its end");
    pass(20).await;
    let ended = renewal.current().get().await.unwrap_err();
    assert!(ended.to_string().contains("they have expired"), "{ended}");
    pass(500).await;
    assert!(end_of(&renewal).await > BEHIND + 4000 + 3600);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_put_right_does_not_make_a_new_set_look_ended() {
    const BEHIND: u64 = 7200;
    let source = Source::new();
    let wall = source.wall.clone();
    let fetch = move || {
        let end = wall.seconds() + 3600;
        async move { Ok(dated(end, 0)) }
    };
    let wall = source.wall.clone();
    let clock = Arc::new(move || wall.now());
    let first = dated(BEHIND + 3600, BEHIND);
    let renewal = Renewal::with_clock(first, WithoutEnd::Keep, fetch, Arc::new(|_| {}), clock);
    pass(10).await;
    source.wall.sleep(BEHIND as i64);
    assert!(end_of(&renewal).await > source.wall.seconds() + 3500);
}

#[tokio::test(start_paused = true)]
async fn the_time_to_a_sets_end_is_counted_by_the_clock_of_who_made_it() {
    const BEHIND: u64 = 7200;
    let source = Source::new();
    let wall = source.wall.clone();
    let clock = Arc::new(move || wall.now());
    let fetch = || async { Err::<Dated, _>(down(FailureKind::NeedsPerson)) };
    let first = dated(BEHIND + 3600, BEHIND);
    let renewal = Renewal::with_clock(first, WithoutEnd::Keep, fetch, Arc::new(|_| {}), clock);
    pass(3000).await;
    let mut current = renewal.current();
    let left = current
        .expiration()
        .expect("an end")
        .duration_since(current.now());
    assert_eq!(left.expect("not ended").as_secs(), 600);
}

#[tokio::test(start_paused = true)]
async fn after_a_laptops_sleep_the_first_request_gets_a_new_set() {
    let source = Source::new();
    let renewal = source.start(3600, |now| Ok(now + 3600));
    pass(2).await;
    source.wall.sleep(8 * 3600);
    let before = Instant::now();
    assert!(end_of(&renewal).await > source.wall.seconds());
    assert!(before.elapsed() < Duration::from_millis(700));
}

#[tokio::test(start_paused = true)]
async fn a_laptops_sleep_is_noticed_without_a_request() {
    let source = Source::new();
    let _renewal = source.start(3600, |now| Ok(now + 3600));
    pass(2).await;
    source.wall.sleep(8 * 3600);
    pass(6).await;
    assert_eq!(source.calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_back_neither_hurries_renewal_nor_holds_it_up() {
    // By less than what has passed since the last fetch, and by more.
    for set_back in [900, 5000] {
        let source = Source::new();
        pass(10_000).await;
        let _renewal = source.start(13_600, |now| Ok(now + 3600));
        pass(1000).await;
        source.wall.set_back(set_back);
        pass(700).await;
        assert_eq!(source.calls().len(), 0, "set back by {set_back} s");
        pass(200).await;
        assert_eq!(source.calls().len(), 1, "set back by {set_back} s");
    }
}

#[tokio::test(start_paused = true)]
async fn failures_are_told_on_after_the_clock_was_set_back() {
    let source = Source::new();
    pass(10_000).await;
    let _renewal = source.start(13_600, |_| Err(down(FailureKind::Unreachable)));
    pass(1900).await;
    let before = source.events().len();
    source.wall.set_back(3000);
    pass(100).await;
    assert_eq!(source.events().len(), before + 1);
    pass(250).await;
    assert_eq!(source.events().len(), before + 2);
}
