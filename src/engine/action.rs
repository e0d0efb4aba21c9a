//! The Engine's operations, as its errors name them.

use std::fmt;

/// One operation of the Engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// `POST /containers/create`.
    CreateContainer,
    /// `POST /containers/{id}/attach`.
    Attach,
    /// `POST /containers/{id}/wait`.
    Wait,
    /// `POST /containers/{id}/start`.
    StartContainer,
    /// The stream of an attach, until it ends.
    Output,
    /// `POST /containers/{id}/kill`.
    Signal,
    /// `POST /containers/{id}/resize`.
    ResizeContainer,
    /// `POST /containers/{id}/stop`.
    StopContainer,
    /// `GET /containers/{id}/json`.
    InspectContainer,
    /// `DELETE /containers/{id}`.
    RemoveContainer,
    /// `GET /containers/json`.
    List,
    /// `GET /events`.
    Events,
    /// `/containers/{id}/archive`.
    ReadFile,
    /// `GET /containers/{id}/json`, for `exec`.
    FindContainer,
    /// `POST /containers/{id}/exec`.
    CreateCommand,
    /// `POST /exec/{id}/start`.
    StartCommand,
    /// `POST /exec/{id}/resize`.
    ResizeCommand,
    /// `GET /exec/{id}/json`.
    InspectCommand,
    /// `GET /images/{name}/json`.
    InspectImage,
    /// `POST /images/create`.
    PullImage,
    /// `POST /images/load`.
    LoadImage,
    /// `GET /_ping`.
    Ping,
    /// `GET /version`.
    Version,
}

impl Action {
    /// Whether the Engine looks up the container's command in this step, so that a failure may be
    /// the command's. Podman does so at attach, docker at start.
    #[must_use]
    pub fn runs_a_command(self) -> bool {
        matches!(
            self,
            Self::StartContainer | Self::Attach | Self::StartCommand
        )
    }
}

/// As an infinitive: `create the container`.
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CreateContainer => "create the container",
            Self::Attach => "attach to the container",
            Self::Wait => "wait for the container",
            Self::StartContainer => "start the container",
            Self::Output => "close the output of the ended container",
            Self::Signal => "send a signal to the container",
            Self::ResizeContainer => "resize the container's terminal",
            Self::StopContainer => "stop the container",
            Self::InspectContainer => "inspect the container",
            Self::RemoveContainer => "remove the container",
            Self::List => "list containers",
            Self::Events => "tell what happens to containers",
            Self::ReadFile => "read a file in the container",
            Self::FindContainer => "find the container",
            Self::CreateCommand => "run a command in the container",
            Self::StartCommand => "start the command",
            Self::ResizeCommand => "resize the command's terminal",
            Self::InspectCommand => "report how the command ended",
            Self::InspectImage => "inspect the image",
            Self::PullImage => "pull the image",
            Self::LoadImage => "load the image",
            Self::Ping => "respond to a ping",
            Self::Version => "report its version",
        })
    }
}
