//! Everything before create: the Engine, the image and credentials, at the same time.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::credentials::{Fetched, Region, Source, fetch_fitting, refuse_hopeless};
use crate::engine::{Engine, Image};
use crate::error::Error;
use crate::inject::env::{of_user, sets_region};
use crate::notices::Notices;
use crate::plan::RunPlan;
use crate::terminal;
use crate::vars::Environment;

use super::pull;
use super::record::{Phase, Record};

/// At create, a set is never older than this: CloudShell's live five minutes, and a pull can
/// take as long.
const FRESH: Duration = Duration::from_secs(5);

/// All that create needs.
#[derive(Debug)]
pub struct Ready {
    /// The Engine.
    pub engine: Engine,
    /// The image, where the Engine has it.
    pub image: Option<Image>,
    /// Where credentials come from, for renewal.
    pub source: Arc<Source>,
    /// The set that goes in.
    pub fetched: Fetched,
    /// The region that goes in.
    pub region: Option<Region>,
}

impl Ready {
    /// The region's name, where there is one.
    pub fn region_name(&self) -> Option<&str> {
        self.region.as_ref().map(|region| region.name.as_str())
    }

    /// `ENV` of the image; nothing where the Engine does not have it.
    pub fn image_env(&self) -> &[String] {
        self.image
            .as_ref()
            .map(|image| image.env.as_slice())
            .unwrap_or_default()
    }
}

/// A flag that only credrun has, as the first word after IMAGE: hardly meant for the container.
fn misplaced(plan: &RunPlan) -> Option<&str> {
    const ONLY_CREDRUNS: [&str; 4] = ["--role-arn", "--live", "--min-ttl", "--external-id"];
    let first = plan.container.command().first()?;
    let flag = first.split('=').next()?;
    ONLY_CREDRUNS.contains(&flag).then_some(flag)
}

/// Gets ready. Nothing is left behind when this is given up.
pub async fn prepare(
    plan: &RunPlan,
    environment: &Environment,
    notices: Notices,
    record: &Record,
) -> Result<Ready, Error> {
    terminal::check(plan.container.streams)?;
    if let Some(flag) = misplaced(plan) {
        notices.flag_after_image(flag);
    }
    let open = async { Source::open(&plan.source, environment) };
    let source = record.time(Phase::Resolve, open).await?;
    let region = source.region().cloned();

    // The first fetch runs beside the pull, so that a missing login fails at once. A pull from ECR
    // has to wait for it, since it is made with these credentials; and so has one whose progress
    // would draw over the question for an MFA code.
    let login = pull::Login::of(plan, environment);
    let fetch = async {
        let first = record.time(Phase::Fetch, source.fetch()).await?;
        refuse_hopeless(&first, plan.min_ttl)?;
        Ok(first)
    };
    let (engine, image, first) = if login.is_ecr() || source.will_ask() {
        let first = fetch.await?;
        let image = engine_with_image(plan, &login, Some(&first), notices, record);
        let (engine, image) = image.await?;
        (engine, image, first)
    } else {
        let image = engine_with_image(plan, &login, None, notices, record);
        let ((engine, image), first) = futures_util::try_join!(image, fetch)?;
        (engine, image, first)
    };

    let fetched = freshen(plan, &source, first, notices, record).await?;
    notices.credentials(&fetched, SystemTime::now());
    if region.is_none() && !sets_region(&of_user(&plan.container.env)) {
        notices.no_region();
    }
    // From here on the terminal is the container's.
    source.stop_asking();
    Ok(Ready {
        engine,
        image,
        source: Arc::new(source),
        fetched,
        region,
    })
}

async fn engine_with_image(
    plan: &RunPlan,
    login: &pull::Login<'_>,
    credentials: Option<&Fetched>,
    notices: Notices,
    record: &Record,
) -> Result<(Engine, Option<Image>), Error> {
    let connect = Engine::connect(plan.endpoint.clone());
    let engine = record.time(Phase::Connect, connect).await?;
    // A flag that this Engine does not know is refused before a pull, not after it.
    plan.container.create_body(engine.api_version())?;
    let image = async {
        if plan.dry_run {
            return Ok(engine.image(&plan.container.image.typed).await?);
        }
        let ensure = pull::ensure(&engine, plan, login, credentials, notices, record);
        ensure.await.map(Some)
    };
    let image = record.time(Phase::Image, image).await?;
    Ok((engine, image))
}

/// The set itself while it is fresh and lives long enough; else one fetched now.
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
