//! A source that was skipped, and why.

use std::fmt;

/// A source that has no credentials, and why not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    pub source: &'static str,
    /// Why it has none.
    pub reason: String,
}

impl Passed {
    pub(crate) fn new(source: &'static str, reason: impl Into<String>) -> Self {
        Self {
            source,
            reason: reason.into(),
        }
    }
}

impl fmt::Display for Passed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.source, self.reason)
    }
}
