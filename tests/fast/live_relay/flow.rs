//! Flow control between the relay's program and credrun's end: bytes in bulk, both halves, readers
//! that are slow, and turns.

use std::process::Stdio;
use std::time::Duration;

use credrun::relay::credit::{CEILING, FLOOR};
use credrun::relay::frame::{Decoder, Frame, MAX_FRAME, MAX_PAYLOAD};
use credrun::relay::mux::{Mux, Stream};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::{ChildStdin, ChildStdout, Command};
use tokio::task::{JoinSet, yield_now};
use tokio::time::timeout;

use super::{DEADLINE, Relay, connect, in_status};

const MIB: usize = 1024 * 1024;

/// For what moves many bytes on a machine with other work.
const PATIENCE: Duration = Duration::from_secs(120);

/// A client, and the stream that credrun has of it.
async fn pair(mux: &mut Mux) -> (TcpStream, Stream) {
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

/// A relay whose frames the test itself reads and writes.
struct Wire {
    relay: Relay,
    port: u16,
    stdin: ChildStdin,
    stdout: ChildStdout,
    decoder: Decoder,
}

/// A frame without its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Came {
    Ready(u16),
    Open(u32),
    Data(u32, usize),
    Other,
}

impl Wire {
    async fn start() -> Self {
        let program = &mut Command::new(super::program());
        let mut relay = Relay::start_by(program.arg("0").stderr(Stdio::inherit()));
        let stdin = relay.process.stdin.take().expect("a pipe");
        let stdout = relay.process.stdout.take().expect("a pipe");
        let mut wire = Self {
            relay,
            port: 0,
            stdin,
            stdout,
            decoder: Decoder::default(),
        };
        let Came::Ready(port) = wire.next().await else {
            panic!("not ready");
        };
        wire.port = port;
        wire
    }

    async fn next(&mut self) -> Came {
        let mut buffer = vec![0; 4096];
        loop {
            if let Some(frame) = self.decoder.next().expect("frames") {
                return match frame {
                    Frame::Ready { port, .. } => Came::Ready(port),
                    Frame::Open(id) => Came::Open(id),
                    Frame::Data(id, bytes) => Came::Data(id, bytes.len()),
                    _ => Came::Other,
                };
            }
            let read = timeout(DEADLINE, self.stdout.read(&mut buffer)).await;
            let count = read.expect("in time").expect("frames");
            assert!(count > 0, "the relay has ended");
            self.decoder.push(&buffer[..count]);
        }
    }

    async fn say(&mut self, frame: Frame<'_>) {
        let mut bytes = Vec::new();
        frame.encode(&mut bytes);
        self.stdin.write_all(&bytes).await.expect("sent");
    }

    async fn client(&mut self) -> TcpStream {
        let client = connect(self.port).await;
        assert!(matches!(self.next().await, Came::Open(_)));
        client
    }
}

/// Two clients have as much to send as they may, and nobody reads the relay. Then a third says
/// one word. What comes before it is what had left the relay's hands, or was in them, and one frame
/// of each of the two; they may send far more.
#[tokio::test]
async fn a_small_request_waits_for_a_frame_of_each_other_client_and_no_more() {
    let mut wire = Wire::start().await;
    let mut bulk = [wire.client().await, wire.client().await];
    let mut small = wire.client().await;
    for id in [1, 2] {
        let more = u32::try_from(CEILING - FLOOR).expect("a number");
        wire.say(Frame::Credit(id, more)).await;
    }
    for client in &mut bulk {
        client.write_all(&vec![7; CEILING]).await.expect("room");
    }
    small.write_all(b"word").await.expect("room");
    let mut before = 0;
    loop {
        match wire.next().await {
            Came::Data(3, 4) => break,
            Came::Data(1 | 2, count) => before += count,
            other => panic!("{other:?}"),
        }
    }
    let pipe = MAX_FRAME;
    let outbox = 2 * MAX_FRAME;
    let turns = 2 * MAX_PAYLOAD;
    assert!(before <= pipe + outbox + turns, "{before} bytes before it");
}

/// Both have more to say than there is time for, and are granted what came of them.
#[tokio::test]
async fn clients_take_turns() {
    let mut wire = Wire::start().await;
    let mut floods = JoinSet::new();
    for mut client in [wire.client().await, wire.client().await] {
        // Until the relay ends.
        floods.spawn(async move { while client.write_all(&[7; CEILING]).await.is_ok() {} });
    }
    for id in [1, 2] {
        let more = u32::try_from(CEILING - FLOOR).expect("a number");
        wire.say(Frame::Credit(id, more)).await;
    }
    let mut passed = [0_usize; 2];
    while passed.iter().all(|count| *count < 8 * MIB) {
        let Came::Data(id @ 1..=2, count) = wire.next().await else {
            panic!("something else");
        };
        passed[id as usize - 1] += count;
        let again = u32::try_from(count).expect("a number");
        wire.say(Frame::Credit(id, again)).await;
    }
    assert!(passed.iter().all(|count| *count > 2 * MIB), "{passed:?}");
}

/// The relay waits for nobody while it writes: it hears credrun, and sees its end. What it cannot
/// write it does not read.
#[tokio::test]
async fn a_relay_whose_output_nobody_reads_stays_small_and_hears_and_ends() {
    let mut wire = Wire::start().await;
    let mut waiting = wire.client().await;
    let mut flooding = Vec::new();
    for _ in 0..300 {
        flooding.push(wire.client().await);
    }
    for client in &mut flooding {
        client.write_all(&vec![7; FLOOR]).await.expect("room");
    }
    let mut buffer = vec![0; FLOOR / 4];
    for _ in 0..3 {
        wire.say(Frame::Data(1, &buffer.clone())).await;
        let read = timeout(DEADLINE, waiting.read_exact(&mut buffer)).await;
        read.expect("in time").expect("bytes");
    }
    let process = wire.relay.process.id().expect("a running relay");
    let peak = in_status(process, "VmHWM:");
    println!("{peak} KiB");
    // The floods have 4,800 KiB.
    assert!(peak <= 2 * 1024, "{peak} KiB");

    let Wire {
        mut relay, stdin, ..
    } = wire;
    drop(stdin);
    let status = timeout(DEADLINE, relay.process.wait()).await;
    assert!(status.expect("in time").expect("a status").success());
}

#[tokio::test]
async fn clients_that_do_not_read_cost_the_relay_no_more_than_their_windows() {
    let mut relay = Relay::start(0);
    let mut mux = relay.mux().await.expect("the relay listens");
    let mut unread = Vec::new();
    let mut sending = JoinSet::new();
    for _ in 0..20 {
        let (client, mut stream) = pair(&mut mux).await;
        unread.push(client);
        // As much as is taken, until nothing more is for a while.
        sending.spawn(async move {
            let block = vec![7; 64 * 1024];
            while timeout(Duration::from_secs(2), stream.write_all(&block))
                .await
                .is_ok()
            {}
            stream
        });
    }
    let stuck = timeout(PATIENCE, sending.join_all()).await;
    assert_eq!(stuck.expect("nobody takes more").len(), 20);
    let process = relay.process.id().expect("a running relay");
    let peak = in_status(process, "VmHWM:");
    println!("{peak} KiB");
    assert!(peak <= 4 * 1024, "{peak} KiB");
}

#[tokio::test]
async fn a_client_is_read_as_far_as_its_credit_and_no_further() {
    let mut wire = Wire::start().await;
    let mut client = wire.client().await;
    let mut beside = wire.client().await;
    client.write_all(&vec![7; CEILING]).await.expect("room");
    let mut passed = 0;
    while passed < FLOOR {
        let Came::Data(1, count) = wire.next().await else {
            panic!("something else");
        };
        passed += count;
    }
    assert_eq!(passed, FLOOR);
    // What another client says after that comes, and nothing of the first one.
    beside.write_all(b"word").await.expect("room");
    assert_eq!(wire.next().await, Came::Data(2, 4));
    wire.say(Frame::Credit(1, 5)).await;
    assert_eq!(wire.next().await, Came::Data(1, 5));
}
