//! The containers of a Compose project that expect the endpoint.

use std::collections::HashMap;

use secrecy::SecretString;

use crate::engine::{Engine, EngineError, LABEL_PROJECT, LABEL_SERVICE, RunningContainer};
use crate::live::endpoint::PATH;
use crate::vars;

/// A token that was given by hand may be short, but not so short that it can be guessed.
const SHORTEST_TOKEN: usize = 16;

/// A project whose services expect the endpoint on this port.
#[derive(Debug, Clone)]
pub(super) struct Project {
    pub(super) name: String,
    pub(super) port: u16,
}

/// A container that expects the endpoint.
#[derive(Debug, Clone)]
pub(super) struct Dependent {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) service: String,
    /// What it will show.
    pub(super) token: SecretString,
    /// Its loopback is that of the host, with every user of the machine on it.
    pub(super) on_host_network: bool,
}

impl Project {
    /// By which the Engine finds its containers.
    pub(super) fn label(&self) -> String {
        format!("{LABEL_PROJECT}={}", self.name)
    }

    /// The container, if it expects the endpoint. `None` of one that is gone, too.
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
        let variables: HashMap<&str, &str> = container
            .env
            .iter()
            .filter_map(|entry| entry.split_once('='))
            .collect();
        let url = format!("http://127.0.0.1:{}{PATH}", self.port);
        let expects = variables.get(vars::AWS_CONTAINER_CREDENTIALS_FULL_URI)?;
        let token = variables.get(vars::AWS_CONTAINER_AUTHORIZATION_TOKEN)?;
        (*expects == url && token.len() >= SHORTEST_TOKEN).then(|| Dependent {
            service: service.clone(),
            token: SecretString::from(*token),
            on_host_network: container.on_host_network,
            id: container.id,
            name: container.name,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_expects_the_endpoint_by_its_project_address_and_token() {
        let project = Project {
            name: "p".to_owned(),
            port: 21776,
        };
        let read = |project_label: &str, url: &str, token: &str| {
            let labels = [(LABEL_PROJECT, project_label), (LABEL_SERVICE, "app")];
            project.read(RunningContainer {
                id: "c0ffee".to_owned(),
                name: "p-app-1".to_owned(),
                env: vec![
                    format!("AWS_CONTAINER_CREDENTIALS_FULL_URI={url}"),
                    format!("AWS_CONTAINER_AUTHORIZATION_TOKEN={token}"),
                ],
                labels: labels
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .into(),
                on_host_network: false,
            })
        };
        let (url, token) = ("http://127.0.0.1:21776/credentials", "0123456789abcdef");
        let found = read("p", url, token).expect("a dependent");
        assert_eq!(
            (found.service.as_str(), found.name.as_str()),
            ("app", "p-app-1")
        );
        assert!(read("q", url, token).is_none());
        assert!(read("p", "http://127.0.0.1:21777/credentials", token).is_none());
        assert!(read("p", "http://127.0.0.1:21776/other", token).is_none());
        assert!(read("p", url, "short").is_none());
    }
}
