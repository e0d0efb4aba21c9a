//! credrun's end of the relay: frames on two byte streams → one stream for each connection.
//!
//! The caller attaches to the relay's container and passes its stdout and stdin in. No connection
//! can hold up another: each has at most one frame on its way to the relay; a connection that
//! receives more than its server reads is ended; and when the relay is full, so are the oldest that
//! wait for their client ([`super::places`]).

use std::collections::HashMap;
use std::io;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::io::{
    AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream, ReadHalf, WriteHalf,
};
use tokio::sync::{mpsc, oneshot};
use tokio::task::coop::unconstrained;
use tokio::task::{AbortHandle, JoinSet, yield_now};
use tokio::time::timeout;

use super::places::{Place, Waiting};
use crate::relay::frame::{Decoder, Frame, MAX_CONNECTIONS, MAX_PAYLOAD, Malformed, VERSION};

/// The relay listens some milliseconds after its start.
const READY_DEADLINE: Duration = Duration::from_secs(20);

/// Bytes that may wait for a connection's server, or for the relay: twice the longest request.
const BUFFER: usize = 16 * 1024;

/// How many connections are ended at a time when the relay has no place left.
const MADE_AT_ONCE: usize = MAX_CONNECTIONS / 10;

/// How many frames may wait for the relay, over all connections.
const OUTGOING: usize = 32;

/// Why the relay cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// It ended, or the engine closed the stream, before it listened.
    #[error("the relay ended before it was ready")]
    Ended,
    #[error("the relay was not ready within {} s", READY_DEADLINE.as_secs())]
    Silent,
    /// Its output does not follow the protocol.
    #[error("the relay uses a different protocol than this credrun")]
    OtherProtocol,
    /// Another process listens on the port of the relay before it.
    #[error("the port of the credential endpoint in the container is in use")]
    PortTaken,
    /// The attached stream failed.
    #[error("the stream to the relay failed")]
    Stream(#[source] io::Error),
}

impl RelayError {
    /// Whether the image seems not to hold a relay of this credrun.
    #[must_use]
    pub fn is_for_the_image(&self) -> bool {
        match self {
            Self::Ended | Self::Silent | Self::OtherProtocol => true,
            Self::PortTaken | Self::Stream(_) => false,
        }
    }

    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::OtherProtocol => {
                Some("--relay-image must name a relay of the same credrun version".to_owned())
            }
            Self::Ended | Self::Silent | Self::PortTaken | Self::Stream(_) => None,
        }
    }
}

/// A relay that listens, and the connections that it accepts. Dropping it ends the connections and
/// shuts the relay's stdin down, which ends the relay.
#[derive(Debug)]
pub struct Mux {
    port: u16,
    opened: mpsc::Receiver<Accepted>,
    _reader: JoinSet<()>,
}

/// A connection that the relay has accepted.
#[derive(Debug)]
pub struct Accepted {
    /// Its bytes. Dropping it closes the connection.
    pub stream: DuplexStream,
    /// Its place among the others.
    pub place: Place,
    /// Fires when the connection is ended because no place is left, and only then.
    pub ended: oneshot::Receiver<()>,
}

impl Mux {
    /// Waits until the relay listens. `stdout` is the relay's output, `stdin` its input.
    ///
    /// # Errors
    /// [`RelayError`].
    pub async fn connect<R, W>(mut stdout: R, stdin: W) -> Result<Self, RelayError>
    where
        R: AsyncRead + Unpin + Send + 'static,
        W: AsyncWrite + Unpin + Send + 'static,
    {
        let mut decoder = Decoder::default();
        let port = timeout(READY_DEADLINE, ready(&mut stdout, &mut decoder))
            .await
            .map_err(|_| RelayError::Silent)??;
        let (outgoing, frames) = mpsc::channel(OUTGOING);
        let (accepted, opened) = mpsc::channel(MAX_CONNECTIONS);
        let connections = Connections {
            open: HashMap::new(),
            waiting: Waiting::default(),
            last: 0,
            pumps: JoinSet::new(),
            accepted,
            outgoing,
        };
        // Ends when the reader and all connections have.
        tokio::spawn(write_frames(stdin, frames));
        let mut reader = JoinSet::new();
        reader.spawn(read_frames(stdout, decoder, connections));
        Ok(Self {
            port,
            opened,
            _reader: reader,
        })
    }

    /// Where the relay listens, on the container's 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The next connection; none once the relay has ended.
    pub async fn accept(&mut self) -> Option<Accepted> {
        self.opened.recv().await
    }
}

async fn ready<R: AsyncRead + Unpin>(
    stdout: &mut R,
    decoder: &mut Decoder,
) -> Result<u16, RelayError> {
    let mut buffer = [0; 64];
    loop {
        match decoder.next() {
            Ok(Some(Frame::Ready {
                version: VERSION,
                port,
            })) => return Ok(port),
            Ok(Some(_)) | Err(Malformed) => return Err(RelayError::OtherProtocol),
            Ok(None) => {}
        }
        match stdout.read(&mut buffer).await.map_err(RelayError::Stream)? {
            0 => return Err(RelayError::Ended),
            count => decoder.push(&buffer[..count]),
        }
    }
}

/// Reads the relay's frames until it ends, and every connection with it.
async fn read_frames<R: AsyncRead + Unpin>(
    mut stdout: R,
    mut decoder: Decoder,
    mut connections: Connections,
) {
    let mut buffer = vec![0; 4 * MAX_PAYLOAD];
    loop {
        loop {
            match decoder.next() {
                Ok(Some(frame)) => connections.take(frame).await,
                Ok(None) => break,
                Err(Malformed) => return,
            }
        }
        connections.forget_served();
        match stdout.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(count) => decoder.push(&buffer[..count]),
        }
    }
}

async fn write_frames<W: AsyncWrite + Unpin>(mut stdin: W, mut frames: mpsc::Receiver<Vec<u8>>) {
    while let Some(frame) = frames.recv().await {
        if stdin.write_all(&frame).await.is_err() || stdin.flush().await.is_err() {
            return;
        }
    }
    let _ = stdin.shutdown().await;
}

/// The connections whose server has not dropped its stream.
struct Connections {
    open: HashMap<u32, Open>,
    waiting: Waiting,
    /// The number of the last connection. The relay reuses its own numbers.
    last: u64,
    pumps: JoinSet<(u64, u32)>,
    accepted: mpsc::Sender<Accepted>,
    outgoing: mpsc::Sender<Vec<u8>>,
}

struct Open {
    number: u64,
    /// None once the client has stopped sending.
    to_server: Option<WriteHalf<DuplexStream>>,
    from_server: AbortHandle,
    end: oneshot::Sender<()>,
}

impl Connections {
    async fn take(&mut self, frame: Frame<'_>) {
        match frame {
            Frame::Ready { .. } => {}
            Frame::Open(id) => self.open(id).await,
            Frame::Data(id, bytes) => self.pass_on(id, bytes).await,
            Frame::Close(id) => {
                let Some(open) = self.open.get_mut(&id) else {
                    return;
                };
                if let Some(mut half) = open.to_server.take() {
                    // The client may still wait for its answer: only this half ends.
                    let _ = unconstrained(half.shutdown()).now_or_never();
                    self.waiting.ended(open.number, id);
                }
            }
            Frame::Full => self.make_room().await,
        }
    }

    fn forget_served(&mut self) {
        while let Some(served) = self.pumps.try_join_next() {
            // An aborted one has been removed already.
            let Ok((number, id)) = served else { continue };
            self.waiting.forget(number);
            if self.open.get(&id).is_some_and(|open| open.number == number) {
                self.open.remove(&id);
            }
        }
    }

    async fn open(&mut self, id: u32) {
        if self.open.len() >= MAX_CONNECTIONS {
            // The relay has a place for it, so a connection has ended.
            self.forget_served();
            self.make_room().await;
        }
        if self.open.len() >= MAX_CONNECTIONS {
            return self.close(id).await;
        }
        self.last += 1;
        let number = self.last;
        let (ours, stream) = tokio::io::duplex(BUFFER);
        let (end, ended) = oneshot::channel();
        let place = self.waiting.begin(number, id);
        let accepted = Accepted {
            stream,
            place,
            ended,
        };
        if self.accepted.try_send(accepted).is_err() {
            self.waiting.forget(number);
            return self.close(id).await;
        }
        let (from_server, to_server) = tokio::io::split(ours);
        let pump = pump(id, from_server, self.outgoing.clone());
        let from_server = self.pumps.spawn(async move {
            pump.await;
            (number, id)
        });
        let open = Open {
            number,
            to_server: Some(to_server),
            from_server,
            end,
        };
        self.open.insert(id, open);
    }

    async fn make_room(&mut self) {
        // A connection whose request has just been passed on waits no longer, but its server must
        // first see that: it is accepted, begun, and reads.
        for _ in 0..3 {
            yield_now().await;
        }
        for _ in 0..MADE_AT_ONCE {
            let Some((number, id)) = self.waiting.take_oldest() else {
                return;
            };
            if self.open.get(&id).is_some_and(|open| open.number == number) {
                self.end(id).await;
            }
        }
    }

    /// Never waits for the server: if the server does not read at once, the connection is ended.
    async fn pass_on(&mut self, id: u32, bytes: &[u8]) {
        let Some(to_server) = self.open.get_mut(&id).and_then(|it| it.to_server.as_mut()) else {
            return;
        };
        // Unconstrained, because a busy task's exhausted budget would look like a full buffer.
        let written = unconstrained(to_server.write_all(bytes)).now_or_never();
        if !matches!(written, Some(Ok(()))) {
            self.end(id).await;
        }
    }

    async fn end(&mut self, id: u32) {
        if let Some(open) = self.open.remove(&id) {
            self.waiting.forget(open.number);
            open.from_server.abort();
            let _ = open.end.send(());
            self.close(id).await;
        }
    }

    async fn close(&self, id: u32) {
        let mut frame = Vec::new();
        Frame::Close(id).encode(&mut frame);
        // Failure means that the relay is gone, which `read_frames` will see.
        let _ = self.outgoing.send(frame).await;
    }
}

/// Passes the server's output to the relay, until the server drops its stream.
async fn pump(id: u32, mut from_server: ReadHalf<DuplexStream>, outgoing: mpsc::Sender<Vec<u8>>) {
    let mut buffer = vec![0; BUFFER];
    loop {
        let mut frame = Vec::new();
        let count = from_server.read(&mut buffer).await.unwrap_or(0);
        match count {
            0 => Frame::Close(id).encode(&mut frame),
            count => Frame::Data(id, &buffer[..count]).encode(&mut frame),
        }
        if outgoing.send(frame).await.is_err() || count == 0 {
            return;
        }
    }
}
