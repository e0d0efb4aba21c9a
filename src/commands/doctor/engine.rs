//! Which Engine a run would use, and whether it has the image or could pull it.

use serde::Serialize;

use super::credentials::Held;
use crate::cli::engine::EngineArgs;
use crate::commands::server::Server;
use crate::container::grammar::reference::{self, Name, Reference};
use crate::engine::reach::config_file::DockerConfig;
use crate::engine::reach::{context, local_sockets};
use crate::engine::registry::auth::RegistryAuth;
use crate::engine::registry::ecr::EcrRegistry;
use crate::engine::{Endpoint, Engine};
use crate::files;
use crate::messages::error::{Error, Failure};
use crate::plan::EnginePlan;
use crate::relay::image::{NoRelay, has_relay};
use crate::vars::Environment;
use crate::waits::Waits;

/// What was found out about the Engine.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct EngineFindings {
    pub(super) address: Option<String>,
    /// The flag, variable, context or default that chose it.
    pub(super) chosen_by: Option<String>,
    /// Why it cannot be chosen, or why it does not respond.
    pub(super) problem: Option<Failure>,
    pub(super) server: Option<FoundServer>,
    pub(super) config: Option<Config>,
    /// Where no Engine answers: those of this machine that no context points to.
    pub(super) others: Vec<Other>,
    /// The image of the command line.
    pub(super) image: Option<FoundImage>,
}

/// The socket of a program that offers an Engine.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Other {
    /// The program: `Colima`.
    pub(super) name: &'static str,
    pub(super) address: String,
}

/// An Engine that responds.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct FoundServer {
    #[serde(flatten)]
    pub(super) server: Server,
    /// Why `--live` and `--keyless` would not work.
    pub(super) live_problem: Option<Failure>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Config {
    pub(super) file: Option<String>,
    /// Whether there is any trace of `docker login`.
    pub(super) has_logins: bool,
    /// Anything unusual about it, or about the connection to it.
    pub(super) warnings: Vec<String>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct FoundImage {
    pub(super) name: String,
    /// Its ID; null if the Engine does not have the image.
    pub(super) id: Option<String>,
    pub(super) platform: Option<String>,
    /// How a pull would log in.
    pub(super) login: Option<Login>,
    /// Why there is no image to run and none can be pulled.
    pub(super) problem: Option<Failure>,
}

#[derive(Debug, Serialize)]
#[serde(tag = "By", rename_all_fields = "PascalCase")]
pub(super) enum Login {
    Anonymous {
        registry: String,
    },
    Docker {
        registry: String,
    },
    /// Amazon ECR, with the run's credentials. The login was tested.
    Ecr {
        registry: String,
    },
}

impl EngineFindings {
    pub(super) fn works(&self) -> bool {
        let image_works = |image: &FoundImage| image.problem.is_none();
        self.server.is_some() && self.image.as_ref().is_none_or(image_works)
    }
}

/// Connects to the Engine and asks it about itself and `image`.
pub(super) async fn examine(
    args: &EngineArgs,
    image: Option<&str>,
    set: Option<&Held>,
    environment: &Environment,
    waits: &Waits,
) -> EngineFindings {
    let mut found = EngineFindings::default();
    let resolve = {
        let (args, environment) = (args.clone(), environment.clone());
        files::off_thread(move || EnginePlan::resolve(&args, &environment))
    };
    let EnginePlan {
        endpoint,
        docker,
        mut warnings,
    } = match resolve.await {
        Ok(plan) => plan,
        Err(error) => {
            found.problem = Some(Failure::from(&error));
            return found;
        }
    };
    found.address = Some(endpoint.address.clone());
    found.chosen_by = Some(endpoint.chosen_by.clone());
    warnings.extend(endpoint.exposure().map(|exposure| exposure.to_string()));
    found.config = Some(config(&docker, warnings));
    let engine = match connect(endpoint, waits).await {
        Ok((engine, server)) => {
            found.server = Some(server);
            Some(engine)
        }
        Err(error) => {
            found.problem = Some(Failure::from(&error));
            found.others = others(found.address.as_deref(), &docker, environment);
            None
        }
    };
    if let (Some(engine), Some(name)) = (engine, image) {
        let mut image = FoundImage {
            name: name.to_owned(),
            ..FoundImage::default()
        };
        let looked_at = image.look(&engine, &docker, set, environment).await;
        image.problem = looked_at.err().map(|error| Failure::from(&error));
        found.image = Some(image);
    }
    found
}

/// The sockets that are there and that neither the choice nor a context names.
fn others(chosen: Option<&str>, docker: &DockerConfig, environment: &Environment) -> Vec<Other> {
    let directory = docker.directory.as_deref();
    let mut named = directory.map(context::hosts).unwrap_or_default();
    named.extend(chosen.map(str::to_owned));
    local_sockets::present(environment)
        .into_iter()
        .map(|socket| Other {
            name: socket.name,
            address: format!("unix://{}", socket.path.display()),
        })
        .filter(|other| !named.contains(&other.address))
        .collect()
}

async fn connect(endpoint: Endpoint, waits: &Waits) -> Result<(Engine, FoundServer), Error> {
    let engine = Engine::connect_telling(endpoint, waits).await?;
    let server = Server::of(&engine).await?;
    let live = has_relay(&server.architecture);
    let told = |error: NoRelay| Failure::from(&Error::from(error));
    let live_problem = live.err().map(told);
    Ok((
        engine,
        FoundServer {
            server,
            live_problem,
        },
    ))
}

fn config(docker: &DockerConfig, warnings: Vec<String>) -> Config {
    let file = docker
        .directory
        .as_ref()
        .map(|path| path.join("config.json"));
    Config {
        file: file
            .filter(|file| file.exists())
            .map(|file| file.display().to_string()),
        has_logins: docker.has_logins(),
        warnings,
    }
}

impl FoundImage {
    /// Looks for the image. If it is missing, looks for a login to its registry.
    async fn look(
        &mut self,
        engine: &Engine,
        docker: &DockerConfig,
        set: Option<&Held>,
        environment: &Environment,
    ) -> Result<(), Error> {
        let reference = reference::parse(&self.name)?.reference;
        if let Some(image) = engine.image(&self.name).await? {
            self.id = Some(image.id);
            self.platform = Some(format!("{}/{}", image.os, image.architecture));
            return Ok(());
        }
        match reference {
            Reference::Id(_) => Err(Error::NoSuchImage {
                image: self.name.clone(),
                pulled: false,
            }),
            Reference::Name(name) => {
                self.login = Some(login(&name, docker, set, environment).await?);
                Ok(())
            }
        }
    }
}

async fn login(
    name: &Name,
    docker: &DockerConfig,
    set: Option<&Held>,
    environment: &Environment,
) -> Result<Login, Error> {
    let registry = name.domain.clone();
    let auth = RegistryAuth::lookup(&registry, docker, environment).await?;
    if !auth.is_anonymous() {
        return Ok(Login::Docker { registry });
    }
    match (EcrRegistry::of_domain(&registry), set) {
        (Some(ecr), Some(Held { set, http })) => {
            ecr.login(&set.credentials, http, environment).await?;
            Ok(Login::Ecr { registry })
        }
        _ => Ok(Login::Anonymous { registry }),
    }
}
