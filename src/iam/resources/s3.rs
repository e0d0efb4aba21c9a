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
    // Its objects have no ARNs: a session for the bucket is what is allowed.
    let directory = |bucket: &str| {
        let is_one = bucket.ends_with("--x-s3");
        is_one.then(|| place.arn("s3express", &format!("bucket/{bucket}")))
    };
    let arn = |resource: &str| {
        let bucket = resource.split('/').next().unwrap_or_default();
        directory(bucket).unwrap_or_else(|| format!("arn:{}:s3:::{resource}", place.partition))
    };
    let is_copy = ["CopyObject", "UploadPartCopy"].contains(&operation.name());
    if is_copy && !action.starts_with("Put") {
        let sources = request.amz_values("x-amz-copy-source");
        let sources = sources.map(|source| source_of(&source, arn));
        if action.starts_with("Get") {
            return sources.collect();
        }
        // A session is for what has one.
        let sessions = sources.filter(|source| source.contains(":s3express:"));
        return directory(&bucket).into_iter().chain(sessions).collect();
    }
    if let Some(bucket) = directory(&bucket) {
        return vec![bucket];
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
