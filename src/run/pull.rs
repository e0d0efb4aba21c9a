//! Making sure that the image is there.

use crate::cli;
use crate::container::PullPolicy;
use crate::container::reference::{Name, Reference};
use crate::credentials::Fetched;
use crate::engine::ecr::EcrRegistry;
use crate::engine::pull_progress::PullProgress;
use crate::engine::registry_auth::RegistryAuth;
use crate::engine::{Engine, EngineError, Image};
use crate::error::Error;
use crate::notices::Notices;
use crate::plan::RunPlan;
use crate::vars::Environment;

use super::record::{Phase, Record};

/// How credrun logs in to the image's registry, should it come to a pull.
#[derive(Debug)]
pub struct Login<'a> {
    plan: &'a RunPlan,
    environment: &'a Environment,
    ecr: Option<EcrRegistry>,
}

impl<'a> Login<'a> {
    /// Looks at the image's name only.
    #[must_use]
    pub fn of(plan: &'a RunPlan, environment: &'a Environment) -> Self {
        let ecr = match &plan.container.image.reference {
            Reference::Name(name) if plan.ecr_login => EcrRegistry::of_domain(&name.domain),
            _ => None,
        };
        Self {
            plan,
            environment,
            ecr,
        }
    }

    /// The login is made with the run's own credentials.
    #[must_use]
    pub fn is_ecr(&self) -> bool {
        self.ecr.is_some()
    }

    /// docker's own login for the registry comes first; ECR's is made where there is none.
    async fn auth(
        &self,
        name: &Name,
        credentials: Option<&Fetched>,
    ) -> Result<RegistryAuth, Error> {
        let auth = RegistryAuth::lookup(&name.domain, &self.plan.docker, self.environment).await?;
        match (&self.ecr, credentials) {
            (Some(ecr), Some(fetched)) if auth.is_anonymous() => {
                Ok(ecr.login(&fetched.credentials, self.environment).await?)
            }
            _ => Ok(auth),
        }
    }

    fn explain(&self, error: EngineError) -> Error {
        let image = &self.plan.container.image;
        let hint = match (&self.ecr, &error) {
            (Some(ecr), EngineError::Refused { source, .. }) => {
                ecr.hint_for_refused_pull(&source.message)
            }
            (None, EngineError::Refused { .. }) => {
                cli::mistyped_command(&image.typed).or_else(|| image.hint())
            }
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

/// The image, pulled where the policy says so.
pub async fn ensure(
    engine: &Engine,
    plan: &RunPlan,
    login: &Login<'_>,
    credentials: Option<&Fetched>,
    notices: Notices,
    record: &Record,
) -> Result<Image, Error> {
    let typed = plan.container.image.typed.as_str();
    let found = match plan.container.pull {
        PullPolicy::Always => None,
        _ => engine
            .image(typed)
            .await?
            .filter(|image| fits_platform(image, plan)),
    };
    match (found, &plan.container.image.reference) {
        (Some(image), _) => return Ok(image),
        // An ID names content, not a place where it could be pulled from.
        (None, Reference::Id(_)) => return Err(no_such_image(typed)),
        (None, _) if plan.container.pull == PullPolicy::Never => {
            return Err(no_such_image(typed));
        }
        (None, Reference::Name(name)) => {
            if plan.container.pull != PullPolicy::Always {
                notices.pulling(&name.familiar());
            }
            let pull = pull(engine, plan, login, name, credentials);
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
    plan: &RunPlan,
    login: &Login<'_>,
    name: &Name,
    credentials: Option<&Fetched>,
) -> Result<(), Error> {
    let auth = login.auth(name, credentials).await?;
    let mut progress = PullProgress::on_stderr(plan.container.quiet);
    let platform = plan.container.platform.as_deref();
    let repository = name.repository();
    let pull = engine.pull(
        &repository,
        name.version(),
        platform,
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
    pulled.map_err(|error| login.explain(error))
}

/// Whether the image is of the platform that was asked for. One of another counts as missing.
fn fits_platform(image: &Image, plan: &RunPlan) -> bool {
    let Some(platform) = &plan.container.platform else {
        return true;
    };
    let mut wanted = platform.split('/');
    let is = |wanted: Option<&str>, actual: &str| wanted.is_none_or(|wanted| wanted == actual);
    is(wanted.next(), &image.os)
        && is(wanted.next(), &image.architecture)
        && (image.variant.is_empty() || is(wanted.next(), &image.variant))
}
