//! How long a set lives, and waiting for one that lives long enough.
//!
//! CloudShell and the other container endpoints hand out one set to everybody until it nears its
//! end, and then the next. Asking again is no use before that; after that, the new set is as long
//! as the source ever makes them. Everything else makes a set for each request, so that one which
//! is too short stays too short.

mod renewal_limit;

use std::fmt;
use std::future::Future;
use std::time::{Duration, SystemTime};

use super::error::CredentialsError;
use super::origin::Origin;
use super::{Fetched, Source};
pub use renewal_limit::{LimitedBy, Renewable, RenewalLimit};

/// How often a rotating source is asked while waiting. It is a request to the same machine.
const POLL: Duration = Duration::from_secs(10);
/// How long after its end a set may still be handed out before waiting is given up.
const GRACE: Duration = Duration::from_secs(30);
/// CloudShell's sets live less than this (measured by its users: 5 to under 15 minutes).
const LONGEST_IN_CLOUDSHELL: Duration = Duration::from_secs(15 * 60);

/// A length of time as people write it: `45s`, `12m`, `1h 5m`. From ten minutes on it is rounded
/// to the minute, so that an hour of which a second is over is still an hour.
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

/// Credrun waits for a rotating source to hand out its next set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The source.
    pub origin: Origin,
    /// What is left of the set that it hands out now.
    pub left: Duration,
    /// The longest that this can take.
    pub up_to: Duration,
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "waiting for {} to hand out a longer-lived set, up to {} (the present one has {} left)",
            self.origin,
            Span(self.up_to),
            Span(self.left)
        )
    }
}

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
fn less_than(wanted: Duration, left: Duration) -> String {
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

/// Refuses `set` where it is too short for `min_ttl` and its source can give none that is longer:
/// whoever has a pull to wait for need not wait to be told so.
///
/// # Errors
/// [`CredentialsError::TooShort`].
pub fn refuse_hopeless(set: &Fetched, min_ttl: Option<Duration>) -> Result<(), CredentialsError> {
    match min_ttl.map(|wanted| judge(set, wanted, SystemTime::now())) {
        Some(Verdict::Hopeless(short)) => Err(too_short(&set.origin, short)),
        Some(Verdict::Fits | Verdict::Short { .. }) | None => Ok(()),
    }
}

/// A set that lives for `min_ttl` at least, fetched again and again where that helps. `waiting` is
/// told once, when waiting begins.
///
/// # Errors
/// [`CredentialsError::TooShort`] when no such set can be had, and whatever fetching says.
pub async fn fetch_fitting(
    source: &Source,
    min_ttl: Option<Duration>,
    waiting: impl FnMut(&Waiting),
) -> Result<Fetched, CredentialsError> {
    match min_ttl {
        None => source.fetch().await,
        Some(wanted) => fit(|| source.fetch(), SystemTime::now, wanted, waiting).await,
    }
}

async fn fit<F, A>(
    mut fetch: F,
    now: impl Fn() -> SystemTime,
    wanted: Duration,
    mut waiting: impl FnMut(&Waiting),
) -> Result<Fetched, CredentialsError>
where
    F: FnMut() -> A,
    A: Future<Output = Result<Fetched, CredentialsError>>,
{
    let first = fetch().await?;
    let left = match judge(&first, wanted, now()) {
        Verdict::Fits => return Ok(first),
        Verdict::Hopeless(short) => return Err(too_short(&first.origin, short)),
        Verdict::Short { left } => left,
    };
    let give_up = now() + left + GRACE;
    waiting(&Waiting {
        origin: first.origin.clone(),
        left,
        up_to: left + GRACE,
    });
    while now() < give_up {
        tokio::time::sleep(POLL).await;
        let next = match fetch().await {
            // The source hands out its old set for a moment longer.
            Err(CredentialsError::Expired { .. }) => continue,
            other => other?,
        };
        if is_same(&first, &next) {
            continue;
        }
        return match judge(&next, wanted, now()) {
            Verdict::Fits => Ok(next),
            Verdict::Hopeless(short) => Err(too_short(&next.origin, short)),
            Verdict::Short { left } => Err(too_short(
                &next.origin,
                TooShort {
                    left,
                    wanted,
                    why: NoHope::NeverLonger,
                },
            )),
        };
    }
    let why = NoHope::NotReplaced;
    let left = Duration::ZERO;
    Err(too_short(&first.origin, TooShort { left, wanted, why }))
}

fn too_short(origin: &Origin, source: TooShort) -> CredentialsError {
    CredentialsError::TooShort {
        origin: origin.clone(),
        source,
    }
}

/// Whether a set is long enough, and if not, whether there is hope.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Fits,
    Short { left: Duration },
    Hopeless(TooShort),
}

fn judge(set: &Fetched, wanted: Duration, now: SystemTime) -> Verdict {
    let Some(left) = set.left(now) else {
        if set.credentials.session_token.is_none() {
            return Verdict::Fits;
        }
        let (left, why) = (Duration::ZERO, NoHope::NoEnd);
        return Verdict::Hopeless(TooShort { left, wanted, why });
    };
    if left >= wanted {
        return Verdict::Fits;
    }
    let beyond = set.origin == Origin::CloudShell && wanted >= LONGEST_IN_CLOUDSHELL;
    if !set.origin.rotates() || beyond {
        let why = NoHope::NeverLonger;
        return Verdict::Hopeless(TooShort { left, wanted, why });
    }
    Verdict::Short { left }
}

fn is_same(one: &Fetched, other: &Fetched) -> bool {
    one.credentials.access_key_id == other.credentials.access_key_id
        && one.credentials.expiration == other.credentials.expiration
}

#[cfg(test)]
mod tests;
