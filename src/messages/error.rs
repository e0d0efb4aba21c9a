//! Every failure of credrun, by phase, and how it is shown to the user.
//!
//! Each module has an error type that says *what* failed. [`Error`] combines them and knows the
//! exit status and the hint. The message is built once, in [`Error::report`]:
//!
//! ```text
//! credrun: <what failed>
//! caused by: <why>
//! hint: <what to do>
//! ```

use std::fmt::Write as _;
use std::io;

use crate::causes;
use crate::commands::role_template::error::RoleTemplateError;
use crate::container::FlagError;
use crate::credentials::{CredentialsError, TokenCodeError};
use crate::engine::EngineError;
use crate::engine::reach::endpoint::EndpointError;
use crate::engine::registry::auth::RegistryAuthError;
use crate::engine::registry::ecr::EcrError;
use crate::exit::ExitStatus;
use crate::keyless::upstream::UnusableUrl;
use crate::panics::bug::Bug;
use crate::policy::error::PolicyError;
use crate::relay::image::{NoRelay, RELAY_REPOSITORY};
use crate::relay::mux::RelayError;
use crate::run::state::unusable;
use crate::signals::Signal;
pub use crate::streams::{DemultiplexError, Target};

/// A failure that ends credrun.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line is invalid.
    #[error(transparent)]
    Flag(#[from] FlagError),
    /// No credentials could be obtained.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// No Engine could be chosen.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// The Engine could not be reached, or refused.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// docker's login for the image's registry could not be obtained.
    #[error(transparent)]
    RegistryAuth(#[from] RegistryAuthError),
    /// Amazon ECR returned no login.
    #[error(transparent)]
    Ecr(#[from] EcrError),
    /// The image could not be pulled, and credrun knows more than the Engine says.
    #[error("cannot pull the image")]
    Pull {
        /// What the Engine says.
        #[source]
        source: EngineError,
        hint: String,
    },
    /// The Engine does not have the image, and it was not to be pulled, or cannot be.
    #[error("no such image: {image}")]
    NoSuchImage {
        image: String,
        /// Whether a pull had succeeded.
        pulled: bool,
    },
    /// An image other than the container's own cannot be obtained.
    #[error("cannot get the image for {flag}")]
    ImageOf {
        /// The flag that names it.
        flag: &'static str,
        #[source]
        source: Box<Error>,
    },
    /// The image of `--relay-image` is not a relay.
    #[error("the image of --relay-image did not start as a credrun relay")]
    NotARelay {
        #[source]
        source: Box<Error>,
    },
    /// `exec` was asked to bring credentials into a container that is to have none.
    #[error("{container:?} was started with --keyless, so it gets no credentials")]
    Keyless {
        /// As typed.
        container: String,
    },
    /// `stop` was asked for a container that `ps` does not list.
    #[error("credrun ps lists no container called {0:?}")]
    NotLive(String),
    /// `stop` was asked for a container, and several match.
    #[error("{wanted:?} matches {} containers in credrun ps", containers.len())]
    SeveralLive {
        wanted: String,
        containers: Vec<String>,
    },
    /// `logs` was asked for the log of a container that has none here.
    #[error("no log found for {0:?}")]
    NoLog(String),
    /// `logs` was asked for a log, and several match.
    #[error("{wanted:?} matches the logs of {} containers", containers.len())]
    SeveralLogs {
        wanted: String,
        containers: Vec<String>,
    },
    /// A call for a Compose project or a dev container, and another one at the same time.
    #[error("another call has begun to serve {name} at the same time")]
    ServedByAnother {
        /// As `logs` calls it.
        name: String,
    },
    /// `login` needs the AWS CLI.
    #[error("profile {profile:?} needs the AWS CLI to log in, and it is not installed")]
    NoAwsCli {
        profile: String,
        /// What it would have run.
        command: String,
    },
    /// The AWS CLI could not log in, and has said why.
    #[error("{command} failed with {status}")]
    Login {
        command: String,
        status: String,
        /// Its version, if that is why.
        too_old: Option<String>,
    },
    /// The user has configured an endpoint for a service that `--keyless` cannot send calls to.
    #[error(transparent)]
    EndpointUrl(#[from] UnusableUrl),
    /// There is no relay for the Engine.
    #[error(transparent)]
    NoRelay(#[from] NoRelay),
    /// The relay did not start, or ended.
    #[error(transparent)]
    Relay(#[from] RelayError),
    /// A signal came before there was a result, or a started container.
    #[error("interrupted by SIG{}; nothing is left behind", .0.name())]
    Interrupted(Signal),
    /// A third signal came while the Engine was asked to create a container.
    #[error("interrupted by SIG{} while the Engine was creating the container, which may be left behind", .0.name())]
    CreateGivenUp(Signal),
    /// As [`Interrupted`](Self::Interrupted), but the container to be removed could not be removed.
    #[error("interrupted by SIG{}; the container {id} may be left behind", signal.name())]
    LeftBehind {
        signal: Signal,
        /// The container's short ID.
        id: String,
        /// Why it could not be removed.
        #[source]
        source: EngineError,
    },
    /// A repeated signal, or one without a container to pass it to, asked credrun to end.
    #[error("ended by SIG{}; the container {id} is still running", signal.name())]
    LeftRunning {
        signal: Signal,
        /// The container's short ID.
        id: String,
    },
    /// A signal asked to end credrun while its command ran.
    #[error("ended by SIG{}; the command in {container} is still running", signal.name())]
    CommandLeftRunning {
        signal: Signal,
        /// The container, as typed.
        container: String,
    },
    /// The container's output could not be passed on.
    #[error(transparent)]
    Output(DemultiplexError),
    /// The Engine failed to run the container to its end.
    #[error("the container failed: {message}")]
    Container { message: String },
    /// A restart policy wanted the container to run again.
    #[error("the Engine could not start the container again: {message}")]
    NotStartedAgain { message: String },
    /// An operation that a run needs failed on this machine.
    #[error("cannot {action}")]
    Local {
        /// The operation, as an infinitive.
        action: String,
        #[source]
        source: io::Error,
    },
    /// A bug in credrun or a library.
    #[error("internal error")]
    Bug(#[source] Bug),
    /// The command of `env` could not be started.
    #[error("cannot execute {program:?}")]
    Execute {
        /// The command, as typed.
        program: String,
        #[source]
        source: io::Error,
    },
    /// `role-template` was asked for a role that IAM would refuse.
    #[error(transparent)]
    RoleTemplate(#[from] RoleTemplateError),
    /// Records give no policy.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

impl From<getrandom::Error> for Error {
    fn from(error: getrandom::Error) -> Self {
        Self::Local {
            action: "get random bytes".to_owned(),
            source: io::Error::other(error),
        }
    }
}

impl Error {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Flag(error) => error.hint(),
            Self::Credentials(error) => error.hint(),
            Self::Endpoint(error) => error.hint(),
            Self::Engine(error) => error.hint(),
            Self::RegistryAuth(error) => error.hint(),
            Self::Ecr(error) => error.hint(),
            Self::Pull { hint, .. } => Some(hint.clone()),
            Self::NoSuchImage { pulled: true, .. } => Some(
                "the pull succeeded, but the Engine does not have it: does the image exist for this platform?".to_owned(),
            ),
            Self::NoSuchImage { pulled: false, .. } => Some(
                "`docker images` lists the images; --pull missing pulls an image that is missing".to_owned(),
            ),
            Self::ImageOf { source, .. } => source.hint(),
            Self::NotARelay { .. } => Some(format!(
                "it must be the image that a credrun {} for the Engine's architecture loads with --live or --keyless; \
                 `docker images {RELAY_REPOSITORY}` lists it there",
                env!("CARGO_PKG_VERSION")
            )),
            Self::Keyless { container } => Some(format!(
                "`docker exec {container}` runs a command there, and its AWS calls go through credrun, too"
            )),
            Self::NotLive(_) => {
                Some("docker stop stops other containers".to_owned())
            }
            Self::SeveralLive { containers, .. } | Self::SeveralLogs { containers, .. } => {
                let ids = containers.join(", ");
                Some(format!("use the ID of one of them: {ids}"))
            }
            Self::NoLog(wanted) => Some(format!(
                "credrun keeps one of runs with -d and --live or --keyless, of Compose projects (as PROJECT/aws) and of dev containers \
                 (as FOLDER/devcontainer), for their user on their machine; `docker logs {wanted}` shows what the container itself writes"
            )),
            Self::ServedByAnother { .. } => {
                Some("the last call counts: if this one is to, repeat it".to_owned())
            }
            Self::NoAwsCli { command, .. } => Some(format!(
                "install the AWS CLI v2, then: {command}"
            )),
            Self::Login { too_old, .. } => too_old.as_ref().map(|version| {
                format!("aws login needs version 2.32 of the AWS CLI or a newer one; this is {version}")
            }),
            Self::NoRelay(error) => error.hint(),
            Self::Relay(error) => error.hint(),
            Self::CommandLeftRunning { container, .. } => Some(format!(
                "`docker top {container}` shows it; with -it, ^C reaches the command itself"
            )),
            Self::NotStartedAgain { .. } => Some(
                "if the relay that it was created with is gone, only a new run can replace the container"
                    .to_owned(),
            ),
            Self::LeftRunning { id, .. } => Some(format!("docker rm -f {id} ends it")),
            Self::CreateGivenUp(_) => {
                Some("once the Engine answers, `docker ps -a` shows it, and docker rm removes it".to_owned())
            }
            Self::LeftBehind { id, .. } => Some(format!("docker rm -f {id} removes it")),
            Self::Local { source, .. } => unusable::hint(source),
            Self::Bug(_) => Some(
                "this is a bug in credrun: please report it, with these lines and the command line \
                 without its secrets"
                    .to_owned(),
            ),
            Self::EndpointUrl(_)
            | Self::Interrupted(_)
            | Self::Output(_)
            | Self::Container { .. } => None,
            Self::Execute { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                Some("is it installed, and is its directory in PATH?".to_owned())
            }
            Self::Execute { .. } => None,
            Self::RoleTemplate(error) => error.hint(),
            Self::Policy(error) => error.hint(),
        }
    }

    /// The signal that ended credrun, if one did.
    #[must_use]
    pub fn signal(&self) -> Option<Signal> {
        match self {
            Self::Interrupted(signal)
            | Self::CreateGivenUp(signal)
            | Self::LeftBehind { signal, .. }
            | Self::LeftRunning { signal, .. }
            | Self::CommandLeftRunning { signal, .. } => Some(*signal),
            // It came as a byte, because of the prompt, but means the same.
            Self::Credentials(CredentialsError::TokenCode(TokenCodeError::Interrupted)) => {
                Some(Signal::INT)
            }
            _ => None,
        }
    }

    /// The exit status for this error.
    #[must_use]
    pub fn status(&self) -> ExitStatus {
        if let Some(signal) = self.signal() {
            return ExitStatus::of_signal(signal.number());
        }
        match self {
            Self::Engine(error) => error.status(),
            Self::Execute { source, .. } => match source.kind() {
                io::ErrorKind::NotFound => ExitStatus::NOT_FOUND,
                _ => ExitStatus::NOT_EXECUTABLE,
            },
            _ => ExitStatus::FAILED,
        }
    }

    /// The whole message, newline at the end.
    #[must_use]
    pub fn report(&self) -> String {
        Failure::from(self).report()
    }
}

/// A failure in words. It holds no secret, since no error of credrun holds one.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Failure {
    pub message: String,
    /// Why, from the nearest cause to the farthest.
    pub causes: Vec<String>,
    /// What the user can do about it.
    pub hint: Option<String>,
}

impl Failure {
    /// The text that a user sees.
    #[must_use]
    pub fn report(&self) -> String {
        let mut text = format!("credrun: {}\n", self.message);
        for line in self.further_lines() {
            let _ = writeln!(text, "{line}");
        }
        text
    }

    /// The lines below the message.
    pub fn further_lines(&self) -> impl Iterator<Item = String> {
        let causes = self
            .causes
            .iter()
            .map(|cause| format!("caused by: {cause}"));
        causes.chain(self.hint.iter().map(|hint| format!("hint: {hint}")))
    }
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        Self {
            message: error.to_string(),
            causes: causes::links(error)
                .skip(1)
                .map(ToString::to_string)
                .collect(),
            hint: error.hint(),
        }
    }
}
