use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use tokio::io::{DuplexStream, duplex, sink};
use tokio::time::sleep;

use super::*;

fn ready(version: u8) -> Vec<u8> {
    let mut frame = Vec::new();
    let port = 21776;
    Frame::Ready { version, port }.encode(&mut frame);
    frame
}

/// What comes of a relay whose output begins with these bytes, and ends there.
async fn connected(output: &[u8]) -> Result<Mux, RelayError> {
    let (mut relay, stdout) = duplex(1024);
    relay.write_all(output).await.expect("room");
    drop(relay);
    Mux::connect(stdout, sink()).await
}

/// A relay as the test is it, and credrun's end.
async fn mux() -> (DuplexStream, DuplexStream, Mux) {
    let (mut relay, stdout) = duplex(1024);
    let (stdin, heard) = duplex(1024);
    relay.write_all(&ready(VERSION)).await.expect("room");
    let mux = Mux::connect(stdout, stdin).await.expect("a relay");
    (relay, heard, mux)
}

async fn say(relay: &mut DuplexStream, frames: impl IntoIterator<Item = Frame<'_>>) {
    let mut bytes = Vec::new();
    for frame in frames {
        frame.encode(&mut bytes);
    }
    relay.write_all(&bytes).await.expect("a reader");
}

#[tokio::test]
async fn what_no_relay_of_this_version_says_is_put_down_to_the_image() {
    let mux = connected(&ready(VERSION)).await.expect("a relay");
    assert_eq!(mux.port(), 21776);
    let ended = connected(b"").await.expect_err("no relay");
    assert!(matches!(ended, RelayError::Ended));
    assert!(ended.is_for_the_image() && ended.hint().is_none());
    let other = connected(&ready(VERSION + 1)).await.expect_err("no relay");
    assert!(matches!(other, RelayError::OtherProtocol));
    assert!(other.is_for_the_image());
    assert!(
        other
            .hint()
            .is_some_and(|hint| hint.contains("--relay-image"))
    );
    assert!(!RelayError::PortTaken.is_for_the_image());
}

#[tokio::test]
async fn a_relay_that_nobody_uses_any_more_is_told_by_the_end_of_its_stdin() {
    let (relay, mut heard, mux) = mux().await;
    drop(mux);
    let mut bytes = Vec::new();
    let end = timeout(Duration::from_secs(20), heard.read_to_end(&mut bytes));
    assert_eq!(end.await.expect("in time").expect("an end"), 0);
    drop(relay);
}

async fn client(mux: &mut Mux) -> Accepted {
    let accepted = timeout(Duration::from_secs(20), mux.accept()).await;
    let accepted = accepted.expect("in time").expect("no breach");
    accepted.expect("a client")
}

/// Each of its connections beyond the places makes a word for it.
#[tokio::test(start_paused = true)]
async fn a_relay_that_does_not_listen_is_not_read_either() {
    let (mut relay, mut heard, mux) = mux().await;
    let said = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&said);
    let most = 200_000;
    tokio::spawn(async move {
        for id in 0..most {
            say(&mut relay, [Frame::Open(id)]).await;
            counted.store(id, Relaxed);
        }
    });
    // The time moves once nothing else does.
    sleep(Duration::from_secs(1)).await;
    let before = said.load(Relaxed);
    assert!(before < most - 1, "all was read");
    let waits = mux.shared.with(|table| table.urgent_length());
    // The last connection may have ended a tenth of the others.
    let one = 16 * MAX_CONNECTIONS / 10;
    assert!(
        (64 * 1024..64 * 1024 + one).contains(&waits),
        "{waits} bytes wait"
    );
    let mut bytes = vec![0; waits];
    heard.read_exact(&mut bytes).await.expect("its words");
    sleep(Duration::from_secs(1)).await;
    assert!(said.load(Relaxed) > before, "it is read again");
}

/// The first ones to end, of those that wait for their clients.
fn ended(accepted: &mut [Accepted]) -> Vec<usize> {
    let fired = |one: &mut Accepted| one.ended.try_recv().is_ok();
    (0..accepted.len())
        .filter(|&index| fired(&mut accepted[index]))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn where_no_place_is_left_the_oldest_that_wait_for_their_clients_end() {
    let (mut relay, _heard, mut mux) = mux().await;
    let places = u32::try_from(MAX_CONNECTIONS).expect("a number");
    let opens = (1..=places).map(Frame::Open);
    say(&mut relay, opens).await;
    let mut accepted = Vec::new();
    for _ in 0..places {
        accepted.push(client(&mut mux).await);
    }
    accepted[0].place.keep();
    assert!(ended(&mut accepted).is_empty());
    say(&mut relay, [Frame::Open(places + 1)]).await;
    let _new = client(&mut mux).await;
    let tenth = MAX_CONNECTIONS / 10;
    assert_eq!(ended(&mut accepted), Vec::from_iter(1..=tenth));
    say(&mut relay, [Frame::Full]).await;
    sleep(Duration::from_secs(1)).await;
    let next = Vec::from_iter(tenth + 1..=2 * tenth);
    assert_eq!(ended(&mut accepted), next);
}

/// The relay says that it is full before it hears what credrun has closed.
#[tokio::test(start_paused = true)]
async fn no_connection_ends_for_places_that_are_about_to_be_free() {
    let (mut relay, _heard, mut mux) = mux().await;
    let places = u32::try_from(MAX_CONNECTIONS).expect("a number");
    say(&mut relay, (1..=places).map(Frame::Open)).await;
    let mut accepted = Vec::new();
    for _ in 0..places {
        accepted.push(client(&mut mux).await);
    }
    let tenth = MAX_CONNECTIONS / 10;
    let mut rest = accepted.split_off(tenth);
    drop(accepted);
    say(&mut relay, [Frame::Full]).await;
    sleep(Duration::from_secs(1)).await;
    assert!(ended(&mut rest).is_empty());
    // One more than has left is wanted.
    say(&mut relay, [Frame::Open(places + 1)]).await;
    let _new = client(&mut mux).await;
    say(&mut relay, [Frame::Full]).await;
    sleep(Duration::from_secs(1)).await;
    assert_eq!(ended(&mut rest), Vec::from_iter(0..tenth));
}

/// Nothing wakes credrun then but the time.
#[tokio::test(start_paused = true)]
async fn a_server_that_is_silent_keeps_no_credit_from_others() {
    let (mut relay, mut heard, mut mux) = mux().await;
    say(&mut relay, [Frame::Open(1), Frame::Credit(1, 1000)]).await;
    let accepted = client(&mut mux).await;
    let begun = tokio::time::Instant::now();
    let mut expected = Vec::new();
    Frame::Return(1, 1000).encode(&mut expected);
    let mut bytes = vec![0; expected.len()];
    let read = timeout(Duration::from_secs(20), heard.read_exact(&mut bytes));
    read.await.expect("in time").expect("a frame");
    assert_eq!(bytes, expected);
    assert!(begun.elapsed() < 3 * crate::relay::credit::INTERVAL);
    drop(accepted);
}
