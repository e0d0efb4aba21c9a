//! The route of a request: direct, or through a proxy.

use std::error::Error as StdError;
use std::fmt;

use crate::causes;
use crate::credentials::http_client::error::HttpError;
use crate::credentials::http_client::proxies::Proxy;

/// The route of a request.
#[derive(Clone)]
pub(crate) struct Way {
    /// `https://sts.eu-west-1.amazonaws.com`, without a path.
    pub(super) to: String,
    pub(super) proxy: Option<Proxy>,
    pub(super) secure: bool,
}

impl Way {
    /// Why a request on this route failed.
    pub(super) fn failure(&self, error: reqwest::Error) -> HttpError {
        let (is_connect, is_timeout) = (error.is_connect(), error.is_timeout());
        match is_timeout {
            true => self.silent(),
            false => self.failed(&error.without_url(), is_connect),
        }
    }

    /// The same for an error of any client. Its chain must not hold a URL.
    pub(super) fn failed(&self, error: &(dyn StdError + 'static), is_connect: bool) -> HttpError {
        let to = self.to.clone();
        if let Some(tls) = causes::find::<rustls::Error>(error) {
            let why = tls.to_string();
            return HttpError::Certificate { to, why };
        }
        let why = causes::innermost(error);
        match (&self.proxy, is_connect) {
            (Some(proxy), true) => of_proxy(proxy.to_string(), to, why),
            (None, true) => HttpError::Unreachable {
                to,
                source: why.into(),
            },
            (_, false) => HttpError::Broken {
                to,
                source: why.into(),
            },
        }
    }

    pub(super) fn silent(&self) -> HttpError {
        match &self.proxy {
            Some(proxy) => HttpError::ProxySilent {
                proxy: proxy.to_string(),
                to: self.to.clone(),
            },
            None => HttpError::Silent {
                to: self.to.clone(),
            },
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to)?;
        match &self.proxy {
            Some(proxy) => write!(f, " through the proxy {proxy}"),
            None => Ok(()),
        }
    }
}

/// hyper-util has an error type for a proxy's response, but does not export it.
fn of_proxy(proxy: String, to: String, why: String) -> HttpError {
    match why.strip_prefix("tunnel error: ") {
        Some("proxy authorization required") => HttpError::ProxyAuthorization { proxy },
        Some(_) => HttpError::ProxyRefused { proxy, to },
        None => HttpError::ProxyUnreachable { proxy, why },
    }
}
