//! Datagrams, in which clients tell of their calls.

use std::io::ErrorKind;
use std::net::UdpSocket;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use credrun::relay::frame::MAX_DATAGRAM;
use credrun::relay::mux::{Datagrams, Mux};
use secrecy::ExposeSecret as _;
use tokio::process::Command;
use tokio::time::timeout;

use super::flow::pair;
use super::{DEADLINE, Relay, ask, endpoint_of, in_status, program};

fn relay() -> Relay {
    let command = &mut Command::new(program());
    Relay::start_by(command.args(["0", "datagrams"]).stderr(Stdio::inherit()))
}

async fn listening(relay: &mut Relay) -> (Mux, Datagrams, UdpSocket) {
    let mut mux = relay.mux().await.expect("the relay listens");
    let datagrams = mux.datagrams().expect("not taken yet");
    let client = client(mux.port());
    (mux, datagrams, client)
}

fn client(port: u16) -> UdpSocket {
    let client = UdpSocket::bind("127.0.0.1:0").expect("a port");
    client.connect(("127.0.0.1", port)).expect("an address");
    client
}

async fn next(datagrams: &mut Datagrams) -> Option<Vec<u8>> {
    let next = timeout(DEADLINE, datagrams.next()).await;
    next.expect("in time")
        .map(|bytes| bytes.expose_secret().to_vec())
}

#[tokio::test]
async fn a_datagram_arrives_whole_and_one_that_is_too_long_not_at_all() {
    let mut relay = relay();
    let (_mux, mut datagrams, client) = listening(&mut relay).await;
    for length in [1, 700, MAX_DATAGRAM + 1, 0, MAX_DATAGRAM] {
        client.send(&vec![7; length]).expect("sent");
    }
    for length in [1, 700, MAX_DATAGRAM] {
        assert_eq!(next(&mut datagrams).await, Some(vec![7; length]));
    }
    assert_eq!(datagrams.lost(), 0);
}

#[tokio::test]
async fn all_that_has_come_is_passed_on_when_credrun_asks_and_then_no_more() {
    let mut relay = relay();
    let (mut mux, mut datagrams, client) = listening(&mut relay).await;
    for number in 0..100_u8 {
        client.send(&[number; 100]).expect("sent");
    }
    datagrams.asker().ask();
    for number in 0..100_u8 {
        assert_eq!(next(&mut datagrams).await, Some(vec![number; 100]));
    }
    assert_eq!(next(&mut datagrams).await, None);
    // Connections go on.
    pair(&mut mux).await;
}

#[tokio::test]
async fn a_relay_takes_none_that_was_not_told_to() {
    let mut relay = Relay::start(0);
    let (_mux, mut datagrams, client) = listening(&mut relay).await;
    client.send(b"nobody is there").expect("sent");
    let refused = client.recv(&mut [0; 8]).expect_err("a closed port");
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    datagrams.asker().ask();
    assert_eq!(next(&mut datagrams).await, None);
}

#[tokio::test]
async fn what_nobody_reads_is_dropped_and_counted_and_holds_up_no_connection() {
    let mut relay = relay();
    let (mut mux, datagrams, client) = listening(&mut relay).await;
    let began = Instant::now();
    while datagrams.lost() == 0 {
        assert!(began.elapsed() < DEADLINE, "none was dropped");
        client.send(&[7; MAX_DATAGRAM]).expect("sent");
        tokio::task::yield_now().await;
    }
    pair(&mut mux).await;
}

#[tokio::test]
async fn a_flood_of_datagrams_keeps_no_client_from_its_credentials_and_the_relay_small() {
    let mut relay = relay();
    let mut mux = relay.mux().await.expect("the relay listens");
    let port = mux.port();
    let mut datagrams = mux.datagrams().expect("not taken yet");
    tokio::spawn(async move { while datagrams.next().await.is_some() {} });
    let (_renewal, _) = endpoint_of(mux, Duration::from_secs(10));
    let goes_on = Arc::new(AtomicBool::new(true));
    let floods = [1, MAX_DATAGRAM].map(|length| {
        let (client, goes_on) = (client(port), Arc::clone(&goes_on));
        thread::spawn(move || {
            while goes_on.load(Ordering::Relaxed) {
                let _ = client.send(&vec![7; length]);
            }
        })
    });
    let mut slowest = Duration::ZERO;
    for _ in 0..50 {
        let began = Instant::now();
        let answer = ask(port).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        slowest = slowest.max(began.elapsed());
    }
    goes_on.store(false, Ordering::Relaxed);
    for flood in floods {
        flood.join().expect("an end");
    }
    let peak = in_status(relay.process.id().expect("it runs"), "VmHWM:");
    println!("the slowest of 50 requests took {slowest:?}; the relay had {peak} KiB");
    // The least patient SDKs wait as long.
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
    assert!(peak <= 4 * 1024, "{peak} KiB");
}
