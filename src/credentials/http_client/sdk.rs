//! The HTTP client in the form that the AWS SDK expects.

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;

use super::{HttpClient, HttpError, Limits};

impl aws_smithy_runtime_api::client::http::HttpClient for HttpClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector {
            client: self.clone(),
            limits: Limits {
                connect: settings.connect_timeout(),
                answer: settings.read_timeout(),
            },
        })
    }
}

#[derive(Debug)]
struct Connector {
    client: HttpClient,
    limits: Limits,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (client, limits) = (self.client.clone(), self.limits);
        HttpConnectorFuture::new(async move { call(&client, limits, request).await })
    }
}

async fn call(
    client: &HttpClient,
    limits: Limits,
    request: HttpRequest,
) -> Result<HttpResponse, ConnectorError> {
    let request = request
        .try_into_http1x()
        .map_err(|error| ConnectorError::user(error.into()))?;
    // None of these calls streams: the bodies are in memory.
    let request = request.map(|body| Bytes::copy_from_slice(body.bytes().unwrap_or_default()));
    let response = client.send(request, limits).await.map_err(told_to_sdk)?;
    HttpResponse::try_from(response.map(SdkBody::from))
        .map_err(|error| ConnectorError::other(error.into(), None))
}

/// The SDK retries after a failure that may be temporary.
fn told_to_sdk(error: HttpError) -> ConnectorError {
    match error {
        HttpError::Silent { .. } | HttpError::ProxySilent { .. } => {
            ConnectorError::timeout(error.into())
        }
        HttpError::Unreachable { .. }
        | HttpError::Broken { .. }
        | HttpError::ProxyUnreachable { .. }
        | HttpError::ProxyRefused { .. } => ConnectorError::io(error.into()),
        HttpError::Settings(_)
        | HttpError::Client(_)
        | HttpError::Certificate { .. }
        | HttpError::ProxyAuthorization { .. } => ConnectorError::user(error.into()),
    }
}
