//! Why the Engine did not do what it was asked.

use crate::exit::ExitStatus;

/// A failure in speaking to the Engine, or its refusal.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The Engine's own words.
    #[error("{action}")]
    Refused {
        /// What was asked, as a sentence of failure: `cannot create the container`.
        action: String,
        /// The Engine's message.
        #[source]
        source: Refusal,
    },
}

/// An error response of the Engine.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// The `message` of its body.
    pub message: String,
}

impl EngineError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        None
    }

    /// 126 and 127 where a container's command cannot be run, else 125.
    #[must_use]
    pub fn status(&self) -> ExitStatus {
        ExitStatus::FAILED
    }
}
