use std::collections::BTreeSet;

use super::*;
use crate::iam::module::{Module, module, modules};
use crate::iam::partition::partition_of;
use crate::iam::sample::{Sample, json, signed};

const FIPS: Kind = Kind {
    fips: true,
    dual_stack: false,
};
const DUAL: Kind = Kind {
    fips: false,
    dual_stack: true,
};

/// `host name/region`, for the first operation of a module.
fn of_module(name: &str, region: &str, kind: Kind) -> String {
    let module = module(name).expect("a module");
    let operation = Operation {
        module,
        protocol: module.protocols().next().expect("a protocol"),
        row: &module.rows()[0],
    };
    let sample = signed("x", "GET", "/");
    written(&operation, &sample, region, kind)
}

fn written(operation: &Operation, sample: &Sample, region: &str, kind: Kind) -> String {
    let partition = partition_of(region).expect("a region");
    let request = sample.request().expect("sound");
    match upstream(operation, &request, partition, region, kind) {
        Ok(found) => format!(
            "{} {}/{}",
            found.host, found.signing_name, found.signing_region
        ),
        Err(error) => error.to_string(),
    }
}

fn of_request(sample: &Sample, region: &str, kind: Kind) -> String {
    written(&sample.operation(), sample, region, kind)
}

fn plain(name: &str, region: &str) -> String {
    of_module(name, region, Kind::default())
}

#[test]
fn most_services_are_at_their_prefix_the_region_and_the_suffix_of_the_partition() {
    assert_eq!(
        plain("sqs", "eu-west-1"),
        "sqs.eu-west-1.amazonaws.com sqs/eu-west-1"
    );
    assert_eq!(
        plain("sqs", "cn-north-1"),
        "sqs.cn-north-1.amazonaws.com.cn sqs/cn-north-1"
    );
    assert_eq!(
        plain("cloudwatch", "us-gov-west-1"),
        "monitoring.us-gov-west-1.amazonaws.com monitoring/us-gov-west-1"
    );
    assert_eq!(
        plain("dynamodb", "eusc-de-east-1"),
        "dynamodb.eusc-de-east-1.amazonaws.eu dynamodb/eusc-de-east-1"
    );
    assert_eq!(
        plain("s3", "eu-west-1"),
        "s3.eu-west-1.amazonaws.com s3/eu-west-1"
    );
}

#[test]
fn global_services_are_signed_for_their_own_region_whatever_the_client_signed_for() {
    let us = "us-east-1";
    for (name, host) in [
        ("iam", "iam.amazonaws.com iam"),
        ("route53", "route53.amazonaws.com route53"),
        ("cloudfront", "cloudfront.amazonaws.com cloudfront"),
        ("budgets", "budgets.amazonaws.com budgets"),
        ("waf", "waf.amazonaws.com waf"),
        ("savingsplans", "savingsplans.amazonaws.com savingsplans"),
        (
            "importexport",
            "importexport.amazonaws.com IngestionService",
        ),
        (
            "organizations",
            "organizations.us-east-1.amazonaws.com organizations",
        ),
        ("ce", "ce.us-east-1.amazonaws.com ce"),
        ("taxsettings", "tax.us-east-1.amazonaws.com tax"),
        ("billing", "billing.us-east-1.api.aws billing"),
        ("freetier", "freetier.us-east-1.api.aws freetier"),
        (
            "partnercentral-channel",
            "partnercentral-channel.global.api.aws partnercentral-channel",
        ),
    ] {
        assert_eq!(plain(name, "eu-west-1"), format!("{host}/{us}"), "{name}");
    }
    assert_eq!(
        plain("networkmanager", "eu-west-1"),
        "networkmanager.us-west-2.amazonaws.com networkmanager/us-west-2"
    );
    assert_eq!(
        plain("iam", "us-gov-east-1"),
        "iam.us-gov.amazonaws.com iam/us-gov-west-1"
    );
    assert_eq!(
        plain("iam", "cn-northwest-1"),
        "iam.cn-north-1.amazonaws.com.cn iam/cn-north-1"
    );
    assert_eq!(
        plain("organizations", "cn-north-1"),
        "organizations.cn-northwest-1.amazonaws.com.cn organizations/cn-northwest-1"
    );
}

#[test]
fn sts_is_regional_but_for_the_region_aws_global() {
    assert_eq!(
        plain("sts", "us-east-1"),
        "sts.us-east-1.amazonaws.com sts/us-east-1"
    );
    assert_eq!(
        plain("sts", "aws-global"),
        "sts.amazonaws.com sts/us-east-1"
    );
}

#[test]
fn fips_and_dual_stack_have_hosts_of_their_own() {
    assert_eq!(
        of_module("sqs", "us-east-1", FIPS),
        "sqs-fips.us-east-1.amazonaws.com sqs/us-east-1"
    );
    // GovCloud's plain host is the validated one.
    assert_eq!(
        of_module("sqs", "us-gov-west-1", FIPS),
        "sqs.us-gov-west-1.amazonaws.com sqs/us-gov-west-1"
    );
    assert_eq!(
        of_module("sqs", "us-east-1", DUAL),
        "sqs.us-east-1.api.aws sqs/us-east-1"
    );
    assert_eq!(
        of_module("s3", "us-east-1", DUAL),
        "s3.dualstack.us-east-1.amazonaws.com s3/us-east-1"
    );
    let none = of_module("s3", "cn-north-1", FIPS);
    assert_eq!(none, "no host of s3 is known in cn-north-1");
}

#[test]
fn a_region_of_another_partition_is_refused() {
    let sample = json("sqs", "AmazonSQS.ListQueues");
    let aws = partition_of("us-east-1").expect("aws");
    for region in ["cn-north-1", "us-east-1.evil.example", "us-east-9", ""] {
        let found = upstream(
            &sample.operation(),
            &sample.request().expect("sound"),
            aws,
            region,
            Kind::default(),
        );
        let refused = NoUpstream::Region {
            region: region.to_owned(),
            partition: "aws",
        };
        assert_eq!(found, Err(refused));
    }
}

#[test]
fn prefixes_of_the_model_come_before_the_host() {
    let data = json(
        "servicediscovery",
        "Route53AutoNaming_v20170314.DiscoverInstances",
    );
    assert_eq!(
        of_request(&data, "us-east-1", Kind::default()),
        "data-servicediscovery.us-east-1.amazonaws.com servicediscovery/us-east-1"
    );
    let stream = signed("logs", "POST", "/")
        .header("x-amz-target", "Logs_20140328.StartLiveTail")
        .header("content-type", "application/x-amz-json-1.1");
    assert!(of_request(&stream, "us-east-1", Kind::default()).starts_with("stream"));
}

#[test]
fn labels_from_a_request_are_plain_labels_or_there_is_no_host() {
    let jobs = |account: &str| {
        let sample = signed("s3", "GET", "/v20180820/jobs").header("x-amz-account-id", account);
        of_request(&sample, "us-east-1", Kind::default())
    };
    assert_eq!(
        jobs("123456789012"),
        "123456789012.s3-control.us-east-1.amazonaws.com s3/us-east-1"
    );
    let long = "a".repeat(64);
    for label in [
        "evil.example/",
        "evil.example",
        "a@b",
        "A",
        "",
        "a:80",
        &long,
    ] {
        let refused = "the header x-amz-account-id cannot be a part of a host name";
        assert_eq!(jobs(label), refused, "{label:?}");
    }
    let two = signed("s3", "GET", "/v20180820/jobs")
        .header("x-amz-account-id", "1")
        .header("x-amz-account-id", "2");
    assert!(of_request(&two, "us-east-1", Kind::default()).contains("cannot be"));
}

#[test]
fn directory_buckets_are_at_their_zone_and_what_is_done_to_them_is_not() {
    let host = |method, target: &str| {
        let sample = signed("s3express", method, target);
        of_request(&sample, "us-west-2", Kind::default())
    };
    let bucket = "/b--usw2-az1--x-s3";
    assert_eq!(
        host("GET", &format!("{bucket}/key")),
        "b--usw2-az1--x-s3.s3express-usw2-az1.us-west-2.amazonaws.com s3express/us-west-2"
    );
    assert_eq!(
        host("GET", &format!("{bucket}?session")),
        host("GET", &format!("{bucket}/k"))
    );
    let control = "s3express-control.us-west-2.amazonaws.com s3express/us-west-2";
    assert_eq!(host("PUT", bucket), control);
    assert_eq!(host("GET", "/"), control);
    // Its dots would make another host.
    let dotted = host("GET", "/b.evil.example--usw2-az1--x-s3/key");
    assert_eq!(dotted, "s3.us-west-2.amazonaws.com s3/us-west-2");
}

#[test]
fn object_lambda_answers_at_the_route_of_its_request() {
    let sample = signed("s3-object-lambda", "POST", "/WriteGetObjectResponse")
        .header("x-amz-request-route", "io-route")
        .header("x-amz-request-token", "t");
    assert_eq!(
        of_request(&sample, "us-east-1", Kind::default()),
        "io-route.s3-object-lambda.us-east-1.amazonaws.com s3-object-lambda/us-east-1"
    );
}

#[test]
fn operations_of_one_module_may_have_different_hosts() {
    let host = |sample: Sample| of_request(&sample, "us-east-1", Kind::default());
    assert_eq!(
        host(signed("neptune-graph", "GET", "/graphs")),
        "neptune-graph.us-east-1.amazonaws.com neptune-graph/us-east-1"
    );
    let query = signed("neptune-graph", "POST", "/queries").header("graphidentifier", "g-1");
    assert_eq!(
        host(query),
        "g-1.us-east-1.neptune-graph.amazonaws.com neptune-graph/us-east-1"
    );
}

#[test]
fn every_host_of_every_operation_is_of_aws_and_complete() {
    let regions = ["us-east-1", "cn-north-1", "us-gov-west-1", "eusc-de-east-1"];
    let ends = [
        ".amazonaws.com",
        ".amazonaws.com.cn",
        ".amazonaws.eu",
        ".api.aws",
        ".api.amazonwebservices.com.cn",
        ".api.amazonwebservices.eu",
        // Signing in.
        ".signin.aws.amazon.com",
        ".oauth.signin.aws",
        ".signin.amazonaws.cn",
        ".signin.amazonaws-us-gov.com",
        ".signin.amazonaws-eusc.eu",
    ];
    let sample = signed("x", "GET", "/")
        .header("x-amz-account-id", "1")
        .header("graphidentifier", "1")
        .header("x-amz-request-route", "1");
    let request = sample.request().expect("sound");
    let mut missing = std::collections::BTreeSet::new();
    for module in modules() {
        for row in module.rows() {
            let protocol = module.protocols().next().expect("a protocol");
            let operation = Operation {
                module,
                protocol,
                row,
            };
            for region in regions {
                let partition = partition_of(region).expect("a region");
                match upstream(&operation, &request, partition, region, Kind::default()) {
                    Ok(found) => {
                        let is_of_aws = ends.iter().any(|end| found.host.ends_with(end));
                        assert!(is_of_aws && !found.host.contains(['{', '/']), "{found:?}");
                    }
                    Err(_) if region == "us-east-1" => {
                        missing.insert(module.name);
                    }
                    Err(_) => {}
                }
            }
        }
    }
    // Its host is made of an ARN, and it takes signatures of version 4A only.
    let missing: Vec<_> = missing.into_iter().collect();
    assert_eq!(missing, ["cloudfront-keyvaluestore"]);
    assert!(modules().iter().all(|one: &Module| !one.hosts.is_empty()));
}

#[test]
fn the_fixed_prefixes_are_those_of_the_tables() {
    let rows = modules().iter().flat_map(Module::rows);
    let prefixes: BTreeSet<&str> = rows.flat_map(|row| row.flags('@')).collect();
    let fixed = prefixes.into_iter().filter(|one| !one.starts_with('{'));
    assert_eq!(fixed.collect::<Vec<_>>(), PREFIXES);
}
