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
//! | 2 `Open` | relay | none | it accepted a connection; the number is new |
//! | 3 `Data` | both | 1 to 16384 bytes | bytes of the connection |
//! | 4 `Close` | both | none | no more bytes from this side |
//! | 5 `Full` | relay | none | no place is left, and a client waits for one |
//!
//! The relay ends every connection that it opened with one `Close`, after which credrun may still
//! send bytes (the client has shut down its sending half only). credrun's `Close` ends the
//! connection permanently. A frame for an unknown connection is ignored, because the two `Close`s
//! may cross. Before the relay sends `Full`, it has passed on what each client had sent by then, so
//! credrun can tell which clients are silent. It sends `Full` once until a place is free again.
//!
//! There is no flow control, because requests and answers are a few kilobytes; the relay just stops
//! reading a client that has sent more than that without an answer. A connection whose bytes one
//! end does not take is ended there, so that it can never hold up the others.

// Public for credrun, which also compiles this file; in the relay nothing is outside the crate.
#![allow(unreachable_pub)]

/// Version of this protocol, sent in [`Frame::Ready`].
pub const VERSION: u8 = 2;

/// The longest payload, in bytes.
pub const MAX_PAYLOAD: usize = 16 * 1024;

/// The most connections that may be open at once. It fits into the 1024 file descriptors that some
/// engines allow a container.
pub const MAX_CONNECTIONS: usize = 1000;

/// Bytes before the payload.
pub const HEADER: usize = 7;

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
    Close(u32),
    /// A client waits for a place.
    Full,
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
            Frame::Close(connection) => put(out, 4, connection, &[]),
            Frame::Full => put(out, 5, 0, &[]),
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
        if !(1..=5).contains(&kind) || length > MAX_PAYLOAD {
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
            (4, []) => Frame::Close(connection),
            (5, []) => Frame::Full,
            _ => return Err(Malformed),
        };
        self.taken += HEADER + length;
        Ok(Some(frame))
    }
}
