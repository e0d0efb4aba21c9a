//! How long a set lives, and waiting for one that lives long enough.
//!
//! The container endpoints, CloudShell's included, and the EC2 metadata service return the same set
//! to every client until it is about to expire, and then a new one. Asking earlier is no use; the
//! new set then lives as long as any from that source. The other sources make a set for each
//! request, so one that is too short stays too short.

pub(crate) mod renewal_limit;
pub(crate) mod span;
pub(crate) mod too_short;
pub(crate) mod waiting;

use std::future::Future;
use std::time::{Duration, SystemTime};

use super::error::CredentialsError;
use super::origin::Origin;
use super::{End, Fetched, Source};

use too_short::{NoHope, TooShort};
use waiting::Waiting;

/// How often a rotating source is polled while waiting.
const POLL: Duration = Duration::from_secs(10);
/// How long an expired set may still be returned before credrun gives up.
const GRACE: Duration = Duration::from_secs(30);
/// CloudShell's sets live less than this (measured by its users: 5 to under 15 minutes).
const LONGEST_IN_CLOUDSHELL: Duration = Duration::from_secs(15 * 60);

/// Refuses `set` if it is too short for `min_ttl` and its source cannot return a longer one. A user
/// who has to wait for a pull learns this before it.
///
/// # Errors
/// [`CredentialsError::TooShort`].
pub fn refuse_hopeless(set: &Fetched, min_ttl: Option<Duration>) -> Result<(), CredentialsError> {
    match min_ttl.map(|wanted| judge(set, wanted, SystemTime::now())) {
        Some(Verdict::Hopeless(short)) => Err(too_short(&set.origin, short)),
        Some(Verdict::Fits | Verdict::Short { .. }) | None => Ok(()),
    }
}

/// Fetches a set that lives for at least `min_ttl`, repeatedly where that helps. `waiting` is
/// called once, when waiting begins.
///
/// # Errors
/// [`CredentialsError::TooShort`] if there is no such set, and any error from fetching.
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
            // The source still returns its old set for a moment.
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

/// Whether a set lives long enough, and if not, whether waiting can help.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Fits,
    Short { left: Duration },
    Hopeless(TooShort),
}

fn judge(set: &Fetched, wanted: Duration, now: SystemTime) -> Verdict {
    let Some(left) = set.left(now) else {
        if set.credentials.end() == End::Never {
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
