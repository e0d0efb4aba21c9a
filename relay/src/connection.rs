//! One accepted connection: its socket, and the bytes that its client has not yet taken.

use std::io::{self, Read, Write};
use std::net::TcpStream;

use crate::poll::{Interest, READ, WRITE};

/// How many bytes may wait for a client that does not read. A credential answer has 3 KiB.
const MAX_PENDING: usize = 64 * 1024;

/// How many of a client's bytes are passed on before it gets any answer. An SDK's request has 300;
/// a client that floods gets no further than this.
const MAX_AHEAD: usize = 16 * 1024;

/// What a client sent.
pub(crate) enum Received {
    /// So many bytes.
    Bytes(usize),
    /// Nothing for now.
    Nothing,
    /// Nothing ever again.
    End,
}

pub(crate) struct Connection {
    pub id: u32,
    socket: TcpStream,
    pending: Vec<u8>,
    /// Bytes that the client sent since the last answer.
    ahead: usize,
    /// The client may still send.
    receiving: bool,
    /// credrun has sent everything; the connection ends once what is pending is sent.
    closing: bool,
    failed: bool,
}

impl Connection {
    pub(crate) fn new(id: u32, socket: TcpStream) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        // An answer is one write; it must not wait for the acknowledgement of another.
        socket.set_nodelay(true)?;
        Ok(Self {
            id,
            socket,
            pending: Vec::new(),
            ahead: 0,
            receiving: true,
            closing: false,
            failed: false,
        })
    }

    /// What to wait for; reads only while there is `room` to pass bytes on.
    pub(crate) fn interest(&self, room: bool) -> Interest {
        let reading = room && self.receiving && self.ahead < MAX_AHEAD;
        let read = if reading { READ } else { 0 };
        let write = if self.pending.is_empty() { 0 } else { WRITE };
        Interest::new(&self.socket, read | write)
    }

    pub(crate) fn receive(&mut self, buffer: &mut [u8]) -> Received {
        match self.socket.read(buffer) {
            Ok(0) => {
                self.receiving = false;
                Received::End
            }
            Ok(count) => {
                self.ahead += count;
                Received::Bytes(count)
            }
            Err(error) if is_temporary(&error) => Received::Nothing,
            Err(_) => {
                self.receiving = false;
                self.fail();
                Received::End
            }
        }
    }

    /// Sends bytes to the client, or keeps them until it reads.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.ahead = 0;
        self.pending.extend_from_slice(bytes);
        self.flush();
        if self.pending.len() > MAX_PENDING {
            self.fail();
        }
    }

    /// Sends what is pending, as far as the client accepts it.
    pub(crate) fn flush(&mut self) {
        while !self.pending.is_empty() {
            match self.socket.write(&self.pending) {
                Ok(count) => drop(self.pending.drain(..count)),
                Err(error) if is_temporary(&error) => return,
                Err(_) => return self.fail(),
            }
        }
    }

    /// Ends the connection once everything is sent.
    pub(crate) fn close(&mut self) {
        self.closing = true;
    }

    /// Ends the connection now.
    pub(crate) fn fail(&mut self) {
        self.failed = true;
    }

    /// Whether credrun has yet to hear that no more bytes come.
    pub(crate) fn is_receiving(&self) -> bool {
        self.receiving
    }

    pub(crate) fn is_over(&self) -> bool {
        self.failed || (self.closing && self.pending.is_empty())
    }
}

fn is_temporary(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}
