//! Why no Engine could be chosen.

use crate::engine::reach::context::ContextError;
use crate::engine::reach::host_port::AddressError;
use crate::engine::reach::tls::error::TlsError;
use crate::vars;

/// Why no Engine could be chosen.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// Two choices at once.
    #[error("conflicting options: cannot specify both --host and --context")]
    Conflict,
    /// An invalid address.
    #[error("invalid Engine address \"{address}\" ({chosen_by})")]
    Address {
        address: String,
        /// Where it comes from.
        chosen_by: String,
        /// What is wrong with it.
        source: AddressError,
    },
    /// A context that cannot be used.
    #[error("cannot use the docker context \"{name}\" ({chosen_by})")]
    Context {
        name: String,
        chosen_by: &'static str,
        source: ContextError,
    },
    /// TLS that cannot be set up.
    #[error("cannot set up TLS for the Engine ({chosen_by})")]
    Tls {
        /// What chose the Engine.
        chosen_by: String,
        source: TlsError,
    },
    /// An `ssh` address, but no `ssh`.
    #[error("cannot find the program \"ssh\", which reaches {address}")]
    NoSsh { address: String },
    /// An invalid version.
    #[error("invalid DOCKER_API_VERSION \"{0}\"")]
    ApiVersion(String),
    /// Invalid headers. Values may be secret and are not shown.
    #[error("invalid HTTP headers in {0}: {1}")]
    Headers(&'static str, String),
}

impl EndpointError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Conflict => Some("keep one of the two".to_owned()),
            Self::Address { .. } => Some(
                "an address is unix:///path, tcp://host:port or ssh://user@host:port".to_owned(),
            ),
            Self::Context { source, .. } => match source {
                ContextError::NotFound => Some("`docker context ls` lists the contexts".to_owned()),
                _ => None,
            },
            Self::Tls { source, .. } => source.hint(),
            Self::NoSsh { .. } => Some("install the OpenSSH client".to_owned()),
            Self::ApiVersion(_) => Some("it is two numbers, such as 1.41".to_owned()),
            Self::Headers(vars::DOCKER_CUSTOM_HEADERS, _) => {
                Some("write name=value, several of them separated by commas".to_owned())
            }
            Self::Headers(..) => None,
        }
    }
}
