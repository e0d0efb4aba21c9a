//! Datagrams of clients, in which they tell of their AWS calls. They have session tokens in them.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use secrecy::SecretSlice;
use tokio::sync::mpsc;

use super::shared::Shared;

/// As many wait to be read, each of up to 8 KiB. SDKs send less than one.
const QUEUE: usize = 512;

/// One datagram.
pub type Datagram = SecretSlice<u8>;

/// Where the relay's datagrams go.
pub(super) struct Queue {
    datagrams: mpsc::Sender<Datagram>,
    lost: Arc<AtomicU64>,
}

/// The datagrams of one relay.
pub struct Datagrams {
    datagrams: mpsc::Receiver<Datagram>,
    lost: Arc<AtomicU64>,
    shared: Arc<Shared>,
}

impl fmt::Debug for Datagrams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Datagrams").finish_non_exhaustive()
    }
}

/// Asks a relay for all datagrams that have come to it.
pub struct Asker(Arc<Shared>);

pub(super) fn queue(shared: &Arc<Shared>) -> (Queue, Datagrams) {
    let (sender, receiver) = mpsc::channel(QUEUE);
    let lost = Arc::<AtomicU64>::default();
    let queue = Queue {
        datagrams: sender,
        lost: Arc::clone(&lost),
    };
    let datagrams = Datagrams {
        datagrams: receiver,
        lost,
        shared: Arc::clone(shared),
    };
    (queue, datagrams)
}

impl Queue {
    /// Adds one, or drops it. It does not wait: the relay is always read.
    pub(super) fn add(&self, bytes: &[u8]) {
        match self.datagrams.try_reserve() {
            Ok(place) => place.send(bytes.to_vec().into()),
            // Nobody reads them.
            Err(mpsc::error::TrySendError::Closed(())) => {}
            Err(mpsc::error::TrySendError::Full(())) => {
                self.lost.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

impl Datagrams {
    /// The next one; none once the relay has ended, or has passed on all that it was asked for.
    pub async fn next(&mut self) -> Option<Datagram> {
        self.datagrams.recv().await
    }

    /// How many were dropped.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Asks for all that have come.
    #[must_use]
    pub fn asker(&self) -> Asker {
        Asker(Arc::clone(&self.shared))
    }
}

impl Asker {
    /// Asks. [`Datagrams::next`] gives them, and then none.
    pub fn ask(&self) {
        self.0.with(super::table::Table::ask_for_datagrams);
    }
}
