//! Sources that fail: what is served meanwhile, and what is told.

use super::*;

#[tokio::test(start_paused = true)]
async fn the_old_set_is_served_while_renewing_fails() {
    let source = Source::new();
    let renewal = source.start(3600, |_| Err(down(FailureKind::Unreachable)));
    pass(3599).await;
    assert_eq!(end_of(&renewal).await, 3600);
    pass(2).await;
    let ended = renewal.current().get().await.unwrap_err();
    assert!(ended.to_string().contains("the source is down"), "{ended}");
    assert!(source.calls().len() < 60, "{}", source.calls().len());
}

#[tokio::test(start_paused = true)]
async fn failures_are_told_at_first_then_every_five_minutes_and_at_the_end() {
    let source = Source::new();
    let _renewal = source.start(1800, |_| Err(down(FailureKind::NeedsPerson)));
    pass(1900).await;
    let told: Vec<_> = source
        .events()
        .into_iter()
        .map(|(_, event)| match event {
            Event::RenewalFailed {
                kind: FailureKind::NeedsPerson,
                left,
                ..
            } => left.map(|left| left.as_secs() / 60),
            other => panic!("{other:?}"),
        })
        .collect();
    // Ahead of the expiry, with the minutes left.
    assert_eq!(told[0], Some(15));
    assert_eq!(told.last(), Some(&None));
    assert!((4..=5).contains(&told.len()), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_source_that_comes_back_is_told() {
    let source = Source::new();
    let renewal = source.start(600, |now| match now {
        0..500 => Err(down(FailureKind::Unreachable)),
        now => Ok(now + 3600),
    });
    pass(599).await;
    assert!(end_of(&renewal).await > 3600);
    let last = source.events().pop().map(|(_, event)| event);
    let is_told = matches!(
        last,
        Some(Event::Renewed {
            recovered: true,
            until: Some(_)
        })
    );
    assert!(is_told, "{last:?}");
}

#[tokio::test(start_paused = true)]
async fn a_request_just_after_a_failed_fetch_gets_what_the_next_one_brings() {
    // It fails at the set's expiry for the last time, and would then wait for 16 seconds.
    let source = Source::new();
    let renewal = source.start(10, |now| match now {
        0..11 => Err(down(FailureKind::Unreachable)),
        now => Ok(now + 3600),
    });
    sleep(Duration::from_millis(10_600)).await;
    let failed = source.calls();
    assert!(end_of(&renewal).await > 3600);
    assert_eq!(source.calls().len(), failed.len() + 1, "{failed:?}");
}

#[tokio::test(start_paused = true)]
async fn a_thousand_requests_in_need_share_one_fetch() {
    let source = Source::new();
    let renewal = source.start(10, |now| match now {
        0..100 => Err(down(FailureKind::Unreachable)),
        now => Ok(now + 3600),
    });
    pass(99).await;
    let before = source.calls().len();
    source.wall.sleep(1);
    let requests = (0..1000).map(|_| {
        let set = renewal.current();
        tokio::spawn(async move { set.get().await.is_ok() })
    });
    let requests: Vec<_> = requests.collect();
    for request in requests {
        assert!(request.await.unwrap());
    }
    assert_eq!(source.calls().len(), before + 1);
}

#[tokio::test(start_paused = true)]
async fn a_fetch_that_hangs_fails_and_is_tried_again() {
    let events = Arc::new(Mutex::new(Vec::new()));
    let report = {
        let events = Arc::clone(&events);
        Arc::new(move |event| events.lock().unwrap().push(event))
    };
    let wall = Wall::new();
    let clock = Arc::new(move || wall.now());
    let _renewal = Renewal::with_clock(
        set(600).into(),
        WithoutEnd::Keep,
        std::future::pending::<Result<Credentials, FetchError>>,
        report,
        clock,
    );
    pass(420).await;
    let events = events.lock().unwrap();
    assert!(
        matches!(events[..], [Event::RenewalFailed { .. }]),
        "{events:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_set_that_has_ended_is_no_renewal() {
    let source = Source::new();
    let renewal = source.start(600, |now| Ok(now - 1));
    pass(590).await;
    assert_eq!(end_of(&renewal).await, 600);
    let why = source.events().remove(0).1.to_string();
    assert!(why.contains("credentials that have expired"), "{why}");
}

#[test]
fn the_end_is_told_once_even_just_after_a_failure() {
    let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    let mut failures = Failures::default();
    let told = [(0, false), (10, false), (20, true), (30, true)]
        .map(|(seconds, ended)| failures.should_tell(at(seconds), ended));
    assert_eq!(told, [true, false, true, false]);
}
