//! Why a container endpoint returned no credentials.

use std::time::Duration;

use crate::credentials::from::container_endpoint::address::AddressError;
use crate::credentials::from::container_endpoint::answer::AnswerError;
use crate::credentials::from::container_endpoint::token::TokenError;
use crate::credentials::http_client::SettingsError;
use crate::vars;

/// Why the container endpoint returned no credentials.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// The address is not permitted.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// There is no usable token.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// No HTTP client could be created.
    #[error("could not create an HTTP client")]
    Client(#[source] reqwest::Error),
    /// The settings for reaching it, in the environment or the profile, are invalid.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// Nothing listens there, or the host cannot be reached.
    #[error("could not connect to {url}")]
    Unreachable {
        url: String,
        /// What the operating system said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It accepted the request, then closed the connection.
    #[error("{url} closed the connection before the response was complete")]
    Broken {
        url: String,
        /// What the protocol or the operating system said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It accepted the request, but did not respond.
    #[error("{url} did not respond within {} s", ATTEMPT_TIMEOUT.as_secs())]
    Silent { url: String },
    /// It redirected credrun to another place, where the token must not go.
    #[error("{url} returned HTTP {status}, a redirect, which credrun does not follow")]
    Redirected { url: String, status: u16 },
    #[error("{url} returned HTTP {status}{}", said(.message.as_deref()))]
    Refused {
        url: String,
        status: u16,
        /// Its message, if it sent one in AWS's form.
        message: Option<String>,
    },
    /// Its response is not a set of credentials.
    #[error("{url}: {problem}")]
    Answer {
        url: String,
        /// What was wrong. It is part of the message, so it is not listed as a cause.
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

    /// Whether another attempt may succeed.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Broken { .. } | Self::Silent { .. } => true,
            Self::Refused { status, .. } => *status >= 500 || *status == 429,
            _ => false,
        }
    }
}

/// The limit for one attempt as a whole. The endpoint is on this machine or next to it.
pub(crate) const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);

pub(crate) fn said(message: Option<&str>) -> String {
    message.map(|text| format!(": {text}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_that_may_recover_is_asked_again() {
        let refused = |status| {
            let error = EndpointError::Refused {
                url: "http://127.0.0.1/".to_owned(),
                status,
                message: None,
            };
            error.is_passing()
        };
        for status in [429, 500, 503] {
            assert!(refused(status), "{status}");
        }
        for status in [400, 401, 404, 428, 430, 499] {
            assert!(!refused(status), "{status}");
        }
    }
}
