//! A set that is kept fresh, and what is said of its end as that comes near.

mod fetch;

use std::sync::Arc;

use tokio::task::JoinHandle;

use crate::credentials::{Fetched, Source};
use crate::live::Report;
use crate::live::countdown::count_down;
use crate::live::renewal::Renewal;
use crate::live::renewal::current::CurrentSet;

use fetch::fetch;

/// Ends when it is dropped.
pub(crate) struct Renewing {
    renewal: Renewal,
    countdown: JoinHandle<()>,
}

impl Renewing {
    /// Begins with the `first` set, and fetches the next ones from `source`.
    pub(crate) fn start(source: &Arc<Source>, first: Fetched, report: &Report) -> Self {
        let of_fetch = Arc::clone(source);
        let again = move || fetch(Arc::clone(&of_fetch));
        let renewal = match first.is_in_a_file() {
            true => Renewal::start_from_file(first, again, Arc::clone(report)),
            false => Renewal::start(first, again, Arc::clone(report)),
        };
        let of_limit = Arc::clone(source);
        let limit = async move || of_limit.renewal_limit().await;
        let countdown = count_down(renewal.current(), limit, Arc::clone(report));
        Self {
            renewal,
            countdown: tokio::spawn(countdown),
        }
    }

    /// A view of the set, now and later.
    pub(crate) fn current(&self) -> CurrentSet {
        self.renewal.current()
    }
}

impl Drop for Renewing {
    fn drop(&mut self) {
        self.countdown.abort();
    }
}
