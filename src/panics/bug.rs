//! A panic, as far as it may be shown.

use std::any::Any;
use std::fmt;
use std::panic::PanicHookInfo;

/// The place of a panic, and its message if it may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bug {
    pub(super) place: String,
    pub(super) words: Option<&'static str>,
}

impl fmt::Display for Bug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.words {
            Some(words) => write!(f, "{words}, at {}", self.place),
            None => write!(f, "a panic at {}", self.place),
        }
    }
}

impl std::error::Error for Bug {}

impl Bug {
    pub(crate) fn of(panic: &PanicHookInfo<'_>) -> Self {
        let place = panic.location().map(ToString::to_string);
        Self {
            place: place.unwrap_or_else(|| "an unknown place".to_owned()),
            words: fixed_words(panic.payload()),
        }
    }
}

/// Formatted text is a `String`, and is not shown.
pub(crate) fn fixed_words(payload: &(dyn Any + Send)) -> Option<&'static str> {
    payload.downcast_ref::<&'static str>().copied()
}
