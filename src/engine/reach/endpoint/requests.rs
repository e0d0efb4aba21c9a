//! Settings of every request to the Engine: a pinned version, and the user's headers.

use http::header::{HeaderMap, HeaderName, HeaderValue, USER_AGENT};

use crate::container::grammar::csv;
use crate::engine::reach::config_file::DockerConfig;
use crate::engine::reach::endpoint::error::EndpointError;
use crate::vars::{self, Environment};

pub(crate) fn api_version(environment: &Environment) -> Result<Option<String>, EndpointError> {
    let Some(text) = environment.non_empty(vars::DOCKER_API_VERSION) else {
        return Ok(None);
    };
    let version = text.strip_prefix('v').unwrap_or(&text);
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    match version.split_once('.') {
        Some((major, minor)) if is_number(major) && is_number(minor) => {
            Ok(Some(version.to_owned()))
        }
        _ => Err(EndpointError::ApiVersion(text)),
    }
}

pub(crate) fn headers(
    environment: &Environment,
    config: &DockerConfig,
) -> Result<HeaderMap, EndpointError> {
    let (source, pairs) = match environment.non_empty(vars::DOCKER_CUSTOM_HEADERS) {
        Some(text) => (
            vars::DOCKER_CUSTOM_HEADERS,
            custom_headers(&text)
                .map_err(|why| EndpointError::Headers(vars::DOCKER_CUSTOM_HEADERS, why))?,
        ),
        None => (
            "HttpHeaders of config.json",
            config.http_headers.clone().into_iter().collect(),
        ),
    };
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        let invalid = |_| EndpointError::Headers(source, format!("\"{name}\" cannot be sent"));
        let header = HeaderName::try_from(name.as_str())
            .map_err(http::Error::from)
            .map_err(invalid)?;
        let mut value = HeaderValue::try_from(value)
            .map_err(http::Error::from)
            .map_err(invalid)?;
        value.set_sensitive(true);
        headers.insert(header, value);
    }
    // The client's own header, which docker does not let users replace.
    headers.remove(USER_AGENT);
    Ok(headers)
}

/// One CSV record of `name=value`.
fn custom_headers(text: &str) -> Result<Vec<(String, String)>, String> {
    csv::parse(text)
        .map_err(|problem| problem.to_string())?
        .iter()
        .map(|field| match field.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() => {
                Ok((name.trim().to_owned(), value.to_owned()))
            }
            Some(_) => Err("a name is empty".to_owned()),
            None => Err("a \"=\" is missing".to_owned()),
        })
        .collect()
}
