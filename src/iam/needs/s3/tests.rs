use super::RENAMED;
use crate::iam::action::level;
use crate::iam::lookup::lookup;
use crate::iam::module::module;
use crate::iam::needs::Needs;
use crate::iam::sample::{Sample, signed};

fn of(sample: Sample) -> String {
    sample.actions().replace("s3:", "")
}

fn actions(method: &'static str, target: &str) -> String {
    of(signed("s3", method, target))
}

#[test]
fn the_list_names_operations_that_exist_and_actions_that_exist() {
    let s3 = module("s3").expect("s3");
    for (operation, action) in RENAMED {
        assert!(s3.row(operation).is_some(), "{operation}");
        let action = crate::iam::action::Action::parse("s3", action);
        assert!(level(action).is_some(), "{action}");
    }
}

/// The lists of operations and those of actions fit together: what has no action here is new.
#[test]
fn every_operation_of_s3_needs_an_action_that_exists() {
    let by_request = ["CopyObject", "DeleteObjects", "UploadPartCopy"];
    let unknown: Vec<_> = module("s3")
        .expect("s3")
        .rows()
        .iter()
        .filter(|row| !by_request.contains(&row.name))
        .map(|row| crate::iam::action::Action::parse("s3", super::renamed(row.name)))
        .filter(|action| level(*action).is_none())
        .map(|action| action.name)
        // They are the older of two names, and are never found.
        .filter(|name| !["GetBucketLifecycle", "PutBucketLifecycle"].contains(name))
        .collect();
    assert_eq!(
        unknown,
        [
            "DeleteObjectAnnotation",
            "GetObjectAnnotation",
            "ListObjectAnnotations",
            "PutObjectAnnotation",
            "UpdateBucketMetadataAnnotationTableConfiguration",
        ]
    );
}

#[test]
fn reading_an_object_needs_get_object_and_of_a_version_another_action() {
    assert_eq!(actions("GET", "/b/k"), "GetObject");
    assert_eq!(actions("HEAD", "/b/k"), "GetObject");
    assert_eq!(actions("GET", "/b/k?versionId=1"), "GetObjectVersion");
    assert_eq!(actions("HEAD", "/b/k?versionId=1"), "GetObjectVersion");
    assert_eq!(actions("POST", "/b/k?select&select-type=2"), "GetObject");
    assert_eq!(
        actions("GET", "/b/k?tagging&versionId=1"),
        "GetObjectVersionTagging"
    );
    let attributes = |target| of(signed("s3", "GET", target));
    assert_eq!(
        attributes("/b/k?attributes"),
        "GetObject GetObjectAttributes"
    );
    assert_eq!(
        attributes("/b/k?attributes&versionId=1"),
        "GetObjectVersion GetObjectVersionAttributes"
    );
}

#[test]
fn writing_an_object_needs_what_its_headers_set() {
    let put = || signed("s3", "PUT", "/b/k");
    assert_eq!(of(put()), "PutObject");
    assert_eq!(
        of(put().header("x-amz-tagging", "a=b")),
        "PutObject PutObjectTagging"
    );
    assert_eq!(
        of(put().header("x-amz-acl", "private")),
        "PutObject PutObjectAcl"
    );
    assert_eq!(
        of(put().header("x-amz-grant-read", "id=1")),
        "PutObject PutObjectAcl"
    );
    assert_eq!(
        of(put()
            .header("x-amz-object-lock-mode", "GOVERNANCE")
            .header("x-amz-object-lock-legal-hold", "ON")),
        "PutObject PutObjectRetention PutObjectLegalHold"
    );
    assert_eq!(
        actions("PUT", "/b/k?X-Amz-Acl=public-read"),
        "PutObject PutObjectAcl"
    );
    assert_eq!(actions("POST", "/b/k?uploads"), "PutObject");
    assert_eq!(actions("PUT", "/b/k?partNumber=1&uploadId=u"), "PutObject");
    assert_eq!(actions("POST", "/b/k?uploadId=u"), "PutObject");
    assert_eq!(actions("DELETE", "/b/k?uploadId=u"), "AbortMultipartUpload");
}

#[test]
fn a_copy_reads_its_source_and_the_tags_unless_others_are_given() {
    let copy = |source| signed("s3", "PUT", "/b/k").header("x-amz-copy-source", source);
    assert_eq!(of(copy("b/k")), "GetObject GetObjectTagging PutObject");
    assert_eq!(
        of(copy("/b/k?versionId=1")),
        "GetObjectVersion GetObjectVersionTagging PutObject"
    );
    let replace = copy("b/k").header("x-amz-tagging-directive", "REPLACE");
    assert_eq!(of(replace), "GetObject PutObject");
    // A key can have a question mark in it.
    assert_eq!(
        of(copy("b/k%3FversionId=1").header("x-amz-tagging-directive", "REPLACE")),
        "GetObjectVersion GetObject PutObject"
    );
    // And a query another name first.
    assert_eq!(
        of(copy("b/k?a=?versionId=1").header("x-amz-tagging-directive", "REPLACE")),
        "GetObjectVersion GetObject PutObject"
    );
    let part =
        signed("s3", "PUT", "/b/k?partNumber=1&uploadId=u").header("x-amz-copy-source", "b/k");
    assert_eq!(of(part), "GetObject PutObject");
}

#[test]
fn two_directives_do_not_hide_the_tags() {
    let copy = signed("s3", "PUT", "/b/k?x-amz-tagging-directive=REPLACE")
        .header("x-amz-copy-source", "b/k")
        .header("x-amz-tagging-directive", "COPY");
    assert_eq!(of(copy), "GetObject GetObjectTagging PutObject");
}

#[test]
fn deleting_versions_and_past_a_lock_needs_more() {
    assert_eq!(actions("DELETE", "/b/k"), "DeleteObject");
    assert_eq!(
        actions("DELETE", "/b/k?versionId=null"),
        "DeleteObjectVersion"
    );
    let bypass = signed("s3", "DELETE", "/b/k").header("x-amz-bypass-governance-retention", "true");
    assert_eq!(of(bypass), "DeleteObject BypassGovernanceRetention");
}

#[test]
fn deleting_many_needs_both_actions_unless_the_body_has_no_version() {
    let many = |body| of(signed("s3", "POST", "/b?delete").body(body));
    let both = "DeleteObject DeleteObjectVersion";
    assert_eq!(
        many("<Delete><Object><Key>k</Key></Object></Delete>"),
        "DeleteObject"
    );
    assert_eq!(
        many("<Delete><Object><Key>k</Key><VersionId>1</VersionId></Object></Delete>"),
        both
    );
    assert_eq!(many("<\0D\0e\0l\0e\0t\0e\0"), both);
    assert_eq!(many(""), both);
    assert_eq!(actions("POST", "/b?delete"), both);
}

#[test]
fn buckets_have_actions_of_older_names() {
    assert_eq!(actions("GET", "/"), "ListAllMyBuckets");
    assert_eq!(actions("GET", "/b?list-type=2"), "ListBucket");
    assert_eq!(actions("HEAD", "/b"), "ListBucket");
    assert_eq!(actions("GET", "/b?versions"), "ListBucketVersions");
    assert_eq!(actions("GET", "/b?uploads"), "ListBucketMultipartUploads");
    assert_eq!(
        actions("GET", "/b/k?uploadId=u"),
        "ListMultipartUploadParts"
    );
    assert_eq!(
        actions("GET", "/b?publicAccessBlock"),
        "GetBucketPublicAccessBlock"
    );
    assert_eq!(
        actions("DELETE", "/b?lifecycle"),
        "PutLifecycleConfiguration"
    );
    assert_eq!(actions("DELETE", "/b?policy"), "DeleteBucketPolicy");
    let bucket = signed("s3", "PUT", "/b").header("x-amz-acl", "public-read");
    assert_eq!(of(bucket), "CreateBucket PutBucketAcl");
}

#[test]
fn directory_buckets_have_actions_of_s3_express() {
    let express = |method, target| signed("s3express", method, target).actions();
    assert_eq!(
        express("GET", "/b--usw2-az1--x-s3?session"),
        "s3express:CreateSession"
    );
    assert_eq!(
        express("PUT", "/b--usw2-az1--x-s3"),
        "s3express:CreateBucket"
    );
    assert_eq!(express("GET", "/"), "s3express:ListAllMyDirectoryBuckets");
    assert_eq!(
        express("GET", "/b--usw2-az1--x-s3/key"),
        "s3:GetObject s3express:CreateSession"
    );
    assert_eq!(
        express("PUT", "/b--usw2-az1--x-s3/key?renameObject"),
        "s3express:CreateSession"
    );
}

#[test]
fn replication_can_need_a_role_to_be_passed() {
    let sample = signed("s3", "PUT", "/b?replication");
    let request = sample.request().expect("sound");
    let operation = lookup(&request).expect("sound").only().expect("one");
    assert_eq!(
        Needs::of(&operation, &request).possible[0].to_string(),
        "iam:PassRole"
    );
}
