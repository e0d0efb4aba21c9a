use super::*;
use crate::iam::module::module;
use crate::iam::operation::Meaning;
use crate::iam::sample::{Sample, form, json, signed};
use crate::vars::Environment;

/// `base, name of the signature, its region`, or why there is none.
fn way(upstreams: &Upstreams, sample: &Sample, region: &str) -> String {
    let request = sample.request().expect("sound");
    let meaning = sample.meaning().expect("sound");
    let found = match &meaning {
        Meaning::Known(operation, _) => {
            upstreams.find(Called::Operation(operation), &request, region)
        }
        Meaning::Unknown(Some(module)) => upstreams.find(Called::Module(module), &request, region),
        Meaning::Unknown(None) => Err(NoWay::Service),
    };
    match found {
        Ok(found) => format!(
            "{} {} {}",
            found.base, found.signing_name, found.signing_region
        ),
        Err(none) => none.to_string(),
    }
}

fn upstreams<const N: usize>(variables: [(&str, &str); N], region: Option<&str>) -> Upstreams {
    let environment = Environment::fixed(variables);
    let ids = modules().iter().map(|module| module.service_id);
    let endpoints = ServiceEndpoints::of_environment(&environment, ids).expect("read");
    Upstreams::new(endpoints, region).expect("usable")
}

fn get_object() -> Sample {
    signed("s3", "GET", "/bucket/key")
}

#[test]
fn a_call_goes_to_awss_host_for_its_operation() {
    let upstreams = upstreams([], Some("eu-west-1"));
    let way = |sample: Sample, region| way(&upstreams, &sample, region);
    assert_eq!(
        way(get_object(), "eu-west-1"),
        "https://s3.eu-west-1.amazonaws.com s3 eu-west-1"
    );
    // The client's region is a claim: a global service has one of its own.
    let roles = || form("iam", "Action=ListRoles&Version=2010-05-08");
    assert_eq!(
        way(roles(), "eu-west-1"),
        "https://iam.amazonaws.com iam us-east-1"
    );
    assert_eq!(
        way(get_object(), "cn-north-1"),
        "\"cn-north-1\" is not a region of the partition aws"
    );
    assert_eq!(
        way(get_object(), "eu-west-1.evil.example"),
        "\"eu-west-1.evil.example\" is not a region of the partition aws"
    );
    assert_eq!(
        way(signed("nothing", "GET", "/"), "eu-west-1"),
        "credrun does not know this service"
    );
}

#[test]
fn an_operation_that_is_newer_than_the_tables_goes_to_the_host_of_its_service() {
    let upstreams = upstreams([], None);
    let new = json("dynamodb", "DynamoDB_20120810.NewOperation");
    assert_eq!(
        way(&upstreams, &new, "us-east-2"),
        "https://dynamodb.us-east-2.amazonaws.com dynamodb us-east-2"
    );
}

#[test]
fn hosts_for_fips_are_used_where_credruns_own_environment_says_so() {
    let upstreams = upstreams([("AWS_USE_FIPS_ENDPOINT", "true")], Some("us-east-1"));
    assert_eq!(
        way(&upstreams, &get_object(), "us-east-1"),
        "https://s3-fips.us-east-1.amazonaws.com s3 us-east-1"
    );
}

#[test]
fn an_endpoint_of_the_users_is_used_in_any_region_and_for_a_service_before_all() {
    let variables = [
        ("AWS_ENDPOINT_URL", "http://localhost:4566/"),
        ("AWS_ENDPOINT_URL_S3", "https://minio.example/base/"),
    ];
    let upstreams = upstreams(variables, Some("eu-west-1"));
    let tables = json("dynamodb", "DynamoDB_20120810.ListTables");
    assert_eq!(
        way(&upstreams, &tables, "local"),
        "http://localhost:4566 dynamodb local"
    );
    assert_eq!(
        way(&upstreams, &get_object(), "eu-west-1"),
        "https://minio.example/base s3 eu-west-1"
    );
}

#[test]
fn a_url_that_is_none_is_refused_with_what_configures_it() {
    for url in [
        "localhost:4566",
        "ftp://x",
        "http://",
        "http://u:p@x",
        "http://x/?a",
    ] {
        assert_eq!(base(url), None, "{url}");
    }
    for variable in ["AWS_ENDPOINT_URL_SQS", "AWS_ENDPOINT_URL"] {
        let environment = Environment::fixed([(variable, "queue")]);
        let ids = modules().iter().map(|module| module.service_id);
        let endpoints = ServiceEndpoints::of_environment(&environment, ids).expect("read");
        let unusable = Upstreams::new(endpoints, None).err().map(|error| error.by);
        assert_eq!(unusable.as_deref(), Some(variable));
    }
}

#[test]
fn a_bucket_is_looked_for_where_an_answer_says_that_it_is() {
    let upstreams = upstreams([], Some("eu-west-1"));
    assert!(upstreams.learn("bucket", "us-west-2"));
    assert_eq!(upstreams.region_of("bucket").as_deref(), Some("us-west-2"));
    // Another partition would get the session token of this one.
    assert!(!upstreams.learn("bucket", "cn-north-1"));
    assert!(!upstreams.learn("bucket", "us-west-2.evil.example"));
    let here = Upstream {
        base: "https://s3.eu-west-1.amazonaws.com".to_owned(),
        signing_name: "s3".to_owned(),
        signing_region: "eu-west-1".to_owned(),
        bucket_in_host: false,
    };
    let s3 = module("s3").expect("a module");
    let there = upstreams.elsewhere(s3, &here, "us-west-2").expect("a host");
    assert_eq!(there.base, "https://s3.us-west-2.amazonaws.com");
    assert_eq!(there.signing_region, "us-west-2");
}
