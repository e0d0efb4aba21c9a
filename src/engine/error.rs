//! Why a request to the Engine failed.

use std::io;
use std::time::Duration;

use super::action::Action;
use crate::exit::ExitStatus;

/// A failure in talking to the Engine, or its refusal.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// No connection could be opened.
    #[error("cannot connect to the Docker Engine at {address}")]
    Unreachable {
        /// The address, as the user writes it.
        address: String,
        /// The operating system's reason.
        #[source]
        source: io::Error,
    },
    /// A connection broke before its answer was whole.
    #[error("lost the connection to the Docker Engine")]
    Lost {
        /// What the HTTP layer saw.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The Engine exceeded its time limit.
    #[error("the Docker Engine did not {action} within {} s", limit.as_secs())]
    Stalled {
        action: Action,
        /// The time limit.
        limit: Duration,
    },
    /// The Engine refused the request.
    #[error("the Docker Engine could not {action}")]
    Refused {
        action: Action,
        #[source]
        source: Refusal,
    },
    /// The Engine's answer violates its API.
    #[error("the Docker Engine sent an invalid response to \"{action}\"")]
    Nonsense {
        action: Action,
        /// What is wrong with it.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A request could not be built, for example from a name that a URL cannot hold.
    #[error("the request to the Docker Engine cannot be built")]
    InvalidRequest {
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// An error response of the Engine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    pub status: u16,
    /// The `message` of its body.
    pub message: String,
}

impl Refusal {
    /// A refusal in the Engine's words, or, if it has none, by its status.
    pub(super) fn new(status: u16, message: &str) -> Self {
        let message = match message.trim() {
            "" => format!("the Engine returned HTTP {status} without a reason"),
            message => message.to_owned(),
        };
        Self { status, message }
    }
}

impl EngineError {
    pub(crate) fn lost(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Lost {
            source: source.into(),
        }
    }

    pub(super) fn invalid_request(source: Box<dyn std::error::Error + Send + Sync>) -> Self {
        Self::InvalidRequest { source }
    }

    /// Converts an error of bollard's.
    pub(super) fn from_bollard(action: Action, error: bollard::errors::Error) -> Self {
        use bollard::errors::Error;
        match error {
            Error::DockerResponseServerError {
                status_code,
                message,
            } => Self::Refused {
                action,
                source: Refusal::new(status_code, &message),
            },
            // An error inside a stream that began successfully: the Engine's words, no status.
            Error::DockerStreamError { error } => Self::Refused {
                action,
                source: Refusal {
                    status: 200,
                    message: error,
                },
            },
            // The transport's own error, passed through bollard.
            Error::IOError { err } => match err.downcast::<EngineError>() {
                Ok(error) => error,
                Err(err) => Self::lost(err),
            },
            Error::JsonDataError { .. } | Error::JsonSerdeError { .. } => Self::Nonsense {
                action,
                source: error.into(),
            },
            other => Self::lost(other),
        }
    }

    /// A connection that broke before the Engine said anything counts as unreachable: an ssh that
    /// could not log in looks like that.
    pub(super) fn on_first_contact(self, address: &str) -> Self {
        match self {
            Self::Lost { source } => Self::Unreachable {
                address: address.to_owned(),
                source: io::Error::other(source),
            },
            other => other,
        }
    }

    /// Whether another request may well be answered.
    #[must_use]
    pub fn is_of_one_request(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Lost { .. } => false,
            Self::Stalled { .. }
            | Self::Refused { .. }
            | Self::Nonsense { .. }
            | Self::InvalidRequest { .. } => true,
        }
    }

    /// The HTTP status of a refusal.
    #[must_use]
    pub fn refused_with(&self) -> Option<u16> {
        match self {
            Self::Refused { source, .. } => Some(source.status),
            _ => None,
        }
    }

    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unreachable { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                Some(
                    "your user has no access to this socket: join its group (usually `docker`), or use sudo"
                        .to_owned(),
                )
            }
            Self::Unreachable { .. } => Some(
                "is the Engine running? DOCKER_HOST, --host or --context choose another".to_owned(),
            ),
            Self::Lost { .. } | Self::Stalled { .. } => {
                Some("the Engine's own log may say more: journalctl -u docker".to_owned())
            }
            Self::Refused { action, source } => refusal_hint(*action, &source.message),
            Self::Nonsense { .. } | Self::InvalidRequest { .. } => None,
        }
    }

    /// Whether a container failed to start because of its image, which has nothing to execute
    /// there, and not because of its network, its mounts or the Engine.
    #[must_use]
    pub fn is_for_the_image(&self) -> bool {
        let other_machine = matches!(self, Self::Refused { action, source }
            if action.runs_a_command() && source.message.contains("exec format error"));
        other_machine || self.status() != ExitStatus::FAILED
    }

    /// 126 or 127 if a container's command cannot be run, else 125.
    ///
    /// Docker decides this on the text of *any* error; here only a refusal to start counts, in any
    /// case of letters (crun writes `No such file or directory`).
    #[must_use]
    pub fn status(&self) -> ExitStatus {
        match self {
            Self::Refused { action, source } if action.runs_a_command() => {
                command_status(&source.message)
            }
            _ => ExitStatus::FAILED,
        }
    }
}

/// The status for a runtime's message about a command that it could not execute. runc and crun name
/// the failed `exec`; a missing network, device or bind source is not the command's fault.
fn command_status(message: &str) -> ExitStatus {
    let message = message.to_lowercase();
    let says = |text: &str| message.contains(text);
    if !says("exec") {
        ExitStatus::FAILED
    } else if says("not found in $path") || says("no such file") || says("cannot find the file") {
        ExitStatus::NOT_FOUND
    } else if says("permission denied") || says("is a directory") {
        ExitStatus::NOT_EXECUTABLE
    } else {
        ExitStatus::FAILED
    }
}

fn refusal_hint(action: Action, message: &str) -> Option<String> {
    let lower = message.to_lowercase();
    let hint = if lower.contains("is already in use by container") {
        "docker rm -f NAME removes the old one; or choose another --name"
    } else if lower.contains("port is already allocated")
        || lower.contains("address already in use")
    {
        "another program or container uses this port; publish a different one with -p"
    } else if lower.contains("no such container") {
        "`docker ps` lists the running containers"
    } else if lower.contains("is not running") {
        "`docker start` starts it; credrun IMAGE runs a new one"
    } else if lower.contains("network ") && lower.ends_with(" not found") {
        "`docker network ls` lists the networks; docker network create NAME creates one"
    } else if lower.contains("must be lowercase") {
        "image names have no capital letters; tags may"
    } else if action == Action::StartCommand {
        return None;
    } else if lower.contains("executable file not found") || lower.contains("executable file `") {
        "the image has no such command; the words after IMAGE are the command, and --entrypoint replaces the image's entrypoint"
    } else if lower.contains("no space left on device") {
        "the Engine's disk is full: docker system prune removes unused data"
    } else if lower.contains("toomanyrequests") || lower.contains("rate limit") {
        "docker login raises the registry's limit for anonymous pulls"
    } else if action == Action::PullImage {
        pull_hint(&lower)
    } else {
        return None;
    };
    Some(hint.to_owned())
}

/// For a message in lower case. Registries refuse private and missing images with the same answer.
fn pull_hint(message: &str) -> &'static str {
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if says(&[
        "denied",
        "unauthorized",
        "authentication required",
        "no basic auth",
    ]) {
        "is the image's name right? a private image needs a docker login first"
    } else if says(&["manifest unknown", "not found"]) {
        "the registry has no such image or tag"
    } else {
        "the Engine itself connects to the registry: is the registry's name right, and can the Engine reach it?"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(action: Action, message: &str) -> EngineError {
        EngineError::Refused {
            action,
            source: Refusal {
                status: 400,
                message: message.to_owned(),
            },
        }
    }

    #[test]
    fn a_command_that_cannot_be_run_has_the_shells_status() {
        let start = Action::StartContainer;
        for (message, status) in [
            (
                r#"exec: "nope": executable file not found in $PATH: unknown"#,
                127,
            ),
            (
                "executable file `nope` not found in $PATH: No such file or directory",
                127,
            ),
            (r#"exec: "/etc": is a directory: unknown"#, 126),
            (r#"exec: "/etc/passwd": permission denied: unknown"#, 126),
            ("network nope not found", 125),
        ] {
            assert_eq!(refused(start, message).status().code(), status, "{message}");
        }
    }

    #[test]
    fn a_program_for_another_machine_is_the_images_fault_and_a_taken_port_is_not() {
        let refused = |message| refused(Action::StartContainer, message);
        assert!(refused("exec /relay: exec format error: unknown").is_for_the_image());
        assert!(
            !refused("Bind for 0.0.0.0:80 failed: port is already allocated").is_for_the_image()
        );
    }

    #[test]
    fn words_of_another_step_do_not_pass_for_the_commands() {
        let error = refused(
            Action::CreateContainer,
            "open /x: no such file or directory",
        );
        assert_eq!(error.status(), ExitStatus::FAILED);
    }

    #[test]
    fn a_name_of_a_network_or_an_image_that_cannot_be_has_a_hint() {
        for (message, hint) in [
            ("network nope not found", "docker network create"),
            (
                "no such image: UPPER/case: invalid reference format: repository name must be lowercase",
                "capital letters",
            ),
        ] {
            let said = refused(Action::StartContainer, message).hint();
            assert!(said.is_some_and(|said| said.contains(hint)), "{message}");
        }
    }

    #[test]
    fn a_refused_pull_always_has_a_hint() {
        for (message, hint) in [
            (
                "pull access denied for no/such, repository does not exist or may require 'docker login'",
                "docker login",
            ),
            (
                "manifest for busybox:nope not found: manifest unknown",
                "no such image or tag",
            ),
            (
                "dial tcp 127.0.0.1:1: connect: connection refused",
                "can the Engine reach it?",
            ),
            (
                "toomanyrequests: You have reached your pull rate limit",
                "limit for anonymous pulls",
            ),
        ] {
            let said = refused(Action::PullImage, message).hint();
            assert!(said.is_some_and(|said| said.contains(hint)), "{message}");
        }
    }
}
