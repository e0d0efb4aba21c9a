//! Why no set lives as long as was asked for.

use std::fmt;
use std::time::Duration;

use crate::credentials::lifetime::span::Span;

/// Why no set lives as long as was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} left, {} asked for: {why}", less_than(*.wanted, *.left), Span(*.wanted))]
pub struct TooShort {
    /// What is left of the last set.
    pub left: Duration,
    /// What was asked for.
    pub wanted: Duration,
    /// Why there is no hope of a longer one.
    pub why: NoHope,
}

/// Why waiting is no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoHope {
    /// A set that was just made is no longer.
    NeverLonger,
    /// The source never handed out another one.
    NotReplaced,
    /// The set does not say when it ends.
    NoEnd,
}

impl fmt::Display for NoHope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NeverLonger => "this source makes none that live longer",
            Self::NotReplaced => "the source handed out the same set to its end",
            Self::NoEnd => "the set does not say when it ends",
        })
    }
}

/// What is left, to the second where it would else read like what was asked for.
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

impl TooShort {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self.why {
            NoHope::NeverLonger => {
                "ask for a smaller --min-ttl, assume a role with --role-arn and --duration-seconds, or renew inside with --live"
            }
            NoHope::NotReplaced => "sign in again where the credentials come from",
            NoHope::NoEnd => "set AWS_CREDENTIAL_EXPIRATION, or leave out --min-ttl",
        }
        .to_owned()
    }
}
