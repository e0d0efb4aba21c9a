//! credrun's end of the relay: frames on two byte streams → one stream for each connection.
//!
//! The caller attaches to the relay's container and passes its stdout and stdin in. The protocol is
//! in [`super::frame`], flow control in [`super::credit`]; neither end trusts the other. No
//! connection can hold up another:
//!
//! * The relay is always read. What it sends of a connection is kept until the server reads it, and
//!   is never more than credrun has granted.
//! * A server can write what the relay has granted, one frame at a time; then it waits. What it
//!   has written is sent in turn with the others', so it never waits for a client.
//! * When the relay is full, and will be, the oldest connections are ended that wait for their client
//!   ([`super::places`]).
//! * Datagrams wait in a queue of their own, which is short: one that finds it full is counted and
//!   dropped.
//!
//! A relay that breaks the protocol is ended, and [`Mux::accept`] says what it did.

mod breach;
mod connection;
mod datagrams;
mod shared;
mod stream;
mod table;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinSet, yield_now};
use tokio::time::timeout;

pub use self::breach::Breach;
use self::datagrams::Queue;
pub use self::datagrams::{Asker, Datagram, Datagrams};
use self::shared::Shared;
pub use self::stream::Stream;
use super::places::Place;
use crate::relay::frame::{Decoder, Frame, MAX_CONNECTIONS, MAX_FRAME, Malformed, VERSION};

/// The relay listens some milliseconds after its start.
const READY_DEADLINE: Duration = Duration::from_secs(20);

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
    /// It did what its protocol does not allow.
    #[error("the relay broke its protocol: {0}")]
    Broken(Breach),
    /// Another process listens on the port of the relay before it.
    #[error("the relay's port in the container is in use")]
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
            Self::Broken(_) | Self::PortTaken | Self::Stream(_) => false,
        }
    }

    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::OtherProtocol => {
                Some("--relay-image must name a relay of the same credrun version".to_owned())
            }
            Self::Ended | Self::Silent | Self::Broken(_) | Self::PortTaken | Self::Stream(_) => {
                None
            }
        }
    }
}

/// A relay that listens, and the connections that it accepts. Dropping it ends the connections and
/// shuts the relay's stdin down, which ends the relay.
#[derive(Debug)]
pub struct Mux {
    port: u16,
    opened: mpsc::Receiver<Result<Accepted, Breach>>,
    datagrams: Option<Datagrams>,
    shared: Arc<Shared>,
    _reader: JoinSet<()>,
}

/// A connection that the relay has accepted.
#[derive(Debug)]
pub struct Accepted {
    /// Its bytes. Dropping it closes the connection.
    pub stream: Stream,
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
        let shared = Arc::new(Shared::default());
        let (accepted, opened) = mpsc::channel(MAX_CONNECTIONS);
        // Ends when the relay is over, and ends it.
        tokio::spawn(write_frames(stdin, Arc::clone(&shared)));
        let mut reader = JoinSet::new();
        let (queue, datagrams) = datagrams::queue(&shared);
        let incoming = Incoming {
            shared: Arc::clone(&shared),
            accepted,
            datagrams: Some(queue),
        };
        reader.spawn(incoming.read_all(stdout, decoder));
        Ok(Self {
            port,
            opened,
            datagrams: Some(datagrams),
            shared,
            _reader: reader,
        })
    }

    /// Where the relay listens, on the container's 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The datagrams that come to the relay; none if they were taken before.
    pub fn datagrams(&mut self) -> Option<Datagrams> {
        self.datagrams.take()
    }

    /// The next connection; none once the relay has ended.
    ///
    /// # Errors
    /// [`RelayError::Broken`], once.
    pub async fn accept(&mut self) -> Result<Option<Accepted>, RelayError> {
        let next = self.opened.recv().await.transpose();
        next.map_err(RelayError::Broken)
    }
}

impl Drop for Mux {
    fn drop(&mut self) {
        self.shared.end();
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

/// Sends what the streams write, and what the relay must be told, until the relay is over.
async fn write_frames<W: AsyncWrite + Unpin>(mut stdin: W, shared: Arc<Shared>) {
    let mut out = Vec::new();
    while shared.next_output(&mut out).await {
        if stdin.write_all(&out).await.is_err() || stdin.flush().await.is_err() {
            return shared.end();
        }
        out.clear();
    }
    let _ = stdin.shutdown().await;
}

/// What the relay sends.
struct Incoming {
    shared: Arc<Shared>,
    accepted: mpsc::Sender<Result<Accepted, Breach>>,
    /// None once the relay has passed on all that it was asked for.
    datagrams: Option<Queue>,
}

impl Incoming {
    /// Reads the relay's frames until it ends, and every connection with it.
    async fn read_all<R: AsyncRead + Unpin>(mut self, stdout: R, decoder: Decoder) {
        let read = self.read(stdout, decoder).await;
        self.shared.end();
        if let Err(breach) = read {
            // Failure means that nobody asks any more.
            let _ = self.accepted.send(Err(breach)).await;
        }
    }

    async fn read<R: AsyncRead + Unpin>(
        &mut self,
        mut stdout: R,
        mut decoder: Decoder,
    ) -> Result<(), Breach> {
        let mut buffer = vec![0; MAX_FRAME];
        loop {
            while let Some(frame) = decoder.next().map_err(|Malformed| Breach::Malformed)? {
                self.take(frame).await?;
                if !self.shared.can_hear().await {
                    return Ok(());
                }
            }
            match stdout.read(&mut buffer).await {
                Ok(0) | Err(_) => return Ok(()),
                Ok(count) => decoder.push(&buffer[..count]),
            }
        }
    }

    async fn take(&mut self, frame: Frame<'_>) -> Result<(), Breach> {
        match frame {
            Frame::Datagram([]) => {
                self.datagrams = None;
                Ok(())
            }
            Frame::Datagram(bytes) => {
                if let Some(queue) = &self.datagrams {
                    queue.add(bytes);
                }
                Ok(())
            }
            Frame::Open(id) => self.open(id).await,
            Frame::Full => {
                if !self.shared.with(|table| table.will_have_room()) {
                    self.make_room().await;
                }
                Ok(())
            }
            other => self.shared.with(|table| table.take(other)),
        }
    }

    async fn open(&self, id: u32) -> Result<(), Breach> {
        if self.shared.with(|table| table.is_full()) {
            // The relay has a place for it, so a connection has ended.
            self.make_room().await;
        }
        if let Some(opened) = self.shared.with(|table| table.open(id))? {
            let accepted = Accepted {
                stream: Stream::new(opened.number, Arc::clone(&self.shared)),
                place: opened.place,
                ended: opened.ended,
            };
            // Where no place is left, dropping the stream closes the connection.
            drop(self.accepted.try_send(Ok(accepted)));
        }
        Ok(())
    }

    async fn make_room(&self) {
        // A connection whose request has just been passed on waits no longer, but its server must
        // first see that: it is accepted, begun, and reads.
        for _ in 0..3 {
            yield_now().await;
        }
        self.shared.with(|table| table.make_room());
    }
}

#[cfg(test)]
mod tests;
