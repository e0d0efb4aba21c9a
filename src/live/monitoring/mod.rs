//! What SDKs tell of their calls: client-side monitoring. Each attempt of a call is a datagram to a port
//! of loopback, where the relay takes it.
//!
//! Every process in the container can send one. So they only go into reports and records, and a policy
//! from such a record allows no call that only they call denied. An SDK puts its session token into
//! each; [`datagram`] is the only place that sees it, and does not keep it.

mod datagram;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use secrecy::ExposeSecret as _;

use super::pace::Pace;
use super::renewal::current::CurrentSet;
use crate::record::Recorder;
use crate::relay::mux::Datagrams;

/// A thousand at once, and as many in each second after that.
const PER_SECOND: u32 = 1000;

/// Takes note of the calls that a container's SDKs tell of.
pub(crate) struct Monitor {
    recorder: Arc<Recorder>,
    pace: Pace,
    lost: Arc<AtomicU64>,
    /// What the container has, and must not be noted.
    set: CurrentSet,
}

impl Monitor {
    /// Notes calls in `recorder`, and counts in `lost` what came too fast.
    pub(crate) fn new(recorder: Arc<Recorder>, lost: Arc<AtomicU64>, set: CurrentSet) -> Self {
        Self {
            recorder,
            pace: Pace::per_second(PER_SECOND),
            lost,
            set,
        }
    }

    /// Reads a relay's datagrams to their end.
    pub(crate) async fn watch(&self, mut datagrams: Datagrams) {
        let is_secret = |text: &str| self.set.is_in(text);
        let mut lost = 0;
        while let Some(bytes) = datagrams.next().await {
            self.pace.turn().await;
            let more = datagrams.lost().saturating_sub(lost);
            lost += more;
            self.lost.fetch_add(more, Ordering::Relaxed);
            if let Some(call) = datagram::call(bytes.expose_secret(), SystemTime::now(), &is_secret)
            {
                self.recorder.begin();
                self.recorder.note(&call);
            }
        }
    }
}

#[cfg(test)]
mod tests;
