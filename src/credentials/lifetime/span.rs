//! A duration as people write it.

use std::fmt;
use std::time::Duration;

/// A duration as people write it: `45s`, `12m`, `1h 5m`. From ten minutes on it is rounded to the
/// minute, so that an hour minus a second still reads as an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span(pub Duration);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = match self.0.as_secs() {
            few @ ..600 => few,
            many => (many + 30) / 60 * 60,
        };
        let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        match (hours, minutes, rest) {
            (0, 0, s) => write!(f, "{s}s"),
            (0, m, 0) => write!(f, "{m}m"),
            (0, m, s) => write!(f, "{m}m {s}s"),
            (h, 0, _) => write!(f, "{h}h"),
            (h, m, _) => write!(f, "{h}h {m}m"),
        }
    }
}
