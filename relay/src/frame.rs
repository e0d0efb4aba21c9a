//! The protocol between the relay and credrun. Both ends compile this file.
//!
//! The relay writes frames to its stdout and reads frames from its stdin. Numbers are
//! big-endian.
//!
//! ```text
//! kind: u8 │ connection: u32 │ length: u16 │ payload: length bytes
//! ```
//!
//! | kind | sent by | payload | meaning |
//! |---|---|---|---|
//! | 1 `Ready` | relay, once, first | version: u8, port: u16 | it listens on 127.0.0.1:port |
//! | 2 `Open` | relay | none | it accepted a connection; the number is not in use |
//! | 3 `Data` | both | 1 to 65529 bytes | bytes of the connection |
//! | 4 `End` | both | none | no more bytes from this side; the other may go on |
//! | 5 `Credit` | both | bytes: u32, not 0 | the other side may send so many more (`credit.rs`) |
//! | 6 `Close` | credrun | none | it has no more bytes and takes none; what it sent is still given to the client |
//! | 7 `Reset` | both | none | the connection has failed: what is under way is dropped |
//! | 8 `Full` | relay | none | no place is left, and a client waits for one |
//! | 9 `Datagram` | relay | 1 to 8192 bytes | a datagram that came to its UDP port |
//! | 9 `Datagram` | credrun | none | the relay shall pass on all datagrams that have come, and then send the same frame |
//! | 10 `Return` | both | bytes: u32, not 0 | the sender returns so much of its credit (`credit.rs`) |
//!
//! # The life of a connection
//!
//! It is over for both ends once each has sent `End`, or one has sent `Close` or `Reset`. A frame
//! for a connection that is over is ignored, because frames may cross.
//!
//! No end sends more `Data` than it has credit for. So each can read the other's frames at any
//! time, whatever its own readers do, and no connection holds up another. Each end takes turns over
//! its connections that have bytes and credit: one frame, then the next connection. `Credit`,
//! `Return`, `Open`, `Reset` and `Full` wait for no turn. So a `Return` may come before `Data` that was
//! there first; it takes nothing from that, because what was to be sent is no longer credit.
//!
//! When the relay is full and a client waits, it first drops connections that are closed, but whose
//! client does not read; if there is none, it sends `Full`, once until a place is free again.
//! Before that, it has passed on what each client had sent by then, as far as there was credit, so
//! credrun can tell which clients are silent.
//!
//! # Datagrams
//!
//! A relay that is started with the word `datagrams` also takes them, on the same port. They belong to
//! no connection and have no credit: one for which there is no room is lost, and the connections'
//! bytes go first.
//!
//! # What neither end accepts
//!
//! Bytes that are no frames, a kind that the sender does not send, `Data` beyond the credit, credit for
//! more than the largest window, a `Return` that leaves its sender less than the smallest one, `Data`,
//! `Return` or another `End` after `End`, `Open` with a number in use. The relay ends; credrun ends the
//! relay, and says why.
//!
//! # Versions
//!
//! `Ready` is the same in all versions, so that an end of another version is told from something
//! that is no relay. No two versions work together.

// Public for credrun, which also compiles this file; in the relay nothing is outside the crate.
#![allow(unreachable_pub)]

/// Version of this protocol, sent in [`Frame::Ready`].
pub const VERSION: u8 = 5;

/// Bytes before the payload.
pub const HEADER: usize = 7;

/// The longest frame: what a pipe holds (pipe(7)), so one write.
pub const MAX_FRAME: usize = 64 * 1024;

/// The longest payload, in bytes.
pub const MAX_PAYLOAD: usize = MAX_FRAME - HEADER;

/// The longest datagram, in bytes. SDKs send none that is longer.
pub const MAX_DATAGRAM: usize = 8 * 1024;

/// The most connections that may be open at once. It fits into the 1024 file descriptors that some
/// engines allow a container.
pub const MAX_CONNECTIONS: usize = 1000;

/// One message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame<'a> {
    /// The relay listens.
    Ready {
        /// The relay's [`VERSION`].
        version: u8,
        /// Where it listens, on 127.0.0.1.
        port: u16,
    },
    /// A new connection.
    Open(u32),
    /// Bytes of a connection.
    Data(u32, &'a [u8]),
    /// The sender has no more bytes for this connection.
    End(u32),
    /// The receiver may send so many more bytes of this connection.
    Credit(u32, u32),
    /// The sender is done with this connection; the bytes before it are not.
    Close(u32),
    /// The sender returns so many bytes of its credit for this connection.
    Return(u32, u32),
    /// This connection has failed.
    Reset(u32),
    /// A client waits for a place.
    Full,
    /// A datagram. An empty one asks for all that have come, and says that these were all.
    Datagram(&'a [u8]),
}

impl Frame<'_> {
    /// Appends the frame's bytes to `out`. A payload longer than [`MAX_PAYLOAD`] becomes
    /// several frames, an empty one none.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match *self {
            Frame::Ready { version, port } => {
                let [high, low] = port.to_be_bytes();
                put(out, 1, 0, &[version, high, low]);
            }
            Frame::Open(connection) => put(out, 2, connection, &[]),
            Frame::Data(connection, bytes) => {
                for payload in bytes.chunks(MAX_PAYLOAD) {
                    put(out, 3, connection, payload);
                }
            }
            Frame::End(connection) => put(out, 4, connection, &[]),
            Frame::Credit(connection, bytes) => put(out, 5, connection, &bytes.to_be_bytes()),
            Frame::Return(connection, bytes) => put(out, 10, connection, &bytes.to_be_bytes()),
            Frame::Close(connection) => put(out, 6, connection, &[]),
            Frame::Reset(connection) => put(out, 7, connection, &[]),
            Frame::Full => put(out, 8, 0, &[]),
            Frame::Datagram(bytes) => put(out, 9, 0, &bytes[..bytes.len().min(MAX_DATAGRAM)]),
        }
    }
}

fn put(out: &mut Vec<u8>, kind: u8, connection: u32, payload: &[u8]) {
    out.push(kind);
    out.extend_from_slice(&connection.to_be_bytes());
    out.extend_from_slice(&(payload.len() as u16).to_be_bytes());
    out.extend_from_slice(payload);
}

/// The bytes are not frames: the other end speaks another protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

/// Cuts a byte stream, which may arrive in any pieces, into frames.
#[derive(Debug, Default)]
pub struct Decoder {
    buffer: Vec<u8>,
    taken: usize,
}

impl Decoder {
    /// Adds what was read.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.taken);
        self.taken = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole frame; none until more bytes are pushed.
    ///
    /// # Errors
    /// [`Malformed`], permanently: the start of the next frame cannot be found.
    #[allow(clippy::should_implement_trait)] // The frame borrows from the decoder.
    pub fn next(&mut self) -> Result<Option<Frame<'_>>, Malformed> {
        let rest = &self.buffer[self.taken..];
        let &[kind, a, b, c, d, high, low, ..] = rest else {
            return Ok(None);
        };
        let connection = u32::from_be_bytes([a, b, c, d]);
        let length = usize::from(u16::from_be_bytes([high, low]));
        if !(1..=10).contains(&kind) || length > MAX_PAYLOAD {
            return Err(Malformed);
        }
        let Some(payload) = rest.get(HEADER..HEADER + length) else {
            return Ok(None);
        };
        let frame = match (kind, payload) {
            (1, &[version, high, low]) => Frame::Ready {
                version,
                port: u16::from_be_bytes([high, low]),
            },
            (2, []) => Frame::Open(connection),
            (3, [_, ..]) => Frame::Data(connection, payload),
            (4, []) => Frame::End(connection),
            (5, &[a, b, c, d]) if [a, b, c, d] != [0; 4] => {
                Frame::Credit(connection, u32::from_be_bytes([a, b, c, d]))
            }
            (10, &[a, b, c, d]) if [a, b, c, d] != [0; 4] => {
                Frame::Return(connection, u32::from_be_bytes([a, b, c, d]))
            }
            (6, []) => Frame::Close(connection),
            (7, []) => Frame::Reset(connection),
            (8, []) => Frame::Full,
            (9, bytes) if bytes.len() <= MAX_DATAGRAM => Frame::Datagram(bytes),
            _ => return Err(Malformed),
        };
        self.taken += HEADER + length;
        Ok(Some(frame))
    }
}
