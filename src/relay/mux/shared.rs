//! One table of connections, between the tasks that serve the relay and the streams.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::timeout_at;

use super::table::Table;

/// How many bytes of frames without bytes may wait before no more of the relay's are read. Each of
/// a thousand connections may have a grant, a return and a reset waiting, which is half of it.
const MAX_URGENT: usize = 64 * 1024;

#[derive(Debug, Default)]
pub(super) struct Shared {
    table: Mutex<Table>,
    /// Something is to be sent, or the relay is over.
    output: Notify,
    /// Something was sent, or the relay is over.
    sent: Notify,
}

impl Shared {
    /// Does something with the table; what it has to say is sent.
    pub(super) fn with<T>(&self, action: impl FnOnce(&mut Table) -> T) -> T {
        let mut table = self.lock();
        let result = action(&mut table);
        if table.has_news() {
            self.output.notify_one();
        }
        result
    }

    /// Ends all streams, and the tasks.
    pub(super) fn end(&self) {
        self.lock().end_all();
        self.output.notify_one();
        self.sent.notify_one();
    }

    /// Waits for something to send, and appends it; false once the relay is over.
    pub(super) async fn next_output(&self, out: &mut Vec<u8>) -> bool {
        loop {
            let give_back_at = {
                let mut table = self.lock();
                if table.is_over() {
                    return false;
                }
                table.give_back();
                table.fill(out);
                table.next_give_back()
            };
            if !out.is_empty() {
                self.sent.notify_one();
                return true;
            }
            let changed = self.output.notified();
            match give_back_at {
                // Whether it has changed or is time, the next round sees to both.
                Some(time) => drop(timeout_at(time, changed).await),
                None => changed.await,
            }
        }
    }

    /// Waits until the relay takes what it is told; false once it is over. Our relay always does, and
    /// another must not fill the memory.
    pub(super) async fn can_hear(&self) -> bool {
        loop {
            {
                let table = self.lock();
                if table.is_over() {
                    return false;
                }
                if table.urgent_length() < MAX_URGENT {
                    return true;
                }
            }
            self.sent.notified().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
