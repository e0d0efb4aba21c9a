//! The connections of one relay, as credrun's end of the protocol sees them. No IO: frames come
//! in, streams read and write, frames go out in turn.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::io;
use std::task::{Context, Poll, Waker};

use bytes::{Buf as _, BytesMut};
use tokio::io::ReadBuf;
use tokio::sync::oneshot;

use crate::relay::credit::{Credit, Excess, Pool, Window};
use crate::relay::frame::{Frame, MAX_CONNECTIONS, MAX_FRAME, MAX_PAYLOAD};
use crate::relay::places::{Place, Waiting};

/// How many bytes all windows may grow by: 32 large ones. With those and a thousand windows of the
/// smallest size, credrun keeps 24 MiB for servers that do not read.
const POOL: usize = 8 * 1024 * 1024;

/// How many connections are ended at a time when the relay has no place left.
const MADE_AT_ONCE: usize = MAX_CONNECTIONS / 10;

/// What a relay did that its protocol does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Breach {
    #[error("it sent what is no frame")]
    Malformed,
    #[error("it sent more bytes of a connection than it was allowed")]
    Credit,
    #[error("it allowed more bytes of a connection than any may be allowed")]
    Allowed,
    #[error("it sent bytes of a connection after their end")]
    AfterEnd,
    #[error("it opened a connection with the number of another")]
    Number,
    #[error("it sent a frame that only credrun sends, or that comes first only")]
    Direction,
}

/// A connection that has just been opened.
#[derive(Debug)]
pub(super) struct Opened {
    pub number: u64,
    pub place: Place,
    /// Fires when the connection is ended because no place is left, and only then.
    pub ended: oneshot::Receiver<()>,
}

#[derive(Debug)]
pub(super) struct Table {
    /// By numbers that never come again. Here until both the server and the relay are done with it.
    connections: BTreeMap<u64, Connection>,
    /// The relay's numbers of those that are not over.
    numbers: HashMap<u32, u64>,
    last: u64,
    waiting: Waiting,
    pool: Pool,
    /// Those that have something to send, each once.
    turns: VecDeque<u64>,
    /// Frames that wait for no turn.
    urgent: Vec<u8>,
    is_over: bool,
}

#[derive(Debug)]
struct Connection {
    /// The relay's number.
    id: u32,
    /// What the client may send.
    window: Window,
    incoming: BytesMut,
    client_ended: bool,
    /// What may still be sent, beyond what is outgoing.
    credit: Credit,
    outgoing: BytesMut,
    server: Server,
    has_turn: bool,
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

impl Default for Table {
    fn default() -> Self {
        Self {
            connections: BTreeMap::new(),
            numbers: HashMap::new(),
            last: 0,
            waiting: Waiting::default(),
            pool: Pool::new(POOL),
            turns: VecDeque::new(),
            urgent: Vec::new(),
            is_over: false,
        }
    }
}

/// What the relay says. An error ends the relay.
impl Table {
    /// All frames but `Open` and `Full`.
    pub(super) fn take(&mut self, frame: Frame<'_>) -> Result<(), Breach> {
        match frame {
            Frame::Data(id, bytes) => self.data(id, bytes),
            Frame::End(id) => self.client_ended(id),
            Frame::Credit(id, granted) => self.credit(id, granted),
            Frame::Reset(id) => {
                if let Some(number) = self.numbers.get(&id).copied() {
                    self.reset(number);
                }
                Ok(())
            }
            Frame::Ready { .. } | Frame::Open(_) | Frame::Close(_) | Frame::Full => {
                Err(Breach::Direction)
            }
        }
    }

    /// Whether there is no place for another connection.
    pub(super) fn is_full(&self) -> bool {
        self.numbers.len() >= MAX_CONNECTIONS
    }

    /// A new connection; none where no place is left.
    pub(super) fn open(&mut self, id: u32) -> Result<Option<Opened>, Breach> {
        if self.numbers.contains_key(&id) {
            return Err(Breach::Number);
        }
        // Servers may have yet to hear that theirs are over.
        if self.is_full() || self.connections.len() >= 2 * MAX_CONNECTIONS {
            Frame::Reset(id).encode(&mut self.urgent);
            return Ok(None);
        }
        self.last += 1;
        let number = self.last;
        let (end, ended) = oneshot::channel();
        let place = self.waiting.begin(number, id);
        let connection = Connection {
            id,
            window: Window::default(),
            incoming: BytesMut::new(),
            client_ended: false,
            credit: Credit::default(),
            outgoing: BytesMut::new(),
            server: Server::Open,
            has_turn: false,
            is_reset: false,
            reader: None,
            writer: None,
            end: Some(end),
        };
        self.connections.insert(number, connection);
        self.numbers.insert(id, number);
        Ok(Some(Opened {
            number,
            place,
            ended,
        }))
    }

    /// Ends the oldest connections that wait for their client.
    pub(super) fn make_room(&mut self) {
        for _ in 0..MADE_AT_ONCE {
            let Some((number, id)) = self.waiting.take_oldest() else {
                return;
            };
            if self.numbers.get(&id) != Some(&number) {
                continue;
            }
            Frame::Reset(id).encode(&mut self.urgent);
            let end = self.connections.get_mut(&number);
            if let Some(end) = end.and_then(|one| one.end.take()) {
                let _ = end.send(());
            }
            self.reset(number);
        }
    }

    fn data(&mut self, id: u32, bytes: &[u8]) -> Result<(), Breach> {
        let Some(one) = self.by_id(id) else {
            return Ok(());
        };
        if one.client_ended {
            return Err(Breach::AfterEnd);
        }
        one.window
            .receive(bytes.len())
            .map_err(|Excess| Breach::Credit)?;
        // Nobody reads it any more.
        if one.server != Server::Gone {
            one.incoming.extend_from_slice(bytes);
            wake(&mut one.reader);
        }
        Ok(())
    }

    fn client_ended(&mut self, id: u32) -> Result<(), Breach> {
        let Some(one) = self.by_id(id) else {
            return Ok(());
        };
        if one.client_ended {
            return Err(Breach::AfterEnd);
        }
        one.client_ended = true;
        wake(&mut one.reader);
        let both_ended = one.server == Server::Ended;
        let Some(number) = self.numbers.get(&id).copied() else {
            return Ok(());
        };
        if both_ended {
            self.over(number, id);
        } else {
            self.waiting.ended(number, id);
        }
        Ok(())
    }

    fn credit(&mut self, id: u32, granted: u32) -> Result<(), Breach> {
        let Some(one) = self.by_id(id) else {
            return Ok(());
        };
        one.credit.add(granted).map_err(|Excess| Breach::Allowed)?;
        wake(&mut one.writer);
        Ok(())
    }

    fn by_id(&mut self, id: u32) -> Option<&mut Connection> {
        let number = self.numbers.get(&id)?;
        self.connections.get_mut(number)
    }

    /// The connection has failed: nobody gets what is under way.
    fn reset(&mut self, number: u64) {
        let Some(one) = self.connections.get_mut(&number) else {
            return;
        };
        self.numbers.remove(&one.id);
        self.waiting.forget(number);
        one.window.end(&mut self.pool);
        one.incoming = BytesMut::new();
        one.outgoing = BytesMut::new();
        one.is_reset = true;
        wake(&mut one.reader);
        wake(&mut one.writer);
        if one.server == Server::Gone {
            self.connections.remove(&number);
        }
    }
}

/// What the servers of the connections do with their streams.
impl Table {
    pub(super) fn read(
        &mut self,
        number: u64,
        context: &Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let one = usable(&mut self.connections, number, self.is_over)?;
        if one.incoming.is_empty() && !one.client_ended {
            one.reader = Some(context.waker().clone());
            return Poll::Pending;
        }
        let count = one.incoming.len().min(buffer.remaining());
        buffer.put_slice(&one.incoming[..count]);
        one.incoming.advance(count);
        if one.incoming.is_empty() {
            // There may be a thousand of them.
            one.incoming = BytesMut::new();
        }
        one.window.take(count);
        if !one.client_ended
            && let Some(granted) = one.window.grant(&mut self.pool)
        {
            Frame::Credit(one.id, granted).encode(&mut self.urgent);
        }
        Poll::Ready(Ok(()))
    }

    /// Takes as much as the relay takes from here, and no more than one frame.
    pub(super) fn write(
        &mut self,
        number: u64,
        context: &Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let one = usable(&mut self.connections, number, self.is_over)?;
        if one.server != Server::Open {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let room = MAX_PAYLOAD - one.outgoing.len();
        let count = bytes.len().min(room).min(one.credit.left());
        if count == 0 && !bytes.is_empty() {
            one.writer = Some(context.waker().clone());
            return Poll::Pending;
        }
        one.credit.spend(count);
        one.outgoing.extend_from_slice(&bytes[..count]);
        self.give_turn(number);
        Poll::Ready(Ok(count))
    }

    /// The server has no more bytes.
    pub(super) fn end(&mut self, number: u64) -> io::Result<()> {
        let one = usable(&mut self.connections, number, self.is_over)?;
        if one.server == Server::Open {
            one.server = Server::Ending;
            self.give_turn(number);
        }
        Ok(())
    }

    /// The server has dropped its stream. What it has written is still sent.
    pub(super) fn close(&mut self, number: u64) {
        let Some(one) = self.connections.get_mut(&number) else {
            return;
        };
        self.waiting.forget(number);
        one.window.end(&mut self.pool);
        if self.numbers.get(&one.id) != Some(&number) {
            self.connections.remove(&number);
            return;
        }
        one.server = Server::Gone;
        one.incoming = BytesMut::new();
        (one.reader, one.writer) = (None, None);
        self.give_turn(number);
    }

    fn give_turn(&mut self, number: u64) {
        if let Some(one) = self.connections.get_mut(&number)
            && !one.has_turn
        {
            one.has_turn = true;
            self.turns.push_back(number);
        }
    }

    /// The relay is gone, or must go: every stream fails.
    pub(super) fn end_all(&mut self) {
        self.is_over = true;
        for one in self.connections.values_mut() {
            wake(&mut one.reader);
            wake(&mut one.writer);
        }
    }
}

/// What the relay is sent.
impl Table {
    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    pub(super) fn has_output(&self) -> bool {
        !self.urgent.is_empty() || !self.turns.is_empty()
    }

    /// How many bytes wait for no turn.
    pub(super) fn urgent_length(&self) -> usize {
        self.urgent.len()
    }

    /// Appends what is to be sent next: a frame of each connection in turn, as one write.
    pub(super) fn fill(&mut self, out: &mut Vec<u8>) {
        out.append(&mut self.urgent);
        while out.len() < MAX_FRAME
            && let Some(number) = self.turns.pop_front()
        {
            self.take_turn(number, out);
        }
    }

    fn take_turn(&mut self, number: u64, out: &mut Vec<u8>) {
        let Some(one) = self.connections.get_mut(&number) else {
            return;
        };
        one.has_turn = false;
        if one.is_reset {
            return;
        }
        let id = one.id;
        Frame::Data(id, &one.outgoing).encode(out);
        one.outgoing = BytesMut::new();
        wake(&mut one.writer);
        match one.server {
            Server::Open | Server::Ended => {}
            Server::Ending => {
                Frame::End(id).encode(out);
                one.server = Server::Ended;
                if one.client_ended {
                    self.over(number, id);
                }
            }
            Server::Gone => {
                Frame::Close(id).encode(out);
                self.over(number, id);
                self.connections.remove(&number);
            }
        }
    }

    /// No frame of this connection matters any more.
    fn over(&mut self, number: u64, id: u32) {
        self.numbers.remove(&id);
        self.waiting.forget(number);
    }
}

fn usable(
    connections: &mut BTreeMap<u64, Connection>,
    number: u64,
    is_over: bool,
) -> io::Result<&mut Connection> {
    match connections.get_mut(&number) {
        Some(one) if !is_over && !one.is_reset => Ok(one),
        _ => Err(io::ErrorKind::ConnectionReset.into()),
    }
}

fn wake(waker: &mut Option<Waker>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}

#[cfg(test)]
mod tests;
