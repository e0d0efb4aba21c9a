//! Images: whether the Engine has one, what it contains, and pulling it.

use std::collections::HashMap;

use bollard::query_parameters::ImportImageOptionsBuilder;
use futures_util::TryStreamExt as _;
use http::header::{HeaderName, HeaderValue};
use http::{Method, Request};
use http_body_util::BodyExt as _;

use super::action::Action;
use super::lifecycle::path_with_query;
use super::pull_message::PullMessage;
use super::transport::{body, refusal};
use super::{Engine, EngineError, Refusal, within};

const REGISTRY_AUTH: HeaderName = HeaderName::from_static("x-registry-auth");

/// An image that the Engine has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Image {
    /// Its ID, `sha256:…`.
    pub id: String,
    /// Its digests in the registries that it is known from, `NAME@sha256:…`.
    pub repo_digests: Vec<String>,
    /// `ENV` of the image, as `NAME=value`.
    pub env: Vec<String>,
    /// `USER` of the image; empty for root.
    pub user: String,
    /// `WORKDIR` of the image.
    pub working_directory: String,
    /// `EXPOSE` of the image, as `80/tcp`.
    pub exposed_ports: Vec<String>,
    /// Its labels, which its containers inherit.
    pub labels: HashMap<String, String>,
    /// `linux`, `windows`.
    pub os: String,
    /// `amd64`, `arm64`; as Go names them.
    pub architecture: String,
    /// `v8` of `linux/arm64/v8`; empty if the image names none.
    pub variant: String,
}

impl Engine {
    /// The image with this name or ID, if the Engine has it.
    ///
    /// # Errors
    /// [`EngineError`], except for a missing image.
    pub async fn image(&self, reference: &str) -> Result<Option<Image>, EngineError> {
        let inspected = within(self.limits().image, Action::InspectImage, async {
            self.docker
                .inspect_image(reference)
                .await
                .map_err(|error| EngineError::from_bollard(Action::InspectImage, error))
        })
        .await;
        let image = match inspected {
            Ok(image) => image,
            Err(error) if error.refused_with() == Some(404) => return Ok(None),
            Err(error) => return Err(error),
        };
        let config = image.config.unwrap_or_default();
        Ok(Some(Image {
            id: image.id.unwrap_or_default(),
            repo_digests: image.repo_digests.unwrap_or_default(),
            env: config.env.unwrap_or_default(),
            user: config.user.unwrap_or_default(),
            working_directory: config.working_dir.unwrap_or_default(),
            exposed_ports: config.exposed_ports.unwrap_or_default(),
            labels: config.labels.unwrap_or_default(),
            os: image.os.unwrap_or_default(),
            architecture: image.architecture.unwrap_or_default(),
            variant: image.variant.unwrap_or_default(),
        }))
    }

    /// Loads images from a tar archive, in the format of `docker save`.
    ///
    /// # Errors
    /// [`EngineError`].
    pub async fn load_image(&self, archive: Vec<u8>) -> Result<(), EngineError> {
        let options = ImportImageOptionsBuilder::new().quiet(true).build();
        let loaded = self
            .docker
            .import_image(options, bollard::body_full(archive.into()), None);
        within(self.limits().image, Action::LoadImage, async {
            loaded
                .try_for_each(|_| std::future::ready(Ok(())))
                .await
                .map_err(|error| EngineError::from_bollard(Action::LoadImage, error))
        })
        .await
    }

    /// Pulls an image; `on_progress` gets each message of the Engine. Dropping the future cancels
    /// the pull.
    ///
    /// `name` is the full normalised name (`docker.io/library/busybox`), `tag` a tag or digest,
    /// `auth` a value for `X-Registry-Auth`.
    ///
    /// The request does not use bollard, which encodes the login in base64's standard alphabet: the
    /// Engine silently treats that as no login at all.
    ///
    /// # Errors
    /// [`EngineError::Refused`], also for an error inside the stream.
    pub async fn pull(
        &self,
        name: &str,
        tag: &str,
        platform: Option<&str>,
        auth: HeaderValue,
        mut on_progress: impl FnMut(&PullMessage),
    ) -> Result<(), EngineError> {
        let mut query = vec![("fromImage", name), ("tag", tag)];
        query.extend(platform.map(|platform| ("platform", platform)));
        let request = Request::builder()
            .method(Method::POST)
            .uri(path_with_query("/images/create", &query))
            .header(REGISTRY_AUTH, auth)
            .body(body(""))
            .map_err(|source| EngineError::invalid_request(source.into()))?;
        // On its own connection, which closes with the future, so that the Engine stops too.
        let response = self.transport.send_apart(request).await?;
        if !response.status().is_success() {
            return Err(EngineError::Refused {
                action: Action::PullImage,
                source: refusal(response).await,
            });
        }

        let mut stream = response.into_body();
        let mut pending = Vec::new();
        while let Some(frame) = stream.frame().await {
            let Ok(data) = frame.map_err(EngineError::lost)?.into_data() else {
                continue;
            };
            pending.extend_from_slice(&data);
            for message in take_messages(&mut pending)? {
                if let Some(problem) = failure(&message) {
                    return Err(EngineError::Refused {
                        action: Action::PullImage,
                        source: problem,
                    });
                }
                on_progress(&message);
            }
        }
        if pending.iter().any(|byte| !byte.is_ascii_whitespace()) {
            return Err(EngineError::lost(
                "the pull ended in the middle of a message",
            ));
        }
        Ok(())
    }
}

/// Removes the whole messages at the front of what has arrived. A chunk of the body may hold
/// several, or a part of one.
fn take_messages(pending: &mut Vec<u8>) -> Result<Vec<PullMessage>, EngineError> {
    let mut messages = Vec::new();
    let mut stream = serde_json::Deserializer::from_slice(pending).into_iter();
    let mut taken = 0;
    while let Some(message) = stream.next() {
        match message {
            Ok(message) => messages.push(message),
            Err(error) if error.is_eof() => break,
            Err(source) => {
                return Err(EngineError::Nonsense {
                    action: Action::PullImage,
                    source: source.into(),
                });
            }
        }
        taken = stream.byte_offset();
    }
    pending.drain(..taken);
    Ok(messages)
}

/// The failure that a message reports, if any. There is no status: the response had begun as a
/// success.
fn failure(message: &PullMessage) -> Option<Refusal> {
    let detail = message.error_detail.as_ref()?;
    let message = detail
        .message
        .clone()
        .unwrap_or_else(|| "unknown error".to_owned());
    Some(Refusal {
        status: 200,
        message,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_whole_wherever_the_chunks_are_cut() {
        let text =
            "{\"status\":\"Pulling\",\"id\":\"a\"}\r\n{\"status\":\"Done\",\"id\":\"b\"}\r\n";
        for cut in 0..=text.len() {
            let (head, tail) = text.split_at(cut);
            let mut pending = head.as_bytes().to_vec();
            let mut seen = take_messages(&mut pending).unwrap();
            pending.extend_from_slice(tail.as_bytes());
            seen.extend(take_messages(&mut pending).unwrap());
            let ids: Vec<_> = seen
                .iter()
                .filter_map(|message| message.id.as_deref())
                .collect();
            assert_eq!(ids, ["a", "b"], "cut at {cut}");
        }
    }

    #[test]
    fn a_failure_inside_the_stream_is_a_failure() {
        let mut pending = br#"{"errorDetail":{"message":"no such manifest"},"error":"x"}"#.to_vec();
        let messages = take_messages(&mut pending).unwrap();
        assert_eq!(failure(&messages[0]).unwrap().message, "no such manifest");
    }
}
