//! Flow control between the relay's program and credrun's end: bytes in bulk, both halves, and
//! readers that are slow.

use std::time::Duration;

use credrun::relay::mux::{Mux, Stream};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::yield_now;
use tokio::time::timeout;

use super::{DEADLINE, Relay, connect, in_status};

pub(super) const MIB: usize = 1024 * 1024;

/// For what moves many bytes on a machine with other work.
pub(super) const PATIENCE: Duration = Duration::from_secs(120);

/// A client, and the stream that credrun has of it.
pub(super) async fn pair(mux: &mut Mux) -> (TcpStream, Stream) {
    let client = connect(mux.port()).await;
    let accepted = timeout(DEADLINE, mux.accept()).await.expect("in time");
    let accepted = accepted.expect("a sound relay").expect("a connection");
    (client, accepted.stream)
}

/// Bytes whose order shows.
fn pattern() -> Vec<u8> {
    (0..251 * 1024).map(|at: usize| (at % 251) as u8).collect()
}

/// Writes so many bytes of the pattern, and ends this half.
async fn send(mut to: impl AsyncWrite + Unpin, total: usize) {
    let pattern = pattern();
    let mut left = total;
    while left > 0 {
        let count = left.min(pattern.len());
        to.write_all(&pattern[..count]).await.expect("it is taken");
        left -= count;
    }
    to.shutdown().await.expect("an end");
}

/// Reads to the end: the pattern, and how much of it.
async fn receive(mut from: impl AsyncRead + Unpin) -> usize {
    let pattern = pattern();
    let mut buffer = vec![0; 128 * 1024];
    let mut total = 0;
    loop {
        let count = from.read(&mut buffer).await.expect("it is sent");
        if count == 0 {
            return total;
        }
        let mut rest = &buffer[..count];
        while !rest.is_empty() {
            let expected = &pattern[total % pattern.len()..];
            let same = rest.len().min(expected.len());
            assert!(rest[..same] == expected[..same], "after {total} bytes");
            total += same;
            rest = &rest[same..];
        }
    }
}

#[tokio::test]
async fn a_client_that_has_ended_its_half_gets_a_long_answer() {
    let mut relay = Relay::start(0);
    let mut mux = relay.mux().await.expect("the relay listens");
    let (mut client, mut stream) = pair(&mut mux).await;
    client.write_all(b"request").await.expect("sent");
    let mut request = [0; 7];
    let read = timeout(DEADLINE, stream.read_exact(&mut request)).await;
    read.expect("in time").expect("a request");
    assert_eq!(&request, b"request");
    // The server waits for more, and hears that there is none.
    let waiting = tokio::spawn(async move {
        let read = stream.read(&mut request).await;
        (read.expect("an end"), stream)
    });
    yield_now().await;
    client.shutdown().await.expect("an end");
    let ended = timeout(DEADLINE, waiting).await.expect("in time");
    let (read, stream) = ended.expect("an end");
    assert_eq!(read, 0);
    let both = async { tokio::join!(send(stream, 4 * MIB), receive(client)).1 };
    assert_eq!(timeout(PATIENCE, both).await.expect("in time"), 4 * MIB);
}

#[tokio::test]
async fn a_server_that_has_ended_its_half_gets_a_long_request() {
    let mut relay = Relay::start(0);
    let mut mux = relay.mux().await.expect("the relay listens");
    let (mut client, mut stream) = pair(&mut mux).await;
    stream.write_all(b"answer").await.expect("sent");
    stream.shutdown().await.expect("an end");
    let mut answer = Vec::new();
    let read = timeout(DEADLINE, client.read_to_end(&mut answer)).await;
    read.expect("in time").expect("an end");
    assert_eq!(answer, b"answer");
    let both = async { tokio::join!(send(client, 4 * MIB), receive(stream)).1 };
    assert_eq!(timeout(PATIENCE, both).await.expect("in time"), 4 * MIB);
}

#[tokio::test]
async fn a_connection_that_has_ended_both_halves_leaves_its_place() {
    let mut relay = Relay::start(0);
    let mut mux = relay.mux().await.expect("the relay listens");
    let process = relay.process.id().expect("a running relay");
    let sockets = || std::fs::read_dir(format!("/proc/{process}/fd")).map(Iterator::count);
    let before = sockets().expect("a process");
    for _ in 0..20 {
        let (client, stream) = pair(&mut mux).await;
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = tokio::io::split(stream);
        let all = async {
            tokio::join!(
                send(to_client, 1000),
                send(to_server, 1000),
                receive(from_client),
                receive(from_server)
            )
        };
        let (.., one, other) = timeout(DEADLINE, all).await.expect("in time");
        assert_eq!((one, other), (1000, 1000));
    }
    let (_client, _stream) = pair(&mut mux).await;
    // The last one's end may be on its way.
    assert!(sockets().expect("a process") <= before + 2);
}

/// A client that has been sent what it did not read resets its connection when it goes.
#[tokio::test]
async fn a_client_that_is_gone_fails_its_stream_and_no_other() {
    let mut relay = Relay::start(0);
    let mut mux = relay.mux().await.expect("the relay listens");
    let (mut other, mut beside) = pair(&mut mux).await;
    let (client, mut stream) = pair(&mut mux).await;
    stream.write_all(b"unread").await.expect("sent");
    client.readable().await.expect("it comes");
    drop(client);
    let read = timeout(DEADLINE, stream.read(&mut [0; 10])).await;
    assert!(read.expect("in time").is_err());
    assert!(stream.write_all(b"x").await.is_err());
    beside.write_all(b"!").await.expect("sent");
    let read = timeout(DEADLINE, other.read_u8()).await;
    assert_eq!(read.expect("in time").expect("a byte"), b'!');
}

#[tokio::test]
async fn a_client_that_does_not_read_holds_up_no_other_and_loses_nothing() {
    const SLOW: usize = 32 * MIB;
    let mut relay = Relay::start(0);
    let mut mux = relay.mux().await.expect("the relay listens");
    let (slow, stream) = pair(&mut mux).await;
    let sending = tokio::spawn(send(stream, SLOW));
    for _ in 0..2 {
        let (client, stream) = pair(&mut mux).await;
        let both = async { tokio::join!(send(stream, 16 * MIB), receive(client)).1 };
        assert_eq!(timeout(PATIENCE, both).await.expect("in time"), 16 * MIB);
    }
    // More than the kernel keeps for it.
    assert!(!sending.is_finished());
    let read = timeout(PATIENCE, receive(slow)).await;
    assert_eq!(read.expect("in time"), SLOW);
    sending.await.expect("all was sent");
}

#[tokio::test]
async fn a_server_that_does_not_read_holds_up_no_other_and_loses_nothing() {
    const SLOW: usize = 32 * MIB;
    let mut relay = Relay::start(0);
    let mut mux = relay.mux().await.expect("the relay listens");
    let (client, slow) = pair(&mut mux).await;
    let sending = tokio::spawn(send(client, SLOW));
    for _ in 0..2 {
        let (client, stream) = pair(&mut mux).await;
        let both = async { tokio::join!(send(client, 16 * MIB), receive(stream)).1 };
        assert_eq!(timeout(PATIENCE, both).await.expect("in time"), 16 * MIB);
    }
    assert!(!sending.is_finished());
    let read = timeout(PATIENCE, receive(slow)).await;
    assert_eq!(read.expect("in time"), SLOW);
    sending.await.expect("all was sent");
}

/// Runs in a process of its own, because the memory of the other tests must not count.
#[test]
fn large_bodies_pass_in_little_memory() {
    const NAME: &str = "live_relay::flow::large_bodies_pass_in_little_memory";
    const ALONE: &str = "CREDRUN_TEST_ALONE";
    if std::env::var_os(ALONE).is_some() {
        return runtime().block_on(large_bodies());
    }
    let itself = std::env::current_exe().expect("this program");
    let run = std::process::Command::new(itself)
        .args(["--exact", NAME, "--nocapture"])
        .env(ALONE, "1")
        .output()
        .expect("it starts");
    let said = String::from_utf8_lossy(&run.stdout);
    print!("{said}");
    assert!(run.status.success() && said.contains("1 passed"), "{run:?}");
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

async fn large_bodies() {
    const BODY: usize = 1024 * MIB;
    let mut relay = Relay::start(0);
    let mut mux = relay.mux().await.expect("the relay listens");
    for up in [true, false] {
        let (client, stream) = pair(&mut mux).await;
        let began = std::time::Instant::now();
        let passed = async {
            if up {
                tokio::join!(send(client, BODY), receive(stream)).1
            } else {
                tokio::join!(send(stream, BODY), receive(client)).1
            }
        };
        assert_eq!(timeout(PATIENCE, passed).await.expect("in time"), BODY);
        println!("up: {up}, {:?}", began.elapsed());
    }
    let process = relay.process.id().expect("a running relay");
    let peaks = [process, std::process::id()].map(|process| in_status(process, "VmHWM:"));
    println!(
        "relay {} KiB, credrun's end and the client {} KiB",
        peaks[0], peaks[1]
    );
    assert!(peaks[0] <= 4 * 1024, "{peaks:?} KiB");
    assert!(peaks[1] <= 32 * 1024, "{peaks:?} KiB");
}
