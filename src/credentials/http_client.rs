//! The HTTP client that the AWS SDK uses, made when it is first needed.
//!
//! Building the SDK's TLS client reads every root certificate of the machine (147 files on
//! Debian). A run that asks only a loopback endpoint, or takes its keys from the environment,
//! must not pay for that, so the scheme of each request decides which client is built.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

/// How long a connection is kept for the next call: for the other roles of a chain, and the next
/// attempt. Longer, and a call after a laptop's sleep would be made on a connection whose other
/// end has gone meanwhile without a word, and wait for an answer.
const KEPT: Duration = Duration::from_secs(1);

/// Builds a plain or a TLS client per scheme, each at most once.
#[derive(Clone, Default)]
pub(crate) struct LazyHttpClient(Arc<Clients>);

#[derive(Default)]
struct Clients {
    plain: OnceLock<SharedHttpClient>,
    tls: OnceLock<SharedHttpClient>,
}

impl Clients {
    fn plain(&self) -> &SharedHttpClient {
        self.plain.get_or_init(|| {
            aws_smithy_http_client::Builder::new()
                .pool_idle_timeout(KEPT)
                .build_http()
        })
    }

    fn tls(&self) -> &SharedHttpClient {
        self.tls.get_or_init(|| {
            aws_smithy_http_client::Builder::new()
                .tls_provider(Provider::Rustls(CryptoMode::Ring))
                .pool_idle_timeout(KEPT)
                .build_https()
        })
    }
}

impl fmt::Debug for LazyHttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LazyHttpClient")
    }
}

impl HttpClient for LazyHttpClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(ByScheme {
            clients: self.clone(),
            settings: settings.clone(),
            components: components.clone(),
        })
    }
}

#[derive(Debug)]
struct ByScheme {
    clients: LazyHttpClient,
    settings: HttpConnectorSettings,
    components: RuntimeComponents,
}

impl HttpConnector for ByScheme {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = if request.uri().starts_with("http://") {
            self.clients.0.plain()
        } else {
            self.clients.0.tls()
        };
        client
            .http_connector(&self.settings, &self.components)
            .call(request)
    }
}
