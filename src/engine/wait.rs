//! Waiting for a container's end.
//!
//! The wait is registered before the container is started: a container that prints a line and exits
//! can be gone, and with `--rm` removed, before a later wait reaches the daemon. The Engine sends
//! the response's headers when the wait is registered, and its body when the container ends.
//! bollard exposes neither, and reports any status but 0 as an error.

use http::{Method, Request, Response};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

use super::action::Action;
use super::lifecycle::path_with_query;
use super::transport::{body, refusal};
use super::{Engine, EngineError, within};
use crate::exit::ExitStatus;

/// What a wait waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitCondition {
    /// The next exit of its process; a restart policy may start it again.
    NextExit,
    /// Its exit, which may be past. A container that is about to be started again has not exited.
    NotRunning,
    /// Its removal, after the exit.
    Removed,
}

#[derive(Debug)]
pub struct Wait {
    response: Response<Incoming>,
}

/// How a container ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    pub status: ExitStatus,
    /// The Engine's error about it, if any.
    pub error: Option<String>,
}

impl Engine {
    /// Registers a wait; returns when the Engine has acknowledged it.
    ///
    /// Podman before 4.6 answers a wait for removal with status 0, whatever the real status
    /// (containers/podman#18889); for those the wait is for the exit, which comes first.
    ///
    /// # Errors
    /// [`EngineError`].
    pub async fn wait(&self, id: &str, condition: WaitCondition) -> Result<Wait, EngineError> {
        let condition = match condition {
            WaitCondition::Removed if !self.facts.podman => "removed",
            WaitCondition::NotRunning => "not-running",
            _ => "next-exit",
        };
        let path = path_with_query(
            &format!("/containers/{id}/wait"),
            &[("condition", condition)],
        );
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .body(body(""))
            .map_err(|source| EngineError::invalid_request(source.into()))?;
        let limit = self.limits().short_step;
        let response = within(limit, Action::Wait, self.transport.send_apart(request)).await?;
        if !response.status().is_success() {
            return Err(EngineError::Refused {
                action: Action::Wait,
                source: refusal(response).await,
            });
        }
        Ok(Wait { response })
    }
}

impl Wait {
    /// Waits until the container ends.
    ///
    /// # Errors
    /// [`EngineError::Lost`] if the connection breaks first: the container may still run.
    pub async fn ended(self) -> Result<Ended, EngineError> {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answer {
            status_code: i64,
            error: Option<Problem>,
        }
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Problem {
            #[serde(default)]
            message: String,
        }

        let body = self
            .response
            .into_body()
            .collect()
            .await
            .map_err(EngineError::lost)?;
        let answer: Answer =
            serde_json::from_slice(&body.to_bytes()).map_err(|source| EngineError::Nonsense {
                action: Action::Wait,
                source: source.into(),
            })?;
        Ok(Ended {
            status: ExitStatus::of_container(answer.status_code),
            error: answer
                .error
                .map(|problem| problem.message)
                .filter(|text| !text.is_empty()),
        })
    }
}
