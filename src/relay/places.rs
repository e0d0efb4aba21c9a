//! Which connections end when a container opens more than the relay has places.
//!
//! Programs that hold a thousand connections open must not keep the container's SDKs out. So when
//! the relay is full and another client waits, connections that wait for their client are ended: the
//! one first on which nothing has moved for the longest time. One with a complete request is kept,
//! because it waits for credrun.
//!
//! No clock takes part, only the order: on a busy machine an SDK may take long to send its request,
//! but connections that were silent before are ended first all the same.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The connections that may be ended when places run out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Waiting(Arc<Mutex<Order>>);

#[derive(Debug, Default)]
struct Order {
    /// Numbers of connections, by when something moved last.
    by_turn: BTreeMap<u64, u64>,
    /// Those that are not over, by number.
    connections: HashMap<u64, Connection>,
    last: u64,
}

#[derive(Debug)]
struct Connection {
    /// The relay's number for it.
    id: u32,
    /// Where it stands in the order; none while it is kept.
    turn: Option<u64>,
    /// The client sends no more, which no SDK does before it has its answer: it may well be gone.
    ended: bool,
}

impl Order {
    /// Puts a connection at the end of the order.
    fn wait(&mut self, number: u64) {
        let Some(one) = self.connections.get_mut(&number) else {
            return;
        };
        self.last += 1;
        if let Some(turn) = one.turn.replace(self.last) {
            self.by_turn.remove(&turn);
        }
        self.by_turn.insert(self.last, number);
    }

    fn keep(&mut self, number: u64) {
        let one = self.connections.get_mut(&number).filter(|one| !one.ended);
        if let Some(turn) = one.and_then(|one| one.turn.take()) {
            self.by_turn.remove(&turn);
        }
    }
}

impl Waiting {
    /// Registers a new connection, with a higher `number` than all before it.
    pub(crate) fn begin(&self, number: u64, id: u32) -> Place {
        let mut order = self.lock();
        let connection = Connection {
            id,
            turn: None,
            ended: false,
        };
        order.connections.insert(number, connection);
        order.wait(number);
        Place {
            number,
            waiting: self.clone(),
        }
    }

    /// How many are not over, those that are kept among them.
    pub(crate) fn count(&self) -> usize {
        self.lock().connections.len()
    }

    /// The client sends no more. Its request may be complete: it is answered if there is room.
    pub(crate) fn ended(&self, number: u64) {
        let mut order = self.lock();
        if let Some(one) = order.connections.get_mut(&number) {
            one.ended = true;
            if one.turn.is_none() {
                order.wait(number);
            }
        }
    }

    /// Removes the one on which nothing has moved for the longest time, and returns its number and
    /// the relay's.
    pub(crate) fn take_oldest(&self) -> Option<(u64, u32)> {
        let mut order = self.lock();
        let (_, number) = order.by_turn.pop_first()?;
        let connection = order.connections.remove(&number)?;
        Some((number, connection.id))
    }

    /// The connection is over.
    pub(crate) fn forget(&self, number: u64) {
        let mut order = self.lock();
        let turn = order.connections.remove(&number).and_then(|one| one.turn);
        if let Some(turn) = turn {
            order.by_turn.remove(&turn);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Order> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
pub struct Place {
    number: u64,
    waiting: Waiting,
}

impl Place {
    /// The request is complete and deserves an answer: the connection is not ended for another.
    pub fn keep(&self) {
        self.waiting.lock().keep(self.number);
    }

    /// The connection waits for its client: to read an answer, or to send the next request.
    pub fn wait(&self) {
        self.waiting.lock().wait(self.number);
    }

    /// Bytes came from the client, or went to it.
    pub fn moves(&self) {
        let mut order = self.waiting.lock();
        let connection = order.connections.get(&self.number);
        if connection.is_some_and(|one| one.turn.is_some()) {
            order.wait(self.number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_that_waits_goes_first_and_one_with_a_whole_request_never() {
        let waiting = Waiting::default();
        let places: Vec<_> = (0..4)
            .map(|id| waiting.begin(u64::from(id), id + 10))
            .collect();
        places[0].keep();
        waiting.forget(2);
        assert_eq!(waiting.take_oldest(), Some((1, 11)));
        assert_eq!(waiting.take_oldest(), Some((3, 13)));
        assert_eq!(waiting.take_oldest(), None);
    }

    #[test]
    fn a_connection_on_which_bytes_move_goes_after_one_that_is_silent() {
        let waiting = Waiting::default();
        let first = waiting.begin(0, 10);
        let second = waiting.begin(1, 11);
        first.moves();
        assert_eq!(waiting.take_oldest(), Some((1, 11)));
        second.moves();
        assert_eq!(waiting.take_oldest(), Some((0, 10)));
        assert_eq!(waiting.take_oldest(), None);
    }

    #[test]
    fn after_its_answer_a_connection_waits_again_behind_the_others() {
        let waiting = Waiting::default();
        let first = waiting.begin(0, 10);
        let _second = waiting.begin(1, 11);
        first.keep();
        first.wait();
        assert_eq!(waiting.take_oldest(), Some((1, 11)));
        assert_eq!(waiting.take_oldest(), Some((0, 10)));
    }

    #[test]
    fn nothing_remains_of_a_connection_that_is_over() {
        let waiting = Waiting::default();
        let place = waiting.begin(0, 10);
        place.keep();
        waiting.forget(0);
        place.wait();
        place.moves();
        waiting.ended(0);
        assert_eq!(waiting.take_oldest(), None);
        assert!(waiting.lock().connections.is_empty());
    }

    #[test]
    fn a_client_that_sends_no_more_is_one_that_may_go() {
        let waiting = Waiting::default();
        let place = waiting.begin(0, 7);
        place.keep();
        waiting.ended(0);
        place.keep();
        assert_eq!(waiting.take_oldest(), Some((0, 7)));
    }
}
