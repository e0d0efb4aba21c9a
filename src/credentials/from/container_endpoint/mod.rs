//! The container endpoint: CloudShell, ECS and EKS serve credentials over HTTP.
//!
//! credrun sends a `GET` with the token from the environment verbatim in `Authorization`; the
//! response is one JSON object. [`address`] determines the URL and whether it is permitted,
//! [`token`] the token, [`answer`] parses the response. Nothing is kept: each fetch opens a new
//! connection and reads the token again.

mod address;
mod answer;
mod token;

pub(crate) mod error;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant, SystemTime};

use reqwest::StatusCode;
use reqwest::header::{ACCEPT, AUTHORIZATION, DATE, HeaderValue};
use zeroize::Zeroizing;

use crate::causes;
use crate::credentials::Credentials;
use crate::credentials::clock::ClockOffset;
use crate::credentials::http_client::HttpClient;
use crate::credentials::origin::Origin;
use crate::files;
use crate::vars::{self, Environment};
use crate::waits::Waits;

use error::{ATTEMPT_TIMEOUT, EndpointError};
use token::Token;

pub(crate) use address::Address;
pub use address::AddressError;
pub use answer::AnswerError;
pub use token::TokenError;

/// botocore and the Rust SDK allow two seconds for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// The pauses between attempts; botocore and the Rust SDK make three attempts.
const PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(500)];
/// A valid response is under 4 KiB. Anything longer than this limit is rejected.
const LARGEST_ANSWER: usize = 64 * 1024;

/// A container endpoint that the environment names.
#[derive(Debug, Clone)]
pub(crate) struct ContainerEndpoint {
    address: Address,
    token: Token,
    cloudshell: bool,
}

/// The endpoint's response, and its clock's offset.
pub(crate) struct Given {
    pub(crate) credentials: Credentials,
    pub(crate) clock: Option<ClockOffset>,
}

impl ContainerEndpoint {
    /// The endpoint from the environment, if it names one.
    pub(crate) fn from_environment(
        environment: &Environment,
    ) -> Result<Option<Self>, EndpointError> {
        let Some(address) = Address::from_environment(environment)? else {
            return Ok(None);
        };
        let cloudshell = address.is_cloudshell()
            || environment.get(vars::AWS_EXECUTION_ENV).as_deref() == Some("CloudShell");
        Ok(Some(Self {
            address,
            token: Token::from_environment(environment),
            cloudshell,
        }))
    }

    pub(crate) fn origin(&self) -> Origin {
        if self.cloudshell {
            Origin::CloudShell
        } else {
            Origin::ContainerEndpoint(self.address.to_string())
        }
    }

    /// Asks the endpoint for a set.
    pub(crate) async fn fetch(
        &self,
        http: &HttpClient,
        now: SystemTime,
    ) -> Result<Given, EndpointError> {
        let token = self.token(http.waits()).await?;
        let client = self.client(http).await?;
        let mut pauses = PAUSES.iter();
        loop {
            let began = Instant::now();
            let what = format!("{} to answer", self.address);
            let attempt = self.attempt(&client, token.as_ref(), now);
            let outcome = http.waits().during(what, attempt).await;
            self.log(&outcome, PAUSES.len() - pauses.len() + 1, began);
            let error = match outcome {
                Ok(given) => return Ok(given),
                Err(error) => error,
            };
            match pauses.next() {
                Some(pause) if error.is_passing() => tokio::time::sleep(*pause).await,
                _ => return Err(error),
            }
        }
    }

    /// Reading the token's file may block.
    async fn token(&self, waits: &Waits) -> Result<Option<HeaderValue>, EndpointError> {
        let Some(file) = self.token.file() else {
            return Ok(self.token.read()?);
        };
        let what = format!("{} to be read", file.display());
        let token = self.token.clone();
        let read = files::off_thread(move || token.read());
        Ok(waits.during(what, read).await?)
    }

    fn log(&self, outcome: &Result<Given, EndpointError>, attempt: usize, began: Instant) {
        let (url, ms) = (&self.address, began.elapsed().as_millis());
        match outcome {
            Ok(_) => {
                tracing::debug!(method = "GET", %url, attempt, status = 200, ms, "container endpoint asked");
            }
            Err(error) => {
                tracing::debug!(method = "GET", %url, attempt, ms, %error, "container endpoint asked");
            }
        }
    }

    /// A separate client for each fetch, without a pool: no request goes over a connection that the
    /// endpoint has already given up.
    async fn client(&self, http: &HttpClient) -> Result<reqwest::Client, EndpointError> {
        http.builder(self.address.is_https())
            .await?
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(ATTEMPT_TIMEOUT)
            .pool_max_idle_per_host(0)
            // `localhost` is this machine (RFC 6761), whatever a resolver says.
            .resolve_to_addrs("localhost", &loopback())
            .build()
            .map_err(EndpointError::Client)
    }

    async fn attempt(
        &self,
        client: &reqwest::Client,
        token: Option<&HeaderValue>,
        now: SystemTime,
    ) -> Result<Given, EndpointError> {
        let url = self.address.to_string();
        let mut request = client
            .get(self.address.url().clone())
            .header(ACCEPT, "application/json");
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, token.clone());
        }
        let mut response = request.send().await.map_err(|error| lost(&url, error))?;
        let status = response.status();
        let clock = response
            .headers()
            .get(DATE)
            .and_then(|date| ClockOffset::from_header(date.to_str().ok()?, now));
        if status.is_redirection() {
            let status = status.as_u16();
            return Err(EndpointError::Redirected { url, status });
        }
        let body = read_body(&mut response)
            .await
            .map_err(|error| lost(&url, error))?;
        let Some(body) = body else {
            let problem = AnswerError::TooLong;
            return Err(EndpointError::Answer { url, problem });
        };
        let shown = token.and_then(|token| token.to_str().ok());
        if status != StatusCode::OK {
            return Err(EndpointError::Refused {
                url,
                status: status.as_u16(),
                message: answer::refusal(&body, shown),
            });
        }
        let credentials = answer::parse(&body, shown)
            .map_err(|problem| EndpointError::Answer { url, problem })?;
        Ok(Given { credentials, clock })
    }
}

/// The body; `None` if it is longer than any valid response.
async fn read_body(
    response: &mut reqwest::Response,
) -> Result<Option<Zeroizing<Vec<u8>>>, reqwest::Error> {
    // Allocated in full at once: a growing buffer leaves copies behind, which are not wiped.
    let mut body = Zeroizing::new(Vec::with_capacity(LARGEST_ANSWER));
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > LARGEST_ANSWER {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}

fn lost(url: &str, error: reqwest::Error) -> EndpointError {
    let url = url.to_owned();
    let (is_connect, is_timeout) = (error.is_connect(), error.is_timeout());
    // reqwest's own messages repeat the whole URL, whose query may be secret.
    let source = causes::innermost(&error.without_url()).into();
    match (is_connect, is_timeout) {
        (true, _) => EndpointError::Unreachable { url, source },
        (false, true) => EndpointError::Silent { url },
        (false, false) => EndpointError::Broken { url, source },
    }
}

fn loopback() -> [SocketAddr; 2] {
    // Port 0 keeps the URL's port.
    [
        SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
        SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), 0),
    ]
}

impl fmt::Display for ContainerEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.origin().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_answer_that_is_longer_than_any_set_is_not_read() {
        for (length, is_read) in [(65_536, true), (65_537, false), (65_538, false)] {
            let response = http::Response::new(vec![b'a'; length]);
            let body = read_body(&mut response.into()).await.expect("a body");
            assert_eq!(body.is_some_and(|body| body.len() == length), is_read);
        }
    }
}
