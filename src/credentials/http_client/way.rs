//! How a request goes: straight, or through a proxy.

use std::error::Error as StdError;
use std::fmt;

use crate::credentials::http_client::error::HttpError;
use crate::credentials::http_client::proxies::Proxy;

/// How a request gets to where it should go.
#[derive(Clone)]
pub(crate) struct Way {
    /// `https://sts.eu-west-1.amazonaws.com`, without a path.
    pub(super) to: String,
    pub(super) proxy: Option<Proxy>,
    pub(super) secure: bool,
}

impl Way {
    /// Why a request that went this way failed.
    pub(super) fn failure(&self, error: reqwest::Error) -> HttpError {
        let (is_connect, is_timeout) = (error.is_connect(), error.is_timeout());
        let error = error.without_url();
        let to = self.to.clone();
        if let Some(tls) = link::<rustls::Error>(&error) {
            let why = tls.to_string();
            return HttpError::Certificate { to, why };
        }
        if is_timeout {
            return self.silent();
        }
        let why = innermost(&error);
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

/// hyper-util has a type for what a proxy answers, which it does not export.
fn of_proxy(proxy: String, to: String, why: String) -> HttpError {
    match why.strip_prefix("tunnel error: ") {
        Some("proxy authorization required") => HttpError::ProxyAuthorization { proxy },
        Some(_) => HttpError::ProxyRefused { proxy, to },
        None => HttpError::ProxyUnreachable { proxy, why },
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
