//! HTTP for the calls that credrun passes on for a container. Unlike the client of credrun's own calls,
//! it streams bodies both ways, sends a path as it is given, and keeps connections for the next call.

use std::error::Error as StdError;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, Uri};
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use percent_encoding::percent_decode_str;
use rustls::ClientConfig;

use super::error::{HttpError, SettingsError};
use super::proxies::Proxy;
use super::way::Way;
use super::{HttpClient, settings};
use crate::files;

/// The body of a request. What it fails with ends the request.
pub(crate) type Outgoing = UnsyncBoxBody<Bytes, Box<dyn StdError + Send + Sync>>;

/// How long a connection is kept for the next call. AWS's load balancers keep theirs for a minute.
const KEPT: Duration = Duration::from_secs(20);
/// As many connections to one host are kept.
const MOST_KEPT: usize = 64;
/// The SDKs' own limit is a minute, and they try again.
const CONNECT: Duration = Duration::from_secs(20);

/// One client for each proxy, and one without.
pub(crate) struct StreamingClient {
    http: HttpClient,
    clients: Mutex<Vec<(Key, Connections)>>,
}

/// What two requests must have in common to share a client.
#[derive(Clone, PartialEq, Eq)]
struct Key {
    proxy: Option<Proxy>,
    secure: bool,
}

#[derive(Clone)]
enum Connections {
    Direct(Client<HttpsConnector<HttpConnector>, Outgoing>),
    Through(Client<HttpsConnector<Tunnel<HttpConnector>>, Outgoing>),
    ThroughTls(Client<HttpsConnector<Tunnel<HttpsConnector<HttpConnector>>>, Outgoing>),
}

/// Why a request got no answer.
#[derive(Debug)]
pub(crate) struct Unanswered {
    pub(crate) error: HttpError,
    /// The client's own error. What the request's body failed with is in its chain.
    pub(crate) cause: Option<Error>,
}

impl From<HttpError> for Unanswered {
    fn from(error: HttpError) -> Self {
        Self { error, cause: None }
    }
}

impl StreamingClient {
    /// A client with the proxies and certificates of `http`.
    pub(crate) fn new(http: &HttpClient) -> Self {
        Self {
            http: http.clone(),
            clients: Mutex::default(),
        }
    }

    /// Sends `request` and returns the answer as soon as its head is there. Redirects are returned,
    /// not followed.
    ///
    /// # Errors
    /// [`Unanswered`]. An answer that refuses is not an error here.
    pub(crate) async fn send(
        &self,
        request: Request<Outgoing>,
    ) -> Result<Response<Incoming>, Unanswered> {
        let way = self.http.way(request.uri()).map_err(HttpError::from)?;
        let answered = match self.connections(&way).await? {
            Connections::Direct(client) => client.request(request).await,
            Connections::Through(client) => client.request(request).await,
            Connections::ThroughTls(client) => client.request(request).await,
        };
        answered.map_err(|error| Unanswered {
            error: way.failed(&error, error.is_connect()),
            cause: Some(error),
        })
    }

    async fn connections(&self, way: &Way) -> Result<Connections, HttpError> {
        let key = Key {
            proxy: way.proxy.clone(),
            secure: way.secure,
        };
        if let Some(known) = self.known(&key) {
            return Ok(known);
        }
        let made = self.connect(&key).await?;
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.push((key, made.clone()));
        Ok(made)
    }

    fn known(&self, key: &Key) -> Option<Connections> {
        let clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let found = clients.iter().find(|(known, _)| known == key);
        found.map(|(_, connections)| connections.clone())
    }

    async fn connect(&self, key: &Key) -> Result<Connections, SettingsError> {
        let tls = if key.secure {
            let shared = std::sync::Arc::clone(&self.http.shared);
            files::off_thread(move || shared.settings.trusting()).await?
        } else {
            settings::trusting_no_root()?
        };
        let Some(proxy) = &key.proxy else {
            return Ok(Connections::Direct(client(over_tls(tls, tcp()))));
        };
        let unusable = |_| proxy.unusable();
        let address: Uri = proxy.url.as_str().parse().map_err(unusable)?;
        Ok(if proxy.url.scheme() == "https" {
            let tunnel = Tunnel::new(address, over_tls(tls.clone(), tcp()));
            Connections::ThroughTls(client(over_tls(tls, with_login(tunnel, proxy))))
        } else {
            let tunnel = Tunnel::new(address, tcp());
            Connections::Through(client(over_tls(tls, with_login(tunnel, proxy))))
        })
    }
}

fn tcp() -> HttpConnector {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(CONNECT));
    tcp
}

fn over_tls<C>(tls: ClientConfig, connector: C) -> HttpsConnector<C> {
    HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .wrap_connector(connector)
}

fn with_login<C>(tunnel: Tunnel<C>, proxy: &Proxy) -> Tunnel<C> {
    let url = &proxy.url;
    let decoded = |text| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let password = url.password().map(decoded).unwrap_or_default();
    let login = format!("{}:{password}", decoded(url.username()));
    if login == ":" {
        return tunnel;
    }
    let basic = format!("Basic {}", BASE64_STANDARD.encode(login));
    match HeaderValue::try_from(basic) {
        Ok(value) => tunnel.with_auth(value),
        Err(_) => tunnel,
    }
}

fn client<C>(connector: C) -> Client<C, Outgoing>
where
    C: hyper_util::client::legacy::connect::Connect + Clone,
{
    Client::builder(TokioExecutor::new())
        .pool_idle_timeout(KEPT)
        .pool_max_idle_per_host(MOST_KEPT)
        .pool_timer(TokioTimer::new())
        .build(connector)
}
