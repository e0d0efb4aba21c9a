//! Why a container endpoint gave nothing.

use std::time::Duration;

use crate::credentials::from::container_endpoint::address::AddressError;
use crate::credentials::from::container_endpoint::answer::AnswerError;
use crate::credentials::from::container_endpoint::token::TokenError;
use crate::credentials::http_client::SettingsError;
use crate::vars;

/// Why the container endpoint gave no credentials.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// It may not be asked.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// There is no usable token for it.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// No client could be made for it.
    #[error("could not create an HTTP client")]
    Client(#[source] reqwest::Error),
    /// It cannot be asked as the environment or the profile wants it.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// Nothing listens there, or it cannot be reached.
    #[error("could not connect to {url}")]
    Unreachable {
        url: String,
        /// What the operating system said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It took the request and closed the connection.
    #[error("{url} closed the connection before the response was complete")]
    Broken {
        url: String,
        /// What the protocol or the operating system said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It took the request and did not answer.
    #[error("{url} did not respond within {} s", ATTEMPT_TIMEOUT.as_secs())]
    Silent { url: String },
    /// It sent credrun somewhere else, where the token must not go.
    #[error("{url} returned HTTP {status}, a redirect, which credrun does not follow")]
    Redirected { url: String, status: u16 },
    #[error("{url} returned HTTP {status}{}", said(.message.as_deref()))]
    Refused {
        url: String,
        status: u16,
        /// What it said about it, where it said so in AWS's form.
        message: Option<String>,
    },
    /// It answered something that is no set of credentials.
    #[error("{url}: {problem}")]
    Answer {
        url: String,
        /// What was wrong. Part of the message, and so no cause of its own.
        problem: AnswerError,
    },
}

impl EndpointError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Address(error) => Some(error.hint()),
            Self::Token(error) => Some(error.hint()),
            Self::Unreachable { .. }
            | Self::Broken { .. }
            | Self::Silent { .. }
            | Self::Refused { status: 500.., .. } => Some(format!(
                "the address is from {} or {}; in CloudShell, restart the shell environment",
                vars::AWS_CONTAINER_CREDENTIALS_FULL_URI,
                vars::AWS_CONTAINER_CREDENTIALS_RELATIVE_URI
            )),
            Self::Redirected { .. } => {
                Some("a proxy or a captive portal may be redirecting the request".to_owned())
            }
            Self::Refused {
                status: 401 | 403, ..
            } => Some(format!(
                "{} must be the one of this shell; each CloudShell environment has its own",
                vars::AWS_CONTAINER_AUTHORIZATION_TOKEN
            )),
            Self::Refused { .. } | Self::Answer { .. } => Some(format!(
                "is {} the address of a credential endpoint?",
                vars::AWS_CONTAINER_CREDENTIALS_FULL_URI
            )),
            Self::Settings(error) => error.hint(),
            Self::Client(_) => None,
        }
    }

    /// Whether another attempt may fare better.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Broken { .. } | Self::Silent { .. } => true,
            Self::Refused { status, .. } => *status >= 500 || *status == 429,
            _ => false,
        }
    }
}

/// One attempt as a whole. The endpoint is on this machine or next to it.
pub(crate) const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);

pub(crate) fn said(message: Option<&str>) -> String {
    message.map(|text| format!(": {text}")).unwrap_or_default()
}
