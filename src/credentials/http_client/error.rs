//! Why there was no answer, and whether the proxy in between is the reason.

use std::error::Error as StdError;
use std::io;
use std::path::PathBuf;

use crate::vars;

/// Why a request was not answered. Neither a URL's path nor anybody's password is part of it.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// It was not sent.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// No client could be made for it.
    #[error("could not create an HTTP client")]
    Client(#[source] reqwest::Error),
    /// Nothing listens there, or it cannot be reached.
    #[error("could not connect to {to}")]
    Unreachable {
        to: String,
        /// What the operating system said.
        #[source]
        source: Cause,
    },
    /// Its certificate is not trusted.
    #[error("the certificate of {to} is not trusted: {why}")]
    Certificate { to: String, why: String },
    /// There was no answer in time.
    #[error("{to} did not respond in time")]
    Silent { to: String },
    /// The connection was closed before the answer.
    #[error("{to} closed the connection before the response was complete")]
    Broken {
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
    #[error("the proxy {proxy} requires a user name and a password (HTTP 407)")]
    ProxyAuthorization {
        /// The proxy, and who names it.
        proxy: String,
    },
    /// The proxy does not let this host through, or did not reach it.
    #[error("the proxy {proxy} did not connect to {to}")]
    ProxyRefused {
        /// The proxy, and who names it.
        proxy: String,
        to: String,
    },
    /// The proxy did not answer, or nobody behind it.
    #[error("the proxy {proxy} did not connect to {to} in time")]
    ProxySilent {
        /// The proxy, and who names it.
        proxy: String,
        to: String,
    },
}

type Cause = Box<dyn StdError + Send + Sync>;

impl HttpError {
    pub(super) fn client(error: reqwest::Error) -> Self {
        // Its own text would repeat the URL.
        Self::Client(error.without_url())
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
                "if a company's proxy inspects TLS, set {} or the profile's ca_bundle to the file with its CA certificate",
                vars::AWS_CA_BUNDLE
            )),
            Self::ProxyAuthorization { .. } => {
                Some("put them into the variable: http://USER:PASSWORD@HOST:PORT".to_owned())
            }
            Self::ProxyUnreachable { .. }
            | Self::ProxyRefused { .. }
            | Self::ProxySilent { .. } => Some(format!(
                "{} lists the hosts to reach without the proxy, separated by commas",
                vars::NO_PROXY
            )),
            _ => None,
        }
    }
}

/// Why AWS cannot be reached as the environment or the profile wants it. Values of variables may
/// be secret and are never part of it.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A variable for a proxy holds something else.
    #[error("{variable} is not a proxy URL")]
    Proxy { variable: &'static str },
    /// A kind of proxy that credrun does not speak to.
    #[error("{variable} names a SOCKS proxy")]
    Socks { variable: &'static str },
    /// The CA bundle cannot be read.
    #[error("the CA bundle {} ({named_by}) cannot be read", .path.display())]
    Unreadable {
        path: PathBuf,
        /// The variable or the profile.
        named_by: String,
        #[source]
        source: io::Error,
    },
    /// The CA bundle holds something else.
    #[error("the CA bundle {} ({named_by}) contains no usable certificate", .path.display())]
    NoCertificate {
        path: PathBuf,
        /// The variable or the profile.
        named_by: String,
    },
    /// TLS could not be set up.
    #[error("TLS could not be set up")]
    Tls(#[source] rustls::Error),
}

impl SettingsError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Proxy { variable } => format!(
                "{variable} must be http://HOST:PORT, with USER:PASSWORD@ before HOST if the proxy requires them"
            ),
            Self::Socks { .. } => {
                "credrun supports HTTP proxies only, as the AWS CLI does".to_owned()
            }
            Self::Unreadable { .. } | Self::NoCertificate { .. } => {
                "a CA bundle is a file of certificates in PEM format".to_owned()
            }
            Self::Tls(_) => return None,
        })
    }
}
