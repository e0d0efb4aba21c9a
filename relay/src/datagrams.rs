//! Datagrams in which clients tell of their AWS calls. They are passed on as far as there is room
//! beside the connections' bytes, and else lost, as datagrams are.

use std::net::UdpSocket;

use crate::connection::is_temporary;
use crate::frame::{Frame, MAX_DATAGRAM};
use crate::output::Output;
use crate::poll::{GONE, Interest, READ};

/// As many are passed on between two rounds over the connections.
const AT_ONCE: usize = 2;
/// As many are passed on when credrun asks for all. The kernel keeps fewer.
const ALL: usize = 1024;

pub(crate) struct Datagrams {
    /// None where none are wanted.
    socket: Option<UdpSocket>,
    /// credrun has asked for all that have come.
    pub(crate) all_are_wanted: bool,
}

impl Datagrams {
    pub(crate) fn of(socket: Option<UdpSocket>) -> Self {
        Self {
            socket,
            all_are_wanted: false,
        }
    }

    pub(crate) fn interest(&self, room: bool) -> Interest {
        match &self.socket {
            Some(socket) if room => Interest::new(socket, READ),
            _ => Interest::none(),
        }
    }

    /// Passes on what has come: a few, or all if credrun has asked for them.
    pub(crate) fn serve(&mut self, interest: &Interest, buffer: &mut [u8], output: &mut Output) {
        if std::mem::take(&mut self.all_are_wanted) {
            for _ in 0..ALL {
                if !self.pass_on(buffer, output) {
                    break;
                }
            }
            output.put(Frame::Datagram(&[]));
        } else if interest.came(READ | GONE) {
            for _ in 0..AT_ONCE {
                if !output.has_room() || !self.pass_on(buffer, output) {
                    break;
                }
            }
        }
    }

    /// Passes one on; returns whether there was one.
    fn pass_on(&mut self, buffer: &mut [u8], output: &mut Output) -> bool {
        let Some(socket) = &self.socket else {
            return false;
        };
        // The byte more shows one that is too long.
        match socket.recv(&mut buffer[..=MAX_DATAGRAM]) {
            Ok(length @ 1..=MAX_DATAGRAM) => output.put(Frame::Datagram(&buffer[..length])),
            Ok(_) => {}
            Err(error) if is_temporary(&error) => return false,
            Err(_) => {
                self.socket = None;
                return false;
            }
        }
        true
    }
}
