//! Which containers are a project's, or a folder's dev container, and expect a relay.

use std::collections::HashMap;

use super::key::Key;
use super::variables::{self, InTheWay};
use super::warning::Warning;
use crate::cli::compose::ComposeDelivery;
use crate::engine::{Engine, EngineError, LABEL_PROJECT, LABEL_SERVICE, RunningContainer};
use crate::messages::notices::Notices;

/// So many containers may have each the loopback of the next.
const MOST_SHARED: usize = 8;

/// The label that the Dev Containers CLI and VS Code put on a dev container. Its value is a path as
/// they see it, which on Windows is not the one that credrun sees in WSL.
const LABEL_DEV_CONTAINER: &str = "devcontainer.local_folder";

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

/// A container that expects a relay.
#[derive(Debug, Clone)]
pub(in crate::commands) struct Dependent {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) service: String,
    pub(in crate::commands) key: Key,
    /// Its loopback is that of the host, with every user of the machine on it.
    pub(super) on_host_network: bool,
    in_the_way: InTheWay,
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

    /// The container, if it expects a relay. `None` of one that is gone, too.
    ///
    /// # Errors
    /// [`EngineError`].
    pub(super) async fn dependent(
        &self,
        engine: &Engine,
        id: &str,
    ) -> Result<Option<Dependent>, EngineError> {
        let container = match engine.container(id).await {
            Ok(container) => container,
            Err(error) if error.refused_with() == Some(404) => return Ok(None),
            Err(error) => return Err(error),
        };
        let image = container.image.clone();
        let runs = container.process.is_some();
        let shares_network_of = container.shares_network_of.clone();
        let Some(mut dependent) = self.read(container) else {
            return Ok(None);
        };
        if let Some(other) = shares_network_of {
            dependent.on_host_network = is_on_host_network(engine, other).await?;
        }
        let name = dependent.name.clone();
        let warning = match engine.image(&image).await? {
            Some(image) if !dependent.key.is_in(&image.env) => return Ok(Some(dependent)),
            Some(_) => Warning::KeyOfImage { name },
            None => Warning::NoImage { name },
        };
        if runs {
            Notices::new(false).warning(warning);
        }
        Ok(None)
    }

    /// All of them, and whether each runs.
    ///
    /// # Errors
    /// [`EngineError`].
    pub(in crate::commands) async fn dependents(
        &self,
        engine: &Engine,
    ) -> Result<Vec<(Dependent, bool)>, EngineError> {
        let mut found = Vec::new();
        for listed in engine.containers_with(self.label()).await? {
            if let Some(dependent) = self.dependent(engine, &listed.id).await? {
                found.push((dependent, listed.is_active()));
            }
        }
        Ok(found)
    }

    fn read(&self, container: RunningContainer) -> Option<Dependent> {
        let key = Key::read(self.delivery, self.port, &container.env)?;
        Some(Dependent {
            service: self.service(&container.labels, &key)?,
            in_the_way: variables::in_the_way(self.port, key.as_relay_key(), &container.env),
            key,
            on_host_network: container.on_host_network,
            id: container.id,
            name: container.name,
        })
    }

    /// The service that the container is of; `None` of somebody else's container.
    fn service(&self, labels: &HashMap<String, String>, key: &Key) -> Option<String> {
        match &self.whose {
            Whose::Project(name) => {
                let is_ours = labels.get(LABEL_PROJECT) == Some(name);
                labels.get(LABEL_SERVICE).filter(|_| is_ours).cloned()
            }
            Whose::DevContainer(given) => {
                let is_one = labels.contains_key(LABEL_DEV_CONTAINER);
                (is_one && key.is(given)).then(String::new)
            }
        }
    }
}

/// Whether the container's loopback is that of the host, maybe through further ones.
async fn is_on_host_network(engine: &Engine, mut id: String) -> Result<bool, EngineError> {
    for _ in 0..MOST_SHARED {
        let container = match engine.container(&id).await {
            Ok(container) => container,
            // The container cannot be started either.
            Err(error) if error.refused_with() == Some(404) => return Ok(false),
            Err(error) => return Err(error),
        };
        match container.shares_network_of {
            Some(other) => id = other,
            None => return Ok(container.on_host_network),
        }
    }
    // Not known, so no credentials.
    Ok(true)
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
mod tests {
    use super::*;

    fn project(delivery: ComposeDelivery) -> Project {
        Project {
            whose: Whose::Project("p".to_owned()),
            delivery,
            port: 21776,
        }
    }

    fn container(project_label: &str, env: &[&str]) -> RunningContainer {
        let labels = [(LABEL_PROJECT, project_label), (LABEL_SERVICE, "app")];
        RunningContainer {
            id: "c0ffee".to_owned(),
            image: "sha256:c0ffee".to_owned(),
            name: "p-app-1".to_owned(),
            env: env.iter().map(|&entry| entry.to_owned()).collect(),
            labels: labels
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            on_host_network: false,
            shares_network_of: None,
            process: None,
        }
    }

    #[test]
    fn a_container_expects_the_endpoint_by_its_project_address_and_token() {
        let project = project(ComposeDelivery::Live);
        let read = |label: &str, url: &str, token: &str| {
            project.read(container(
                label,
                &[
                    &format!("AWS_CONTAINER_CREDENTIALS_FULL_URI={url}"),
                    &format!("AWS_CONTAINER_AUTHORIZATION_TOKEN={token}"),
                    "AWS_PROFILE=dev",
                ],
            ))
        };
        let (url, token) = ("http://127.0.0.1:21776/credentials", "0123456789abcdef");
        let found = read("p", url, token).expect("a dependent");
        assert_eq!(
            (found.service.as_str(), found.name.as_str()),
            ("app", "p-app-1")
        );
        assert_eq!(
            found.warnings(),
            [Warning::OwnVariables {
                name: "p-app-1".to_owned(),
                variables: vec!["AWS_PROFILE".to_owned()],
            }]
        );
        assert!(read("q", url, token).is_none());
        assert!(read("p", "http://127.0.0.1:21777/credentials", token).is_none());
        assert!(read("p", "http://127.0.0.1:21776/other", token).is_none());
        assert!(read("p", url, "short").is_none());
    }

    #[test]
    fn a_container_expects_the_proxy_by_its_address_and_a_set_of_credruns() {
        let project = project(ComposeDelivery::Keyless);
        let Ok(key) = Key::random(ComposeDelivery::Keyless) else {
            panic!("no key");
        };
        let entries = variables::behind_relay(21776, key.as_relay_key(), Some("eu-west-1"));
        let entries: Vec<String> = entries.iter().map(ToString::to_string).collect();
        let read = |entries: &[String]| {
            let entries: Vec<_> = entries.iter().map(String::as_str).collect();
            project.read(container("p", &entries))
        };
        let found = read(&entries).expect("a dependent");
        assert!(found.warnings().is_empty());
        let (Key::Set(made), Key::Set(kept)) = (key, found.key) else {
            panic!("no set");
        };
        assert_eq!(made.access_key_id, kept.access_key_id);
        for name in [
            "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE",
            "AWS_SESSION_TOKEN=real",
            "AWS_ENDPOINT_URL=http://127.0.0.1:21777",
        ] {
            assert!(read(&[&entries[..], &[name.to_owned()]].concat()).is_none());
        }
    }

    #[test]
    fn a_dev_container_is_known_by_its_label_and_the_key_that_it_was_given() {
        for delivery in [ComposeDelivery::Live, ComposeDelivery::Keyless] {
            let (Ok(key), Ok(other)) = (Key::random(delivery), Key::random(delivery)) else {
                panic!("no key");
            };
            let given = |key: &Key| {
                let entries = variables::behind_relay(21776, key.as_relay_key(), None);
                let env: Vec<String> = entries.iter().map(ToString::to_string).collect();
                let mut container = container("p", &[]);
                container.env = env;
                container
            };
            let project = Project {
                whose: Whose::DevContainer(key.clone()),
                ..project(delivery)
            };
            let dev_container = |mut container: RunningContainer| {
                let label = (LABEL_DEV_CONTAINER.to_owned(), "/anywhere".to_owned());
                container.labels.extend([label]);
                container
            };
            assert!(project.read(given(&key)).is_none());
            assert!(project.read(dev_container(given(&key))).is_some());
            assert!(project.read(dev_container(given(&other))).is_none());
        }
    }
}
