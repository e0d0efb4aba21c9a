//! The HTTP client of every call to AWS: STS, IAM Identity Center, `aws login`, instance
//! metadata, ECR. [`streaming`] is for calls of a container.
//!
//! The SDK uses it as its HTTP client ([`sdk`]), so that proxies ([`proxies`]), CA bundles
//! ([`settings`]), log lines and messages about long waits are the same for all calls. Nothing is
//! set up before the first request: a run that uses only loopback, or takes its keys from the
//! environment, need not read every root certificate of the machine (147 files on Debian).

mod error;
mod log;
mod proxies;
mod sdk;
mod settings;

pub(crate) mod streaming;
pub(crate) mod way;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode, Uri};

use crate::files;
use crate::vars::Environment;
use crate::waits::Waits;

use log::Logged;
use proxies::Proxy;
use settings::Settings;
use way::Way;

pub use crate::credentials::http_client::error::SettingsError;
pub use error::HttpError;

/// How long a connection is kept for the next call: another role of a chain, or another attempt. If
/// it were kept longer, a call after a laptop's sleep would use a connection that the other end has
/// silently dropped, and wait for a response.
const KEPT: Duration = Duration::from_secs(1);

/// Clones share connections and settings.
#[derive(Clone)]
pub struct HttpClient {
    shared: Arc<Shared>,
    /// Whether to bypass proxies.
    direct: bool,
}

struct Shared {
    settings: Settings,
    clients: Mutex<Vec<(Key, reqwest::Client)>>,
    waits: Waits,
}

/// What two requests must have in common to share a connection.
#[derive(Clone, PartialEq, Eq)]
struct Key {
    proxy: Option<Proxy>,
    secure: bool,
    connect: Option<Duration>,
}

/// How long one request may take.
#[derive(Debug, Clone, Copy, Default)]
pub struct Limits {
    /// Until the connection is made, including the proxy and TLS.
    pub connect: Option<Duration>,
    /// Until the response arrives.
    pub answer: Option<Duration>,
}

impl HttpClient {
    /// A client with the settings of `environment`, and the `ca_bundle` of `profile`.
    #[must_use]
    pub fn new(environment: &Environment, profile: Option<&str>, waits: &Waits) -> Self {
        let shared = Shared {
            settings: Settings::of(environment, profile),
            clients: Mutex::default(),
            waits: waits.clone(),
        };
        Self {
            shared: Arc::new(shared),
            direct: false,
        }
    }

    /// The same without proxies, for services on this machine, whatever their address.
    #[must_use]
    pub(crate) fn direct(&self) -> Self {
        Self {
            direct: true,
            ..self.clone()
        }
    }

    /// What credrun is waiting for.
    #[must_use]
    pub fn waits(&self) -> &Waits {
        &self.shared.waits
    }

    /// Refuses settings with which `url` cannot be requested. Reads the CA bundle; sends nothing.
    pub(crate) fn check(&self, url: &str) -> Result<(), SettingsError> {
        let Ok(uri) = url.parse::<Uri>() else {
            return Ok(());
        };
        if self.way(&uri)?.secure {
            self.shared.settings.check_bundle()?;
        }
        Ok(())
    }

    /// Sends `request`. Redirects are returned, not followed: a signature is for one host.
    ///
    /// # Errors
    /// [`HttpError`]. A response that refuses is not an error here.
    pub async fn send(
        &self,
        request: Request<Bytes>,
        limits: Limits,
    ) -> Result<Response<Bytes>, HttpError> {
        let way = self.way(request.uri())?;
        let logged = Logged::begin(&request, &way);
        let sent = async {
            let client = self.client(&way, limits.connect).await?;
            let answered = exchange(&client, request, &way);
            match limits.answer {
                Some(limit) => tokio::time::timeout(limit, answered)
                    .await
                    .unwrap_or_else(|_| Err(way.silent())),
                None => answered.await,
            }
        };
        let what = format!("{way} to answer");
        let outcome = self.shared.waits.during(what, sent).await;
        logged.end(outcome.as_ref().map(Response::status));
        outcome
    }

    /// A builder for a client that trusts the same certificates, but uses no proxy.
    pub(crate) async fn builder(
        &self,
        secure: bool,
    ) -> Result<reqwest::ClientBuilder, SettingsError> {
        let tls = if secure {
            let shared = Arc::clone(&self.shared);
            files::off_thread(move || shared.settings.trusting()).await?
        } else {
            settings::trusting_no_root()?
        };
        Ok(reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .tls_backend_preconfigured(tls))
    }

    fn way(&self, uri: &Uri) -> Result<Way, SettingsError> {
        let proxy = match self.direct {
            true => None,
            false => self.shared.settings.proxies.for_uri(uri)?,
        };
        let is_https = uri.scheme_str() == Some("https");
        let authority = uri.authority().map_or("", |authority| {
            let text = authority.as_str();
            text.rsplit_once('@').map_or(text, |(_, host)| host)
        });
        Ok(Way {
            to: format!("{}://{authority}", uri.scheme_str().unwrap_or("http")),
            secure: is_https
                || proxy
                    .as_ref()
                    .is_some_and(|proxy| proxy.url.scheme() == "https"),
            proxy,
        })
    }

    async fn client(
        &self,
        way: &Way,
        connect: Option<Duration>,
    ) -> Result<reqwest::Client, HttpError> {
        let key = Key {
            proxy: way.proxy.clone(),
            secure: way.secure,
            connect,
        };
        let known = |clients: &Vec<(Key, reqwest::Client)>| {
            let found = clients.iter().find(|(known, _)| *known == key);
            found.map(|(_, client)| client.clone())
        };
        if let Some(client) = known(&self.clients()) {
            return Ok(client);
        }
        let mut builder = self.builder(way.secure).await?.pool_idle_timeout(KEPT);
        if let Some(limit) = connect {
            builder = builder.connect_timeout(limit);
        }
        if let Some(proxy) = &way.proxy {
            let proxy = reqwest::Proxy::all(proxy.url.clone()).map_err(HttpError::client)?;
            builder = builder.proxy(proxy);
        }
        let client = builder.build().map_err(HttpError::client)?;
        self.clients().push((key, client.clone()));
        Ok(client)
    }

    fn clients(&self) -> std::sync::MutexGuard<'_, Vec<(Key, reqwest::Client)>> {
        let clients = self.shared.clients.lock();
        clients.unwrap_or_else(PoisonError::into_inner)
    }
}

async fn exchange(
    client: &reqwest::Client,
    request: Request<Bytes>,
    way: &Way,
) -> Result<Response<Bytes>, HttpError> {
    let request = reqwest::Request::try_from(request).map_err(HttpError::client)?;
    let lost = |error| way.failure(error);
    let response = client.execute(request).await.map_err(lost)?;
    let (status, version) = (response.status(), response.version());
    let headers = response.headers().clone();
    // For an https URL, this status would be AWS's own response.
    if let (StatusCode::PROXY_AUTHENTICATION_REQUIRED, Some(proxy), false) =
        (status, &way.proxy, way.to.starts_with("https:"))
    {
        return Err(HttpError::ProxyAuthorization {
            proxy: proxy.to_string(),
        });
    }
    let body = response.bytes().await.map_err(lost)?;
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.version_mut() = version;
    *response.headers_mut() = headers;
    Ok(response)
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HttpClient")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client<const N: usize>(variables: [(&str, &str); N]) -> HttpClient {
        HttpClient::new(&Environment::fixed(variables), None, &Waits::default())
    }

    #[test]
    fn a_bundle_that_cannot_be_read_is_refused_where_tls_needs_it() {
        let bundle = (crate::vars::AWS_CA_BUNDLE, "/nonexistent.pem");
        let one = client([bundle]);
        assert!(one.check("https://sts.eu-west-1.amazonaws.com/").is_err());
        assert!(one.check("http://127.0.0.1:5000/").is_ok());

        let proxied = client([bundle, ("HTTP_PROXY", "https://proxy.example:3128")]);
        assert!(proxied.check("http://sts.example/").is_err());
        assert!(proxied.direct().check("http://sts.example/").is_ok());
        let plain = client([bundle, ("HTTP_PROXY", "http://proxy.example:3128")]);
        assert!(plain.check("http://sts.example/").is_ok());
    }

    #[tokio::test]
    async fn connections_are_shared_by_requests_that_go_the_same_way() {
        let one = client([("HTTP_PROXY", "http://proxy.example:3128")]);
        let connect = Some(Duration::from_secs(1));
        for (uri, limit, clients) in [
            ("http://a.example/", None, 1),
            ("http://b.example/", None, 1),
            ("http://a.example/", connect, 2),
            ("http://127.0.0.1/", connect, 3),
            ("http://b.example/", connect, 3),
        ] {
            let way = one.way(&uri.parse().expect("a URI")).expect("a way");
            one.client(&way, limit).await.expect("a client");
            assert_eq!(one.clients().len(), clients, "{uri}");
        }
    }
}
