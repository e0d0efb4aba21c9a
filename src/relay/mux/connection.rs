//! One connection, as credrun's end has it: what came and was not read, what was written and not
//! sent, and how much more of each there may be.

use std::io::{self, IoSlice};
use std::task::{Context, Poll, Waker};

use bytes::BytesMut;
use tokio::io::ReadBuf;
use tokio::sync::oneshot;

use super::breach::Breach;
use crate::relay::credit::{Credit, Excess, FLOOR, Pool, Window};
use crate::relay::frame::{Frame, MAX_PAYLOAD};
use crate::relay::queue::Queue;

#[derive(Debug)]
pub(super) struct Connection {
    /// The relay's number.
    pub(super) id: u32,
    /// What the client may send.
    pub(super) window: Window,
    pub(super) incoming: Queue,
    client_ended: bool,
    /// What may still be sent, beyond what is outgoing.
    credit: Credit,
    outgoing: BytesMut,
    server: Server,
    /// It is among those that have something to send.
    pub(super) has_turn: bool,
    /// It has failed, or was ended for another.
    is_reset: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
    end: Option<oneshot::Sender<()>>,
}

/// What the server has yet to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Server {
    Open,
    /// Nothing more, which the relay hears after what is outgoing.
    Ending,
    Ended,
    /// The stream was dropped, which the relay hears after what is outgoing.
    Gone,
}

impl Connection {
    /// `end` fires when it is ended for another.
    pub(super) fn new(id: u32, end: oneshot::Sender<()>) -> Self {
        Self {
            id,
            window: Window::default(),
            incoming: Queue::default(),
            client_ended: false,
            credit: Credit::default(),
            outgoing: BytesMut::new(),
            server: Server::Open,
            has_turn: false,
            is_reset: false,
            reader: None,
            writer: None,
            end: Some(end),
        }
    }

    /// Whether both have ended, so that no frame of it matters any more.
    pub(super) fn has_ended(&self) -> bool {
        self.client_ended && self.server == Server::Ended
    }

    /// Whether the server has dropped its stream.
    pub(super) fn is_gone(&self) -> bool {
        self.server == Server::Gone
    }
}

/// What the relay says of it.
impl Connection {
    pub(super) fn receive(&mut self, bytes: &[u8]) -> Result<(), Breach> {
        if self.client_ended {
            return Err(Breach::AfterEnd);
        }
        if self.is_gone() {
            // The relay does not know yet that nobody reads it any more.
            return Ok(());
        }
        let received = self.window.receive(bytes.len());
        received.map_err(|Excess| Breach::Credit)?;
        self.incoming.push(bytes);
        wake(&mut self.reader);
        Ok(())
    }

    pub(super) fn take_back(&mut self, returned: u32, pool: &mut Pool) -> Result<(), Breach> {
        if self.client_ended {
            return Err(Breach::AfterEnd);
        }
        if self.is_gone() {
            return Ok(());
        }
        let taken = self.change_window(|window| window.take_back(returned, pool));
        taken.map_err(|Excess| Breach::Returned)
    }

    pub(super) fn end_client(&mut self, pool: &mut Pool) -> Result<(), Breach> {
        if self.client_ended {
            return Err(Breach::AfterEnd);
        }
        self.client_ended = true;
        self.change_window(|window| window.close(pool));
        wake(&mut self.reader);
        Ok(())
    }

    pub(super) fn add_credit(&mut self, granted: u32) -> Result<(), Breach> {
        let added = self.credit.add(granted);
        added.map_err(|Excess| Breach::Allowed)?;
        wake(&mut self.writer);
        Ok(())
    }

    /// It has failed: nobody gets what is under way.
    pub(super) fn reset(&mut self, pool: &mut Pool) {
        self.window.end(pool);
        self.incoming = Queue::default();
        self.outgoing = BytesMut::new();
        self.is_reset = true;
        self.wake_all();
    }

    /// Tells the server that the connection was ended for another.
    pub(super) fn tell_ended(&mut self) {
        if let Some(end) = self.end.take() {
            // The server may be gone.
            let _ = end.send(());
        }
    }

    pub(super) fn wake_all(&mut self) {
        wake(&mut self.reader);
        wake(&mut self.writer);
    }
}

/// What its server does.
impl Connection {
    pub(super) fn read(
        &mut self,
        context: &Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.usable()?;
        if self.incoming.is_empty() && !self.client_ended {
            self.reader = Some(context.waker().clone());
            return Poll::Pending;
        }
        let count = self.incoming.len().min(buffer.remaining());
        buffer.put_slice(&self.incoming.front()[..count]);
        self.incoming.advance(count);
        if self.incoming.is_empty() {
            // An empty buffer keeps no memory: there may be a thousand of them.
            self.incoming = Queue::default();
        }
        self.window.take(count);
        Poll::Ready(Ok(()))
    }

    /// What to grant the client now.
    pub(super) fn grant(&mut self, pool: &mut Pool) -> Option<u32> {
        self.change_window(|window| window.grant(pool))
    }

    /// The memory behind the window is no more than twice its size, also where that has become less.
    fn change_window<T>(&mut self, change: impl FnOnce(&mut Window) -> T) -> T {
        let result = change(&mut self.window);
        self.incoming.trim(2 * self.window.size().max(FLOOR));
        result
    }

    /// Whether it could give something back.
    pub(super) fn keeps_from_others(&self) -> bool {
        self.may_return() || self.window.keeps_from_others()
    }

    fn may_return(&self) -> bool {
        self.server == Server::Open && !self.is_reset && self.credit.is_large()
    }

    /// Gives back what is not needed. Returns what the relay must hear of it: so much of its credit.
    pub(super) fn give_back(&mut self, pool: &mut Pool) -> Option<u32> {
        self.change_window(|window| window.give_back(pool));
        // A server that waits for its turn is not silent.
        let may_return = self.may_return() && self.outgoing.is_empty();
        may_return.then(|| self.credit.give_back())?
    }

    /// Takes as much as the relay takes from here, and no more than one frame.
    pub(super) fn write(
        &mut self,
        context: &Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.usable()?;
        if self.server != Server::Open {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let all: usize = pieces.iter().map(|piece| piece.len()).sum();
        let room = MAX_PAYLOAD - self.outgoing.len();
        let count = all.min(room).min(self.credit.left());
        if count == 0 && all > 0 {
            self.writer = Some(context.waker().clone());
            return Poll::Pending;
        }
        self.credit.spend(count);
        self.outgoing.reserve(count);
        let mut left = count;
        for piece in pieces {
            let taken = &piece[..piece.len().min(left)];
            self.outgoing.extend_from_slice(taken);
            left -= taken.len();
        }
        Poll::Ready(Ok(count))
    }

    /// The server has no more bytes.
    pub(super) fn end_server(&mut self) -> io::Result<()> {
        self.usable()?;
        if self.server == Server::Open {
            self.server = Server::Ending;
        }
        Ok(())
    }

    /// The server has dropped its stream. What it has written is still sent.
    pub(super) fn drop_server(&mut self, pool: &mut Pool) {
        self.window.end(pool);
        self.server = Server::Gone;
        self.incoming = Queue::default();
        (self.reader, self.writer, self.end) = (None, None, None);
    }

    /// Appends what is to be sent now: one frame of bytes, and the end if it comes after them.
    pub(super) fn send(&mut self, out: &mut Vec<u8>) {
        if self.is_reset {
            return;
        }
        Frame::Data(self.id, &self.outgoing).encode(out);
        self.outgoing = BytesMut::new();
        wake(&mut self.writer);
        match self.server {
            Server::Open | Server::Ended => {}
            Server::Ending => {
                Frame::End(self.id).encode(out);
                self.server = Server::Ended;
            }
            Server::Gone => Frame::Close(self.id).encode(out),
        }
    }

    fn usable(&self) -> io::Result<()> {
        match self.is_reset {
            true => Err(io::ErrorKind::ConnectionReset.into()),
            false => Ok(()),
        }
    }
}

fn wake(waker: &mut Option<Waker>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}
