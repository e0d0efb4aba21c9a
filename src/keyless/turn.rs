//! When a connection may be ended for another. It is kept while a call on it waits for AWS, and
//! waits while its client has to send or to read.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::relay::places::Place;

/// A connection's place among the others. Clones share it.
#[derive(Clone)]
pub(super) struct Turns(Arc<Shared>);

struct Shared {
    /// None where no other connection can want it.
    place: Option<Place>,
    /// Calls on this connection that wait for AWS. In HTTP/2 they can be several.
    at_aws: AtomicUsize,
}

impl Turns {
    pub(super) fn new(place: Option<Place>) -> Self {
        Self(Arc::new(Shared {
            place,
            at_aws: AtomicUsize::default(),
        }))
    }

    /// Bytes of a body came or went.
    pub(super) fn moves(&self) {
        self.0.place.iter().for_each(Place::moves);
    }

    /// A call waits for AWS, until this is dropped.
    pub(super) fn at_aws(&self) -> AtAws {
        self.0.at_aws.fetch_add(1, Ordering::SeqCst);
        self.0.place.iter().for_each(Place::keep);
        AtAws(self.clone())
    }
}

/// A call that waits for AWS.
pub(super) struct AtAws(Turns);

impl Drop for AtAws {
    fn drop(&mut self) {
        let shared = &self.0.0;
        if shared.at_aws.fetch_sub(1, Ordering::SeqCst) == 1 {
            shared.place.iter().for_each(Place::wait);
        }
    }
}
