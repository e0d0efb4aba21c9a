//! Errors in flags.

/// A flag's value that is refused before anything is started.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct FlagError {
    what: String,
    hint: Option<String>,
}

impl FlagError {
    /// A refusal in one sentence.
    #[must_use]
    pub fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            hint: None,
        }
    }

    /// A refusal with advice.
    #[must_use]
    pub fn with_hint(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            hint: Some(hint.into()),
        }
    }

    /// The same, for this flag's value.
    #[must_use]
    pub fn of_flag(self, flag: &str) -> Self {
        Self {
            what: format!("{flag}: {}", self.what),
            ..self
        }
    }

    /// What to type instead.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        self.hint.clone()
    }
}
