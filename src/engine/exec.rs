//! A command in a running container: create, start, and its result.
//!
//! An exec has no wait. Its connection ends when its output does, and its exit code must be
//! requested after that. The Engine never shows again how it was created.

use std::collections::HashMap;
use std::time::Duration;

use bollard::models::ExecConfig;
use bollard::query_parameters::{InspectContainerOptions, ResizeExecOptionsBuilder};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Method, Request};
use http_body_util::BodyExt as _;
use serde::{Deserialize, Serialize};

use super::action::Action;
use super::attach::Attached;
use super::lifecycle::percent_encoded;
use super::transport::{body, refusal};
use super::{Engine, EngineError, within};
use crate::exit::ExitStatus;
use crate::terminal::WindowSize;

/// How often to check a command that has closed its output, until it has ended.
const POLL: Duration = Duration::from_millis(200);

/// A container that a command may run in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunningContainer {
    /// Its 64-digit ID.
    pub id: String,
    /// Its name, without docker's leading slash.
    pub name: String,
    /// The ID of its image.
    pub image: String,
    /// Its environment, `NAME=value` each: the image's and what it was created with.
    pub env: Vec<String>,
    pub labels: HashMap<String, String>,
    /// Whether its loopback is the host's, if it is not another container's.
    pub on_host_network: bool,
    /// The container whose loopback it has.
    pub shares_network_of: Option<String>,
    /// Its first process, on the Engine's machine, while it runs.
    pub process: Option<i64>,
}

/// The state of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExecState {
    Running,
    Ended(ExitStatus),
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StartBody {
    detach: bool,
    tty: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    console_size: Option<[u16; 2]>,
}

impl Engine {
    /// The container with this name or ID.
    ///
    /// # Errors
    /// [`EngineError::Refused`] with 404 if there is none.
    pub async fn container(&self, name: &str) -> Result<RunningContainer, EngineError> {
        let found = within(self.limits().short_step, Action::FindContainer, async {
            self.docker
                .inspect_container(&percent_encoded(name), None::<InspectContainerOptions>)
                .await
                .map_err(|error| EngineError::from_bollard(Action::FindContainer, error))
        })
        .await?;
        let config = found.config.unwrap_or_default();
        let network = found.host_config.and_then(|host| host.network_mode);
        let network = network.unwrap_or_default();
        Ok(RunningContainer {
            process: found
                .state
                .and_then(|state| state.pid)
                .filter(|&process| process > 0),
            id: found.id.unwrap_or_default(),
            name: found
                .name
                .unwrap_or_default()
                .trim_start_matches('/')
                .to_owned(),
            image: found.image.unwrap_or_default(),
            env: config.env.unwrap_or_default(),
            labels: config.labels.unwrap_or_default(),
            on_host_network: network == "host",
            shares_network_of: network.strip_prefix("container:").map(str::to_owned),
        })
    }

    /// Prepares a command in the container; returns its ID. Nothing runs yet.
    ///
    /// # Errors
    /// [`EngineError::Refused`] with 409 if the container does not run.
    pub async fn create_exec(
        &self,
        container: &str,
        command: &ExecConfig,
    ) -> Result<String, EngineError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Created {
            id: String,
        }
        let path = format!("/containers/{}/exec", percent_encoded(container));
        let created: Created = self
            .create_with_secrets(Action::CreateCommand, &path, command)
            .await?;
        Ok(created.id)
    }

    /// Starts the command, with its streams on the returned connection.
    ///
    /// # Errors
    /// [`EngineError`]. A command that cannot be executed is not an error here: the Engine says so
    /// on the connection, and in the exit status.
    pub async fn start_exec(
        &self,
        id: &str,
        tty: bool,
        console_size: Option<[u16; 2]>,
    ) -> Result<Attached, EngineError> {
        let json = start_body(false, tty, console_size)?;
        let path = format!("/exec/{id}/start");
        let limit = self.limits().create_or_start;
        within(
            limit,
            Action::StartCommand,
            self.hijack(Action::StartCommand, &path, json),
        )
        .await
    }

    /// Starts the command without attaching to it.
    ///
    /// # Errors
    /// [`EngineError`]; its [`status`](EngineError::status) identifies a missing command.
    pub async fn start_exec_detached(&self, id: &str, tty: bool) -> Result<(), EngineError> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("/exec/{id}/start"))
            .header(CONTENT_TYPE, "application/json")
            .body(body(start_body(true, tty, None)?))
            .map_err(|source| EngineError::invalid_request(source.into()))?;
        within(self.limits().create_or_start, Action::StartCommand, async {
            let response = self.transport.send(request).await?;
            if response.status().is_success() {
                response
                    .into_body()
                    .collect()
                    .await
                    .map_err(EngineError::lost)?;
                return Ok(());
            }
            Err(EngineError::Refused {
                action: Action::StartCommand,
                source: refusal(response).await,
            })
        })
        .await
    }

    /// Whether the command runs, or how it ended.
    ///
    /// # Errors
    /// [`EngineError::Refused`] with 404 if its container has been removed.
    pub async fn exec_state(&self, id: &str) -> Result<ExecState, EngineError> {
        let answer = within(self.limits().short_step, Action::InspectCommand, async {
            self.docker
                .inspect_exec(id)
                .await
                .map_err(|error| EngineError::from_bollard(Action::InspectCommand, error))
        })
        .await?;
        Ok(match (answer.running, answer.exit_code) {
            (Some(true), _) => ExecState::Running,
            (_, code) => ExecState::Ended(ExitStatus::of_container(code.unwrap_or_default())),
        })
    }

    /// The status of a command whose output has ended. If it has closed its output and goes on, as
    /// a daemon does, this waits for it; docker's client calls that a success.
    ///
    /// # Errors
    /// As [`exec_state`](Self::exec_state).
    pub async fn exec_end(&self, id: &str) -> Result<ExitStatus, EngineError> {
        loop {
            match self.exec_state(id).await? {
                ExecState::Ended(status) => return Ok(status),
                ExecState::Running => tokio::time::sleep(POLL).await,
            }
        }
    }

    /// Sets the size of the command's terminal.
    ///
    /// # Errors
    /// [`EngineError`], also if the command has not begun, or has ended.
    pub async fn resize_exec(&self, id: &str, size: WindowSize) -> Result<(), EngineError> {
        let options = ResizeExecOptionsBuilder::new()
            .h(i32::from(size.rows))
            .w(i32::from(size.columns))
            .build();
        within(self.limits().short_step, Action::ResizeCommand, async {
            self.docker
                .resize_exec(id, options)
                .await
                .map_err(|error| EngineError::from_bollard(Action::ResizeCommand, error))
        })
        .await
    }
}

fn start_body(
    detach: bool,
    tty: bool,
    console_size: Option<[u16; 2]>,
) -> Result<Bytes, EngineError> {
    let start = StartBody {
        detach,
        tty,
        console_size,
    };
    serde_json::to_vec(&start)
        .map(Bytes::from)
        .map_err(|source| EngineError::invalid_request(source.into()))
}
