//! What happens while a container is served that the user should hear about, as data.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::StatusCode;

use crate::credentials::{LimitedBy, iso8601};

/// Receives events. It is called from tasks that serve requests, so it must not block.
pub type Report = Arc<dyn Fn(Event) + Send + Sync>;

/// An event to report. `Display` is one line without a newline; no event holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A request was refused, the first time for this reason.
    Refused(Refusal),
    /// This many more were refused by the end.
    RefusedMore(u64),
    /// credrun serves a new set. Only after failures is that worth a line on a terminal.
    Renewed {
        /// Renewal had failed before.
        recovered: bool,
        /// When the new set expires; none where it does not say.
        until: Option<SystemTime>,
    },
    /// A set could not be fetched. credrun tries again by itself.
    RenewalFailed {
        /// The whole chain of causes.
        why: String,
        /// What the fetch needs to succeed again.
        kind: FailureKind,
        /// How long the served set is still valid; none when it has expired.
        left: Option<Duration>,
    },
    /// The served set expires soon, and no other can be fetched.
    EndsSoon {
        /// How long it is still valid.
        left: Duration,
        /// Why there is no other.
        by: LimitedBy,
    },
    /// credrun ended the relay, which did not keep to its protocol.
    RelayBroken {
        /// What it did.
        why: String,
    },
    /// The relay ended too early, and another one serves.
    RelayReplaced {
        /// The container's network belonged to the old relay, and ended with it.
        network_lost: bool,
    },
    /// The relay ended too early, and there is no other yet. credrun tries again.
    RelayLost {
        /// Why there is none.
        why: String,
        /// As in [`Event::RelayReplaced`].
        network_lost: bool,
    },
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => write!(
                f,
                "refused a credential request: {refusal} (further ones are only counted)"
            ),
            Self::RefusedMore(1) => f.write_str("refused one more credential request"),
            Self::RefusedMore(count) => write!(f, "refused {count} more credential requests"),
            Self::Renewed { recovered, until } => {
                f.write_str("renewed the credentials")?;
                if *recovered {
                    f.write_str(" again")?;
                }
                match until {
                    Some(end) => write!(f, ", valid until {}", iso8601(*end)),
                    None => Ok(()),
                }
            }
            Self::RenewalFailed { why, kind, left } => {
                f.write_str("cannot renew the credentials")?;
                f.write_str(match kind {
                    FailureKind::NeedsPerson => " without you",
                    FailureKind::Unreachable => " because their source cannot be reached",
                    FailureKind::Other => "",
                })?;
                match left {
                    Some(left) => write!(f, ": they expire in {}", Left(*left))?,
                    None => f.write_str(": they have expired")?,
                }
                write!(f, " ({why})")
            }
            Self::EndsSoon { left, by } => {
                write!(f, "the credentials expire in {}, and ", Left(*left))?;
                match by {
                    LimitedBy::Environment => f.write_str("credentials from the environment cannot be renewed"),
                    LimitedBy::MfaSession { is_cached: true } => f.write_str(
                        "renewing them needs a new MFA code: pass one with the flags of this run and \
                         `credrun whoami --mfa-session-cache --token-code CODE`",
                    ),
                    LimitedBy::MfaSession { is_cached: false }
                    | LimitedBy::MfaCodeOfRole { .. } => f.write_str(
                        "renewing them needs a new MFA code: start a new run to give one",
                    ),
                }
            }
            Self::RelayBroken { why } => f.write_str(why),
            Self::RelayReplaced { network_lost } => {
                f.write_str("the relay ended; a new relay has taken its place")?;
                after_network(f, *network_lost)
            }
            Self::RelayLost { why, network_lost } => {
                write!(
                    f,
                    "the relay ended, so the container cannot reach credrun ({why})"
                )?;
                after_network(f, *network_lost)
            }
        }
    }
}

fn after_network(f: &mut fmt::Formatter<'_>, lost: bool) -> fmt::Result {
    if lost {
        f.write_str("; the container has lost its network, which was the relay's")?;
    }
    Ok(())
}

/// The time left, in its largest meaningful unit.
struct Left(Duration);

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        if seconds < 120 {
            write!(f, "{seconds} s")
        } else {
            write!(f, "{} min", seconds / 60)
        }
    }
}

/// Why a request was refused. What the client sent is not repeated: it comes from the container,
/// and may hold a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    Path,
    /// Another method than GET.
    Method,
    /// `Host` is not a loopback address: a browser's request, rebound by DNS.
    Host,
    /// No `Authorization`.
    NoToken,
    /// `Authorization` is not the token.
    WrongToken,
    /// The set has expired, and there is no new one.
    Ended,
    /// Not HTTP, or longer than any SDK's request.
    Malformed,
    /// Not complete in time, or before too many others came.
    Slow,
}

impl Refusal {
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::Path => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Host | Self::WrongToken => StatusCode::FORBIDDEN,
            Self::NoToken => StatusCode::UNAUTHORIZED,
            // SDKs try again on 5xx, and only there.
            Self::Ended => StatusCode::SERVICE_UNAVAILABLE,
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::Slow => StatusCode::REQUEST_TIMEOUT,
        }
    }

    /// The `code` of the answer's body.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Path => "NotFound",
            Self::Method => "MethodNotAllowed",
            Self::Host => "HostNotAllowed",
            Self::NoToken => "MissingAuthorizationToken",
            Self::WrongToken => "InvalidAuthorizationToken",
            Self::Ended => "CredentialsExpired",
            Self::Malformed => "BadRequest",
            Self::Slow => "RequestTimeout",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Path => "its path is not the endpoint's",
            Self::Method => "its method is not GET",
            Self::Host => "its Host is not a loopback address",
            Self::NoToken => "it has no authorization token",
            Self::WrongToken => "its authorization token is wrong",
            Self::Ended => "the credentials have expired",
            Self::Malformed => "it is not a request that an AWS SDK sends",
            Self::Slow => "it was not complete in time",
        })
    }
}

/// What a fetch needs to succeed again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// A person must log in or enter an MFA code.
    NeedsPerson,
    /// A network, or a source that answers.
    Unreachable,
    /// Whatever the cause says.
    Other,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_that_a_person_must_renew_is_told_with_the_minutes_left() {
        let event = Event::RenewalFailed {
            why: "the SSO session has ended".to_owned(),
            kind: FailureKind::NeedsPerson,
            left: Some(Duration::from_secs(1805)),
        };
        assert_eq!(
            event.to_string(),
            "cannot renew the credentials without you: they expire in 30 min \
             (the SSO session has ended)"
        );
    }

    #[test]
    fn what_is_left_is_told_in_seconds_below_two_minutes() {
        let left = |seconds| Left(Duration::from_secs(seconds)).to_string();
        assert_eq!(left(119), "119 s");
        assert_eq!(left(120), "2 min");
    }

    #[test]
    fn a_network_that_ended_with_the_relay_is_told_with_it() {
        let replaced = |network_lost| Event::RelayReplaced { network_lost }.to_string();
        assert_eq!(
            replaced(true),
            "the relay ended; a new relay has taken its place; \
             the container has lost its network, which was the relay's"
        );
        assert_eq!(
            replaced(false),
            "the relay ended; a new relay has taken its place"
        );
    }

    #[test]
    fn a_network_that_is_down_is_not_put_down_to_the_user() {
        let event = Event::RenewalFailed {
            why: "no connection to STS".to_owned(),
            kind: FailureKind::Unreachable,
            left: Some(Duration::from_secs(90)),
        };
        assert_eq!(
            event.to_string(),
            "cannot renew the credentials because their source cannot be reached: they expire in 90 s \
             (no connection to STS)"
        );
    }
}
