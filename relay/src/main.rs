//! The relay: credrun's listener in a container's network namespace.
//!
//! It accepts connections on 127.0.0.1 and passes their bytes over its stdin and stdout, in the
//! frames of [`frame`], to credrun, which is attached to them. It knows nothing of credentials and
//! stores nothing. It ends when its stdin ends, that is, when credrun does.
//!
//! One thread waits on everything with `poll`. It uses only std and no formatting, because credrun
//! carries this program as bytes and loads it into the engine.
//!
//! ```text
//! credrun-relay FIRST_PORT
//! ```
//!
//! It takes the first free port from `FIRST_PORT` on, because with `--network host` it shares the
//! host's ports, and reports the port in its first frame.

mod backlog;
mod connection;
mod frame;
mod poll;

use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::AsFd;
use std::process::ExitCode;

use connection::{Connection, Received};
use frame::{Decoder, Frame, MAX_CONNECTIONS};
use poll::{GONE, Interest, READ, WRITE};

/// How many ports are tried before the kernel chooses one.
const PORTS_TRIED: u16 = 100;

/// How many bytes may wait for stdout before clients are no longer read.
const MAX_OUTBOX: usize = 64 * 1024;

/// When `poll` reports a pipe as writable, this many bytes do not block (`PIPE_BUF`, pipe(7)).
const PIPE_WRITE: usize = 4096;

/// How long, in milliseconds, the relay stops accepting when the kernel is out of resources.
/// Another process may hold them.
const REST: u16 = 100;

/// Bytes read from a client at a time: with the header, one write to stdout.
const CLIENT_READ: usize = PIPE_WRITE - frame::HEADER;

fn main() -> ExitCode {
    match listen().and_then(|listener| Relay::new(listener)?.run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn listen() -> io::Result<TcpListener> {
    let first = std::env::args()
        .nth(1)
        .and_then(|port| port.parse::<u16>().ok())
        .unwrap_or(0);
    let listener = (first..first.saturating_add(PORTS_TRIED))
        .find_map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok());
    match listener {
        Some(listener) => Ok(listener),
        None => TcpListener::bind((Ipv4Addr::LOCALHOST, 0)),
    }
}

struct Relay {
    listener: TcpListener,
    input: File,
    output: File,
    /// Frames that wait for stdout.
    outbox: Vec<u8>,
    decoder: Decoder,
    connections: Vec<Connection>,
    last_id: u32,
    /// The kernel refused an accept because it was out of resources. The client stays in the queue,
    /// so `poll` would report it again and again.
    exhausted: bool,
    /// credrun knows that a client waits and no place is left.
    told_full: bool,
}

impl Relay {
    fn new(listener: TcpListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        backlog::lengthen(&listener)?;
        let ready = Frame::Ready {
            version: frame::VERSION,
            port: listener.local_addr()?.port(),
        };
        let mut outbox = Vec::new();
        ready.encode(&mut outbox);
        Ok(Self {
            listener,
            // Files, because std's own stdin and stdout keep buffers that `poll` cannot see.
            input: File::from(io::stdin().as_fd().try_clone_to_owned()?),
            output: File::from(io::stdout().as_fd().try_clone_to_owned()?),
            outbox,
            decoder: Decoder::default(),
            connections: Vec::new(),
            last_id: 0,
            exhausted: false,
            told_full: false,
        })
    }

    /// Passes bytes until stdin ends.
    fn run(mut self) -> io::Result<()> {
        loop {
            let interests = self.wait()?;
            self.exhausted = false;
            if interests[1].came(GONE) {
                return Ok(());
            }
            if interests[0].came(READ | GONE) && !self.take_frames()? {
                return Ok(());
            }
            if interests[1].came(WRITE) {
                self.write_outbox()?;
            }
            // New connections come last in the list, so the interests still match.
            self.serve_clients(&interests[3..]);
            if interests[2].came(READ) {
                if self.is_full() {
                    self.tell_full();
                } else {
                    self.accept();
                }
            }
            self.drop_ended();
        }
    }

    /// Waits on stdin, stdout, the listener and the connections, in this order.
    fn wait(&self) -> io::Result<Vec<Interest>> {
        let room = self.outbox.len() < MAX_OUTBOX;
        let accepting = room && !self.exhausted && !(self.is_full() && self.told_full);
        let mut interests = vec![
            Interest::new(&self.input, READ),
            Interest::new(&self.output, if self.outbox.is_empty() { 0 } else { WRITE }),
            Interest::new(&self.listener, if accepting { READ } else { 0 }),
        ];
        interests.extend(self.connections.iter().map(|one| one.interest(room)));
        poll::wait(&mut interests, self.exhausted.then_some(REST))?;
        Ok(interests)
    }

    /// Reads credrun's frames; returns false at the end of stdin.
    fn take_frames(&mut self) -> io::Result<bool> {
        let mut buffer = [0; PIPE_WRITE];
        let count = self.input.read(&mut buffer)?;
        self.decoder.push(&buffer[..count]);
        loop {
            match self.decoder.next() {
                Ok(Some(Frame::Data(id, bytes))) => {
                    if let Some(one) = find(&mut self.connections, id) {
                        one.send(bytes);
                    }
                }
                Ok(Some(Frame::Close(id))) => {
                    if let Some(one) = find(&mut self.connections, id) {
                        one.close();
                    }
                }
                Ok(Some(_)) | Err(_) => return Err(io::ErrorKind::InvalidData.into()),
                Ok(None) => return Ok(count > 0),
            }
        }
    }

    fn write_outbox(&mut self) -> io::Result<()> {
        let ready = self.outbox.len().min(PIPE_WRITE);
        let count = self.output.write(&self.outbox[..ready])?;
        self.outbox.drain(..count);
        Ok(())
    }

    fn serve_clients(&mut self, interests: &[Interest]) {
        let mut buffer = [0; CLIENT_READ];
        for (one, interest) in self.connections.iter_mut().zip(interests) {
            if interest.came(WRITE) {
                one.flush();
            }
            if interest.came(READ) {
                match one.receive(&mut buffer) {
                    Received::Bytes(count) => {
                        Frame::Data(one.id, &buffer[..count]).encode(&mut self.outbox);
                    }
                    Received::End => Frame::Close(one.id).encode(&mut self.outbox),
                    Received::Nothing => {}
                }
            } else if interest.came(GONE) {
                one.fail();
            }
        }
    }

    fn is_full(&self) -> bool {
        self.connections.len() >= MAX_CONNECTIONS
    }

    /// What the clients have sent has been passed on already: all are read in the round in which a
    /// client is found waiting.
    fn tell_full(&mut self) {
        Frame::Full.encode(&mut self.outbox);
        self.told_full = true;
    }

    fn accept(&mut self) {
        self.told_full = false;
        while !self.is_full() {
            match self.listener.accept() {
                Ok((socket, _)) => {
                    self.last_id = self.last_id.wrapping_add(1);
                    if let Ok(one) = Connection::new(self.last_id, socket) {
                        Frame::Open(one.id).encode(&mut self.outbox);
                        self.connections.push(one);
                    }
                }
                Err(error) => {
                    self.exhausted = error.kind() != io::ErrorKind::WouldBlock
                        && error.kind() != io::ErrorKind::ConnectionAborted;
                    return;
                }
            }
        }
    }

    fn drop_ended(&mut self) {
        let outbox = &mut self.outbox;
        self.connections.retain(|one| {
            if one.is_over() && one.is_receiving() {
                Frame::Close(one.id).encode(outbox);
            }
            !one.is_over()
        });
    }
}

fn find(connections: &mut [Connection], id: u32) -> Option<&mut Connection> {
    connections.iter_mut().find(|one| one.id == id)
}
