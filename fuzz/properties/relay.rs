//! Any bytes as what a relay writes once it listens: no panic, an end with the relay's, no secret
//! without the token, and nothing but well-formed answers to connections that were opened.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use credrun::relay::frame::{Decoder, Frame, VERSION};
use credrun::relay::mux::Mux;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::time::{sleep, timeout};

use super::endpoint::{DEADLINE, endpoint, in_no_time, keeps_the_secret};

/// More than a connection is given to send its request.
const QUIET: Duration = Duration::from_secs(30);

/// What the relay is sent for `input`.
///
/// # Panics
/// Where the property does not hold.
pub(super) fn holds(input: &[u8]) -> Vec<u8> {
    let sent = in_no_time(sent_for(input));
    keeps_the_secret(&requests(input), &sent);
    are_answers(&sent, input);
    sent
}

async fn sent_for(input: &[u8]) -> Vec<u8> {
    let (endpoint, _renewal) = endpoint();
    let (relay, ours) = tokio::io::duplex(1 << 20);
    let (stdout, stdin) = tokio::io::split(ours);
    let serving = async {
        let mux = Mux::connect(stdout, stdin).await.expect("it listens");
        // A stream that breaks the protocol ends the relay.
        let _ = endpoint.serve(mux).await;
    };
    let ends = async { tokio::join!(serving, write_and_read(relay, input)).1 };
    timeout(DEADLINE, ends)
        .await
        .expect("it ends with the relay")
}

/// What a relay does that writes `input`, waits, and ends.
async fn write_and_read(relay: DuplexStream, input: &[u8]) -> Vec<u8> {
    let (mut reader, mut writer) = tokio::io::split(relay);
    let mut ready = Vec::new();
    let (version, port) = (VERSION, 80);
    Frame::Ready { version, port }.encode(&mut ready);
    let write = async {
        // A stream that is malformed is no longer read.
        let _ = writer.write_all(&[&ready, input].concat()).await;
        sleep(QUIET).await;
        let _ = writer.shutdown().await;
    };
    let mut sent = Vec::new();
    let (_, read) = tokio::join!(write, reader.read_to_end(&mut sent));
    read.expect("an end");
    sent
}

/// What clients sent, connection by connection, since frames may stand between any two bytes.
fn requests(input: &[u8]) -> Vec<u8> {
    let mut requests = BTreeMap::<u32, Vec<u8>>::new();
    each_frame(input, |frame| {
        if let Frame::Data(id, bytes) = frame {
            requests.entry(id).or_default().extend_from_slice(bytes);
        }
    });
    requests.into_values().collect::<Vec<_>>().concat()
}

fn are_answers(sent: &[u8], input: &[u8]) {
    let mut opened = BTreeSet::new();
    each_frame(input, |frame| {
        if let Frame::Open(id) = frame {
            opened.insert(id);
        }
    });
    let whole = each_frame(sent, |frame| match frame {
        Frame::Data(id, _)
        | Frame::End(id)
        | Frame::Credit(id, _)
        | Frame::Return(id, _)
        | Frame::Close(id)
        | Frame::Reset(id) => assert!(opened.contains(&id), "{id}"),
        other => panic!("{other:?}"),
    });
    assert_eq!(whole, sent.len());
}

/// How many bytes the frames have.
fn each_frame(stream: &[u8], mut see: impl FnMut(Frame<'_>)) -> usize {
    let mut decoder = Decoder::default();
    let mut again = Vec::new();
    decoder.push(stream);
    while let Ok(Some(frame)) = decoder.next() {
        frame.encode(&mut again);
        see(frame);
    }
    again.len()
}
