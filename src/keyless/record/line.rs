//! A call as a line of `--record`: JSON, with the same keys in each. A length is bounded whatever
//! the container sends.

use serde::Serialize;

use super::{Call, Verdict};
use crate::credentials::iso8601_millis;

/// No name, code or region is longer.
const LONGEST: usize = 256;
/// The ARNs of a line are at most as long together. One call can name a thousand objects.
const RESOURCES: usize = 8 * 1024;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Line<'a> {
    time: String,
    verdict: &'static str,
    /// What refused it.
    rule: Option<&'a str>,
    module: Option<&'a str>,
    operation: Option<&'a str>,
    actions: Vec<&'a str>,
    resources: Vec<&'a str>,
    /// How many resources are not listed, because there are too many.
    #[serde(skip_serializing_if = "is_zero")]
    further_resources: usize,
    region: Option<&'a str>,
    status: u16,
    error: Option<&'a str>,
    request_id: Option<&'a str>,
    attempt: Option<u32>,
    bytes_sent: u64,
    bytes_received: u64,
    milliseconds: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// The line, with its end.
pub(super) fn line(call: &Call) -> Vec<u8> {
    let resources = first_of(&call.resources);
    let (verdict, rule) = match &call.verdict {
        Verdict::Passed => ("passed", None),
        Verdict::Refused { rule, .. } => ("refused", Some(rule)),
        Verdict::Failed => ("failed", None),
    };
    let clipped = |text: &'_ Option<String>| text.as_deref().map(clip).map(str::to_owned);
    let (region, error, id) = (
        clipped(&call.region),
        clipped(&call.error),
        clipped(&call.request_id),
    );
    let line = Line {
        time: iso8601_millis(call.time),
        verdict,
        rule: rule.map(|rule| clip(rule)),
        module: call.module,
        operation: call.operation,
        actions: call.actions.iter().map(|action| clip(action)).collect(),
        further_resources: call.resources.len() - resources.len(),
        resources,
        region: region.as_deref(),
        status: call.status,
        error: error.as_deref(),
        request_id: id.as_deref(),
        attempt: call.attempt,
        bytes_sent: call.sent,
        bytes_received: call.received,
        milliseconds: u64::try_from(call.duration.as_millis()).unwrap_or(u64::MAX),
    };
    // Only text and numbers, so serializing cannot fail.
    let mut json = serde_json::to_vec(&line).unwrap_or_default();
    json.push(b'\n');
    json
}

fn first_of(resources: &[String]) -> Vec<&str> {
    let mut room = RESOURCES;
    let fits = |one: &&String| {
        let left = room.checked_sub(one.len());
        room = left.unwrap_or(0);
        left.is_some()
    };
    resources
        .iter()
        .take_while(fits)
        .map(String::as_str)
        .collect()
}

fn clip(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST)]
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn call() -> Call {
        Call {
            time: UNIX_EPOCH + Duration::from_millis(1_728_549_858_250),
            module: Some("s3"),
            operation: Some("DeleteObject"),
            actions: vec!["s3:DeleteObject".to_owned()],
            resources: vec!["arn:aws:s3:::b/k".to_owned()],
            region: Some("eu-west-1".to_owned()),
            verdict: Verdict::Refused {
                rule: "--deny s3:Delete*".to_owned(),
                action: None,
            },
            status: 403,
            error: Some("AccessDenied".to_owned()),
            request_id: Some("credrun-7".to_owned()),
            sent: 12,
            received: 345,
            duration: Duration::from_micros(6_700),
            attempt: Some(2),
        }
    }

    fn text(call: &Call) -> String {
        String::from_utf8(line(call)).expect("JSON is UTF-8")
    }

    #[test]
    fn a_line_says_what_was_called_and_what_became_of_it() {
        assert_eq!(
            text(&call()),
            "{\"Time\":\"2024-10-10T08:44:18.250Z\",\"Verdict\":\"refused\",\
             \"Rule\":\"--deny s3:Delete*\",\"Module\":\"s3\",\"Operation\":\"DeleteObject\",\
             \"Actions\":[\"s3:DeleteObject\"],\"Resources\":[\"arn:aws:s3:::b/k\"],\
             \"Region\":\"eu-west-1\",\"Status\":403,\"Error\":\"AccessDenied\",\
             \"RequestId\":\"credrun-7\",\"Attempt\":2,\"BytesSent\":12,\"BytesReceived\":345,\
             \"Milliseconds\":6}\n"
        );
    }

    #[test]
    fn what_is_not_known_is_null() {
        let unknown = Call {
            module: None,
            operation: None,
            region: None,
            error: None,
            request_id: None,
            attempt: None,
            verdict: Verdict::Failed,
            ..call()
        };
        let line: serde_json::Value = serde_json::from_str(&text(&unknown)).expect("JSON");
        for key in [
            "Rule",
            "Module",
            "Operation",
            "Region",
            "Error",
            "RequestId",
            "Attempt",
        ] {
            assert!(line[key].is_null() && line.get(key).is_some(), "{key}");
        }
    }

    #[test]
    fn a_line_is_one_line_and_bounded_whatever_the_container_sends() {
        let name = "\n\u{e9}".repeat(100_000);
        let hostile = Call {
            resources: vec!["arn:aws:s3:::b/\n".repeat(20); 10_000],
            region: Some(name.clone()),
            error: Some(name.clone()),
            request_id: Some(name.clone()),
            verdict: Verdict::Refused {
                rule: name,
                action: None,
            },
            ..call()
        };
        let text = text(&hostile);
        assert!(text.len() < 16 * 1024, "{}", text.len());
        assert_eq!(text.lines().count(), 1);
        let line: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(line["Resources"].as_array().map(Vec::len), Some(25));
        assert_eq!(line["FurtherResources"], 9_975);
    }
}
