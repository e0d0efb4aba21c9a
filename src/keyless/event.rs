//! What happens in `--keyless` that the user should hear about while the container runs, as data.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Receives events. It is called from tasks that serve calls, so it must not block.
pub(crate) type Report = Arc<dyn Fn(Event) + Send + Sync>;

/// An event to report. `Display` is one line; no event holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A call was signed with a key that is not of this run: of a file in the image, or of its code.
    ForeignKey { access_key_id: String },
    /// An answer gave the container a token that works without credrun.
    TokenPassed { operation: String },
    /// AWS could not be reached for a call.
    Unreachable { why: String },
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ForeignKey { access_key_id } => write!(
                f,
                "refused a call that is signed with the key {access_key_id:?}, which is not of this run: \
                 a profile or the code in the image has keys of its own"
            ),
            Self::TokenPassed { operation } => write!(
                f,
                "the answer to {operation} gave the container a token that works without credrun"
            ),
            Self::Unreachable { why } => write!(f, "could not pass a call on to AWS ({why})"),
        }
    }
}

/// Reports each event once: a token for each operation that gives one, all others for each kind.
pub(crate) struct Reports {
    report: Report,
    told: Mutex<Vec<String>>,
}

impl Reports {
    pub(crate) fn new(report: Report) -> Self {
        Self {
            report,
            told: Mutex::default(),
        }
    }

    /// Reports the event, if it is the first of its kind.
    pub(super) fn once(&self, event: Event) {
        let kind = match &event {
            Event::ForeignKey { .. } => "key".to_owned(),
            Event::Unreachable { .. } => "way".to_owned(),
            Event::TokenPassed { operation } => operation.clone(),
        };
        let is_new = {
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            let is_new = !told.contains(&kind);
            if is_new {
                told.push(kind);
            }
            is_new
        };
        if is_new {
            (self.report)(event);
        }
    }
}
