//! S3, whose actions depend on headers and query, and rarely have the operation's name.

use percent_encoding::percent_decode_str;

use crate::iam::action::Action;
use crate::iam::operation::Operation;
use crate::iam::request::Request;

/// Operations whose action has another name.
#[rustfmt::skip]
const RENAMED: &[(&str, &str)] = &[
    ("CompleteMultipartUpload", "PutObject"),
    ("CreateBucketMetadataConfiguration", "CreateBucketMetadataTableConfiguration"),
    ("CreateMultipartUpload", "PutObject"),
    ("CreateSession", "s3express:CreateSession"),
    ("DeleteBucketAnalyticsConfiguration", "PutAnalyticsConfiguration"),
    ("DeleteBucketCors", "PutBucketCORS"),
    ("DeleteBucketEncryption", "PutEncryptionConfiguration"),
    ("DeleteBucketIntelligentTieringConfiguration", "PutIntelligentTieringConfiguration"),
    ("DeleteBucketInventoryConfiguration", "PutInventoryConfiguration"),
    ("DeleteBucketLifecycle", "PutLifecycleConfiguration"),
    ("DeleteBucketMetadataConfiguration", "DeleteBucketMetadataTableConfiguration"),
    ("DeleteBucketMetricsConfiguration", "PutMetricsConfiguration"),
    ("DeleteBucketOwnershipControls", "PutBucketOwnershipControls"),
    ("DeleteBucketReplication", "PutReplicationConfiguration"),
    ("DeleteBucketTagging", "PutBucketTagging"),
    ("DeletePublicAccessBlock", "PutBucketPublicAccessBlock"),
    ("GetBucketAccelerateConfiguration", "GetAccelerateConfiguration"),
    ("GetBucketAnalyticsConfiguration", "GetAnalyticsConfiguration"),
    ("GetBucketCors", "GetBucketCORS"),
    ("GetBucketEncryption", "GetEncryptionConfiguration"),
    ("GetBucketIntelligentTieringConfiguration", "GetIntelligentTieringConfiguration"),
    ("GetBucketInventoryConfiguration", "GetInventoryConfiguration"),
    ("GetBucketLifecycleConfiguration", "GetLifecycleConfiguration"),
    ("GetBucketMetadataConfiguration", "GetBucketMetadataTableConfiguration"),
    ("GetBucketMetricsConfiguration", "GetMetricsConfiguration"),
    ("GetBucketNotificationConfiguration", "GetBucketNotification"),
    ("GetBucketReplication", "GetReplicationConfiguration"),
    ("GetObjectLockConfiguration", "GetBucketObjectLockConfiguration"),
    ("GetPublicAccessBlock", "GetBucketPublicAccessBlock"),
    ("HeadBucket", "ListBucket"),
    ("HeadObject", "GetObject"),
    ("ListBucketAnalyticsConfigurations", "GetAnalyticsConfiguration"),
    ("ListBucketIntelligentTieringConfigurations", "GetIntelligentTieringConfiguration"),
    ("ListBucketInventoryConfigurations", "GetInventoryConfiguration"),
    ("ListBucketMetricsConfigurations", "GetMetricsConfiguration"),
    ("ListBuckets", "ListAllMyBuckets"),
    ("ListDirectoryBuckets", "s3express:ListAllMyDirectoryBuckets"),
    ("ListMultipartUploads", "ListBucketMultipartUploads"),
    ("ListObjectVersions", "ListBucketVersions"),
    ("ListObjects", "ListBucket"),
    ("ListObjectsV2", "ListBucket"),
    ("ListParts", "ListMultipartUploadParts"),
    ("PutBucketAccelerateConfiguration", "PutAccelerateConfiguration"),
    ("PutBucketAnalyticsConfiguration", "PutAnalyticsConfiguration"),
    ("PutBucketCors", "PutBucketCORS"),
    ("PutBucketEncryption", "PutEncryptionConfiguration"),
    ("PutBucketIntelligentTieringConfiguration", "PutIntelligentTieringConfiguration"),
    ("PutBucketInventoryConfiguration", "PutInventoryConfiguration"),
    ("PutBucketLifecycleConfiguration", "PutLifecycleConfiguration"),
    ("PutBucketMetricsConfiguration", "PutMetricsConfiguration"),
    ("PutBucketNotificationConfiguration", "PutBucketNotification"),
    ("PutBucketReplication", "PutReplicationConfiguration"),
    ("PutObjectLockConfiguration", "PutBucketObjectLockConfiguration"),
    ("PutPublicAccessBlock", "PutBucketPublicAccessBlock"),
    ("RenameObject", "s3express:CreateSession"),
    ("SelectObjectContent", "GetObject"),
    ("UploadPart", "PutObject"),
    ("WriteGetObjectResponse", "s3-object-lambda:WriteGetObjectResponse"),
];

/// Actions of which another is for versions of objects.
const VERSIONED: [(&str, &str); 9] = [
    ("DeleteObject", "DeleteObjectVersion"),
    ("DeleteObjectTagging", "DeleteObjectVersionTagging"),
    ("GetObject", "GetObjectVersion"),
    ("GetObjectAcl", "GetObjectVersionAcl"),
    ("GetObjectAttributes", "GetObjectVersionAttributes"),
    ("GetObjectTagging", "GetObjectVersionTagging"),
    ("GetObjectTorrent", "GetObjectVersionTorrent"),
    ("PutObjectAcl", "PutObjectVersionAcl"),
    ("PutObjectTagging", "PutObjectVersionTagging"),
];

pub(super) fn actions(operation: &Operation, request: &Request<'_>) -> Vec<Action> {
    let names = match operation.name() {
        "PutObject" | "CreateMultipartUpload" | "UploadPart" | "CompleteMultipartUpload" => {
            put(request)
        }
        "CopyObject" => [read_source(request), read_tags(request), put(request)].concat(),
        "UploadPartCopy" => [read_source(request), put(request)].concat(),
        "GetObjectAttributes" => {
            let names = ["GetObject", "GetObjectAttributes"];
            names
                .map(|name| versioned(name, has_version(request)))
                .to_vec()
        }
        "DeleteObject" => {
            let delete = versioned("DeleteObject", has_version(request));
            [vec![delete], bypass(request)].concat()
        }
        "DeleteObjects" => [delete_many(request.body), bypass(request)].concat(),
        "PutObjectRetention" => [vec!["PutObjectRetention"], bypass(request)].concat(),
        "CreateBucket" => create_bucket(request),
        name => vec![versioned(renamed(name), has_version(request))],
    };
    let service = service(operation, request);
    let names = names.into_iter();
    let mut actions: Vec<_> = names.map(|name| Action::parse(service, name)).collect();
    let has_directory = is_in_directory_bucket(request) || copies_from_directory(request);
    if has_directory && service == "s3" && !actions.contains(&CREATE_SESSION) {
        actions.push(CREATE_SESSION);
    }
    actions
}

/// What S3 Express asks for where something is done with objects, in a session or without one.
const CREATE_SESSION: Action = Action {
    service: "s3express",
    name: "CreateSession",
};

/// The action of an operation, as far as it does not depend on the request.
pub(in crate::iam) fn renamed(operation: &'static str) -> &'static str {
    let found = RENAMED.iter().find(|(one, _)| *one == operation);
    found.map_or(operation, |(_, action)| action)
}

fn versioned(action: &'static str, has_version: bool) -> &'static str {
    let found = VERSIONED
        .iter()
        .find(|(one, _)| has_version && *one == action);
    found.map_or(action, |(_, version)| version)
}

fn has_version(request: &Request<'_>) -> bool {
    request.once("versionId").is_some()
}

/// What is done to a directory bucket itself is an action of S3 Express.
fn service(operation: &Operation, request: &Request<'_>) -> &'static str {
    let is_on_bucket = operation.row.flags('=').next() == Some("1");
    if is_on_bucket && is_in_directory_bucket(request) {
        "s3express"
    } else {
        "s3"
    }
}

fn is_in_directory_bucket(request: &Request<'_>) -> bool {
    let bucket = request.segments().next().unwrap_or_default();
    bucket.ends_with("--x-s3")
}

fn copies_from_directory(request: &Request<'_>) -> bool {
    request.amz_values("x-amz-copy-source").any(|source| {
        let source = percent_decode_str(&source).decode_utf8_lossy();
        let bucket = source.trim_start_matches('/').split('/').next();
        bucket.is_some_and(|bucket| bucket.ends_with("--x-s3"))
    })
}

fn put(request: &Request<'_>) -> Vec<&'static str> {
    let mut names = vec!["PutObject"];
    let mut with = |is_there: bool, name| {
        if is_there {
            names.push(name);
        }
    };
    with(request.has_amz("x-amz-tagging"), "PutObjectTagging");
    with(has_acl(request), "PutObjectAcl");
    let locks = [
        "x-amz-object-lock-mode",
        "x-amz-object-lock-retain-until-date",
    ];
    with(
        locks.iter().any(|lock| request.has_amz(lock)),
        "PutObjectRetention",
    );
    with(
        request.has_amz("x-amz-object-lock-legal-hold"),
        "PutObjectLegalHold",
    );
    names
}

fn has_acl(request: &Request<'_>) -> bool {
    let headers = request.headers.keys().map(http::HeaderName::as_str);
    let query = request.query.iter().map(|(name, _)| name.as_ref());
    headers.chain(query).any(|name| {
        let name = name.to_ascii_lowercase();
        name == "x-amz-acl" || name.starts_with("x-amz-grant-")
    })
}

fn create_bucket(request: &Request<'_>) -> Vec<&'static str> {
    let mut names = vec!["CreateBucket"];
    if has_acl(request) {
        names.push("PutBucketAcl");
    }
    if request.has_amz("x-amz-bucket-object-lock-enabled") {
        names.extend(["PutBucketObjectLockConfiguration", "PutBucketVersioning"]);
    }
    if request.has_amz("x-amz-object-ownership") {
        names.push("PutBucketOwnershipControls");
    }
    names
}

fn read_source(request: &Request<'_>) -> Vec<&'static str> {
    of_source(request, "GetObject")
}

/// Tags are copied, too, unless others are given.
fn read_tags(request: &Request<'_>) -> Vec<&'static str> {
    let mut directives = request.amz_values("x-amz-tagging-directive").peekable();
    if directives.peek().is_some() && directives.all(|directive| directive == "REPLACE") {
        return Vec::new();
    }
    of_source(request, "GetObjectTagging")
}

/// The source is `/bucket/key?versionId=…`, encoded. Where the question mark is encoded as well, a
/// version can be meant, or a key.
fn of_source(request: &Request<'_>, action: &'static str) -> Vec<&'static str> {
    let mut names = Vec::new();
    for source in request.amz_values("x-amz-copy-source") {
        let decoded = percent_decode_str(&source)
            .decode_utf8_lossy()
            .to_lowercase();
        let query = decoded.split_once('?').map(|(_, query)| query);
        if query.is_some_and(|query| query.contains("versionid")) {
            names.push(versioned(action, true));
        }
        let query = source.split_once('?').map(|(_, query)| query);
        if !query.is_some_and(|query| query.starts_with("versionId=")) {
            names.push(action);
        }
    }
    names
}

fn bypass(request: &Request<'_>) -> Vec<&'static str> {
    let is_there = request.has_amz("x-amz-bypass-governance-retention");
    is_there
        .then_some("BypassGovernanceRetention")
        .into_iter()
        .collect()
}

/// One version in the body is reason to ask for both: who counts what XML hides can be misled. So is
/// a body that is not held, in an encoding that hides names, or with entities of its own.
fn delete_many(body: Option<&[u8]>) -> Vec<&'static str> {
    let text = body.and_then(|body| std::str::from_utf8(body).ok());
    let has_no_version = text.is_some_and(|text| {
        text.starts_with('<')
            && !text.contains('\0')
            && !text.contains("<!")
            && !text.contains("VersionId")
    });
    if has_no_version {
        vec!["DeleteObject"]
    } else {
        vec!["DeleteObject", "DeleteObjectVersion"]
    }
}

#[cfg(test)]
mod tests;
