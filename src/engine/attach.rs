//! Attaching to a container's stdin, stdout and stderr.
//!
//! credrun makes this request without bollard, whose attach guesses from the first byte of each
//! chunk whether the stream has frames, and so loses bytes of a terminal's output. The result is
//! the raw connection; [`crate::streams`] reads it.

use std::io;
use std::os::fd::OwnedFd;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_TYPE, UPGRADE};
use http::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;

use super::action::Action;
use super::lifecycle::path_with_query;
use super::reach::connect::EngineStream;
use super::transport::{body, refusal};
use super::{Engine, EngineError, within};

/// Which streams to attach.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attachment {
    pub stdin: bool,
    pub stdout: bool,
    pub stderr: bool,
    /// Keys that also end a terminal's attachment in the Engine.
    pub detach_keys: Option<String>,
}

#[derive(Debug)]
pub struct Attached {
    pub stream: EngineStream,
    /// Output that arrived together with the response's head.
    pub first: Bytes,
}

impl Attached {
    /// The connection as a plain, blocking socket, for dedicated threads. Behind TLS or ssh it is a
    /// local socket that a task connects with the real one.
    ///
    /// # Errors
    /// [`EngineError::Lost`], where the operating system refuses.
    pub fn into_blocking(self) -> Result<(OwnedFd, Bytes), EngineError> {
        let socket = blocking(self.stream).map_err(EngineError::lost)?;
        Ok((socket, self.first))
    }
}

fn blocking(stream: EngineStream) -> io::Result<OwnedFd> {
    match stream {
        EngineStream::Unix(stream) => {
            let stream = stream.into_std()?;
            stream.set_nonblocking(false)?;
            Ok(stream.into())
        }
        EngineStream::Tcp(stream) => {
            let stream = stream.into_std()?;
            stream.set_nonblocking(false)?;
            Ok(stream.into())
        }
        #[allow(unreachable_patterns)]
        mut stream => {
            let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
            theirs.set_nonblocking(true)?;
            let mut theirs = tokio::net::UnixStream::from_std(theirs)?;
            tokio::spawn(async move {
                // Each side's reader sees the other side's end.
                let _ = tokio::io::copy_bidirectional(&mut stream, &mut theirs).await;
            });
            Ok(ours.into())
        }
    }
}

impl Engine {
    /// Attaches to a container, which need not be started yet.
    ///
    /// # Errors
    /// [`EngineError`].
    pub async fn attach(&self, id: &str, what: &Attachment) -> Result<Attached, EngineError> {
        let mut query = vec![("stream", "1")];
        for (name, wanted) in [
            ("stdin", what.stdin),
            ("stdout", what.stdout),
            ("stderr", what.stderr),
        ] {
            if wanted {
                query.push((name, "1"));
            }
        }
        if let Some(keys) = &what.detach_keys {
            query.push(("detachKeys", keys));
        }
        let path = path_with_query(&format!("/containers/{id}/attach"), &query);
        let limit = self.limits().short_step;
        within(
            limit,
            Action::Attach,
            self.hijack(Action::Attach, &path, Bytes::new()),
        )
        .await
    }

    /// Sends a request whose answer turns the connection into a plain stream.
    pub(super) async fn hijack(
        &self,
        action: Action,
        path: &str,
        json: Bytes,
    ) -> Result<Attached, EngineError> {
        let content_type = if json.is_empty() {
            "text/plain"
        } else {
            "application/json"
        };
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(CONNECTION, "Upgrade")
            .header(UPGRADE, "tcp")
            .header(CONTENT_TYPE, content_type)
            .body(body(json))
            .map_err(|source| EngineError::invalid_request(source.into()))?;
        let response = self.transport.send_apart(request).await?;
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            return Err(EngineError::Refused {
                action,
                source: refusal(response).await,
            });
        }
        let upgraded = hyper::upgrade::on(response)
            .await
            .map_err(EngineError::lost)?;
        let parts = upgraded.downcast::<TokioIo<EngineStream>>().map_err(|_| {
            EngineError::lost("the upgraded connection is not the one that was opened")
        })?;
        Ok(Attached {
            stream: parts.io.into_inner(),
            first: parts.read_buf,
        })
    }
}
