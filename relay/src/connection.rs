//! One accepted connection: its socket, the bytes that its client has not yet taken, and what each
//! side may still send.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};

use crate::credit::{Credit, Excess, FLOOR, Pool, Window};
use crate::poll::{Interest, READ, WRITE};
use crate::queue::Queue;

/// What a client sent.
pub(crate) enum Received {
    /// So many bytes.
    Bytes(usize),
    /// Nothing for now.
    Nothing,
    /// Nothing ever again.
    End,
}

/// What credrun has yet to send.
#[derive(PartialEq)]
enum Answer {
    Open,
    /// Nothing more; the client hears of it once all that is pending is sent.
    Ending,
    Ended,
}

pub(crate) struct Connection {
    pub id: u32,
    socket: TcpStream,
    /// How many of the client's bytes may be passed on.
    credit: Credit,
    /// The client may still send.
    receiving: bool,
    /// What credrun may send to the client.
    window: Window,
    pending: Queue,
    answer: Answer,
    /// credrun is done with it; it ends once what is pending is sent.
    closed: bool,
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
            credit: Credit::default(),
            receiving: true,
            window: Window::default(),
            pending: Queue::default(),
            answer: Answer::Open,
            closed: false,
            failed: false,
        })
    }

    /// What to wait for; reads only while there is `room` to pass bytes on.
    pub(crate) fn interest(&self, room: bool) -> Interest {
        let reading = room && self.receiving && !self.closed && self.credit.left() > 0;
        let read = if reading { READ } else { 0 };
        let write = if self.pending.is_empty() { 0 } else { WRITE };
        match read | write {
            // Both halves may have ended while bytes of the client wait for credit. `poll` would
            // report that again and again.
            0 if self.answer == Answer::Ended => Interest::none(),
            events => Interest::new(&self.socket, events),
        }
    }

    pub(crate) fn receive(&mut self, buffer: &mut [u8]) -> Received {
        let most = buffer.len().min(self.credit.left());
        match self.socket.read(&mut buffer[..most]) {
            Ok(0) => {
                self.receiving = false;
                Received::End
            }
            Ok(count) => {
                self.credit.spend(count);
                Received::Bytes(count)
            }
            Err(error) if is_temporary(&error) => Received::Nothing,
            Err(_) => {
                self.fail();
                Received::Nothing
            }
        }
    }

    /// credrun takes so many more bytes.
    pub(crate) fn add_credit(&mut self, granted: u32) -> Result<(), Excess> {
        self.credit.add(granted)
    }

    /// Whether it could give something back.
    pub(crate) fn keeps_from_others(&self) -> bool {
        self.may_return() || self.window.keeps_from_others()
    }

    fn may_return(&self) -> bool {
        self.receiving && !self.closed && self.credit.is_large()
    }

    /// Gives back what is not needed. Returns what credrun must hear of it: so much of its credit.
    pub(crate) fn give_back(&mut self, pool: &mut Pool) -> Option<u32> {
        self.change_window(|window| window.give_back(pool));
        self.may_return().then(|| self.credit.give_back())?
    }

    /// Sends bytes to the client, or keeps them until it reads.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> Result<(), Excess> {
        if self.answer != Answer::Open {
            return Err(Excess);
        }
        self.window.receive(bytes.len())?;
        let written = match self.pending.is_empty() {
            true => self.write(bytes),
            false => 0,
        };
        if written < bytes.len() {
            self.pending.push(&bytes[written..]);
        }
        Ok(())
    }

    /// Sends what is pending, as far as the client accepts it.
    pub(crate) fn flush(&mut self) {
        let mut pending = std::mem::take(&mut self.pending);
        let written = self.write(pending.front());
        pending.advance(written);
        // An empty one keeps no memory: there may be a thousand of them.
        if !pending.is_empty() {
            self.pending = pending;
        }
        self.end_answer();
    }

    /// How many bytes the client accepts.
    fn write(&mut self, bytes: &[u8]) -> usize {
        let mut written = 0;
        while written < bytes.len() && !self.failed {
            match self.socket.write(&bytes[written..]) {
                Ok(count) => written += count,
                Err(error) if is_temporary(&error) => break,
                Err(_) => self.fail(),
            }
        }
        self.window.take(written);
        written
    }

    /// What credrun may be granted now.
    pub(crate) fn grant(&mut self, pool: &mut Pool) -> Option<u32> {
        self.change_window(|window| window.grant(pool))
    }

    /// The memory behind the window is no more than twice its size, also where that has become less.
    fn change_window<T>(&mut self, change: impl FnOnce(&mut Window) -> T) -> T {
        let result = change(&mut self.window);
        self.pending.trim(2 * self.window.size().max(FLOOR));
        result
    }

    /// credrun returns what it may send.
    pub(crate) fn take_back(&mut self, returned: u32, pool: &mut Pool) -> Result<(), Excess> {
        if self.answer != Answer::Open {
            return Err(Excess);
        }
        self.change_window(|window| window.take_back(returned, pool))
    }

    /// credrun has no more bytes.
    pub(crate) fn end(&mut self, pool: &mut Pool) -> Result<(), Excess> {
        if self.answer != Answer::Open {
            return Err(Excess);
        }
        self.change_window(|window| window.close(pool));
        self.answer = Answer::Ending;
        self.end_answer();
        Ok(())
    }

    fn end_answer(&mut self) {
        if self.answer == Answer::Ending && self.pending.is_empty() {
            self.answer = Answer::Ended;
            if self.socket.shutdown(Shutdown::Write).is_err() {
                self.fail();
            }
        }
    }

    /// Ends the connection once everything is sent.
    pub(crate) fn close(&mut self, pool: &mut Pool) {
        self.change_window(|window| window.close(pool));
        self.closed = true;
    }

    /// credrun has dropped it.
    pub(crate) fn forget(&mut self) {
        self.closed = true;
        self.failed = true;
    }

    /// Ends the connection now.
    pub(crate) fn fail(&mut self) {
        self.failed = true;
    }

    /// Whether only its client keeps it: credrun is done with it.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    pub(crate) fn is_over(&self) -> bool {
        let both_ended = !self.receiving && self.answer == Answer::Ended;
        self.failed || both_ended || (self.closed && self.pending.is_empty())
    }

    /// Whether credrun has yet to hear that it is over.
    pub(crate) fn is_unknown_to_be_over(&self) -> bool {
        self.failed && !self.closed
    }

    /// It is over: its window is for others.
    pub(crate) fn leave(&mut self, pool: &mut Pool) {
        self.window.end(pool);
    }
}

/// Whether to try again once `poll` says so.
pub(crate) fn is_temporary(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// Else a thousand clients that each leave a little unread would have the memory of large windows.
    #[test]
    fn a_window_that_becomes_smaller_leaves_no_memory_behind() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("a port");
        let mut pool = Pool::new(16 * FLOOR);
        type Change = fn(&mut Connection, &mut Pool);
        let changes: [Change; 4] = [
            |one, pool| one.take_back(FLOOR as u32 / 2, pool).expect("its credit"),
            |one, pool| one.end(pool).expect("open"),
            |one, pool| one.close(pool),
            |one, pool| {
                one.window.take(FLOOR / 2);
                assert_eq!(one.grant(&mut Pool::new(0)), None);
                one.give_back(pool);
                one.give_back(pool);
            },
        ];
        for change in changes {
            let socket = TcpStream::connect(address).expect("a connection");
            let mut one = Connection::new(1, socket).expect("a mode");
            one.window.receive(FLOOR).expect("credit");
            one.window.take(FLOOR);
            assert_eq!(one.grant(&mut pool), Some(2 * FLOOR as u32));
            one.window.receive(FLOOR / 2).expect("credit");
            one.pending.push(&[7; 8 * FLOOR]);
            one.pending.advance(7 * FLOOR);
            assert!(one.pending.capacity() >= 8 * FLOOR);
            change(&mut one, &mut pool);
            assert!(one.pending.capacity() <= 2 * one.window.size().max(FLOOR));
            assert_eq!(one.pending.front(), [7; FLOOR]);
            one.leave(&mut pool);
            assert_eq!(pool, Pool::new(16 * FLOOR));
        }
    }
}
