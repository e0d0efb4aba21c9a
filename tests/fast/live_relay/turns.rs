//! The relay's turns and bounds, frame by frame.

use std::process::Stdio;
use std::time::Duration;

use credrun::relay::credit::{CEILING, FLOOR};
use credrun::relay::frame::{Decoder, Frame, MAX_FRAME, MAX_PAYLOAD};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::{ChildStdin, ChildStdout, Command};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::flow::{MIB, PATIENCE, pair};
use super::{DEADLINE, Relay, connect, in_status};

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
    Return(u32, u32),
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
                    Frame::Return(id, returned) => Came::Return(id, returned),
                    _ => Came::Other,
                };
            }
            let read = timeout(DEADLINE, self.stdout.read(&mut buffer)).await;
            let count = read.expect("in time").expect("frames");
            assert!(count > 0, "the relay has ended");
            self.decoder.push(&buffer[..count]);
        }
    }

    /// The first client's bytes come as far as the smallest window reaches.
    async fn passes_a_floor(&mut self) {
        let mut passed = 0;
        while passed < FLOOR {
            let Came::Data(1, count) = self.next().await else {
                panic!("something else");
            };
            passed += count;
        }
        assert_eq!(passed, FLOOR);
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
    wire.passes_a_floor().await;
    // What another client says after that comes, and nothing of the first one.
    beside.write_all(b"word").await.expect("room");
    assert_eq!(wire.next().await, Came::Data(2, 4));
    wire.say(Frame::Credit(1, 5)).await;
    assert_eq!(wire.next().await, Came::Data(1, 5));
}

/// The relay says so by itself, while nothing else happens.
#[tokio::test]
async fn a_client_that_is_silent_keeps_no_credit_from_others() {
    let mut wire = Wire::start().await;
    let mut client = wire.client().await;
    let more = u32::try_from(CEILING - FLOOR).expect("a number");
    client.write_all(b"word").await.expect("room");
    assert_eq!(wire.next().await, Came::Data(1, 4));
    wire.say(Frame::Credit(1, more)).await;
    assert_eq!(wire.next().await, Came::Return(1, more - 4));
    // It may go on with what is left, and gets more as ever.
    client.write_all(&vec![7; CEILING]).await.expect("room");
    wire.passes_a_floor().await;
    wire.say(Frame::Credit(1, 5)).await;
    assert_eq!(wire.next().await, Came::Data(1, 5));
}

#[tokio::test]
async fn a_client_that_is_silent_keeps_no_credit_beside_one_that_floods() {
    let mut wire = Wire::start().await;
    let mut flooding = wire.client().await;
    let _silent = wire.client().await;
    // Until the relay ends.
    tokio::spawn(async move { while flooding.write_all(&[7; CEILING]).await.is_ok() {} });
    let more = u32::try_from(CEILING - FLOOR).expect("a number");
    for id in [1, 2] {
        wire.say(Frame::Credit(id, more)).await;
    }
    let returned = timeout(DEADLINE, async {
        loop {
            match wire.next().await {
                Came::Return(2, returned) => return returned,
                Came::Data(1, count) => {
                    let again = u32::try_from(count).expect("a number");
                    wire.say(Frame::Credit(1, again)).await;
                }
                other => panic!("{other:?}"),
            }
        }
    });
    assert_eq!(returned.await.expect("in time"), more);
}
