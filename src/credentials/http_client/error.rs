//! Why there was no answer, and whether the proxy in between is the reason.

use std::error::Error as StdError;

use super::Way;
use super::settings::SettingsError;
use crate::vars;

/// Why a request was not answered. Neither a URL's path nor anybody's password is part of it.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// It was not sent.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// No client could be made for it.
    #[error("no HTTP client could be made")]
    Client(#[source] reqwest::Error),
    /// Nothing listens there, or it cannot be reached.
    #[error("no connection to {to}")]
    Unreachable {
        /// Scheme and host.
        to: String,
        /// What the operating system said.
        #[source]
        source: Cause,
    },
    /// Its certificate is not trusted.
    #[error("the certificate of {to} is not trusted: {why}")]
    Certificate {
        /// Scheme and host.
        to: String,
        /// What TLS says.
        why: String,
    },
    /// There was no answer in time.
    #[error("{to} did not answer in time")]
    Silent {
        /// Scheme and host.
        to: String,
    },
    /// The connection was closed before the answer.
    #[error("{to} broke the connection")]
    Broken {
        /// Scheme and host.
        to: String,
        /// What the protocol or the operating system said.
        #[source]
        source: Cause,
    },
    /// The proxy cannot be reached.
    #[error("the proxy {proxy} cannot be reached: {why}")]
    ProxyUnreachable {
        /// The proxy, and who names it.
        proxy: String,
        /// What the operating system said.
        why: String,
    },
    /// The proxy wants a user name and a password, or others.
    #[error("the proxy {proxy} asks for a user name and a password (HTTP 407)")]
    ProxyAuthorization {
        /// The proxy, and who names it.
        proxy: String,
    },
    /// The proxy does not let this host through, or did not reach it.
    #[error("the proxy {proxy} made no connection to {to}")]
    ProxyRefused {
        /// The proxy, and who names it.
        proxy: String,
        /// Scheme and host.
        to: String,
    },
    /// The proxy did not answer, or nobody behind it.
    #[error("the proxy {proxy} made no connection to {to} in time")]
    ProxySilent {
        /// The proxy, and who names it.
        proxy: String,
        /// Scheme and host.
        to: String,
    },
}

type Cause = Box<dyn StdError + Send + Sync>;

impl HttpError {
    pub(super) fn client(error: reqwest::Error) -> Self {
        // Its own text would repeat the URL.
        Self::Client(error.without_url())
    }

    pub(super) fn of(error: reqwest::Error, way: &Way) -> Self {
        let (is_connect, is_timeout) = (error.is_connect(), error.is_timeout());
        let error = error.without_url();
        let to = way.to.clone();
        if let Some(tls) = link::<rustls::Error>(&error) {
            let why = tls.to_string();
            return Self::Certificate { to, why };
        }
        if is_timeout {
            return way.silent();
        }
        let why = innermost(&error);
        match (&way.proxy, is_connect) {
            (Some(proxy), true) => Self::of_proxy(proxy.to_string(), to, why),
            (None, true) => Self::Unreachable {
                to,
                source: why.into(),
            },
            (_, false) => Self::Broken {
                to,
                source: why.into(),
            },
        }
    }

    /// hyper-util has a type for what a proxy answers, which it does not export.
    fn of_proxy(proxy: String, to: String, why: String) -> Self {
        match why.strip_prefix("tunnel error: ") {
            Some("proxy authorization required") => Self::ProxyAuthorization { proxy },
            Some(_) => Self::ProxyRefused { proxy, to },
            None => Self::ProxyUnreachable { proxy, why },
        }
    }

    /// Whether the way is at fault, and not whoever is at its end.
    pub(crate) fn is_of_the_way(&self) -> bool {
        !matches!(
            self,
            Self::Unreachable { .. } | Self::Silent { .. } | Self::Broken { .. }
        )
    }

    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Settings(error) => error.hint(),
            Self::Certificate { .. } => Some(format!(
                "where a company's proxy looks into TLS, {} or the profile's ca_bundle names the file of its CA",
                vars::AWS_CA_BUNDLE
            )),
            Self::ProxyAuthorization { .. } => {
                Some("they go into the variable: http://USER:PASSWORD@HOST:PORT".to_owned())
            }
            Self::ProxyUnreachable { .. }
            | Self::ProxyRefused { .. }
            | Self::ProxySilent { .. } => Some(format!(
                "{} lists the hosts that are reached without the proxy, with commas between them",
                vars::NO_PROXY
            )),
            _ => None,
        }
    }
}

/// The first link of this type in the error's chain, also inside of what the operating system is
/// said to have said.
fn link<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        cause = match error.downcast_ref::<std::io::Error>() {
            Some(io) => io.get_ref().map(|inner| inner as &(dyn StdError + 'static)),
            None => error.source(),
        };
    }
    None
}

/// The last link of the error's chain: what the operating system or the protocol said.
fn innermost(error: &(dyn StdError + 'static)) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
