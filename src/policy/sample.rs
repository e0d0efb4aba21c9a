//! Lines of records for tests.

use serde_json::{Value, json};

/// A line with these keys in the place of those of a plain call.
pub(super) fn line(changes: &Value) -> String {
    let mut line = json!({
        "Time": "2026-11-26T10:00:00.000Z", "Verdict": "passed", "Rule": null, "Module": "s3",
        "Operation": "GetObject", "Actions": ["s3:GetObject"], "Resources": ["arn:aws:s3:::b/k"],
        "Region": "eu-west-1", "Status": 200, "Error": null, "RequestId": "R", "Attempt": 1,
        "BytesSent": 0, "BytesReceived": 1, "Milliseconds": 1
    });
    for (name, value) in changes.as_object().expect("keys") {
        line[name] = value.clone();
    }
    line.to_string()
}
