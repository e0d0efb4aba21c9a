//! Buckets and objects.

use crate::iam::literal::literal;
use crate::iam::operation::Operation;
use crate::iam::place::{Place, begins_as_arn, name};
use crate::iam::request::Request;
use crate::xml;

pub(super) fn resources(
    operation: &Operation,
    request: &Request<'_>,
    place: &Place<'_>,
    action: &str,
) -> Vec<String> {
    let path = request.path.strip_prefix('/').unwrap_or(request.path);
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    if bucket.is_empty() {
        return Vec::new();
    }
    let bucket = name(bucket);
    if bucket.ends_with("--x-s3") {
        // Its objects have no ARNs: a session for the bucket is what is allowed.
        return vec![place.arn("s3express", &format!("bucket/{bucket}"))];
    }
    let arn = |resource: &str| format!("arn:{}:s3:::{resource}", place.partition);
    let is_copy = ["CopyObject", "UploadPartCopy"].contains(&operation.name());
    if is_copy && action.starts_with("Get") {
        let sources = request.amz_values("x-amz-copy-source");
        return sources.map(|source| source_of(&source, arn)).collect();
    }
    let object = |key: &str| arn(&format!("{bucket}/{key}"));
    match (operation.name(), key) {
        ("DeleteObjects", _) => match keys(request.body) {
            Some(keys) => keys.map(|key| object(&literal(&key))).collect(),
            None => vec![object("*")],
        },
        (_, "") => vec![arn(&bucket)],
        (_, key) => vec![object(&name(key))],
    }
}

/// `/bucket/key?versionId=…`, encoded, or the ARN of an access point.
fn source_of(source: &str, arn: impl Fn(&str) -> String) -> String {
    let source = source.split("?versionId=").next().unwrap_or(source);
    let source = name(source);
    match begins_as_arn(&source) {
        true => source.into_owned(),
        false => arn(source.strip_prefix('/').unwrap_or(&source)),
    }
}

/// The keys that DeleteObjects has in its body. None where it cannot be read.
fn keys(body: Option<&[u8]>) -> Option<impl Iterator<Item = String>> {
    let text = std::str::from_utf8(body?).ok()?;
    let leaves = xml::leaves(text.trim_start_matches('\u{feff}'))?;
    let keys = leaves.into_iter();
    let keys: Option<Vec<_>> = keys
        .filter(|leaf| leaf.parent == "Object" && leaf.name == "Key")
        .map(|leaf| leaf.value())
        .collect();
    Some(keys?.into_iter())
}
