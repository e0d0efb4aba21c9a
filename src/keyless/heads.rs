//! The memory for heads of requests, of all connections together.
//!
//! SDKs send a head at once, and a short one. Programs that send the longest ones on a thousand
//! connections, and never their ends or their bodies, would hold a lot of memory. So when long heads
//! take more than their share, the connection with the oldest is ended.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::request::Parts;

use super::turn::Turns;

/// Heads up to here are not counted: the number of connections is limited.
const SMALL: usize = 4 * 1024;
/// All longer heads at a time: a hundred of the longest.
const MOST: usize = 8 * 1024 * 1024;

/// The long heads that are in memory.
#[derive(Clone, Default)]
pub(super) struct Heads(Arc<Mutex<Order>>);

#[derive(Default)]
struct Order {
    bytes: usize,
    last: u64,
    /// By age.
    long: BTreeMap<u64, Long>,
}

struct Long {
    bytes: usize,
    turns: Turns,
}

/// A head that is in memory until this is dropped.
pub(super) struct Head {
    heads: Heads,
    turns: Turns,
    /// None for a small one.
    number: Option<u64>,
}

impl Heads {
    /// A head of the connection with these turns, of which nothing has come yet.
    pub(super) fn begin(&self, turns: &Turns) -> Head {
        Head {
            heads: self.clone(),
            turns: turns.clone(),
            number: None,
        }
    }

    /// The head of a call.
    pub(super) fn of(&self, parts: &Parts, turns: &Turns) -> Head {
        let headers = parts.headers.iter();
        let headers = headers.map(|(name, value)| name.as_str().len() + value.len());
        let target = parts.uri.path_and_query().map_or("", |it| it.as_str());
        let mut head = self.begin(turns);
        head.has(target.len() + headers.sum::<usize>());
        head
    }

    fn lock(&self) -> MutexGuard<'_, Order> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Head {
    /// So many bytes of it have come.
    pub(super) fn has(&mut self, bytes: usize) {
        if bytes > SMALL {
            let mut order = self.heads.lock();
            let number = order.put(self.number, bytes, &self.turns);
            self.number = Some(number);
            order.make_room();
        }
    }

    /// It is in memory no more.
    pub(super) fn is_over(&mut self) {
        if let Some(number) = self.number.take() {
            self.heads.lock().remove(number);
        }
    }
}

impl Drop for Head {
    fn drop(&mut self) {
        self.is_over();
    }
}

impl Order {
    fn put(&mut self, number: Option<u64>, bytes: usize, turns: &Turns) -> u64 {
        let number = number.unwrap_or_else(|| {
            self.last += 1;
            self.last
        });
        self.remove(number);
        let turns = turns.clone();
        self.long.insert(number, Long { bytes, turns });
        self.bytes += bytes;
        number
    }

    fn remove(&mut self, number: u64) {
        if let Some(one) = self.long.remove(&number) {
            self.bytes -= one.bytes;
        }
    }

    /// Calls that wait for AWS are kept. Their number is limited.
    fn make_room(&mut self) {
        while self.bytes > MOST
            && let Some(oldest) = self.oldest()
        {
            if let Some(one) = self.long.get(&oldest) {
                one.turns.end();
            }
            self.remove(oldest);
        }
    }

    fn oldest(&self) -> Option<u64> {
        let mut long = self.long.iter();
        let oldest = long.find(|(_, one)| !one.turns.are_at_aws())?;
        Some(*oldest.0)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    const LONGEST: usize = 64 * 1024;

    fn begin(heads: &Heads) -> (Head, Turns) {
        let turns = Turns::new(None);
        (heads.begin(&turns), turns)
    }

    fn is_ended(turns: &Turns) -> bool {
        turns.ended().now_or_never().is_some()
    }

    /// Which of these were ended since the last time.
    fn ended(all: &[(Head, Turns)]) -> Vec<usize> {
        let ended = all
            .iter()
            .enumerate()
            .filter(|(_, (_, turns))| is_ended(turns));
        ended.map(|(at, _)| at).collect()
    }

    #[test]
    fn the_oldest_long_head_is_ended_when_all_take_too_much() {
        let heads = Heads::default();
        let mut all: Vec<_> = (0..MOST / LONGEST).map(|_| begin(&heads)).collect();
        // In another order than the connections.
        for (head, _) in all.iter_mut().rev() {
            head.has(LONGEST / 2);
            head.has(LONGEST);
        }
        assert!(ended(&all).is_empty());
        let (mut one_more, turns) = begin(&heads);
        one_more.has(SMALL + 1);
        assert_eq!(ended(&all), [all.len() - 1]);
        assert!(!is_ended(&turns));
    }

    #[test]
    fn small_heads_are_not_counted_and_long_ones_only_while_they_are_there() {
        let heads = Heads::default();
        let small: Vec<_> = (0..10_000)
            .map(|_| {
                let (mut head, turns) = begin(&heads);
                head.has(SMALL);
                (head, turns)
            })
            .collect();
        for _ in 0..1000 {
            let (mut head, turns) = begin(&heads);
            head.has(LONGEST);
            assert!(!is_ended(&turns));
        }
        assert!(ended(&small).is_empty());
        assert_eq!(heads.lock().bytes, 0);
    }

    #[test]
    fn a_call_that_waits_for_aws_keeps_its_head() {
        let heads = Heads::default();
        let (mut kept, at_aws) = begin(&heads);
        kept.has(LONGEST);
        let waiting = at_aws.at_aws();
        let mut others: Vec<_> = (0..MOST / LONGEST).map(|_| begin(&heads)).collect();
        others.iter_mut().for_each(|(head, _)| head.has(LONGEST));
        assert_eq!(ended(&others), [0]);
        assert!(!is_ended(&at_aws));
        drop(waiting);
        let (mut one_more, _turns) = begin(&heads);
        one_more.has(LONGEST);
        assert!(is_ended(&at_aws));
    }
}
