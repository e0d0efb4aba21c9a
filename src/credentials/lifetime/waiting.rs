//! What credrun reports while it waits for a set that lives longer.

use std::fmt;
use std::time::Duration;

use crate::credentials::lifetime::span::Span;
use crate::credentials::origin::Origin;

/// credrun waits for a rotating source to return its next set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub origin: Origin,
    /// The remaining lifetime of the current set.
    pub left: Duration,
    /// The longest time that this can take.
    pub up_to: Duration,
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "waiting for {} to issue credentials that last longer, up to {} (the current ones have {} left)",
            self.origin,
            Span(self.up_to),
            Span(self.left)
        )
    }
}
