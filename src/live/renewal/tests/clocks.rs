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
