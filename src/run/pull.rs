//! Makes sure that an image is there.

use super::record::{Phase, Record};
use crate::container::PullPolicy;
use crate::container::grammar::reference::{self, Name, Reference};
use crate::credentials::{Fetched, HttpClient};
use crate::engine::pull_progress::PullProgress;
use crate::engine::registry::auth::RegistryAuth;
use crate::engine::registry::ecr::EcrRegistry;
use crate::engine::{Engine, EngineError, Image};
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::plan::RunPlan;
use crate::terminal;
use crate::vars::Environment;

/// An image that a run needs, and how to log in to its registry if it must be pulled.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    image: &'a reference::Image,
    /// The flag that named it, unless it is IMAGE itself.
    flag: Option<&'static str>,
    policy: PullPolicy,
    platform: Option<&'a str>,
    plan: &'a RunPlan,
    environment: &'a Environment,
    http: &'a HttpClient,
    ecr: Option<EcrRegistry>,
}

impl<'a> Wanted<'a> {
    #[must_use]
    pub(super) fn target(
        plan: &'a RunPlan,
        environment: &'a Environment,
        http: &'a HttpClient,
    ) -> Self {
        let container = &plan.container;
        Self {
            policy: container.pull,
            platform: container.platform.as_deref(),
            ..Self::of(&container.image, plan, environment, http)
        }
    }

    /// `--relay-image`. A pull policy of `always` applies to the container's image only.
    #[must_use]
    pub(super) fn relay(
        plan: &'a RunPlan,
        environment: &'a Environment,
        http: &'a HttpClient,
    ) -> Option<Self> {
        let image = plan.delivery.relay_image()?;
        Some(Self {
            flag: Some("--relay-image"),
            policy: match plan.container.pull {
                PullPolicy::Never => PullPolicy::Never,
                PullPolicy::Missing | PullPolicy::Always => PullPolicy::Missing,
            },
            ..Self::of(image, plan, environment, http)
        })
    }

    fn of(
        image: &'a reference::Image,
        plan: &'a RunPlan,
        environment: &'a Environment,
        http: &'a HttpClient,
    ) -> Self {
        let ecr = match &image.reference {
            Reference::Name(name) if plan.ecr_login => EcrRegistry::of_domain(&name.domain),
            _ => None,
        };
        Self {
            image,
            flag: None,
            policy: PullPolicy::Missing,
            platform: None,
            plan,
            environment,
            http,
            ecr,
        }
    }

    /// Whether the login uses the run's own credentials.
    #[must_use]
    pub(super) fn is_at_ecr(&self) -> bool {
        self.ecr.is_some()
    }

    /// docker's own login for the registry comes first; without one, credrun makes one for ECR.
    async fn auth(
        &self,
        name: &Name,
        credentials: Option<&Fetched>,
    ) -> Result<RegistryAuth, Error> {
        let registry = &name.domain;
        let auth = RegistryAuth::lookup(registry, &self.plan.docker, self.environment).await?;
        match (&self.ecr, credentials) {
            (Some(ecr), Some(fetched)) if auth.is_anonymous() => {
                tracing::debug!(%registry, "no docker login; logging in to ECR");
                let login = ecr.login(&fetched.credentials, self.http, self.environment);
                Ok(login.await?)
            }
            _ => {
                tracing::debug!(%registry, anonymous = auth.is_anonymous(), "docker login");
                Ok(auth)
            }
        }
    }

    fn explain(&self, error: EngineError) -> Error {
        let hint = match (&self.ecr, &error) {
            (Some(ecr), EngineError::Refused { source, .. }) => {
                ecr.hint_for_refused_pull(&source.message)
            }
            (None, EngineError::Refused { .. }) => self.image.hint(),
            _ => None,
        };
        match hint {
            Some(hint) => Error::Pull {
                source: error,
                hint,
            },
            None => error.into(),
        }
    }
}

/// The image, pulled if the policy says so.
///
/// # Errors
/// [`Error`], naming the flag by which the image was asked for.
pub(super) async fn ensure(
    engine: &Engine,
    wanted: &Wanted<'_>,
    credentials: Option<&Fetched>,
    notices: Notices,
    record: &Record,
) -> Result<Image, Error> {
    let image = look_or_pull(engine, wanted, credentials, notices, record).await;
    image.map_err(|error| match wanted.flag {
        Some(flag) => Error::ImageOf {
            flag,
            source: Box::new(error),
        },
        None => error,
    })
}

async fn look_or_pull(
    engine: &Engine,
    wanted: &Wanted<'_>,
    credentials: Option<&Fetched>,
    notices: Notices,
    record: &Record,
) -> Result<Image, Error> {
    let typed = wanted.image.typed.as_str();
    let found = match wanted.policy {
        PullPolicy::Always => None,
        _ => engine
            .image(typed)
            .await?
            .filter(|image| fits_platform(image, wanted.platform)),
    };
    match (found, &wanted.image.reference) {
        (Some(image), _) => return Ok(image),
        // An ID names content, not a place to pull from.
        (None, Reference::Id(_)) => return Err(no_such_image(typed)),
        (None, _) if wanted.policy == PullPolicy::Never => {
            return Err(no_such_image(typed));
        }
        (None, Reference::Name(name)) => {
            if wanted.policy != PullPolicy::Always {
                notices.pulling(&name.familiar());
            }
            let pull = pull(engine, wanted, name, credentials);
            record.time(Phase::Pull, pull).await?;
        }
    }
    engine
        .image(typed)
        .await?
        .ok_or_else(|| Error::NoSuchImage {
            image: typed.to_owned(),
            pulled: true,
        })
}

fn no_such_image(typed: &str) -> Error {
    Error::NoSuchImage {
        image: typed.to_owned(),
        pulled: false,
    }
}

async fn pull(
    engine: &Engine,
    wanted: &Wanted<'_>,
    name: &Name,
    credentials: Option<&Fetched>,
) -> Result<(), Error> {
    let auth = wanted.auth(name, credentials).await?;
    let mut progress = match wanted.plan.container.quiet {
        true => PullProgress::none(),
        false => PullProgress::on_stderr(!terminal::is_dumb(wanted.environment)),
    };
    let repository = name.repository();
    let pull = engine.pull(
        &repository,
        name.version(),
        wanted.platform,
        auth.header_value(),
        |message| {
            progress.on(message);
        },
    );
    let pulled = tokio::select! {
        pulled = pull => pulled,
        error = engine.silent() => Err(error),
    };
    progress.finish();
    pulled.map_err(|error| wanted.explain(error))
}

/// Whether the image is of the requested platform. An image of another platform counts as missing.
fn fits_platform(image: &Image, platform: Option<&str>) -> bool {
    let Some(platform) = platform else {
        return true;
    };
    let mut wanted = platform.split('/');
    let is = |wanted: Option<&str>, actual: &str| wanted.is_none_or(|wanted| wanted == actual);
    is(wanted.next(), &image.os)
        && is(wanted.next(), &image.architecture)
        && (image.variant.is_empty() || is(wanted.next(), &image.variant))
}
