//! Answers to DescribeEndpoints, in which a service says where a client shall send its calls.
//!
//! boto3 asks for Timestream's endpoint before the first call, also with `AWS_ENDPOINT_URL` and with
//! `AWS_ENABLE_ENDPOINT_DISCOVERY=false`, and puts `https://` before what has no scheme. So a whole URL
//! is the answer. DynamoDB's is asked for only by who wants it. Older programs make a client for the
//! URL that MediaConvert answers with.
//!
//! `iot` and services of media and of search answer with hosts that need other proof than a
//! signature of the run's, or that no table has. These pass.

use crate::iam::module::Protocol;
use crate::iam::operation::Operation;
use crate::json;
use crate::keyless::edits::Edits;

/// The body with `proxy`, as `http://127.0.0.1:1234`, as the address of each endpoint. None where
/// nothing changes.
pub(crate) fn in_answer(operation: &Operation, body: &[u8], proxy: &str) -> Option<Vec<u8>> {
    if !matches!(operation.protocol, Protocol::Json | Protocol::RestJson) {
        return None;
    }
    let text = std::str::from_utf8(body).ok()?;
    let mut edits = Edits::of(text);
    for (name, value) in json::members(text)? {
        if !name.eq_ignore_ascii_case("endpoints") {
            continue;
        }
        for endpoint in json::elements(value)? {
            for (name, value) in json::members(endpoint)? {
                let is_address = ["address", "url"].contains(&name.to_ascii_lowercase().as_str());
                if is_address && !edits.replace(value, json::quoted(proxy)) {
                    return None;
                }
            }
        }
    }
    if edits.are_none() {
        return None;
    }
    edits.done()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROXY: &str = "http://127.0.0.1:1234";

    fn answered(module: &str, body: &str) -> Option<String> {
        let operation = Operation::named(module, "DescribeEndpoints");
        let body = in_answer(&operation, body.as_bytes(), PROXY)?;
        Some(String::from_utf8(body).expect("text"))
    }

    #[test]
    fn each_endpoint_is_the_proxy() {
        assert_eq!(
            answered(
                "timestream-query",
                r#"{"Endpoints": [{"Address":"query-cell1.timestream.eu-west-1.amazonaws.com","CachePeriodInMinutes":1440}]}"#
            )
            .as_deref(),
            Some(r#"{"Endpoints": [{"Address":"http://127.0.0.1:1234","CachePeriodInMinutes":1440}]}"#)
        );
        assert_eq!(
            answered(
                "mediaconvert",
                r#"{"endpoints":[{"url":"https:\/\/abc.mediaconvert.eu-west-1.amazonaws.com"}],"nextToken":null}"#
            )
            .as_deref(),
            Some(r#"{"endpoints":[{"url":"http://127.0.0.1:1234"}],"nextToken":null}"#)
        );
    }

    #[test]
    fn what_has_no_endpoints_stays_as_it_is() {
        for body in ["", "{}", "[]", r#"{"Endpoints":[]}"#, r#"{"Endpoints":{}}"#] {
            assert_eq!(answered("dynamodb", body), None, "{body}");
        }
    }
}
