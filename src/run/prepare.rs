//! Prepares everything that create needs: the Engine, the images and credentials, concurrently.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::pull::{self, Wanted};
use super::record::{Phase, Record};
use super::{calls, leftovers, relay};
use crate::credentials::{Fetched, Source, fetch_fitting, refuse_hopeless};
use crate::engine::{Engine, Image};
use crate::environment::injection::keeps_own_set;
use crate::environment::user::UserEnv;
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::plan::{Delivery, RunPlan};
use crate::relay::image::RELAY_REPOSITORY;
use crate::relay::request::UsedImage;
use crate::run::keyless::Keyless;
use crate::run::ready::Ready;
use crate::vars::Environment;
use crate::waits::Waits;

/// The greatest age of a set at create: CloudShell's live five minutes, and a pull can take as
/// long.
const FRESH: Duration = Duration::from_secs(5);

/// Prepares the run. Cancelling leaves nothing behind.
pub(super) async fn prepare(
    plan: &RunPlan,
    source: Source,
    environment: &Environment,
    notices: Notices,
    record: &Record,
) -> Result<Ready, Error> {
    let waits = source.http().waits().clone();
    let get_ready = get_ready(plan, source, environment, notices, record, &waits);
    notices.telling(&waits, get_ready).await
}

async fn get_ready(
    plan: &RunPlan,
    source: Source,
    environment: &Environment,
    notices: Notices,
    record: &Record,
    waits: &Waits,
) -> Result<Ready, Error> {
    let calls = calls::open(plan).await?;
    // The first fetch runs beside the pull, so that a missing login fails at once. A pull from ECR
    // waits for it, because it uses these credentials; so does any pull where a prompt for an MFA
    // code may come, because progress would draw over the prompt.
    let images = Images {
        target: Wanted::target(plan, environment, source.http()),
        relay: Wanted::relay(plan, environment, source.http()),
    };
    let fetch = async {
        let first = record.time(Phase::Fetch, source.fetch()).await?;
        refuse_hopeless(&first, plan.min_ttl)?;
        Ok(first)
    };
    let (found, first) = if images.are_at_ecr() || source.will_ask() {
        let first = fetch.await?;
        let found = engine_with_images(plan, &images, Some(&first), notices, record, waits);
        (found.await?, first)
    } else {
        let found = engine_with_images(plan, &images, None, notices, record, waits);
        futures_util::try_join!(found, fetch)?
    };

    let fetched = freshen(plan, &source, first, notices, record).await?;
    let user = UserEnv::of(&plan.container.env);
    if !(matches!(plan.delivery, Delivery::Env) && keeps_own_set(&user)) {
        notices.credentials(&fetched, SystemTime::now());
    }
    // An EC2 instance returns its region with the credentials.
    let region = source.region().cloned();
    if region.is_none() && !user.has_region() {
        notices.no_region();
    }
    let of_source = region.as_ref().map(|region| region.name.as_str());
    let effective = user.region().or(of_source);
    let keyless = Keyless::of(plan, &source, effective, &fetched).await?;
    // From here on the terminal belongs to the container.
    source.stop_asking();
    Ok(Ready {
        engine: found.engine,
        image: found.image,
        relay_image: found.relay_image,
        source: Arc::new(source),
        fetched,
        region,
        keyless,
        calls,
    })
}

/// The images that a run needs.
struct Images<'a> {
    target: Wanted<'a>,
    /// Set only if it is not credrun's own.
    relay: Option<Wanted<'a>>,
}

impl Images<'_> {
    fn are_at_ecr(&self) -> bool {
        self.target.is_at_ecr() || self.relay.as_ref().is_some_and(Wanted::is_at_ecr)
    }
}

/// An Engine, and what it has.
struct Found {
    engine: Engine,
    image: Option<Image>,
    relay_image: Option<UsedImage>,
}

async fn engine_with_images(
    plan: &RunPlan,
    images: &Images<'_>,
    credentials: Option<&Fetched>,
    notices: Notices,
    record: &Record,
    waits: &Waits,
) -> Result<Found, Error> {
    let connect = Engine::connect_telling(plan.endpoint.clone(), waits);
    let engine = record.time(Phase::Connect, connect).await?;
    // Refuses a flag that this Engine does not know before a pull, not after it.
    plan.container.create_body(engine.api_version())?;
    let found = ensure_images(plan, engine.clone(), images, credentials, notices, record);
    let found = record.time(Phase::Image, found);
    if plan.dry_run {
        return found.await;
    }
    let (found, ()) = tokio::join!(found, leftovers::remove(&engine));
    found
}

/// With `--dry-run` nothing is pulled or loaded.
async fn ensure_images(
    plan: &RunPlan,
    engine: Engine,
    images: &Images<'_>,
    credentials: Option<&Fetched>,
    notices: Notices,
    record: &Record,
) -> Result<Found, Error> {
    if plan.dry_run {
        return Ok(Found {
            image: engine.image(&plan.container.image.typed).await?,
            relay_image: expected_relay_image(plan),
            engine,
        });
    }
    // The relay's image comes first: it is small, and an Engine that cannot run it ends the run.
    let relay_image = match &images.relay {
        _ if !plan.delivery.has_relay() => None,
        None => Some(UsedImage::Own(relay::load_image(&engine).await?)),
        Some(relay) => {
            pull::ensure(&engine, relay, credentials, notices, record).await?;
            expected_relay_image(plan)
        }
    };
    let image = pull::ensure(&engine, &images.target, credentials, notices, record).await?;
    Ok(Found {
        engine,
        image: Some(image),
        relay_image,
    })
}

/// As typed; credrun's own image goes by its repository name where it need not exist.
fn expected_relay_image(plan: &RunPlan) -> Option<UsedImage> {
    let image = plan
        .delivery
        .has_relay()
        .then(|| plan.delivery.relay_image());
    image.map(|users| match users {
        None => UsedImage::Own(RELAY_REPOSITORY.to_owned()),
        Some(image) => UsedImage::Users(image.typed.clone()),
    })
}

/// Returns the set itself while it is fresh and lives long enough; otherwise fetches a new one.
async fn freshen(
    plan: &RunPlan,
    source: &Source,
    fetched: Fetched,
    notices: Notices,
    record: &Record,
) -> Result<Fetched, Error> {
    let now = SystemTime::now();
    let fresh = now
        .duration_since(fetched.fetched_at)
        .is_ok_and(|age| age <= FRESH);
    let fits = match (plan.min_ttl, fetched.left(now)) {
        (Some(wanted), left) => left.is_some_and(|left| left >= wanted),
        (None, _) => true,
    };
    if fresh && fits {
        return Ok(fetched);
    }
    let fetch = fetch_fitting(source, plan.min_ttl, |wait| notices.waiting(wait));
    Ok(record.time(Phase::Fetch, fetch).await?)
}
