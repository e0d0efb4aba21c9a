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
//! credrun-relay FIRST_PORT [datagrams]
//! ```
//!
//! It takes the first free port from `FIRST_PORT` on, because with `--network host` it shares the
//! host's ports, and reports the port in its first frame. With `datagrams`, it also takes what comes to
//! that port by UDP.
//!
//! # What it keeps
//!
//! A connection costs a socket and what its client has not yet taken, which [`credit`] bounds. What
//! goes to credrun is kept once for all connections, in the outbox: a client is read only while
//! there is room in it, and only as far as credrun has granted. So a connection that either end
//! does not read costs its window and nothing else.

mod backlog;
mod clients;
mod connection;
mod credit;
mod datagrams;
mod frame;
mod output;
mod poll;
mod queue;

use std::fs::File;
use std::io::{self, Read};
use std::iter::repeat_n;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::os::fd::AsFd;
use std::process::ExitCode;
use std::time::Duration;

use clients::Clients;
use credit::Excess;
use datagrams::Datagrams;
use frame::{Decoder, Frame, MAX_FRAME};
use output::Output;
use poll::{GONE, Interest, READ, WRITE};

/// How many ports are tried before the kernel chooses one.
const PORTS_TRIED: u16 = 100;

/// How long the relay stops accepting when the kernel is out of resources.
/// Another process may hold them.
const REST: Duration = Duration::from_millis(100);

fn main() -> ExitCode {
    match listen().and_then(|sockets| Relay::new(sockets)?.run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Where clients connect, and where their datagrams go.
type Sockets = (TcpListener, Option<UdpSocket>);

fn listen() -> io::Result<Sockets> {
    let mut arguments = std::env::args().skip(1);
    let first = arguments.next().and_then(|port| port.parse::<u16>().ok());
    let first = first.unwrap_or(0);
    let takes_datagrams = arguments.next().is_some_and(|word| word == "datagrams");
    let ports = first..first.saturating_add(PORTS_TRIED);
    // What the kernel chooses for one protocol may be taken for the other.
    let mut ports = ports.chain(repeat_n(0, usize::from(PORTS_TRIED)));
    let bound = ports.find_map(|port| bind(port, takes_datagrams).ok());
    bound.ok_or_else(|| io::ErrorKind::AddrInUse.into())
}

fn bind(port: u16, takes_datagrams: bool) -> io::Result<Sockets> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    if !takes_datagrams {
        return Ok((listener, None));
    }
    let socket = UdpSocket::bind(listener.local_addr()?)?;
    socket.set_nonblocking(true)?;
    Ok((listener, Some(socket)))
}

struct Relay {
    listener: TcpListener,
    input: File,
    output: Output,
    decoder: Decoder,
    clients: Clients,
    datagrams: Datagrams,
    /// Where bytes are read into.
    buffer: Vec<u8>,
    /// The kernel refused an accept because it was out of resources. The client stays in the queue,
    /// so `poll` would report it again and again.
    exhausted: bool,
    /// credrun knows that a client waits and no place is left.
    told_full: bool,
}

impl Relay {
    fn new((listener, socket): Sockets) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        backlog::lengthen(&listener)?;
        let ready = Frame::Ready {
            version: frame::VERSION,
            port: listener.local_addr()?.port(),
        };
        let mut output = Output::new(io::stdout().as_fd().try_clone_to_owned()?)?;
        output.put(ready);
        Ok(Self {
            listener,
            // A file, because std's own stdin keeps a buffer that `poll` cannot see.
            input: File::from(io::stdin().as_fd().try_clone_to_owned()?),
            output,
            decoder: Decoder::default(),
            clients: Clients::default(),
            datagrams: Datagrams::of(socket),
            buffer: vec![0; MAX_FRAME],
            exhausted: false,
            told_full: false,
        })
    }

    /// Passes bytes until stdin ends.
    fn run(mut self) -> io::Result<()> {
        loop {
            self.output.write()?;
            let room = self.output.has_room();
            let interests = self.wait(room)?;
            self.exhausted = false;
            if room {
                self.clients.give_back(&mut self.output);
            }
            if interests[1].came(GONE) {
                return Ok(());
            }
            if interests[0].came(READ | GONE) && !self.take_frames()? {
                return Ok(());
            }
            // New connections come last in the list, so the interests still match.
            let all_were_read =
                self.clients
                    .serve(&interests[4..], &mut self.buffer, &mut self.output);
            self.clients.settle(&mut self.output);
            self.datagrams
                .serve(&interests[3], &mut self.buffer, &mut self.output);
            if interests[2].came(READ) {
                self.accept_or_tell(all_were_read);
            }
        }
    }

    /// Waits on stdin, stdout, the listener, the datagrams and the connections, in this order. Those
    /// that would be read wait where there is no `room`.
    fn wait(&mut self, room: bool) -> io::Result<Vec<Interest>> {
        let place = !self.clients.are_full() || self.clients.has_closed_one();
        let accepting = room && !self.exhausted && (place || !self.told_full);
        let mut interests = vec![
            Interest::new(&self.input, READ),
            Interest::new(&self.output, if self.output.is_empty() { 0 } else { WRITE }),
            Interest::new(&self.listener, if accepting { READ } else { 0 }),
            self.datagrams.interest(room),
        ];
        interests.extend(self.clients.interests(room));
        let rest = self.exhausted.then_some(REST);
        // Without room, nothing is given back, and the room wakes it.
        let limit = rest.or(self.clients.give_back_within().filter(|_| room));
        poll::wait(&mut interests, limit)?;
        Ok(interests)
    }

    /// Reads credrun's frames; returns false at the end of stdin.
    fn take_frames(&mut self) -> io::Result<bool> {
        let count = self.input.read(&mut self.buffer)?;
        self.decoder.push(&self.buffer[..count]);
        loop {
            let taken = match self.decoder.next() {
                Ok(None) => return Ok(count > 0),
                Ok(Some(Frame::Datagram([]))) => {
                    self.datagrams.all_are_wanted = true;
                    Ok(())
                }
                Ok(Some(frame)) => self.clients.take(frame),
                Err(_) => Err(Excess),
            };
            if taken.is_err() {
                return Err(io::ErrorKind::InvalidData.into());
            }
        }
    }

    /// A client waits for a place.
    fn accept_or_tell(&mut self, all_were_read: bool) {
        if !self.clients.are_full() || self.clients.drop_closed_one() {
            self.accept();
        } else if all_were_read {
            // credrun then knows all that its clients have said.
            self.output.put(Frame::Full);
            self.told_full = true;
        }
    }

    fn accept(&mut self) {
        self.told_full = false;
        while !self.clients.are_full() {
            match self.listener.accept() {
                Ok((socket, _)) => self.clients.add(socket, &mut self.output),
                Err(error) => {
                    self.exhausted = error.kind() != io::ErrorKind::WouldBlock
                        && error.kind() != io::ErrorKind::ConnectionAborted;
                    return;
                }
            }
        }
    }
}
