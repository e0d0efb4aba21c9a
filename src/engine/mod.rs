//! The Docker Engine: how to find it, how to talk to it, and each step of a container's life.

mod archive;
mod attach;
mod error;
mod events;
mod exec;
mod image;
mod limits;
mod listing;
mod names;
mod pull_message;
mod transport;
mod wait;

pub(crate) mod action;
pub(crate) mod lifecycle;
pub mod pull_progress;
pub mod reach;
pub mod registry;

use std::sync::Arc;
use std::time::Duration;

use bollard::{BollardRequest, Docker};
use http::{HeaderMap, Method, Request};
use http_body_util::BodyExt as _;

use crate::container::ApiVersion;
use crate::waits::Waits;

use transport::Transport;

pub use action::Action;
pub use attach::{Attached, Attachment};
pub use error::{EngineError, Refusal};
pub use events::{ContainerEvent, Events};
pub use exec::{ExecState, RunningContainer};
pub use image::Image;
pub use lifecycle::Created;
pub use limits::Limits;
pub use listing::{LABEL_PROJECT, LABEL_SERVICE, Listed, short_id};
pub use reach::endpoint::Endpoint;
pub use wait::{Ended, Wait, WaitCondition};

/// The newest API version that credrun speaks; that of docker 29's newest Engine.
const NEWEST: ApiVersion = ApiVersion::v1(57);
/// The version of an Engine that sends no `Api-Version` header, by docker's rule.
const UNSAID: ApiVersion = ApiVersion::v1(24);
/// bollard's own limit, in seconds, until the first header of any answer: disabled, because each
/// step here has its own limit, and a pull has none.
const NO_LIMIT: u64 = u64::MAX / 4;

/// An Engine that has answered.
#[derive(Debug, Clone)]
pub struct Engine {
    transport: Transport,
    docker: Docker,
    facts: Arc<Facts>,
}

/// An Engine's own version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineVersion {
    /// `28.2.2`.
    pub version: String,
    /// `amd64`, `arm64`; as Go names them.
    pub architecture: String,
}

/// What the Engine's first answer says about it.
#[derive(Debug)]
struct Facts {
    version: ApiVersion,
    os: String,
    podman: bool,
}

impl Engine {
    /// Pings the Engine and settles on an API version: the pinned one, or the lower of both sides'.
    ///
    /// # Errors
    /// [`EngineError`], if it cannot be reached or answers as no Engine does.
    pub async fn connect(endpoint: Endpoint) -> Result<Self, EngineError> {
        let transport = Transport::new(endpoint);
        let headers = ping(&transport)
            .await
            .map_err(|error| error.on_first_contact(&transport.endpoint().address))?;
        let header = |name: &str| {
            headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        let version = settle_version(
            transport.endpoint().api_version.as_deref(),
            header("Api-Version").as_deref(),
        );
        let facts = Facts {
            version,
            os: header("Ostype").unwrap_or_default(),
            podman: headers.contains_key("Libpod-API-Version"),
        };
        transport.use_version(version);
        tracing::debug!(api_version = %version, podman = facts.podman, "engine answered");
        Ok(Self {
            docker: bollard_over(&transport),
            transport,
            facts: Arc::new(facts),
        })
    }

    /// The same, and reports to `waits` what it waits for.
    ///
    /// # Errors
    /// As [`Engine::connect`].
    pub async fn connect_telling(endpoint: Endpoint, waits: &Waits) -> Result<Self, EngineError> {
        let what = format!("the Docker Engine at {} to answer", endpoint.address);
        waits.during(what, Self::connect(endpoint)).await
    }

    /// The architecture of the Engine's host, `amd64` or `arm64`, as Go names it.
    ///
    /// # Errors
    /// [`EngineError`].
    pub async fn architecture(&self) -> Result<String, EngineError> {
        Ok(self.version().await?.architecture)
    }

    /// The Engine's version and architecture.
    ///
    /// # Errors
    /// [`EngineError`].
    pub async fn version(&self) -> Result<EngineVersion, EngineError> {
        let version = within(self.limits().ping, Action::Version, async {
            self.docker
                .version()
                .await
                .map_err(|error| EngineError::from_bollard(Action::Version, error))
        })
        .await?;
        Ok(EngineVersion {
            version: version.version.unwrap_or_default(),
            architecture: version.arch.unwrap_or_default(),
        })
    }

    /// Returns when the Engine has stopped answering: a stalled daemon, or a network that failed
    /// silently. A connection that waits for a container's end would never notice.
    pub async fn silent(&self) -> EngineError {
        let mut failures = 0;
        loop {
            tokio::time::sleep(self.limits().ping_interval).await;
            match ping(&self.transport).await {
                Ok(_) => failures = 0,
                Err(_) if failures == 0 => failures += 1,
                Err(error) => return error,
            }
        }
    }

    /// The API version that requests are sent with.
    #[must_use]
    pub fn api_version(&self) -> ApiVersion {
        self.facts.version
    }

    /// `linux` or `windows`; empty if the Engine does not say.
    #[must_use]
    pub fn os(&self) -> &str {
        &self.facts.os
    }

    /// The time limits for its steps.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.endpoint().limits
    }

    /// Whether it is Podman, which implements docker's API.
    #[must_use]
    pub fn is_podman(&self) -> bool {
        self.facts.podman
    }

    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        self.transport.endpoint()
    }
}

async fn ping(transport: &Transport) -> Result<HeaderMap, EngineError> {
    let limit = transport.endpoint().limits.ping;
    let request = Request::builder()
        .method(Method::GET)
        .uri("/_ping")
        .body(transport::body(""))
        .map_err(|source| EngineError::invalid_request(source.into()))?;
    let response = within(limit, Action::Ping, transport.send(request)).await?;
    if response.status().is_success() {
        let (head, body) = response.into_parts();
        // Read to its end, so that the connection can be used again.
        body.collect().await.map_err(EngineError::lost)?;
        Ok(head.headers)
    } else {
        Err(EngineError::Refused {
            action: Action::Ping,
            source: transport::refusal(response).await,
        })
    }
}

/// A bollard client that sends every request through `transport`.
fn bollard_over(transport: &Transport) -> Docker {
    let transport = transport.clone();
    let send = move |request: BollardRequest| {
        let transport = transport.clone();
        async move {
            transport
                .send(request)
                .await
                .map_err(|error| bollard::errors::Error::IOError {
                    err: std::io::Error::other(error),
                })
        }
    };
    Docker::connect_with_custom_transport(
        send,
        Some("http://engine"),
        NO_LIMIT,
        bollard::API_DEFAULT_VERSION,
    )
    .unwrap_or_else(|error| unreachable!("bollard takes any transport: {error}"))
}

/// Limits the time of one Engine step.
async fn within<T>(
    limit: Duration,
    action: Action,
    step: impl Future<Output = Result<T, EngineError>>,
) -> Result<T, EngineError> {
    tokio::time::timeout(limit, step)
        .await
        .unwrap_or(Err(EngineError::Stalled { action, limit }))
}

/// The version to use: the pinned one unchanged, else the lower of both sides'.
fn settle_version(pinned: Option<&str>, engine: Option<&str>) -> ApiVersion {
    let parsed = |version: Option<&str>| version.and_then(|version| version.parse().ok());
    parsed(pinned).unwrap_or_else(|| parsed(engine).unwrap_or(UNSAID).min(NEWEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lower_version_of_both_sides_is_spoken() {
        assert_eq!(settle_version(None, Some("1.41")), ApiVersion::v1(41));
        assert_eq!(settle_version(None, Some("1.57")), ApiVersion::v1(57));
        assert_eq!(settle_version(None, Some("1.58")), NEWEST);
        assert_eq!(settle_version(None, None), UNSAID);
    }

    #[test]
    fn a_pinned_version_is_sent_as_it_is() {
        assert_eq!(
            settle_version(Some("9.99"), Some("1.41")).to_string(),
            "9.99"
        );
    }
}
