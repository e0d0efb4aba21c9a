//! Every failure of credrun's own, by the phase it belongs to, and how a user reads it.
//!
//! Each room has an error type that says *what* failed; [`Error`] puts them side by side and
//! knows the exit status and the hint. Printing happens once, in [`Error::report`]:
//!
//! ```text
//! credrun: <what failed>
//! caused by: <why>
//! hint: <what to do>
//! ```

use std::error::Error as StdError;
use std::fmt::Write as _;

use crate::commands::role_template::RoleTemplateError;
use crate::container::FlagError;
use crate::credentials::CredentialsError;
use crate::engine::EngineError;
use crate::exit::ExitStatus;

/// A failure that ends credrun.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was typed cannot be meant.
    #[error(transparent)]
    Flag(#[from] FlagError),
    /// No credentials could be had.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// The Engine could not be reached, or refused.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// `role-template` was asked for a role that IAM would refuse.
    #[error(transparent)]
    RoleTemplate(#[from] RoleTemplateError),
}

impl Error {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Flag(error) => error.hint(),
            Self::Credentials(error) => error.hint(),
            Self::Engine(error) => error.hint(),
            Self::RoleTemplate(error) => Some(error.hint()),
        }
    }

    /// The exit status that goes with it.
    #[must_use]
    pub fn status(&self) -> ExitStatus {
        match self {
            Self::Engine(error) => error.status(),
            Self::Flag(_) | Self::Credentials(_) | Self::RoleTemplate(_) => ExitStatus::FAILED,
        }
    }

    /// The whole message, newline at the end.
    #[must_use]
    pub fn report(&self) -> String {
        let mut text = format!("credrun: {self}\n");
        let mut cause = self.source();
        while let Some(error) = cause {
            let _ = writeln!(text, "caused by: {error}");
            cause = error.source();
        }
        if let Some(hint) = self.hint() {
            let _ = writeln!(text, "hint: {hint}");
        }
        text
    }
}
