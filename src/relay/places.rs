//! Which connections end when a container opens more than the relay has places.
//!
//! Programs that hold a thousand connections open must not keep the container's SDKs out. So when
//! the relay is full and another client waits, connections that still wait for their client are
//! ended, the oldest first. One with a complete request is kept, because it waits for credrun.
//!
//! No clock takes part: on a busy machine an SDK may take long to send its request, but earlier
//! silent connections are ended first all the same.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The connections that may be ended when places run out, oldest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Waiting(Arc<Mutex<BTreeMap<u64, Connection>>>);

#[derive(Debug)]
struct Connection {
    /// The relay's number for it.
    id: u32,
    /// The client sends no more, which no SDK does before it has its answer: it may well be gone.
    ended: bool,
}

impl Waiting {
    /// Registers a new connection, with a higher `number` than all before it.
    pub(crate) fn begin(&self, number: u64, id: u32) -> Place {
        self.lock().insert(number, Connection { id, ended: false });
        Place {
            number,
            waiting: self.clone(),
        }
    }

    /// The client sends no more. Its request may be complete: it is answered if there is room.
    pub(crate) fn ended(&self, number: u64, id: u32) {
        self.lock().insert(number, Connection { id, ended: true });
    }

    /// Removes the oldest and returns its number and the relay's.
    pub(crate) fn take_oldest(&self) -> Option<(u64, u32)> {
        let (number, connection) = self.lock().pop_first()?;
        Some((number, connection.id))
    }

    /// The connection is over.
    pub(crate) fn forget(&self, number: u64) {
        self.lock().remove(&number);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Connection>> {
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
        let mut waiting = self.waiting.lock();
        if waiting.get(&self.number).is_some_and(|one| !one.ended) {
            waiting.remove(&self.number);
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
    fn a_client_that_sends_no_more_is_one_that_may_go() {
        let waiting = Waiting::default();
        let place = waiting.begin(0, 7);
        place.keep();
        waiting.ended(0, 7);
        place.keep();
        assert_eq!(waiting.take_oldest(), Some((0, 7)));
    }
}
