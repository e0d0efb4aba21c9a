//! Why no set lives long enough.

use std::fmt;
use std::time::Duration;

use crate::credentials::lifetime::span::Span;

/// Why no set lives long enough.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{} required: {why}", left_but(self), Span(*.wanted))]
pub struct TooShort {
    /// The remaining lifetime of the last set.
    pub left: Duration,
    /// The required lifetime.
    pub wanted: Duration,
    /// Why waiting for a longer one is useless.
    pub why: NoHope,
}

/// Why waiting is useless.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoHope {
    /// A set that was just made lives no longer.
    NeverLonger,
    /// The source never returned another one.
    NotReplaced,
    /// The set has no expiration time.
    NoEnd,
}

impl fmt::Display for NoHope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NeverLonger => "this source issues none that last longer",
            Self::NotReplaced => "the source returned the same credentials until they expired",
            Self::NoEnd => "the credentials have no known expiry",
        })
    }
}

/// The remaining time, to the second if it would otherwise read the same as `wanted`.
pub(crate) fn less_than(wanted: Duration, left: Duration) -> String {
    let rounded = Span(left).to_string();
    if rounded != Span(wanted).to_string() {
        return rounded;
    }
    let seconds = left.as_secs();
    let minutes = format!("{}m {}s", seconds / 60 % 60, seconds % 60);
    match seconds / 3600 {
        0 => minutes,
        hours => format!("{hours}h {minutes}"),
    }
}

/// For a set without an expiration time, nothing is known.
fn left_but(short: &TooShort) -> String {
    match short.why {
        NoHope::NoEnd => String::new(),
        _ => format!("{} left, but ", less_than(short.wanted, short.left)),
    }
}

impl TooShort {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self.why {
            NoHope::NeverLonger => {
                "use a smaller --min-ttl, assume a role with --role-arn and --duration-seconds, or use --live, which renews them in the container"
            }
            NoHope::NotReplaced => "sign in again at the source of the credentials",
            NoHope::NoEnd => "set AWS_CREDENTIAL_EXPIRATION, or leave out --min-ttl",
        }
        .to_owned()
    }
}
