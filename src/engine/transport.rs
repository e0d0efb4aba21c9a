//! HTTP to the Engine: connections, the version prefix, headers, and error bodies.
//!
//! bollard's calls go through here as a custom transport, because bollard 0.21 lacks two things:
//! the negotiated version in each path, and the user's own headers. Calls that need more than a
//! response are made here directly: attach's upgrade, wait's acknowledgement, a pull's login, and
//! the create request, whose body must not be logged.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use bollard::BollardRequest;
use bytes::Bytes;
use http::header::{HOST, HeaderValue, USER_AGENT};
use http::{Request, Response, Uri};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;

use super::{Endpoint, EngineError, Refusal};
use crate::container::ApiVersion;

/// The body type of bollard's requests, used for all.
pub(super) type Body = <BollardRequest as BodyOf>::Body;

/// Names the body type of a request; bollard does not export its own.
pub(super) trait BodyOf {
    type Body;
}

impl<B> BodyOf for Request<B> {
    type Body = B;
}

/// A request body of these bytes.
pub(super) fn body(bytes: impl Into<Bytes>) -> Body {
    bollard::body_full(bytes.into())
}

const AGENT: &str = concat!("credrun/", env!("CARGO_PKG_VERSION"));
/// docker's client sends this as host on a socket; a proxy in front of a daemon may check it.
const SOCKET_HOST: &str = "api.moby.localhost";
/// A longer error body is cut. The Engine's own are a sentence.
const MAX_ERROR_BODY: usize = 64 * 1024;

/// Connections to one Engine. Clones share them.
#[derive(Debug, Clone)]
pub(super) struct Transport(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    endpoint: Endpoint,
    version: OnceLock<ApiVersion>,
    /// The connection of the last finished request, kept for the next.
    idle: Mutex<Option<SendRequest<Body>>>,
}

impl Transport {
    /// Nothing is opened before the first request.
    #[must_use]
    pub(super) fn new(endpoint: Endpoint) -> Self {
        Self(Arc::new(Shared {
            endpoint,
            version: OnceLock::new(),
            idle: Mutex::new(None),
        }))
    }

    /// The Engine at the other end.
    #[must_use]
    pub(super) fn endpoint(&self) -> &Endpoint {
        &self.0.endpoint
    }

    /// From now on, prefixes every path with this version. Only the first call counts.
    pub(super) fn use_version(&self, version: ApiVersion) {
        let _ = self.0.version.set(version);
    }

    /// Sends a request on a connection that later requests may use again.
    ///
    /// # Errors
    /// [`EngineError::Unreachable`] or [`EngineError::Lost`]. A refusal is a response.
    pub(super) async fn send(
        &self,
        request: Request<Body>,
    ) -> Result<Response<Incoming>, EngineError> {
        let request = self.complete(request)?;
        let logged = Logged::begin(&request);
        let outcome = self.exchange(request).await;
        logged.end(&outcome);
        outcome
    }

    async fn exchange(&self, request: Request<Body>) -> Result<Response<Incoming>, EngineError> {
        let (mut sender, request) = match self.take_idle() {
            Some(mut sender) => match sender.try_send_request(request).await {
                Ok(response) => {
                    self.keep_idle(sender);
                    return Ok(response);
                }
                // The Engine had closed the idle connection; nothing was sent.
                Err(mut error) => match error.take_message() {
                    Some(request) => (self.open().await?, request),
                    None => return Err(EngineError::lost(error.into_error())),
                },
            },
            None => (self.open().await?, request),
        };
        let response = sender
            .send_request(request)
            .await
            .map_err(EngineError::lost)?;
        self.keep_idle(sender);
        Ok(response)
    }

    /// Sends a request on its own connection: its response may be upgraded, or arrive arbitrarily
    /// late.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub(super) async fn send_apart(
        &self,
        request: Request<Body>,
    ) -> Result<Response<Incoming>, EngineError> {
        let request = self.complete(request)?;
        let logged = Logged::begin(&request);
        let exchange = async {
            let mut sender = self.open().await?;
            let response = sender.send_request(request).await;
            response.map_err(EngineError::lost)
        };
        let outcome = exchange.await;
        logged.end(&outcome);
        outcome
    }

    async fn open(&self) -> Result<SendRequest<Body>, EngineError> {
        let endpoint = &self.0.endpoint;
        let stream =
            endpoint
                .connector
                .connect()
                .await
                .map_err(|source| EngineError::Unreachable {
                    address: endpoint.address.clone(),
                    source,
                })?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(EngineError::lost)?;
        // A caller that waits for a response on it sees its end.
        tokio::spawn(connection.with_upgrades());
        Ok(sender)
    }

    fn take_idle(&self) -> Option<SendRequest<Body>> {
        let mut idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner);
        // Not ready: its last response is still being read.
        idle.take_if(|sender| sender.is_ready())
    }

    fn keep_idle(&self, sender: SendRequest<Body>) {
        *self.0.idle.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
    }

    /// The request as it goes on the wire: origin form with prefix and version, and headers.
    fn complete(&self, mut request: Request<Body>) -> Result<Request<Body>, EngineError> {
        let endpoint = &self.0.endpoint;
        let path = request
            .uri()
            .path_and_query()
            .map_or("/", |path| path.as_str());
        let version = match self.0.version.get() {
            Some(version) if path != "/_ping" => format!("/v{version}"),
            _ => String::new(),
        };
        *request.uri_mut() = format!("{}{version}{path}", endpoint.base_path)
            .parse::<Uri>()
            .map_err(|source| EngineError::invalid_request(source.into()))?;

        let headers = request.headers_mut();
        headers.insert(HOST, host_header(&endpoint.address));
        headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        for (name, value) in &endpoint.headers {
            headers.insert(name, value.clone());
        }
        Ok(request)
    }
}

/// Logs one line for each request, when its answer begins or its caller stops waiting. The query,
/// the headers and the body may hold secrets and are left out.
struct Logged(Option<(http::Method, String, Instant)>);

impl Logged {
    fn begin(request: &Request<Body>) -> Self {
        let line = tracing::enabled!(tracing::Level::DEBUG).then(|| {
            let path = request.uri().path().to_owned();
            (request.method().clone(), path, Instant::now())
        });
        if let Some((method, path, _)) = &line {
            tracing::trace!(%method, %path, "asking the Engine");
        }
        Self(line)
    }

    fn end(mut self, outcome: &Result<Response<Incoming>, EngineError>) {
        match outcome {
            Ok(response) => self.write(Some(response.status().as_u16()), None),
            Err(error) => self.write(None, Some(&error.to_string())),
        }
    }

    fn write(&mut self, status: Option<u16>, error: Option<&str>) {
        let Some((method, path, began)) = self.0.take() else {
            return;
        };
        let ms = began.elapsed().as_millis();
        // credrun sends one every 30 seconds, for as long as a container runs.
        if path == "/_ping" && status == Some(200) {
            tracing::trace!(%method, %path, status, ms, "Engine asked");
        } else {
            tracing::debug!(%method, %path, status, ms, error, "Engine asked");
        }
    }
}

impl Drop for Logged {
    fn drop(&mut self) {
        self.write(None, Some("given up"));
    }
}

fn host_header(address: &str) -> HeaderValue {
    let authority = address
        .strip_prefix("tcp://")
        .and_then(|rest| rest.split('/').next())
        .unwrap_or(SOCKET_HOST);
    HeaderValue::from_str(authority).unwrap_or(HeaderValue::from_static(SOCKET_HOST))
}

/// The message of an error response: `message` of its JSON, or its text, or its status.
pub(super) async fn refusal(response: Response<Incoming>) -> Refusal {
    #[derive(serde::Deserialize)]
    struct Message {
        message: String,
    }

    let status = response.status();
    let limited = http_body_util::Limited::new(response.into_body(), MAX_ERROR_BODY);
    let bytes = limited
        .collect()
        .await
        .map(|body| body.to_bytes())
        .unwrap_or_default();
    let message = serde_json::from_slice::<Message>(&bytes)
        .map(|body| body.message)
        .unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into_owned());
    Refusal::new(status.as_u16(), &message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tcp_engine_is_addressed_by_its_own_host() {
        assert_eq!(host_header("tcp://build:2376/base"), "build:2376");
        assert_eq!(
            host_header("unix:///var/run/docker.sock"),
            "api.moby.localhost"
        );
    }
}
