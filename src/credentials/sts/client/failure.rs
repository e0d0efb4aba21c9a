//! The reason for a failed call: a response that refuses, or no response.

use aws_sdk_sts::error::SdkError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, DispatchFailure};
use serde_json::Value;

use crate::causes;
use crate::credentials::http_client::HttpError;
use crate::credentials::sts::error::StsError;

/// An error code, and its message.
type Said = (String, Option<String>);

/// The meaning of an error response. `said` is what the SDK found in it. Some emulators and
/// gateways respond in the form of another AWS protocol, which the SDK does not parse.
pub(crate) fn of_response(
    response: &HttpResponse,
    said: Option<Said>,
    scrub: impl Fn(&str) -> String,
) -> StsError {
    let status = response.status().as_u16();
    match said.or_else(|| said_in(response.body().bytes()?)) {
        Some((code, message)) => StsError::Refused {
            status,
            code: scrub(&code),
            message: message.map(|text| scrub(&text)),
        },
        None => StsError::Answer {
            status: Some(status),
        },
    }
}

/// The error code from XML without the query protocol's envelope, or from JSON.
fn said_in(body: &[u8]) -> Option<Said> {
    let text = std::str::from_utf8(body).ok()?;
    let said = match serde_json::from_str(text) {
        Ok(json) => said_in_json(&json),
        Err(_) => element(text, "Code").map(|code| (code, element(text, "Message"))),
    };
    said.filter(|(code, _)| is_code(code))
}

fn said_in_json(json: &Value) -> Option<Said> {
    let error = json.get("Error").unwrap_or(json);
    let text = |names: &[&str]| {
        let value = names.iter().find_map(|name| error.get(name)?.as_str());
        value.map(str::to_owned)
    };
    let code = text(&["Code", "code", "__type"])?;
    let code = code.rsplit('#').next().unwrap_or_default().to_owned();
    Some((code, text(&["Message", "message"])))
}

/// The text of the first element `name`.
fn element(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ];
    let unescape = |text: String, (entity, meant): (&str, &str)| text.replace(entity, meant);
    Some(entities.into_iter().fold(text.trim().to_owned(), unescape))
}

fn is_code(text: &str) -> bool {
    (1..=100).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// Why a request could not reach STS, if that is known.
pub(crate) fn of_the_way(failure: &DispatchFailure) -> Option<&HttpError> {
    let connector = failure.as_connector_error()?;
    causes::find(connector).filter(|error: &&HttpError| error.is_of_the_way())
}

pub(crate) fn unreachable<E>(
    endpoint: Option<String>,
    region: Option<String>,
    error: SdkError<E, HttpResponse>,
) -> StsError
where
    E: std::error::Error + Send + Sync + 'static,
{
    let is_of_the_way =
        matches!(&error, SdkError::DispatchFailure(failure) if of_the_way(failure).is_some());
    // As text: the SDK's own types are not for users.
    let text = causes::innermost(&error).into();
    let own = error.into_source().ok().filter(|_| is_of_the_way);
    let own = own.and_then(|source| source.downcast::<ConnectorError>().ok());
    StsError::Unreachable {
        endpoint,
        region,
        source: own.map_or(text, |connector| connector.into_source()),
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn told(status: u16, body: &'static str) -> String {
        let status = status.try_into().expect("a status");
        let response = HttpResponse::new(status, SdkBody::from(body));
        of_response(&response, None, str::to_owned).to_string()
    }

    #[test]
    fn a_code_is_found_in_every_form_that_aws_has_and_told_with_the_status() {
        for body in [
            "<ErrorResponse><Error><Code>AccessDenied</Code><Message>a &amp; b</Message></Error></ErrorResponse>",
            "<Response><Errors><Error><Code>AccessDenied</Code><Message>a &amp; b</Message></Error></Errors></Response>",
            r#"{"Error":{"Code":"AccessDenied","Message":"a & b"}}"#,
            r#"{"__type":"com.amazon#AccessDenied","message":"a & b"}"#,
        ] {
            assert_eq!(told(403, body), "AccessDenied: a & b (HTTP 403)", "{body}");
        }
        assert_eq!(
            told(400, "<Code>Throttling</Code>"),
            "Throttling (HTTP 400)"
        );
    }

    #[test]
    fn what_has_no_code_is_told_by_its_status() {
        for body in [
            "",
            "<html><Code>two words</Code></html>",
            "{}",
            "[1]",
            "502",
        ] {
            assert_eq!(
                told(502, body),
                "the response is not valid STS: HTTP 502",
                "{body}"
            );
        }
    }
}
