//! What happens to containers, as the Engine tells it.
//!
//! bollard waits for a whole answer's header without a limit of ours, and rejects a stream at an
//! event that it does not know; Podman has some. So the lines are read here.

use bytes::BytesMut;
use http::{Method, Request};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

use super::action::Action;
use super::lifecycle::path_with_query;
use super::transport::{body, refusal};
use super::{Engine, EngineError, within};

/// What is longer is passed over: an event holds a container's labels, which its image may have brought,
/// and these have no limit of their own.
const LONGEST: usize = 4 << 20;

/// What happened to a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerEvent {
    /// The container's 64-digit ID.
    pub id: String,
    /// `create`, `start`, `die`, `destroy` and others; Podman says `died` and `remove`.
    pub action: String,
}

impl ContainerEvent {
    /// Its process has ended.
    #[must_use]
    pub fn is_end(&self) -> bool {
        matches!(self.action.as_str(), "die" | "died")
    }

    /// It is no more.
    #[must_use]
    pub fn is_removal(&self) -> bool {
        matches!(self.action.as_str(), "destroy" | "remove")
    }
}

/// Events from the moment of the request on.
#[derive(Debug)]
pub struct Events {
    body: Incoming,
    lines: Lines,
}

/// What has come of the lines, and is not read yet.
#[derive(Debug, Default)]
struct Lines {
    buffer: BytesMut,
    /// The beginning of this line is gone.
    passes_over: bool,
}

impl Engine {
    /// The events of containers with this label, `NAME=value`.
    ///
    /// # Errors
    /// [`EngineError`].
    pub async fn container_events(&self, label: &str) -> Result<Events, EngineError> {
        let filters = serde_json::json!({ "type": ["container"], "label": [label] }).to_string();
        let request = Request::builder()
            .method(Method::GET)
            .uri(path_with_query("/events", &[("filters", &filters)]))
            .body(body(""))
            .map_err(|error| EngineError::invalid_request(error.into()))?;
        let limit = self.limits().short_step;
        let response = within(limit, Action::Events, self.transport.send_apart(request)).await?;
        if !response.status().is_success() {
            return Err(EngineError::Refused {
                action: Action::Events,
                source: refusal(response).await,
            });
        }
        Ok(Events {
            body: response.into_body(),
            lines: Lines::default(),
        })
    }
}

impl Events {
    /// The next event. It may be dropped half-way: nothing that has come is lost.
    ///
    /// # Errors
    /// The connection is over, or has something else on it.
    pub async fn next(&mut self) -> Result<ContainerEvent, EngineError> {
        loop {
            while let Some(line) = self.lines.next() {
                if let Some(event) = read(&line)? {
                    return Ok(event);
                }
            }
            match self.body.frame().await {
                Some(Ok(frame)) => {
                    if let Some(data) = frame.data_ref() {
                        self.lines.take(data);
                    }
                }
                Some(Err(error)) => return Err(EngineError::lost(error)),
                None => return Err(EngineError::lost("the Engine has ended its events")),
            }
        }
    }
}

impl Lines {
    fn take(&mut self, data: &[u8]) {
        self.buffer.extend_from_slice(data);
    }

    /// The next whole line that is not too long.
    fn next(&mut self) -> Option<BytesMut> {
        while let Some(end) = self.buffer.iter().position(|&byte| byte == b'\n') {
            let line = self.buffer.split_to(end + 1);
            if !std::mem::take(&mut self.passes_over) {
                return Some(line);
            }
        }
        if self.passes_over || self.buffer.len() > LONGEST {
            self.passes_over = true;
            self.buffer.clear();
        }
        None
    }
}

/// `None` of an empty line.
fn read(line: &[u8]) -> Result<Option<ContainerEvent>, EngineError> {
    #[derive(serde::Deserialize)]
    struct Event {
        #[serde(rename = "Action", default)]
        action: String,
        #[serde(rename = "Actor", default)]
        actor: Actor,
    }
    #[derive(Default, serde::Deserialize)]
    struct Actor {
        #[serde(rename = "ID", default)]
        id: String,
    }
    if line.trim_ascii().is_empty() {
        return Ok(None);
    }
    let event: Event = serde_json::from_slice(line).map_err(|source| EngineError::Nonsense {
        action: Action::Events,
        source: source.into(),
    })?;
    Ok(Some(ContainerEvent {
        id: event.actor.id,
        action: event.action,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_names_a_container_and_what_happened_to_it() {
        let line = br#"{"status":"die","id":"c0ffee","Type":"container","Action":"die","Actor":{"ID":"c0ffee","Attributes":{}},"time":1}"#;
        let event = read(line).expect("an event").expect("one");
        assert_eq!(event.id, "c0ffee");
        assert!(event.is_end() && !event.is_removal());
        assert!(read(b"\r\n").expect("no error").is_none());
        assert!(read(b"<html>\n").is_err());
    }

    #[test]
    fn an_event_that_is_too_long_is_passed_over_and_the_next_is_read() {
        let mut lines = Lines::default();
        let mut heard = Vec::new();
        let long = vec![b'x'; LONGEST + 1];
        for part in [&b"a\n"[..], &long, &long, b"rest\nb", b"\nc\n"] {
            lines.take(part);
            while let Some(line) = lines.next() {
                heard.extend_from_slice(&line);
            }
            assert!(lines.buffer.len() <= LONGEST);
        }
        assert_eq!(heard, b"a\nb\nc\n");
    }
}
