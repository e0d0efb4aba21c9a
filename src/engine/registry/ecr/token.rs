//! `GetAuthorizationToken` of ECR and of ECR Public: one signed request each.

use std::error::Error as StdError;
use std::time::{Duration, SystemTime};

use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use secrecy::SecretString;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::credentials::{Credentials, HttpClient, HttpError, Limits};

/// How long one attempt may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How often to try a call that fails for transient reasons.
const ATTEMPTS: u32 = 3;
/// The pause before the second attempt; doubled before each further one.
const BACKOFF: Duration = Duration::from_millis(200);

/// One API call, complete but for the signature.
pub(crate) struct Call {
    pub endpoint: String,
    pub region: String,
    pub signing_name: &'static str,
    pub target: &'static str,
    pub body: String,
}

pub(crate) struct Login {
    pub username: String,
    pub password: SecretString,
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The endpoint that the environment names is not a URL, or similar.
    #[error("cannot make a request to {endpoint}")]
    Request {
        endpoint: String,
        source: Box<dyn StdError + Send + Sync>,
    },
    #[error("cannot reach {endpoint}")]
    Unreachable {
        endpoint: String,
        source: Box<HttpError>,
    },
    #[error("{}", refused(*.status, code, .message.as_deref()))]
    Refused {
        status: u16,
        /// The error's name: `AccessDeniedException`. Empty where it has none.
        code: String,
        /// What AWS says about it.
        message: Option<String>,
    },
    /// An answer without a token. It may hold a secret and is not shown.
    #[error("the response from {endpoint} has no token")]
    Malformed { endpoint: String },
}

impl TokenError {
    fn is_worth_another_attempt(&self) -> bool {
        match self {
            Self::Unreachable { source, .. } => !source.is_of_the_way(),
            Self::Refused { status, code, .. } => {
                *status >= 500 || *status == 429 || code.starts_with("Throttling")
            }
            Self::Request { .. } | Self::Malformed { .. } => false,
        }
    }
}

fn refused(status: u16, code: &str, message: Option<&str>) -> String {
    let name = match code {
        "" => format!("HTTP status {status}"),
        code => code.to_owned(),
    };
    match message {
        Some(message) => format!("{name}: {message}"),
        None => name,
    }
}

/// Makes the call and reads the login out of its answer.
pub(crate) async fn fetch(
    call: &Call,
    credentials: &Credentials,
    http: &HttpClient,
) -> Result<Login, TokenError> {
    let mut backoff = BACKOFF;
    for _ in 1..ATTEMPTS {
        match call.send(http, credentials).await {
            Err(error) if error.is_worth_another_attempt() => {}
            other => return other,
        }
        tokio::time::sleep(backoff).await;
        backoff *= 2;
    }
    call.send(http, credentials).await
}

impl Call {
    fn request_error(&self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> TokenError {
        TokenError::Request {
            endpoint: self.endpoint.clone(),
            source: source.into(),
        }
    }

    async fn send(
        &self,
        http: &HttpClient,
        credentials: &Credentials,
    ) -> Result<Login, TokenError> {
        let request = self
            .signed(credentials)
            .map_err(|source| self.request_error(source))?;
        let limits = Limits {
            connect: Some(TIMEOUT),
            answer: Some(TIMEOUT),
        };
        let response = http
            .send(request.map(Bytes::from), limits)
            .await
            .map_err(|source| TokenError::Unreachable {
                endpoint: self.endpoint.clone(),
                source: Box::new(source),
            })?;
        let status = response.status();
        let named = response
            .headers()
            .get("x-amzn-errortype")
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let body = response.into_body();
        if status.is_success() {
            return login(&body).ok_or_else(|| TokenError::Malformed {
                endpoint: self.endpoint.clone(),
            });
        }
        Err(refusal(status.as_u16(), named, &body))
    }

    fn signed(
        &self,
        credentials: &Credentials,
    ) -> Result<http::Request<String>, Box<dyn StdError + Send + Sync>> {
        let mut request = http::Request::post(format!("{}/", self.endpoint.trim_end_matches('/')))
            .header(CONTENT_TYPE, "application/x-amz-json-1.1")
            .header("x-amz-target", self.target)
            .body(self.body.clone())?;
        let identity = credentials.for_sdk().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(self.signing_name)
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let uri = request.uri().to_string();
        let headers = request
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default()));
        let body = SignableBody::Bytes(self.body.as_bytes());
        let signable = SignableRequest::new("POST", &uri, headers, body)?;
        let (instructions, _) = sign(signable, &parameters)?.into_parts();
        instructions.apply_to_request_http1x(&mut request);
        Ok(request)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    authorization_data: OneOrMore,
}

/// ECR answers with a list, ECR Public with a single entry.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(AuthorizationData),
    More(Vec<AuthorizationData>),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AuthorizationData {
    authorization_token: String,
}

/// The token is `AWS:<password>` in base64.
fn login(body: &[u8]) -> Option<Login> {
    let answer: Answer = serde_json::from_slice(body).ok()?;
    let data = match answer.authorization_data {
        OneOrMore::One(data) => data,
        OneOrMore::More(list) => list.into_iter().next()?,
    };
    let token = Zeroizing::new(data.authorization_token);
    let decoded = Zeroizing::new(STANDARD.decode(token.as_bytes()).ok()?);
    let (username, password) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some(Login {
        username: username.to_owned(),
        password: SecretString::from(password),
    })
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ErrorBody {
    #[serde(rename = "__type")]
    kind: Option<String>,
    #[serde(alias = "Message")]
    message: Option<String>,
}

/// The error's name is in the body or a header, with a namespace before or a URL behind it.
fn refusal(status: u16, named: Option<String>, body: &[u8]) -> TokenError {
    let error: ErrorBody = serde_json::from_slice(body).unwrap_or_default();
    let code = error.kind.or(named).unwrap_or_default();
    let code = code.rsplit('#').next().unwrap_or_default();
    let code = code.split(':').next().unwrap_or_default();
    TokenError::Refused {
        status,
        code: code.to_owned(),
        message: error.message.filter(|text| !text.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret as _;

    #[test]
    fn both_forms_of_the_answer_are_read() {
        for body in [
            r#"{"authorizationData":[{"authorizationToken":"QVdTOnBhOnNz","expiresAt":1}]}"#,
            r#"{"authorizationData":{"authorizationToken":"QVdTOnBhOnNz"}}"#,
        ] {
            let login = login(body.as_bytes()).expect("a login");
            assert_eq!(login.username, "AWS");
            assert_eq!(login.password.expose_secret(), "pa:ss");
        }
        for body in ["{}", r#"{"authorizationData":[]}"#, "no JSON"] {
            assert!(login(body.as_bytes()).is_none(), "{body}");
        }
    }

    #[test]
    fn the_name_of_an_error_is_found_wherever_it_stands() {
        for (named, body, text) in [
            (
                None,
                r#"{"__type":"com.amazon#AccessDeniedException","Message":"no"}"#,
                "AccessDeniedException: no",
            ),
            (
                Some("ThrottlingException:http://x/"),
                r#"{"message":"slow"}"#,
                "ThrottlingException: slow",
            ),
            (None, "<html>", "HTTP status 503"),
        ] {
            let error = refusal(503, named.map(str::to_owned), body.as_bytes());
            assert_eq!(error.to_string(), text);
            assert!(error.is_worth_another_attempt());
        }
    }
}
