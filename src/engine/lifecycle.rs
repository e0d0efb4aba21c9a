//! The steps of a container's life that take one request each.

use std::time::Duration;

use bollard::models::ContainerState;
use bollard::query_parameters::{
    InspectContainerOptions, KillContainerOptionsBuilder, RemoveContainerOptionsBuilder,
    ResizeContainerTTYOptionsBuilder, StartContainerOptions, StopContainerOptionsBuilder,
};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Method, Request};
use http_body_util::BodyExt as _;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::action::Action;
use super::transport::{body, refusal};
use super::{Engine, EngineError, within};
use crate::secret_json;
use crate::terminal::WindowSize;

/// A container that exists.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Created {
    /// Its 64-digit ID.
    pub id: String,
    /// The Engine's warnings about the request, a sentence each.
    #[serde(default)]
    pub warnings: Option<Vec<String>>,
}

impl Engine {
    /// Creates a container.
    ///
    /// This request does not use bollard, which logs every body: this one holds the credentials. It
    /// must not be cancelled, because that may leave a container that credrun does not know of.
    ///
    /// # Errors
    /// [`EngineError::Refused`] with 404 if the image is missing, 409 if the name is taken.
    pub async fn create(
        &self,
        name: Option<&str>,
        platform: Option<&str>,
        container: &impl Serialize,
    ) -> Result<Created, EngineError> {
        let query: Vec<(&str, &str)> = [("name", name), ("platform", platform)]
            .into_iter()
            .filter_map(|(key, value)| Some((key, value?)))
            .collect();
        let path = path_with_query("/containers/create", &query);
        self.create_with_secrets(Action::CreateContainer, &path, container)
            .await
    }

    /// Sends a body that holds credentials, and reads the answer. The JSON is wiped; its source is
    /// not, nor are the connection's copies.
    pub(super) async fn create_with_secrets<T: DeserializeOwned>(
        &self,
        action: Action,
        path: &str,
        body_with_secrets: &impl Serialize,
    ) -> Result<T, EngineError> {
        let invalid = |source: serde_json::Error| EngineError::invalid_request(source.into());
        let secret = secret_json::to_vec(body_with_secrets).map_err(invalid)?;
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(CONTENT_TYPE, "application/json")
            .body(body(Bytes::from_owner(secret)))
            .map_err(|source| EngineError::invalid_request(source.into()))?;

        within(self.limits().create_or_start, action, async {
            let response = self.transport.send(request).await?;
            if !response.status().is_success() {
                return Err(EngineError::Refused {
                    action,
                    source: refusal(response).await,
                });
            }
            let bytes = response
                .into_body()
                .collect()
                .await
                .map_err(EngineError::lost)?
                .to_bytes();
            serde_json::from_slice(&bytes).map_err(|source| EngineError::Nonsense {
                action,
                source: source.into(),
            })
        })
        .await
    }

    /// Starts a created container.
    ///
    /// # Errors
    /// [`EngineError`]; its [`status`](EngineError::status) identifies a missing command.
    pub async fn start(&self, id: &str) -> Result<(), EngineError> {
        within(
            self.limits().create_or_start,
            Action::StartContainer,
            async {
                self.docker
                    .start_container(id, None::<StartContainerOptions>)
                    .await
                    .map_err(|error| EngineError::from_bollard(Action::StartContainer, error))
            },
        )
        .await
    }

    /// Sends a signal, by name (`TERM`) or number.
    ///
    /// # Errors
    /// [`EngineError`], also if the container does not run.
    pub async fn kill(&self, id: &str, signal: &str) -> Result<(), EngineError> {
        let options = KillContainerOptionsBuilder::new().signal(signal).build();
        within(self.limits().short_step, Action::Signal, async {
            self.docker
                .kill_container(id, Some(options))
                .await
                .map_err(|error| EngineError::from_bollard(Action::Signal, error))
        })
        .await
    }

    /// Stops a container: its stop signal, and SIGKILL after `grace`. A container that is gone
    /// counts as stopped.
    ///
    /// # Errors
    /// [`EngineError`].
    pub async fn stop(&self, id: &str, grace: Duration) -> Result<(), EngineError> {
        let seconds = i32::try_from(grace.as_secs()).unwrap_or(i32::MAX);
        let options = StopContainerOptionsBuilder::new().t(seconds).build();
        let stopped = within(
            self.limits().short_step + grace,
            Action::StopContainer,
            async {
                self.docker
                    .stop_container(id, Some(options))
                    .await
                    .map_err(|error| EngineError::from_bollard(Action::StopContainer, error))
            },
        )
        .await;
        match stopped {
            Err(error) if error.refused_with() == Some(404) => Ok(()),
            other => other,
        }
    }

    /// Sets the size of the container's terminal.
    ///
    /// # Errors
    /// [`EngineError`]; 409 if its process has not begun, or has ended.
    pub async fn resize(&self, id: &str, size: WindowSize) -> Result<(), EngineError> {
        let options = ResizeContainerTTYOptionsBuilder::new()
            .h(i32::from(size.rows))
            .w(i32::from(size.columns))
            .build();
        within(self.limits().short_step, Action::ResizeContainer, async {
            self.docker
                .resize_container_tty(id, options)
                .await
                .map_err(|error| EngineError::from_bollard(Action::ResizeContainer, error))
        })
        .await
    }

    /// Whether a container runs, or will run again by itself. False for a container that is gone.
    ///
    /// # Errors
    /// [`EngineError`].
    pub async fn is_active(&self, id: &str) -> Result<bool, EngineError> {
        let state = self.state(id).await?;
        Ok(state.is_some_and(|state| {
            [state.running, state.restarting, state.paused].contains(&Some(true))
        }))
    }

    /// Whether the container exists, in whatever state.
    ///
    /// # Errors
    /// [`EngineError`].
    pub async fn exists(&self, id: &str) -> Result<bool, EngineError> {
        Ok(self.state(id).await?.is_some())
    }

    /// Why the Engine failed to start a container, if it did and the container still exists.
    ///
    /// # Errors
    /// [`EngineError`].
    pub async fn start_failure(&self, id: &str) -> Result<Option<String>, EngineError> {
        let error = self.state(id).await?.and_then(|state| state.error);
        Ok(error.filter(|error| !error.is_empty()))
    }

    /// None if the container does not exist.
    async fn state(&self, id: &str) -> Result<Option<ContainerState>, EngineError> {
        let inspected = within(self.limits().short_step, Action::InspectContainer, async {
            self.docker
                .inspect_container(id, None::<InspectContainerOptions>)
                .await
                .map_err(|error| EngineError::from_bollard(Action::InspectContainer, error))
        })
        .await;
        match inspected {
            Ok(container) => Ok(container.state),
            Err(error) if error.refused_with() == Some(404) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Kills and removes a container with its anonymous volumes. A container that is gone, or is
    /// being removed, counts as removed.
    ///
    /// # Errors
    /// [`EngineError`].
    pub async fn remove(&self, id: &str) -> Result<(), EngineError> {
        let options = RemoveContainerOptionsBuilder::new()
            .force(true)
            .v(true)
            .build();
        let removed = within(self.limits().short_step, Action::RemoveContainer, async {
            self.docker
                .remove_container(id, Some(options))
                .await
                .map_err(|error| EngineError::from_bollard(Action::RemoveContainer, error))
        })
        .await;
        match removed {
            Err(error) if matches!(error.refused_with(), Some(404 | 409)) => Ok(()),
            other => other,
        }
    }
}

/// A path with a query, each value percent-encoded.
pub(super) fn path_with_query(path: &str, query: &[(&str, &str)]) -> String {
    let mut text = path.to_owned();
    for (index, (key, value)) in query.iter().enumerate() {
        text.push(if index == 0 { '?' } else { '&' });
        text.push_str(key);
        text.push('=');
        text.push_str(&percent_encoded(value));
    }
    text
}

/// Percent-encodes text for a path or a query: everything except RFC 3986's unreserved characters.
pub(super) fn percent_encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_values_cannot_break_out_of_their_place() {
        assert_eq!(
            path_with_query("/x", &[("name", "a b&c"), ("platform", "linux/arm64")]),
            "/x?name=a%20b%26c&platform=linux%2Farm64"
        );
    }
}
