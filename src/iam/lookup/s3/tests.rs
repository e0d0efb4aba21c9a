use super::{ON_BUCKETS, ON_OBJECTS};
use crate::iam::module::module;
use crate::iam::sample::signed;

fn found(method: &'static str, target: &str) -> String {
    let found = signed("s3", method, target).found();
    found
        .strip_prefix("s3.")
        .map(str::to_owned)
        .unwrap_or(found)
}

#[test]
fn the_lists_name_operations_that_exist_each_once() {
    let module = module("s3").expect("s3");
    for rows in [ON_BUCKETS, ON_OBJECTS] {
        for (index, (method, subresource, name)) in rows.iter().enumerate() {
            assert!(module.row(name).is_some(), "{name}");
            let is_again = |(one, two, _): &(&str, &str, &str)| one == method && two == subresource;
            assert!(!rows[index + 1..].iter().any(is_again), "{name}");
        }
    }
}

#[test]
fn method_and_depth_of_the_path_say_what_a_plain_request_is() {
    assert_eq!(found("GET", "/"), "ListBuckets");
    assert_eq!(found("GET", "/bucket"), "ListObjects");
    assert_eq!(found("GET", "/bucket/"), "ListObjects");
    assert_eq!(found("HEAD", "/bucket"), "HeadBucket");
    assert_eq!(found("PUT", "/bucket/"), "CreateBucket");
    assert_eq!(found("DELETE", "/bucket"), "DeleteBucket");
    assert_eq!(found("GET", "/bucket/x//y/./z/../w"), "GetObject");
    assert_eq!(found("GET", "/bucket//"), "GetObject");
    assert_eq!(found("HEAD", "/bucket/key"), "HeadObject");
    assert_eq!(found("PUT", "/bucket/key"), "PutObject");
    assert_eq!(found("DELETE", "/bucket/key?versionId=1"), "DeleteObject");
    assert_eq!(found("POST", "/bucket/key"), "?");
}

#[test]
fn a_name_in_the_query_says_what_the_others_are() {
    assert_eq!(
        found("GET", "/bucket?list-type=2&prefix=p"),
        "ListObjectsV2"
    );
    assert_eq!(found("GET", "/bucket?list-type=3"), "?");
    assert_eq!(found("GET", "/bucket?acl"), "GetBucketAcl");
    assert_eq!(found("GET", "/bucket/key?acl&versionId=1"), "GetObjectAcl");
    assert_eq!(found("POST", "/bucket?delete"), "DeleteObjects");
    assert_eq!(
        found("POST", "/bucket/key?uploads"),
        "CreateMultipartUpload"
    );
    assert_eq!(
        found("PUT", "/bucket/key?partNumber=1&uploadId=u"),
        "UploadPart"
    );
    assert_eq!(
        found("DELETE", "/bucket/key?uploadId=u"),
        "AbortMultipartUpload"
    );
    assert_eq!(found("GET", "/bucket/key?uploadId=u"), "ListParts");
    assert_eq!(found("GET", "/bucket/key?partNumber=1"), "GetObject");
    assert_eq!(
        found("GET", "/bucket?metrics"),
        "ListBucketMetricsConfigurations"
    );
    assert_eq!(
        found("GET", "/bucket?metrics&id=1"),
        "GetBucketMetricsConfiguration"
    );
    assert_eq!(
        found("POST", "/bucket/key?select&select-type=2"),
        "SelectObjectContent"
    );
}

#[test]
fn a_source_makes_a_copy_in_a_header_or_in_the_query_of_a_signed_url() {
    let copy = signed("s3", "PUT", "/bucket/key").header("x-amz-copy-source", "b/k");
    assert_eq!(copy.found(), "s3.CopyObject");
    let part = signed("s3", "PUT", "/bucket/key?partNumber=1&uploadId=u")
        .header("x-amz-copy-source", "b/k");
    assert_eq!(part.found(), "s3.UploadPartCopy");
    assert_eq!(
        found("PUT", "/bucket/key?X-Amz-Copy-Source=b%2Fk"),
        "CopyObject"
    );
}

#[test]
fn names_in_the_query_that_are_not_known_leave_the_operation_unknown() {
    assert_eq!(found("DELETE", "/bucket?future"), "?");
    assert_eq!(found("PUT", "/bucket/key?future=1"), "?");
    // Known ones, at a place where S3 has none of them.
    assert_eq!(found("PUT", "/bucket/key?policy"), "?");
    assert_eq!(found("HEAD", "/bucket?acl"), "?");
    // Hints of SDKs, and parts of signatures.
    assert_eq!(
        found("GET", "/bucket/key?x-id=DeleteObject&X-Amz-Date=1"),
        "GetObject"
    );
    assert_eq!(
        found("GET", "/bucket/key?response-content-type=a%2Fb"),
        "GetObject"
    );
}

#[test]
fn two_names_that_are_operations_are_refused() {
    assert_eq!(
        found("PUT", "/bucket/key?acl&tagging"),
        "the query has both acl and tagging"
    );
    assert_eq!(
        found("GET", "/bucket?acl&acl"),
        "the parameter acl came more than once"
    );
    assert_eq!(
        found("GET", "/bucket/key?versionId=1&versionId=2"),
        "the parameter versionId came more than once"
    );
}

#[test]
fn a_bucket_has_a_plain_name() {
    let bad = "the path does not start with the plain name of a bucket";
    assert_eq!(found("GET", "/buck%65t/key"), bad);
    assert_eq!(found("GET", "/bucket%2Fkey"), bad);
    assert_eq!(found("GET", "//key"), bad);
    assert_eq!(found("GET", "/../key"), bad);
}

#[test]
fn s3_express_and_object_lambda_are_s3() {
    let express = |method, target| signed("s3express", method, target).found();
    assert_eq!(
        express("GET", "/b--usw2-az1--x-s3?session"),
        "s3.CreateSession"
    );
    assert_eq!(express("GET", "/b--usw2-az1--x-s3/key"), "s3.GetObject");
    assert_eq!(express("GET", "/"), "s3.ListDirectoryBuckets");
    let lambda = |target| signed("s3-object-lambda", "POST", target).found();
    assert_eq!(
        lambda("/WriteGetObjectResponse"),
        "s3.WriteGetObjectResponse"
    );
    assert_eq!(lambda("/bucket?delete"), "?");
}
