//! What an end does whose other end breaks the protocol, or speaks another one.

use credrun::relay::credit::{CEILING, FLOOR};
use credrun::relay::frame::{Frame, VERSION};
use credrun::relay::mux::{Breach, Mux, RelayError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, ReadHalf, WriteHalf};
use tokio::time::timeout;

use super::{DEADLINE, Relay, connect};

fn encoded(frames: &[Frame<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for frame in frames {
        frame.encode(&mut bytes);
    }
    bytes
}

const READY: Frame<'_> = Frame::Ready {
    version: VERSION,
    port: 80,
};

/// credrun's end of a relay that the test is: what it reads, and what it writes.
async fn mux(
    version: u8,
) -> (
    Result<Mux, RelayError>,
    WriteHalf<DuplexStream>,
    ReadHalf<DuplexStream>,
) {
    let (ours, theirs) = tokio::io::duplex(1 << 20);
    let (stdout, stdin) = tokio::io::split(ours);
    let (reader, mut writer) = tokio::io::split(theirs);
    let ready = Frame::Ready { version, port: 80 };
    writer.write_all(&encoded(&[ready])).await.expect("room");
    let mux = timeout(DEADLINE, Mux::connect(stdout, stdin)).await;
    (mux.expect("at once"), writer, reader)
}

/// An older relay, and a newer one.
#[tokio::test]
async fn a_relay_of_another_version_is_refused_at_once() {
    for version in [VERSION - 1, VERSION + 1] {
        let (mux, _writer, _reader) = mux(version).await;
        let error = mux.expect_err("another version");
        assert!(matches!(error, RelayError::OtherProtocol));
        assert!(error.is_for_the_image());
        let hint = error.hint().expect("a hint");
        assert!(hint.contains("the same credrun version"), "{hint}");
    }
}

#[tokio::test]
async fn a_relay_that_breaks_its_protocol_is_ended_and_told_of() {
    let flood = vec![1; FLOOR + 1];
    let cases: [(&[u8], Breach); 7] = [
        (&encoded(&[Frame::Data(1, &flood)]), Breach::Credit),
        (
            &encoded(&[Frame::Credit(1, CEILING as u32 + 1)]),
            Breach::Allowed,
        ),
        (&encoded(&[Frame::Return(1, 1)]), Breach::Returned),
        (
            &encoded(&[Frame::End(1), Frame::Data(1, b"x")]),
            Breach::AfterEnd,
        ),
        (&encoded(&[Frame::Open(1)]), Breach::Number),
        (&encoded(&[READY]), Breach::Direction),
        (b"Hello from Docker!", Breach::Malformed),
    ];
    for (bytes, breach) in cases {
        let (mux, mut writer, mut reader) = mux(VERSION).await;
        let mut mux = mux.expect("it listens");
        writer
            .write_all(&encoded(&[Frame::Open(1)]))
            .await
            .expect("room");
        let accepted = timeout(DEADLINE, mux.accept()).await.expect("in time");
        let mut stream = accepted.expect("no breach").expect("one").stream;
        // It waits for credit.
        let waiting = tokio::spawn(async move {
            while stream.write_all(&[7; 1024]).await.is_ok() {}
            stream
        });
        let mut taken = vec![0; FLOOR];
        reader.read_exact(&mut taken).await.expect("bytes");
        writer.write_all(bytes).await.expect("room");
        let ended = timeout(DEADLINE, mux.accept()).await.expect("in time");
        let error = ended.expect_err("a breach");
        let told = error.to_string();
        assert!(
            told.starts_with("the relay broke its protocol: it "),
            "{told}"
        );
        assert!(
            matches!(error, RelayError::Broken(said) if said == breach),
            "{told}"
        );
        // Its stdin ends, and so does each connection.
        let rest = timeout(DEADLINE, reader.read_to_end(&mut Vec::new())).await;
        rest.expect("in time").expect("an end");
        let waited = timeout(DEADLINE, waiting).await.expect("in time");
        let read = waited.expect("an error").read(&mut [0; 10]).await;
        assert!(read.is_err());
    }
}

/// The relay does not trust credrun's end, either.
#[tokio::test]
async fn a_relay_that_is_sent_what_it_did_not_grant_ends() {
    let flood = vec![1; FLOOR + 1];
    for said in [
        encoded(&[Frame::Data(1, &flood)]),
        encoded(&[Frame::End(1), Frame::Data(1, b"x")]),
        encoded(&[Frame::Credit(1, CEILING as u32)]),
        encoded(&[Frame::Return(1, 1)]),
        encoded(&[Frame::End(1), Frame::Return(1, 1)]),
        encoded(&[Frame::Open(1)]),
        encoded(&[READY]),
        b"Hello from Docker!".to_vec(),
    ] {
        let mut relay = Relay::start(0);
        let mut stdout = relay.process.stdout.take().expect("a pipe");
        let mut stdin = relay.process.stdin.take().expect("a pipe");
        let mut ready = vec![0; encoded(&[READY]).len()];
        stdout.read_exact(&mut ready).await.expect("a frame");
        let [.., high, low] = ready[..] else {
            panic!("no port");
        };
        let client = connect(u16::from_be_bytes([high, low])).await;
        let mut open = vec![0; encoded(&[Frame::Open(1)]).len()];
        stdout.read_exact(&mut open).await.expect("a frame");
        stdin.write_all(&said).await.expect("room");
        let status = timeout(DEADLINE, relay.process.wait()).await;
        assert!(!status.expect("in time").expect("a status").success());
        drop(client);
    }
}
