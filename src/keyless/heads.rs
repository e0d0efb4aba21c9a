//! How many long heads of requests are in memory at a time, on all connections of a container.
//!
//! Heads of SDKs are short. Programs that send the longest ones on a thousand connections, and never
//! their ends or their bodies, would take credrun's time from calls, and memory. So only some connections
//! may have a long head in memory; each has its room until its next head begins. The others wait for room
//! as long as a head may take. None is ended to make room: whoever was ended would connect again at once,
//! and a thousand that do so take their turns from SDKs.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// Heads up to here are read at once: S3 takes no longer ones.
const SHORT: usize = 8 * 1024;
/// As many connections have a longer one at a time.
const MOST: usize = 64;

/// The room for long heads.
#[derive(Clone)]
pub(super) struct LongHeads(Arc<Semaphore>);

impl Default for LongHeads {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(MOST)))
    }
}

impl LongHeads {
    /// For the heads of a connection, one after the other.
    pub(super) fn of_connection(&self) -> Head {
        Head {
            heads: self.clone(),
            room: Room::None,
        }
    }
}

/// The head that a connection has in memory.
pub(super) struct Head {
    heads: LongHeads,
    room: Room,
}

/// A head keeps its room until the next one begins: its call has it in memory.
enum Room {
    None,
    Awaited(Pin<Box<dyn Future<Output = Result<OwnedSemaphorePermit, AcquireError>> + Send>>),
    Taken { _permit: OwnedSemaphorePermit },
}

impl Head {
    /// Another head begins.
    pub(super) fn begin(&mut self) {
        self.room = Room::None;
    }

    /// Waits for room for a head of which so many bytes have come.
    pub(super) fn poll_room(&mut self, length: usize, context: &mut Context<'_>) -> Poll<()> {
        if length <= SHORT {
            return Poll::Ready(());
        }
        loop {
            match &mut self.room {
                Room::Taken { .. } => return Poll::Ready(()),
                Room::None => {
                    let room = Arc::clone(&self.heads.0).acquire_owned();
                    self.room = Room::Awaited(Box::pin(room));
                }
                Room::Awaited(room) => match room.as_mut().poll(context) {
                    Poll::Ready(Ok(permit)) => self.room = Room::Taken { _permit: permit },
                    // Nobody closes the semaphore.
                    Poll::Ready(Err(_)) | Poll::Pending => return Poll::Pending,
                },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use futures_util::FutureExt as _;

    use super::*;

    fn has_room(head: &mut Head, length: usize) -> bool {
        let room = poll_fn(|context| head.poll_room(length, context));
        room.now_or_never().is_some()
    }

    #[test]
    fn a_long_head_waits_until_another_is_over_and_a_short_one_does_not() {
        let heads = LongHeads::default();
        let mut all: Vec<_> = (0..MOST).map(|_| heads.of_connection()).collect();
        assert!(all.iter_mut().all(|head| has_room(head, SHORT + 1)));
        assert!(all.iter_mut().all(|head| has_room(head, SHORT + 2)));
        let mut one_more = heads.of_connection();
        assert!(has_room(&mut one_more, SHORT));
        assert!(!has_room(&mut one_more, SHORT + 1));
        // Its connection has the next request.
        all[0].begin();
        assert!(has_room(&mut one_more, SHORT + 1));
        assert!(!has_room(&mut all[0], SHORT + 1));
        drop(all.pop());
        assert!(has_room(&mut all[0], SHORT + 1));
    }
}
