//! The operations of S3. One path, `/bucket/key`, has nearly all of them, and a name in the query says
//! which. Names that are not in these lists leave the operation unknown: S3 may have learned them.

use crate::iam::arn::is_account;
use crate::iam::module::{Protocol, module};
use crate::iam::operation::Operation;
use crate::iam::refusal::Refusal;
use crate::iam::request::Request;

/// Names in the query of which each is an operation on a bucket, by method.
#[rustfmt::skip]
const ON_BUCKETS: &[(&str, &str, &str)] = &[
    ("DELETE", "analytics", "DeleteBucketAnalyticsConfiguration"),
    ("DELETE", "cors", "DeleteBucketCors"),
    ("DELETE", "encryption", "DeleteBucketEncryption"),
    ("DELETE", "intelligent-tiering", "DeleteBucketIntelligentTieringConfiguration"),
    ("DELETE", "inventory", "DeleteBucketInventoryConfiguration"),
    ("DELETE", "lifecycle", "DeleteBucketLifecycle"),
    ("DELETE", "metadataConfiguration", "DeleteBucketMetadataConfiguration"),
    ("DELETE", "metadataTable", "DeleteBucketMetadataTableConfiguration"),
    ("DELETE", "metrics", "DeleteBucketMetricsConfiguration"),
    ("DELETE", "ownershipControls", "DeleteBucketOwnershipControls"),
    ("DELETE", "policy", "DeleteBucketPolicy"),
    ("DELETE", "publicAccessBlock", "DeletePublicAccessBlock"),
    ("DELETE", "replication", "DeleteBucketReplication"),
    ("DELETE", "tagging", "DeleteBucketTagging"),
    ("DELETE", "website", "DeleteBucketWebsite"),
    ("GET", "abac", "GetBucketAbac"),
    ("GET", "accelerate", "GetBucketAccelerateConfiguration"),
    ("GET", "acl", "GetBucketAcl"),
    ("GET", "analytics", "GetBucketAnalyticsConfiguration"),
    ("GET", "cors", "GetBucketCors"),
    ("GET", "encryption", "GetBucketEncryption"),
    ("GET", "intelligent-tiering", "GetBucketIntelligentTieringConfiguration"),
    ("GET", "inventory", "GetBucketInventoryConfiguration"),
    ("GET", "lifecycle", "GetBucketLifecycleConfiguration"),
    ("GET", "list-type", "ListObjectsV2"),
    ("GET", "location", "GetBucketLocation"),
    ("GET", "logging", "GetBucketLogging"),
    ("GET", "metadataConfiguration", "GetBucketMetadataConfiguration"),
    ("GET", "metadataTable", "GetBucketMetadataTableConfiguration"),
    ("GET", "metrics", "GetBucketMetricsConfiguration"),
    ("GET", "notification", "GetBucketNotificationConfiguration"),
    ("GET", "object-lock", "GetObjectLockConfiguration"),
    ("GET", "ownershipControls", "GetBucketOwnershipControls"),
    ("GET", "policy", "GetBucketPolicy"),
    ("GET", "policyStatus", "GetBucketPolicyStatus"),
    ("GET", "publicAccessBlock", "GetPublicAccessBlock"),
    ("GET", "replication", "GetBucketReplication"),
    ("GET", "requestPayment", "GetBucketRequestPayment"),
    ("GET", "session", "CreateSession"),
    ("GET", "tagging", "GetBucketTagging"),
    ("GET", "uploads", "ListMultipartUploads"),
    ("GET", "versioning", "GetBucketVersioning"),
    ("GET", "versions", "ListObjectVersions"),
    ("GET", "website", "GetBucketWebsite"),
    ("POST", "delete", "DeleteObjects"),
    ("POST", "metadataConfiguration", "CreateBucketMetadataConfiguration"),
    ("POST", "metadataTable", "CreateBucketMetadataTableConfiguration"),
    ("PUT", "abac", "PutBucketAbac"),
    ("PUT", "accelerate", "PutBucketAccelerateConfiguration"),
    ("PUT", "acl", "PutBucketAcl"),
    ("PUT", "analytics", "PutBucketAnalyticsConfiguration"),
    ("PUT", "cors", "PutBucketCors"),
    ("PUT", "encryption", "PutBucketEncryption"),
    ("PUT", "intelligent-tiering", "PutBucketIntelligentTieringConfiguration"),
    ("PUT", "inventory", "PutBucketInventoryConfiguration"),
    ("PUT", "lifecycle", "PutBucketLifecycleConfiguration"),
    ("PUT", "logging", "PutBucketLogging"),
    ("PUT", "metadataAnnotationTable", "UpdateBucketMetadataAnnotationTableConfiguration"),
    ("PUT", "metadataInventoryTable", "UpdateBucketMetadataInventoryTableConfiguration"),
    ("PUT", "metadataJournalTable", "UpdateBucketMetadataJournalTableConfiguration"),
    ("PUT", "metrics", "PutBucketMetricsConfiguration"),
    ("PUT", "notification", "PutBucketNotificationConfiguration"),
    ("PUT", "object-lock", "PutObjectLockConfiguration"),
    ("PUT", "ownershipControls", "PutBucketOwnershipControls"),
    ("PUT", "policy", "PutBucketPolicy"),
    ("PUT", "publicAccessBlock", "PutPublicAccessBlock"),
    ("PUT", "replication", "PutBucketReplication"),
    ("PUT", "requestPayment", "PutBucketRequestPayment"),
    ("PUT", "tagging", "PutBucketTagging"),
    ("PUT", "versioning", "PutBucketVersioning"),
    ("PUT", "website", "PutBucketWebsite"),
];

/// The same for objects.
#[rustfmt::skip]
const ON_OBJECTS: &[(&str, &str, &str)] = &[
    ("DELETE", "annotation", "DeleteObjectAnnotation"),
    ("DELETE", "tagging", "DeleteObjectTagging"),
    ("DELETE", "uploadId", "AbortMultipartUpload"),
    ("GET", "acl", "GetObjectAcl"),
    ("GET", "annotation", "GetObjectAnnotation"),
    ("GET", "attributes", "GetObjectAttributes"),
    ("GET", "legal-hold", "GetObjectLegalHold"),
    ("GET", "retention", "GetObjectRetention"),
    ("GET", "tagging", "GetObjectTagging"),
    ("GET", "torrent", "GetObjectTorrent"),
    ("GET", "uploadId", "ListParts"),
    ("POST", "restore", "RestoreObject"),
    ("POST", "select", "SelectObjectContent"),
    ("POST", "uploadId", "CompleteMultipartUpload"),
    ("POST", "uploads", "CreateMultipartUpload"),
    ("PUT", "acl", "PutObjectAcl"),
    ("PUT", "annotation", "PutObjectAnnotation"),
    ("PUT", "encryption", "UpdateObjectEncryption"),
    ("PUT", "legal-hold", "PutObjectLegalHold"),
    ("PUT", "renameObject", "RenameObject"),
    ("PUT", "retention", "PutObjectRetention"),
    ("PUT", "tagging", "PutObjectTagging"),
    ("PUT", "uploadId", "UploadPart"),
];

/// Names in the query that choose among what an operation answers.
const PARAMETERS: [&str; 27] = [
    "annotation-prefix",
    "annotationName",
    "bucket-region",
    "continuation-token",
    "delimiter",
    "encoding-type",
    "fetch-owner",
    "id",
    "key-marker",
    "marker",
    "max-annotation-results",
    "max-buckets",
    "max-directory-buckets",
    "max-keys",
    "max-parts",
    "max-uploads",
    "part-number-marker",
    "partNumber",
    "prefix",
    "select-type",
    "start-after",
    "upload-id-marker",
    "version-id-marker",
    "versionId",
    // Of the signatures of version 2.
    "AWSAccessKeyId",
    "Expires",
    "Signature",
];

/// Where a request is for S3 Control: its operations all have the account, in a header or before
/// the host. A bucket may be called v20180820.
pub(super) fn is_control(request: &Request<'_>) -> bool {
    let has_account = request.has_header("x-amz-account-id")
        || request
            .headers
            .get("host")
            .and_then(|host| host.to_str().ok()?.split_once('.'))
            .is_some_and(|(label, _)| is_account(label));
    has_account && request.path.starts_with("/v20180820/")
}

pub(super) fn find(request: &Request<'_>) -> Result<Vec<Operation>, Refusal> {
    let name = name(request)?;
    let module = module("s3").filter(|_| name.is_some());
    Ok(module
        .zip(name)
        .and_then(|(module, name)| {
            Some(Operation {
                module,
                protocol: Protocol::RestXml,
                row: module.row(name)?,
            })
        })
        .into_iter()
        .collect())
}

fn name(request: &Request<'_>) -> Result<Option<&'static str>, Refusal> {
    let service = request.scope.map_or("s3", |scope| scope.service);
    if service == "s3-object-lambda" {
        let is_it = request.method == "POST" && request.path == "/WriteGetObjectResponse";
        return Ok(is_it.then_some("WriteGetObjectResponse"));
    }
    let (bucket, key) = bucket_and_key(request.path)?;
    match (bucket, key) {
        ("", _) => Ok(of_service(request, service)),
        (_, "") => of_bucket(request),
        _ => of_object(request),
    }
}

/// The bucket as sent, and whether there is a key. S3 reads a path as it is.
fn bucket_and_key(path: &str) -> Result<(&str, &str), Refusal> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    let is_strange = bucket.contains(['%', '\\'])
        || matches!(bucket, "." | "..")
        || (bucket.is_empty() && path.starts_with('/'));
    if is_strange {
        return Err(Refusal::Bucket);
    }
    Ok((bucket, key))
}

fn of_service(request: &Request<'_>, service: &str) -> Option<&'static str> {
    if request.method != "GET" || !are_parameters(request, None) {
        return None;
    }
    Some(if service == "s3express" {
        "ListDirectoryBuckets"
    } else {
        "ListBuckets"
    })
}

fn of_bucket(request: &Request<'_>) -> Result<Option<&'static str>, Refusal> {
    let subresource = subresource(request, ON_BUCKETS)?;
    if !are_parameters(request, subresource) {
        return Ok(None);
    }
    let Some(subresource) = subresource else {
        return Ok(match request.method {
            "GET" => Some("ListObjects"),
            "HEAD" => Some("HeadBucket"),
            "PUT" => Some("CreateBucket"),
            "DELETE" => Some("DeleteBucket"),
            _ => None,
        });
    };
    let has_id = request.once("id").transpose()?.is_some();
    Ok(match (request.method, subresource) {
        ("GET", "analytics") if !has_id => Some("ListBucketAnalyticsConfigurations"),
        ("GET", "intelligent-tiering") if !has_id => {
            Some("ListBucketIntelligentTieringConfigurations")
        }
        ("GET", "inventory") if !has_id => Some("ListBucketInventoryConfigurations"),
        ("GET", "metrics") if !has_id => Some("ListBucketMetricsConfigurations"),
        ("GET", "list-type") if request.once("list-type") != Some(Ok("2")) => None,
        (method, subresource) => row(ON_BUCKETS, method, subresource),
    })
}

fn of_object(request: &Request<'_>) -> Result<Option<&'static str>, Refusal> {
    let subresource = subresource(request, ON_OBJECTS)?;
    if !are_parameters(request, subresource) {
        return Ok(None);
    }
    let is_copy = request.has_amz("x-amz-copy-source");
    let Some(subresource) = subresource else {
        return Ok(match request.method {
            "GET" => Some("GetObject"),
            "HEAD" => Some("HeadObject"),
            "PUT" if is_copy => Some("CopyObject"),
            "PUT" => Some("PutObject"),
            "DELETE" => Some("DeleteObject"),
            _ => None,
        });
    };
    let has_name = request.once("annotationName").transpose()?.is_some();
    Ok(match (request.method, subresource) {
        ("GET", "annotation") if !has_name => Some("ListObjectAnnotations"),
        ("PUT", "uploadId") if is_copy => Some("UploadPartCopy"),
        (method, subresource) => row(ON_OBJECTS, method, subresource),
    })
}

fn row(
    rows: &'static [(&str, &str, &str)],
    method: &str,
    subresource: &str,
) -> Option<&'static str> {
    let found = rows
        .iter()
        .find(|(one, name, _)| *one == method && *name == subresource)?;
    Some(found.2)
}

/// The name in the query that says which operation it is. Of two, S3 takes one, and does not say
/// which.
fn subresource(
    request: &Request<'_>,
    rows: &'static [(&str, &str, &str)],
) -> Result<Option<&'static str>, Refusal> {
    let mut found = None;
    for (name, _) in &request.query {
        let Some((_, known, _)) = rows.iter().find(|(_, known, _)| known == name) else {
            continue;
        };
        match found {
            None => found = Some(*known),
            Some(first) if first == *known => {
                return Err(Refusal::RepeatedParameter(first.to_owned()));
            }
            Some(first) => return Err(Refusal::TwoSubresources(first, known)),
        }
    }
    if let Some(Err(refusal)) = request.once("versionId") {
        return Err(refusal);
    }
    Ok(found)
}

/// Whether S3 is known to read nothing else into the names in the query. It leaves those alone that
/// start with `x-`, but for `x-amz-`, which are headers in signed URLs.
fn are_parameters(request: &Request<'_>, subresource: Option<&str>) -> bool {
    request.query.iter().all(|(name, _)| {
        let lower = name.to_ascii_lowercase();
        Some(name.as_ref()) == subresource
            || lower.starts_with("x-")
            || lower.starts_with("response-")
            || PARAMETERS.contains(&name.as_ref())
    })
}

#[cfg(test)]
mod tests;
