//! Why there was no response, and whether the proxy is the reason.

use std::error::Error as StdError;
use std::io;
use std::path::PathBuf;

use crate::vars;

/// Why a request got no response. It includes neither a URL's path nor a password.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The request was not sent.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// No HTTP client could be created.
    #[error("could not create an HTTP client")]
    Client(#[source] reqwest::Error),
    /// Nothing listens there, or the host cannot be reached.
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
    /// There was no response in time.
    #[error("{to} did not respond in time")]
    Silent { to: String },
    /// The connection was closed before the response was complete.
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
        /// The proxy, and where it is configured.
        proxy: String,
        /// What the operating system said.
        why: String,
    },
    /// The proxy requires a user name and a password, or different ones.
    #[error("the proxy {proxy} requires a user name and a password (HTTP 407)")]
    ProxyAuthorization {
        /// The proxy, and where it is configured.
        proxy: String,
    },
    /// The proxy does not allow this host, or could not reach it.
    #[error("the proxy {proxy} did not connect to {to}")]
    ProxyRefused {
        /// The proxy, and where it is configured.
        proxy: String,
        to: String,
    },
    /// Neither the proxy nor the host behind it responded.
    #[error("the proxy {proxy} did not connect to {to} in time")]
    ProxySilent {
        /// The proxy, and where it is configured.
        proxy: String,
        to: String,
    },
}

type Cause = Box<dyn StdError + Send + Sync>;

impl HttpError {
    pub(super) fn client(error: reqwest::Error) -> Self {
        // reqwest's own message would repeat the URL.
        Self::Client(error.without_url())
    }

    /// Whether the connection failed, rather than the service at its end.
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

/// Why the settings in the environment or the profile cannot be used. Values of variables may be
/// secret and are never included.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A proxy variable does not hold a proxy URL.
    #[error("{variable} is not a proxy URL")]
    Proxy { variable: &'static str },
    /// A kind of proxy that credrun does not support.
    #[error("{variable} names a SOCKS proxy")]
    Socks { variable: &'static str },
    /// The CA bundle cannot be read.
    #[error("the CA bundle {} ({named_by}) cannot be read", .path.display())]
    Unreadable {
        path: PathBuf,
        /// The variable or profile that names it.
        named_by: String,
        #[source]
        source: io::Error,
    },
    /// The CA bundle contains no certificate.
    #[error("the CA bundle {} ({named_by}) contains no usable certificate", .path.display())]
    NoCertificate {
        path: PathBuf,
        /// The variable or profile that names it.
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
