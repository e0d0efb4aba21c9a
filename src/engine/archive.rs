//! Files of a container, as the Engine shows them: from its image, and from its mounts. The
//! container need not run.

use std::io::Read as _;

use http::{Method, Request, Response};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use zeroize::Zeroizing;

use super::action::Action;
use super::lifecycle::path_with_query;
use super::transport::{body, refusal};
use super::{Engine, EngineError, within};

/// A larger file is not read. The files that credrun looks for have a few lines.
const MAX_ARCHIVE: usize = 1024 * 1024;
/// The Engine's description of a path, as JSON in base64.
const STAT: &str = "x-docker-container-path-stat";

/// What the Engine sends for a path.
enum Content {
    File(Zeroizing<Vec<u8>>),
    /// A symbolic link, with its target in the container.
    Link(String),
    /// A directory, a device, a pipe.
    Other,
}

impl Engine {
    /// Whether `path` exists in a container.
    ///
    /// # Errors
    /// [`EngineError`].
    pub async fn has_path(&self, id: &str, path: &str) -> Result<bool, EngineError> {
        within(self.limits().short_step, Action::ReadFile, async {
            let response = self.archive(Method::HEAD, id, path).await?;
            Ok(response.is_some())
        })
        .await
    }

    /// The content of the file at `path` in a container. None if it does not exist.
    ///
    /// # Errors
    /// [`EngineError`], also for a file that is too large.
    pub async fn file(
        &self,
        id: &str,
        path: &str,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, EngineError> {
        within(self.limits().short_step, Action::ReadFile, async {
            match self.content(id, path).await? {
                Some(Content::File(content)) => Ok(Some(content)),
                // The Engine has resolved the link completely.
                Some(Content::Link(target)) => match self.content(id, &target).await? {
                    Some(Content::File(content)) => Ok(Some(content)),
                    _ => Ok(None),
                },
                Some(Content::Other) | None => Ok(None),
            }
        })
        .await
    }

    async fn content(&self, id: &str, path: &str) -> Result<Option<Content>, EngineError> {
        let Some(response) = self.archive(Method::GET, id, path).await? else {
            return Ok(None);
        };
        let link = link_target(&response);
        let archive = Limited::new(response.into_body(), MAX_ARCHIVE)
            .collect()
            .await
            .map_err(|source| EngineError::Nonsense {
                action: Action::ReadFile,
                source,
            })?
            .to_bytes();
        if let Some(target) = link {
            return Ok(Some(Content::Link(target)));
        }
        only_file(&archive)
            .map_err(|source| EngineError::Nonsense {
                action: Action::ReadFile,
                source: source.into(),
            })
            .map(Some)
    }

    /// The Engine's answer; none if the path does not exist.
    async fn archive(
        &self,
        method: Method,
        id: &str,
        path: &str,
    ) -> Result<Option<Response<Incoming>>, EngineError> {
        let path = path_with_query(&format!("/containers/{id}/archive"), &[("path", path)]);
        let request = Request::builder()
            .method(method)
            .uri(path)
            .body(body(""))
            .map_err(|source| EngineError::invalid_request(source.into()))?;
        let response = self.transport.send(request).await?;
        match response.status().as_u16() {
            200 => Ok(Some(response)),
            404 => {
                // Read to its end, so that the connection can be used again.
                refusal(response).await;
                Ok(None)
            }
            _ => Err(EngineError::Refused {
                action: Action::ReadFile,
                source: refusal(response).await,
            }),
        }
    }
}

/// The final target of a symbolic link; none for anything else.
fn link_target(response: &Response<Incoming>) -> Option<String> {
    use base64::Engine as _;

    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Stat {
        link_target: String,
    }

    let header = response.headers().get(STAT)?;
    let json = base64::prelude::BASE64_STANDARD.decode(header).ok()?;
    let stat: Stat = serde_json::from_slice(&json).ok()?;
    Some(stat.link_target).filter(|target| !target.is_empty())
}

/// The archive of a file has one entry.
fn only_file(archive: &[u8]) -> std::io::Result<Content> {
    let mut archive = tar::Archive::new(archive);
    let Some(entry) = archive.entries()?.next() else {
        return Ok(Content::Other);
    };
    let mut entry = entry?;
    if !entry.header().entry_type().is_file() {
        return Ok(Content::Other);
    }
    let mut content = Zeroizing::new(Vec::with_capacity(MAX_ARCHIVE));
    entry.read_to_end(&mut content)?;
    Ok(Content::File(content))
}
