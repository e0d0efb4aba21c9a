//! The served set, and the clock that its expiry is measured by.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::{Notify, watch};
use tokio::time::{Instant, timeout};

use crate::credentials::{ClockOffset, Credentials, Fetched};

/// How long a request waits for a new set when the one held has expired, after a sleep. The least
/// patient SDKs give up after a second.
pub(crate) const REQUEST_PATIENCE: Duration = Duration::from_millis(700);

/// A set, and the clock that its expiry is measured by.
#[derive(Debug, Clone)]
pub struct Dated {
    pub(super) credentials: Credentials,
    /// The local clock's offset from it, if known.
    pub(super) clock: Option<ClockOffset>,
}

impl From<Fetched> for Dated {
    fn from(fetched: Fetched) -> Self {
        Self {
            credentials: fetched.credentials,
            clock: fetched.clock,
        }
    }
}

impl From<Credentials> for Dated {
    fn from(credentials: Credentials) -> Self {
        Self {
            credentials,
            clock: None,
        }
    }
}

/// The set has expired, and no other could be fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("credrun could not renew the credentials, and they have expired: {why}")]
pub struct Ended {
    pub(super) why: String,
}

pub(crate) type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// A view of the set that a [`Renewal`](super::Renewal) holds.
#[derive(Clone)]
pub struct CurrentSet {
    pub(super) held: watch::Receiver<Held>,
    pub(super) needed: Arc<Notify>,
    pub(super) refused: Refused,
    pub(super) clock: Clock,
}

/// As often within [`WHILE`] a refusal makes credrun fetch another set. A container can provoke refusals.
const MOST_REFUSALS: usize = 3;
const WHILE: Duration = Duration::from_secs(60);

/// The set that AWS refused as expired, whatever the clock here says, until another has been asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Refused(Arc<Mutex<Refusals>>);

#[derive(Debug, Default)]
struct Refusals {
    access_key_id: Option<String>,
    /// The last ones for which another set was wanted.
    times: Vec<Instant>,
}

impl Refused {
    /// Whether another set is to be fetched for it now.
    fn add(&self, access_key_id: &str) -> bool {
        let mut refused = self.lock();
        refused.times.retain(|at| at.elapsed() < WHILE);
        let is_known = refused.access_key_id.as_deref() == Some(access_key_id);
        let is_wanted = !is_known && refused.times.len() < MOST_REFUSALS;
        if is_wanted {
            refused.access_key_id = Some(access_key_id.to_owned());
            refused.times.push(Instant::now());
        }
        is_wanted
    }

    /// Whether it is this one.
    pub(super) fn is(&self, access_key_id: &str) -> bool {
        self.lock().access_key_id.as_deref() == Some(access_key_id)
    }

    /// Another set has been asked for, with or without success.
    pub(super) fn settle(&self) {
        self.lock().access_key_id = None;
    }

    fn lock(&self) -> MutexGuard<'_, Refusals> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Clone)]
pub(crate) struct Held {
    pub(super) set: Arc<Credentials>,
    pub(super) clock: Option<ClockOffset>,
    /// Why the last attempt to replace it failed.
    pub(super) failure: Option<String>,
}

impl Held {
    pub(super) fn of(dated: Dated) -> Self {
        Self {
            set: Arc::new(dated.credentials),
            clock: dated.clock,
            failure: None,
        }
    }

    /// How much longer the set is valid at local time `now`, by the clock that its expiry is
    /// measured by; none for a set without an expiry.
    pub(super) fn left(&self, now: SystemTime) -> Option<Duration> {
        let end = self.set.expiration?;
        let now = self.clock.map_or(now, |clock| clock.corrected(now));
        Some(end.duration_since(now).unwrap_or_default())
    }

    pub(super) fn has_time(&self, now: SystemTime) -> bool {
        self.left(now).is_none_or(|left| !left.is_zero())
    }
}

impl CurrentSet {
    /// Whether a part of the set's secrets is in a text.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        self.held.borrow().set.is_in(text.as_bytes())
    }

    /// The time, by the clock that the set's expiry is measured by.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        let now = (self.clock)();
        let offset = self.held.borrow().clock;
        offset.map_or(now, |offset| offset.corrected(now))
    }

    /// The set, from memory. Only if it has expired does this wait, briefly, for a new one.
    ///
    /// # Errors
    /// [`Ended`].
    pub async fn get(&self) -> Result<Arc<Credentials>, Ended> {
        if let Some(set) = self.valid() {
            return Ok(set);
        }
        let mut held = self.held.clone();
        self.needed.notify_one();
        let renewed = held.wait_for(|held| held.has_time((self.clock)()));
        // On timeout, or if the task has ended, check once more what is held.
        let _ = timeout(REQUEST_PATIENCE, renewed).await;
        self.valid().ok_or_else(|| Ended {
            why: self
                .held
                .borrow()
                .failure
                .clone()
                .unwrap_or_else(|| "a new set is being fetched".to_owned()),
        })
    }

    /// Fetches another set, if the one that is held is `refused`, which AWS refused as expired, and not too
    /// many were fetched for that.
    pub(crate) fn refuse(&self, refused: &Credentials) {
        let is_held = self.held.borrow().set.access_key_id == refused.access_key_id;
        if is_held && self.refused.add(&refused.access_key_id) {
            self.needed.notify_one();
        }
    }

    /// The set that replaces `refused`, which AWS refused as expired. If there is none yet, one is
    /// fetched now; none where that takes longer than `patience`, or is of no use.
    pub(crate) async fn replaced(
        &self,
        refused: &Credentials,
        patience: Duration,
    ) -> Option<Arc<Credentials>> {
        let is_other = |held: &Held| held.set.access_key_id != refused.access_key_id;
        let mut held = self.held.clone();
        self.refuse(refused);
        let other = timeout(patience, held.wait_for(is_other)).await;
        other.ok()?.ok().map(|held| Arc::clone(&held.set))
    }

    /// When the set that is held expires; none where it does not say.
    #[must_use]
    pub fn expiration(&mut self) -> Option<SystemTime> {
        self.held.borrow_and_update().set.expiration
    }

    /// Waits until the held set may differ from the one that [`Self::expiration`] last saw; false
    /// once there will be no other, because renewal has ended or is of no use.
    pub async fn changed(&mut self) -> bool {
        self.held.changed().await.is_ok()
    }

    fn valid(&self) -> Option<Arc<Credentials>> {
        let held = self.held.borrow();
        held.has_time((self.clock)()).then(|| Arc::clone(&held.set))
    }
}
