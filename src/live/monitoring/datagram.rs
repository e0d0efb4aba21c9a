//! A datagram of an SDK → a call.
//!
//! `ApiCallAttempt` tells of one request, `ApiCall` once more of all of a call. Both have the service and
//! the operation in botocore's words, and no parameters, so resources are not known.
//!
//! The access key ID and the session token in it have no place in [`Told`]: reading skips them. What is
//! kept has the form that it must have, no part of a secret of the container's, and no access key ID, so
//! that what stands in another place is not kept either. An error of the parser can quote what it has read, and goes nowhere.

use std::collections::HashMap;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use serde::Deserialize;

use crate::iam::denial::Denial;
use crate::iam::module::{Module, modules, plain};
use crate::iam::needs::Needs;
use crate::iam::operation::Operation;
use crate::record::{Call, Need, Verdict};

/// SDKs cut messages there, and the last word may have lost its end.
const CUT_MESSAGE: usize = 512;
/// No call takes longer.
const LONGEST_CALL: Duration = Duration::from_secs(24 * 3600);
/// IDs of requests are UUIDs, or 16 characters of S3.
const LONGEST_ID: usize = 64;
const LONGEST_CODE: usize = 128;

/// What is read of a datagram.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Told {
    r#type: String,
    service: String,
    api: String,
    region: Option<String>,
    attempt_count: Option<u64>,
    attempt_latency: Option<u64>,
    http_status_code: Option<u16>,
    #[serde(rename = "XAmznRequestId")]
    request_id: Option<String>,
    #[serde(rename = "XAmzRequestId")]
    request_id_of_s3: Option<String>,
    aws_exception: Option<String>,
    aws_exception_message: Option<String>,
    sdk_exception: Option<String>,
    final_sdk_exception: Option<String>,
}

/// The call that a datagram tells of. None for what repeats another datagram, or is none of an SDK.
pub(super) fn call(
    bytes: &[u8],
    now: SystemTime,
    is_secret: &dyn Fn(&str) -> bool,
) -> Option<Call> {
    let is_secret = |text: &str| is_secret(text) || has_access_key_id(text);
    let kept = |text: Option<String>, has_its_form: fn(&str) -> bool| {
        text.filter(|text| has_its_form(text) && !is_secret(text))
    };
    let told: Told = serde_json::from_slice(bytes).ok()?;
    let is_one = match told.r#type.as_str() {
        "ApiCallAttempt" => true,
        // Of a call that was never sent, nothing else tells.
        "ApiCall" => told.attempt_count == Some(0),
        _ => false,
    };
    if !is_one {
        return None;
    }
    let module = module(&told.service);
    let operation = module.and_then(|module| Operation::of_any_case(module, &told.api));
    let needs = operation.as_ref().map(needs).unwrap_or_default();
    let status = told.http_status_code.unwrap_or(0);
    let code = kept(told.aws_exception, is_code);
    let message = told.aws_exception_message.as_deref().map(whole_words);
    let message = message.filter(|message| !is_secret(message));
    let denial = Denial::of(status, code.as_deref(), message);
    let id = told.request_id.or(told.request_id_of_s3);
    let of_sdk = told.sdk_exception.or(told.final_sdk_exception);
    let latency = Duration::from_millis(told.attempt_latency.unwrap_or(0));
    Some(Call {
        module: module.map(|module| module.name),
        operation: operation.as_ref().map(Operation::name),
        needs,
        region: kept(told.region, is_region),
        verdict: Verdict::Observed,
        status,
        error: code.or_else(|| kept(of_sdk, is_code)),
        denial,
        request_id: kept(id, is_id),
        duration: latency.min(LONGEST_CALL),
        ..Call::begun(now)
    })
}

fn needs(operation: &Operation) -> Vec<Need> {
    let certain = Needs::of_any_request(operation).certain;
    let need = certain.iter().map(|action| Need {
        action: action.to_string(),
        resources: Vec::new(),
    });
    need.collect()
}

/// By its service ID (`DynamoDB`, `Secrets Manager`), or by the name that SDKs have where they know none.
fn module(service: &str) -> Option<&'static Module> {
    static BY_NAME: LazyLock<HashMap<String, &'static Module>> = LazyLock::new(|| {
        let by_id = modules()
            .iter()
            .map(|module| (plain(module.service_id), module));
        let by_name = modules().iter().map(|module| (plain(module.name), module));
        // The first wins where two are the same.
        let mut all = HashMap::new();
        for (name, module) in by_id.chain(by_name) {
            all.entry(name).or_insert(module);
        }
        all
    });
    BY_NAME.get(&plain(service)).copied()
}

/// A message without the word that may be cut.
fn whole_words(message: &str) -> &str {
    match message.rfind(' ') {
        Some(end) if message.chars().count() >= CUT_MESSAGE => &message[..end],
        _ => message,
    }
}

/// Whether the text has what looks like the ID of an access key: `ASIA` or `AKIA`, and 16 more.
fn has_access_key_id(text: &str) -> bool {
    let is_of_ids = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let is_id = |part: &[u8]| {
        [b"AKIA", b"ASIA"]
            .iter()
            .any(|start| part.starts_with(*start))
            && part.iter().all(is_of_ids)
    };
    text.as_bytes().windows(20).any(is_id)
}

fn is_code(text: &str) -> bool {
    let is_of_codes = |byte: u8| byte.is_ascii_alphanumeric() || b"._-:#".contains(&byte);
    (1..=LONGEST_CODE).contains(&text.len()) && text.bytes().all(is_of_codes)
}

fn is_region(text: &str) -> bool {
    let is_of_regions = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=32).contains(&text.len()) && text.bytes().all(is_of_regions)
}

fn is_id(text: &str) -> bool {
    let is_of_ids = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=LONGEST_ID).contains(&text.len()) && text.bytes().all(is_of_ids)
}

#[cfg(test)]
mod tests;
