//! The containers of a Compose project that expect a relay.

use std::collections::HashMap;

use secrecy::SecretString;

use super::variables::{self, InTheWay};
use super::warning::Warning;
use crate::cli::compose::ComposeDelivery;
use crate::engine::{Engine, EngineError, LABEL_PROJECT, LABEL_SERVICE, RunningContainer};
use crate::environment::behind_relay::RelayKey;
use crate::keyless::keys::IssuedSet;
use crate::live::endpoint::{PATH, random_token};
use crate::messages::error::Error;
use crate::vars;

/// A token that was given by hand may be short, but not so short that it can be guessed.
const SHORTEST_TOKEN: usize = 16;

/// A project whose services expect a relay on this port.
#[derive(Debug, Clone)]
pub(super) struct Project {
    pub(super) name: String,
    pub(super) delivery: ComposeDelivery,
    pub(super) port: u16,
}

/// What a container shows to the service behind its relay. It keeps its own: a later process serves
/// containers that an earlier one has left.
#[derive(Debug, Clone)]
pub(super) enum Key {
    /// `delivery: live`.
    Token(SecretString),
    /// `delivery: keyless`.
    Set(IssuedSet),
}

/// A container that expects a relay.
#[derive(Debug, Clone)]
pub(super) struct Dependent {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) service: String,
    pub(super) key: Key,
    /// Its loopback is that of the host, with every user of the machine on it.
    pub(super) on_host_network: bool,
    in_the_way: InTheWay,
}

impl Project {
    /// By which the Engine finds its containers.
    pub(super) fn label(&self) -> String {
        format!("{LABEL_PROJECT}={}", self.name)
    }

    /// A new key.
    ///
    /// # Errors
    /// The operating system has no randomness.
    pub(super) fn random_key(&self) -> Result<Key, Error> {
        Ok(match self.delivery {
            ComposeDelivery::Keyless => Key::Set(IssuedSet::random()?),
            ComposeDelivery::Live | ComposeDelivery::Env => Key::Token(random_token()?),
        })
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
        match engine.container(id).await {
            Ok(container) => Ok(self.read(container)),
            Err(error) if error.refused_with() == Some(404) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// All of them, and whether each runs.
    ///
    /// # Errors
    /// [`EngineError`].
    pub(super) async fn dependents(
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
        let is_ours = container.labels.get(LABEL_PROJECT) == Some(&self.name);
        let service = container.labels.get(LABEL_SERVICE).filter(|_| is_ours)?;
        let key = self.key_in(&container.env)?;
        Some(Dependent {
            service: service.clone(),
            in_the_way: variables::in_the_way(self.port, key.as_relay_key(), &container.env),
            key,
            on_host_network: container.on_host_network,
            id: container.id,
            name: container.name,
        })
    }

    fn key_in(&self, environment: &[String]) -> Option<Key> {
        let variables: HashMap<&str, &str> = environment
            .iter()
            .filter_map(|entry| entry.split_once('='))
            .collect();
        let value = |name: &str| variables.get(name).copied();
        let address = format!("http://127.0.0.1:{}", self.port);
        match self.delivery {
            ComposeDelivery::Env => None,
            ComposeDelivery::Live => {
                let url = value(vars::AWS_CONTAINER_CREDENTIALS_FULL_URI)?;
                let token = value(vars::AWS_CONTAINER_AUTHORIZATION_TOKEN)?;
                let expects = url == address + PATH && token.len() >= SHORTEST_TOKEN;
                expects.then(|| Key::Token(SecretString::from(token)))
            }
            ComposeDelivery::Keyless => {
                let set = IssuedSet::kept(
                    value(vars::AWS_ACCESS_KEY_ID)?,
                    value(vars::AWS_SECRET_ACCESS_KEY)?,
                    value(vars::AWS_SESSION_TOKEN)?,
                )?;
                (value(vars::AWS_ENDPOINT_URL)? == address).then_some(Key::Set(set))
            }
        }
    }
}

impl Key {
    pub(super) fn as_relay_key(&self) -> RelayKey<'_> {
        match self {
            Self::Token(token) => RelayKey::Token(token),
            Self::Set(set) => RelayKey::Set(set),
        }
    }
}

impl Dependent {
    /// What keeps its SDKs from what credrun gives.
    pub(super) fn warnings(&self) -> Vec<Warning> {
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
            name: "p".to_owned(),
            delivery,
            port: 21776,
        }
    }

    fn container(project_label: &str, env: &[&str]) -> RunningContainer {
        let labels = [(LABEL_PROJECT, project_label), (LABEL_SERVICE, "app")];
        RunningContainer {
            id: "c0ffee".to_owned(),
            name: "p-app-1".to_owned(),
            env: env.iter().map(|&entry| entry.to_owned()).collect(),
            labels: labels
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            on_host_network: false,
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
        let Ok(key) = project.random_key() else {
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
}
