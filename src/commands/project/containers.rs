//! Which containers are a project's, or a folder's dev container, and expect a relay.

use std::collections::HashMap;

use super::key::Key;
use super::network::Network;
use super::variables::{self, InTheWay};
use super::warning::Warning;
use crate::cli::compose::{ComposeDelivery, PROVIDER};
use crate::engine::{Engine, EngineError, LABEL_PROJECT, LABEL_SERVICE, RunningContainer};

/// The label that the Dev Containers CLI and VS Code put on a dev container. Its value is a path as
/// they see it, which on Windows is not the one that credrun sees in WSL.
const LABEL_DEV_CONTAINER: &str = "devcontainer.local_folder";
/// Compose 2 lists `SERVICE:CONDITION:RESTART` there, with commas between.
const LABEL_DEPENDS_ON: &str = "com.docker.compose.depends_on";
/// `True` on a container of `docker compose run`.
const LABEL_ONE_OFF: &str = "com.docker.compose.oneoff";

/// Whose containers are served.
#[derive(Debug, Clone)]
pub(in crate::commands) enum Whose {
    /// A Compose project's, by its name.
    Project(String),
    /// Dev containers that were given this key.
    DevContainer(Key),
}

/// Containers that expect a relay on this port.
#[derive(Debug, Clone)]
pub(in crate::commands) struct Project {
    pub(in crate::commands) whose: Whose,
    pub(in crate::commands) delivery: ComposeDelivery,
    pub(in crate::commands) port: u16,
}

/// A container that is to have something of credrun.
#[derive(Debug)]
pub(super) enum Found {
    Dependent(Dependent),
    /// It gets nothing.
    LeftOut(LeftOut),
}

/// A container that expects a relay.
#[derive(Debug, Clone)]
pub(in crate::commands) struct Dependent {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) service: String,
    pub(in crate::commands) key: Key,
    /// The one whose loopback it has.
    pub(super) network: Network,
    in_the_way: InTheWay,
}

/// A container that gets nothing.
#[derive(Debug)]
pub(in crate::commands) struct LeftOut {
    pub(super) id: String,
    pub(super) runs: bool,
    pub(in crate::commands) warning: Warning,
}

/// All of a project.
#[derive(Debug, Default)]
pub(in crate::commands) struct Containers {
    /// And whether each runs.
    pub(in crate::commands) dependents: Vec<(Dependent, bool)>,
    /// Those that run.
    pub(in crate::commands) left_out: Vec<LeftOut>,
    /// The IDs of those of which the Engine does not tell, and why.
    pub(super) untold: Vec<(String, EngineError)>,
}

impl Containers {
    /// # Errors
    /// There are some of which the Engine does not tell.
    pub(in crate::commands) fn all_told(mut self) -> Result<Self, EngineError> {
        match self.untold.pop() {
            Some((_, error)) => Err(error),
            None => Ok(self),
        }
    }
}

impl Project {
    /// By which the Engine finds its containers.
    pub(super) fn label(&self) -> String {
        match &self.whose {
            Whose::Project(name) => format!("{LABEL_PROJECT}={name}"),
            Whose::DevContainer(_) => LABEL_DEV_CONTAINER.to_owned(),
        }
    }

    /// Whether containers that do not run are waited for: Compose may start them without a call. The
    /// Dev Containers CLI calls first.
    pub(super) fn waits_for_stopped(&self) -> bool {
        matches!(self.whose, Whose::Project(_))
    }

    /// The container, if it is one of the project's that is to have something of credrun. `None` of one
    /// that is gone, too.
    ///
    /// # Errors
    /// [`EngineError`].
    pub(super) async fn found(
        &self,
        engine: &Engine,
        id: &str,
    ) -> Result<Option<Found>, EngineError> {
        let container = match engine.container(id).await {
            Ok(container) => container,
            Err(error) if error.refused_with() == Some(404) => return Ok(None),
            Err(error) => return Err(error),
        };
        let (id, runs) = (container.id.clone(), container.process.is_some());
        let left_out = |warning| Found::LeftOut(LeftOut { id, runs, warning });
        let Some((service, key)) = self.expected_by(&container) else {
            return Ok(self.lacked_by(engine, &container).await?.map(left_out));
        };
        let name = container.name.clone();
        Ok(Some(match engine.image(&container.image).await? {
            Some(image) if !key.is_in(&image.env) => {
                let network = Network::of(engine, &container).await?;
                Found::Dependent(self.dependent(container, service, key, network))
            }
            Some(_) => left_out(Warning::KeyOfImage { name }),
            None => left_out(Warning::NoImage { name }),
        }))
    }

    /// All of them. One whose network others have is before these.
    ///
    /// # Errors
    /// [`EngineError`].
    pub(in crate::commands) async fn containers(
        &self,
        engine: &Engine,
    ) -> Result<Containers, EngineError> {
        let mut all = Containers::default();
        for listed in engine.containers_with(self.label()).await? {
            match self.found(engine, &listed.id).await {
                Ok(Some(Found::Dependent(one))) => all.dependents.push((one, listed.is_active())),
                Ok(Some(Found::LeftOut(one))) if one.runs => all.left_out.push(one),
                Ok(_) => {}
                Err(error) if error.is_of_one_request() => all.untold.push((listed.id, error)),
                Err(error) => return Err(error),
            }
        }
        all.dependents
            .sort_by_key(|(one, _)| !one.network.is_of(&one.id));
        Ok(all)
    }

    /// Its service and its key, if it is one of the project's and expects a relay.
    fn expected_by(&self, container: &RunningContainer) -> Option<(String, Key)> {
        let key = Key::read(self.delivery, self.port, &container.env)?;
        let labels = &container.labels;
        let service = match &self.whose {
            Whose::Project(_) => self.service(labels)?.to_owned(),
            Whose::DevContainer(given) => {
                let is_one = labels.contains_key(LABEL_DEV_CONTAINER) && key.is(given);
                is_one.then(String::new)?
            }
        };
        Some((service, key))
    }

    fn dependent(
        &self,
        container: RunningContainer,
        service: String,
        key: Key,
        network: Network,
    ) -> Dependent {
        Dependent {
            in_the_way: variables::in_the_way(self.port, key.as_relay_key(), &container.env),
            id: container.id,
            name: container.name,
            service,
            key,
            network,
        }
    }

    /// What is to be said of a container of the project that does not expect this relay, if it was to have
    /// credentials: Compose does not create each container anew, and it tells the provider nothing of it.
    async fn lacked_by(
        &self,
        engine: &Engine,
        container: &RunningContainer,
    ) -> Result<Option<Warning>, EngineError> {
        let Some(service) = self.service(&container.labels) else {
            return Ok(None);
        };
        let name = container.name.clone();
        if depends_on_provider(&container.labels) {
            let is_of_run = container.labels.get(LABEL_ONE_OFF).map(String::as_str) == Some("True");
            return Ok(Some(match is_of_run {
                true => Warning::OfRun { name },
                false => Warning::OtherVariables {
                    name,
                    service: service.to_owned(),
                },
            }));
        }
        // Those of `credrun compose-env` depend on no provider.
        let Some(key) = Key::of_any(&container.env) else {
            return Ok(None);
        };
        let image = engine.image(&container.image).await?;
        let is_given = image.is_some_and(|image| !key.is_in(&image.env));
        Ok(is_given.then(|| Warning::OtherVariables {
            name,
            service: service.to_owned(),
        }))
    }

    /// The service of the project that the container is of.
    fn service<'a>(&self, labels: &'a HashMap<String, String>) -> Option<&'a str> {
        let Whose::Project(name) = &self.whose else {
            return None;
        };
        let is_ours = labels.get(LABEL_PROJECT) == Some(name);
        let service = labels.get(LABEL_SERVICE).filter(|_| is_ours)?;
        Some(service)
    }
}

fn depends_on_provider(labels: &HashMap<String, String>) -> bool {
    let listed = labels.get(LABEL_DEPENDS_ON).map_or("", String::as_str);
    let mut services = listed.split(',').filter_map(|one| one.split(':').next());
    services.any(|service| service == PROVIDER)
}

impl Dependent {
    /// What keeps its SDKs from what credrun gives.
    pub(in crate::commands) fn warnings(&self) -> Vec<Warning> {
        let InTheWay { names, proxy } = &self.in_the_way;
        let (name, variables) = (self.name.clone(), names.clone());
        let own = (!names.is_empty()).then_some(Warning::OwnVariables { name, variables });
        let name = self.name.clone();
        own.into_iter()
            .chain(proxy.then_some(Warning::Proxy { name }))
            .collect()
    }
}

#[cfg(test)]
mod tests;
