//! The connections of one relay, as credrun's end of the protocol sees them. No IO: frames come
//! in, streams read and write, frames go out in turn.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::io::{self, IoSlice};
use std::task::{Context, Poll};

use tokio::io::ReadBuf;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::breach::Breach;
use super::connection::Connection;
use crate::relay::credit::{INTERVAL, Pool};
use crate::relay::frame::{Frame, MAX_CONNECTIONS, MAX_FRAME};
use crate::relay::places::{Place, Waiting};

/// How many bytes all windows may grow by. With those and a thousand windows of the smallest size,
/// credrun keeps 24 MiB for servers that do not read.
const POOL: usize = 8 * 1024 * 1024;

/// How many connections are ended at a time when the relay has no place left.
const MADE_AT_ONCE: usize = MAX_CONNECTIONS / 10;

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
    /// When to give back what is not needed; none where there is nothing.
    give_back_at: Option<Instant>,
    /// Who sends does not know that time yet.
    has_new_time: bool,
    is_over: bool,
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
            give_back_at: None,
            has_new_time: false,
            is_over: false,
        }
    }
}

/// What the relay says. An error ends the relay.
impl Table {
    /// All frames but `Open` and `Full`.
    pub(super) fn take(&mut self, frame: Frame<'_>) -> Result<(), Breach> {
        let (Frame::Data(id, _)
        | Frame::End(id)
        | Frame::Credit(id, _)
        | Frame::Return(id, _)
        | Frame::Reset(id)) = frame
        else {
            return Err(Breach::Direction);
        };
        // The relay may not know yet that it is over.
        let Some(number) = self.numbers.get(&id).copied() else {
            return Ok(());
        };
        let Some(one) = self.connections.get_mut(&number) else {
            return Ok(());
        };
        match frame {
            Frame::Data(_, bytes) => one.receive(bytes),
            Frame::Credit(_, granted) => {
                one.add_credit(granted)?;
                self.plan_give_back(number);
                Ok(())
            }
            Frame::Return(_, returned) => one.take_back(returned, &mut self.pool),
            Frame::End(_) => {
                one.end_client(&mut self.pool)?;
                if one.has_ended() {
                    self.over(number, id);
                } else {
                    self.waiting.ended(number);
                }
                Ok(())
            }
            _ => {
                self.reset(number, id);
                Ok(())
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
        self.connections.insert(number, Connection::new(id, end));
        self.numbers.insert(id, number);
        Ok(Some(Opened {
            number,
            place,
            ended,
        }))
    }

    /// Whether the relay will have places by itself: what servers have closed leaves as soon as it hears of
    /// that.
    pub(super) fn will_have_room(&self) -> bool {
        self.waiting.count() + MADE_AT_ONCE <= MAX_CONNECTIONS
    }

    /// Ends the oldest connections that wait for their client.
    pub(super) fn make_room(&mut self) {
        for _ in 0..MADE_AT_ONCE {
            let Some((number, id)) = self.waiting.take_oldest() else {
                return;
            };
            if self.numbers.get(&id) == Some(&number) {
                Frame::Reset(id).encode(&mut self.urgent);
                if let Some(one) = self.connections.get_mut(&number) {
                    one.tell_ended();
                }
                self.reset(number, id);
            }
        }
    }

    /// The relay shall pass on all datagrams that have come.
    pub(super) fn ask_for_datagrams(&mut self) {
        Frame::Datagram(&[]).encode(&mut self.urgent);
    }

    /// The connection has failed.
    fn reset(&mut self, number: u64, id: u32) {
        self.over(number, id);
        if let Some(one) = self.connections.get_mut(&number) {
            one.reset(&mut self.pool);
            if one.is_gone() {
                self.connections.remove(&number);
            }
        }
    }

    /// No frame of this connection matters any more.
    fn over(&mut self, number: u64, id: u32) {
        if self.numbers.get(&id) == Some(&number) {
            self.numbers.remove(&id);
        }
        self.waiting.forget(number);
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
        let read = one.read(context, buffer);
        if let Some(granted) = one.grant(&mut self.pool) {
            Frame::Credit(one.id, granted).encode(&mut self.urgent);
        }
        self.plan_give_back(number);
        read
    }

    pub(super) fn write(
        &mut self,
        number: u64,
        context: &Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let one = usable(&mut self.connections, number, self.is_over)?;
        let written = one.write(context, pieces);
        if let Poll::Ready(Ok(1..)) = written {
            self.give_turn(number);
        }
        written
    }

    /// The server has no more bytes.
    pub(super) fn end(&mut self, number: u64) -> io::Result<()> {
        usable(&mut self.connections, number, self.is_over)?.end_server()?;
        self.give_turn(number);
        Ok(())
    }

    /// The server has dropped its stream.
    pub(super) fn close(&mut self, number: u64) {
        self.waiting.forget(number);
        let Some(one) = self.connections.get_mut(&number) else {
            return;
        };
        one.drop_server(&mut self.pool);
        if self.numbers.get(&one.id) == Some(&number) {
            self.give_turn(number);
        } else {
            self.connections.remove(&number);
        }
    }

    fn give_turn(&mut self, number: u64) {
        if let Some(one) = self.connections.get_mut(&number)
            && !std::mem::replace(&mut one.has_turn, true)
        {
            self.turns.push_back(number);
        }
    }

    /// The relay is gone, or must go: every stream fails.
    pub(super) fn end_all(&mut self) {
        self.is_over = true;
        for one in self.connections.values_mut() {
            one.wake_all();
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

    /// Whether something has changed for who sends.
    pub(super) fn has_news(&self) -> bool {
        self.has_output() || self.has_new_time
    }

    /// When to call [`Table::give_back`] next, if at all.
    pub(super) fn next_give_back(&mut self) -> Option<Instant> {
        self.has_new_time = false;
        self.give_back_at
    }

    /// Gives back what is not needed, once in each [`INTERVAL`].
    pub(super) fn give_back(&mut self) {
        let now = Instant::now();
        if self.give_back_at.is_none_or(|time| now < time) {
            return;
        }
        let mut again = false;
        for one in self.connections.values_mut() {
            if let Some(returned) = one.give_back(&mut self.pool) {
                Frame::Return(one.id, returned).encode(&mut self.urgent);
            }
            again |= one.keeps_from_others();
        }
        self.give_back_at = again.then(|| now + INTERVAL);
    }

    /// This connection may have something to give back now.
    fn plan_give_back(&mut self, number: u64) {
        let one = self.connections.get(&number);
        if self.give_back_at.is_none() && one.is_some_and(Connection::keeps_from_others) {
            self.give_back_at = Some(Instant::now() + INTERVAL);
            self.has_new_time = true;
        }
    }

    /// How many bytes wait for no turn.
    pub(super) fn urgent_length(&self) -> usize {
        self.urgent.len()
    }

    /// Appends what is to be sent next, as one write: a frame of each connection, in turn.
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
        one.send(out);
        let id = one.id;
        if one.is_gone() {
            self.over(number, id);
            self.connections.remove(&number);
        } else if one.has_ended() {
            self.over(number, id);
        }
    }
}

fn usable(
    connections: &mut BTreeMap<u64, Connection>,
    number: u64,
    is_over: bool,
) -> io::Result<&mut Connection> {
    let one = connections.get_mut(&number).filter(|_| !is_over);
    one.ok_or_else(|| io::ErrorKind::ConnectionReset.into())
}

#[cfg(test)]
mod tests;
