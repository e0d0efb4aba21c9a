//! Which operation a request is: by its target, its path of CBOR, its `Action`, or method and path.

mod named;
mod rest;
mod s3;

use super::module::{Module, module, modules, signed_as};
use super::operation::{Meaning, Operation};
use super::refusal::Refusal;
use super::request::{Request, check_path};

/// Finds the operation that a request is.
pub fn lookup(request: &Request<'_>) -> Result<Meaning, Refusal> {
    let modules = candidates(request)?;
    let found = if is_s3(request, &modules) {
        s3::find(request)?
    } else {
        find(request, &modules)?
    };
    let signed = request.scope.is_some();
    // Without a signature, only those are known that AWS takes so.
    let mut found = found
        .into_iter()
        .filter(|operation| signed || operation.is_unsigned());
    Ok(match found.next() {
        Some(first) => Meaning::Known(first, found.collect()),
        None => Meaning::Unknown(likely(request, &modules)?),
    })
}

/// The modules that the request can be for, the older first.
fn candidates(request: &Request<'_>) -> Result<Vec<&'static Module>, Refusal> {
    let mut found: Vec<_> = match request.scope {
        Some(scope) => signed_as(signing_name(scope.service)).iter().collect(),
        None => unsigned(),
    };
    if let Some(name) = request.module {
        found.retain(|module| module.name == name);
        if found.is_empty() {
            return Err(Refusal::Module(name.to_owned()));
        }
    }
    let s3control = module("s3control");
    let is_control = s3::is_control(request);
    if is_control {
        check_path(request.path)?;
    }
    if found.iter().any(|one| Some(*one) == s3control) {
        found.retain(|one| (Some(*one) == s3control) == is_control);
    }
    Ok(found)
}

/// The scopes of S3 that no model has as its signing name.
fn signing_name(service: &str) -> &str {
    match service {
        "s3express" | "s3-object-lambda" => "s3",
        other => other,
    }
}

fn unsigned() -> Vec<&'static Module> {
    // They are few, and each search would otherwise inflate everything.
    const MODULES: [&str; 6] = [
        "cognito-identity",
        "cognito-idp",
        "signin",
        "sso",
        "sso-oidc",
        "sts",
    ];
    let all = modules().iter();
    all.filter(|module| MODULES.contains(&module.name))
        .collect()
}

fn is_s3(request: &Request<'_>, modules: &[&Module]) -> bool {
    request.scope.is_some() && modules.len() == 1 && modules[0].name == "s3"
}

fn find(request: &Request<'_>, modules: &[&'static Module]) -> Result<Vec<Operation>, Refusal> {
    match named::find(request, modules)? {
        Some(found) => Ok(found),
        None => rest::find(request, modules),
    }
}

/// The module that an unknown operation is of: the one whose target it has, or the only one that it
/// can be, as far as the host is concerned.
fn likely(
    request: &Request<'_>,
    modules: &[&'static Module],
) -> Result<Option<&'static Module>, Refusal> {
    let target = request.header("x-amz-target")?;
    let prefix = target.and_then(|target| Some(target.rsplit_once('.')?.0));
    let named = modules.iter().find(|module| Some(module.target) == prefix);
    Ok(named.copied().or_else(|| alone(modules)))
}

/// The oldest module, where all have the same host.
fn alone(modules: &[&'static Module]) -> Option<&'static Module> {
    let first = *modules.first()?;
    let is_same =
        |one: &&Module| one.hosts == first.hosts && one.endpoint_prefix == first.endpoint_prefix;
    modules.iter().all(is_same).then_some(first)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::lookup;
    use crate::iam::hosts::{Kind, upstream};
    use crate::iam::lists::Lists;
    use crate::iam::partition::partition_of;
    use crate::iam::pattern::Pattern;
    use crate::iam::sample::{form, json, signed};

    #[test]
    fn a_signing_name_of_several_modules_is_decided_by_what_the_request_names() {
        let found = |service, target| json(service, target).found();
        assert_eq!(
            found("dynamodb", "DynamoDB_20120810.GetItem"),
            "dynamodb.GetItem"
        );
        assert_eq!(
            found("dynamodb", "DynamoDBStreams_20120810.GetRecords"),
            "dynamodbstreams.GetRecords"
        );
        assert_eq!(
            found("timestream", "Timestream_20181101.Query"),
            "timestream-query.Query"
        );
        assert_eq!(
            found("timestream", "Timestream_20181101.DescribeEndpoints"),
            "timestream-query.DescribeEndpoints|timestream-write.DescribeEndpoints"
        );
        let rest = |service, method, target| signed(service, method, target).found();
        assert_eq!(
            rest("ses", "POST", "/v2/email/outbound-emails"),
            "sesv2.SendEmail"
        );
        assert_eq!(
            rest("bedrock", "POST", "/model/amazon.nova%3A0/converse"),
            "bedrock-runtime.Converse"
        );
        assert_eq!(
            form("ses", "Action=SendEmail&Version=2010-12-01").found(),
            "ses.SendEmail"
        );
    }

    #[test]
    fn where_modules_have_the_same_request_all_of_them_are_found_the_older_first() {
        assert_eq!(
            signed("chime", "GET", "/settings").found(),
            "chime.GetGlobalSettings|chime-sdk-voice.GetGlobalSettings"
        );
    }

    #[test]
    fn a_prefix_of_the_path_says_which_module_is_meant() {
        let found = |target| signed("chime", "GET", target).found();
        assert_eq!(
            found("/~chime-sdk-voice/settings"),
            "chime-sdk-voice.GetGlobalSettings"
        );
        assert_eq!(found("/~chime/settings"), "chime.GetGlobalSettings");
        // The operation must exist in it, and it must sign with this name.
        assert_eq!(found("/~chime-sdk-identity/settings"), "?");
        assert_eq!(
            found("/~sts/settings"),
            "no module sts signs with this name"
        );
        assert_eq!(found("/~x/settings"), "no module x signs with this name");
        assert_eq!(
            json("dynamodb", "DynamoDB_20120810.GetItem").found(),
            "dynamodb.GetItem"
        );
    }

    #[test]
    fn s3_control_has_its_version_in_the_path_and_an_account() {
        let list = || signed("s3", "GET", "/v20180820/jobs");
        assert_eq!(
            list().header("x-amz-account-id", "1").found(),
            "s3control.ListJobs"
        );
        // A bucket may be called v20180820.
        assert_eq!(list().found(), "s3.GetObject");
        let elsewhere = signed("s3", "GET", "/bucket/jobs").header("x-amz-account-id", "1");
        assert_eq!(elsewhere.found(), "s3.GetObject");
        let host = list().header("host", "123456789012.127.0.0.1:1234");
        assert_eq!(host.found(), "?");
        let dots = signed("s3", "GET", "/v20180820/jobs/../x").header("x-amz-account-id", "1");
        assert!(dots.found().contains("a dot part"), "{}", dots.found());
    }

    #[test]
    fn without_a_signature_only_operations_are_known_that_aws_takes_so() {
        let found = |body| form("sts", body).unsigned().found();
        assert_eq!(
            found("Action=AssumeRoleWithWebIdentity&Version=2011-06-15"),
            "sts.AssumeRoleWithWebIdentity"
        );
        assert_eq!(found("Action=GetCallerIdentity&Version=2011-06-15"), "?");
        assert_eq!(signed("s3", "GET", "/bucket/key").unsigned().found(), "?");
        assert_eq!(
            signed(
                "sso",
                "GET",
                "/federation/credentials?account_id=1&role_name=r"
            )
            .header("x-amz-sso_bearer_token", "t")
            .unsigned()
            .found(),
            "sso.GetRoleCredentials"
        );
        assert_eq!(
            json("", "AWSCognitoIdentityProviderService.InitiateAuth")
                .unsigned()
                .found(),
            "cognito-idp.InitiateAuth"
        );
    }

    #[test]
    fn an_operation_that_no_module_has_is_unknown() {
        assert_eq!(
            json("dynamodb", "DynamoDB_20120810.FutureItem").found(),
            "?"
        );
        assert_eq!(json("dynamodb", "DynamoDB_20330101.GetItem").found(), "?");
        assert_eq!(json("future", "DynamoDB_20120810.GetItem").found(), "?");
        assert_eq!(
            form("iam", "Action=FutureRole&Version=2010-05-08").found(),
            "?"
        );
        assert_eq!(
            form("iam", "Action=GetRole&Version=2033-01-01").found(),
            "?"
        );
        assert_eq!(
            signed("lambda", "GET", "/2033-01-01/functions/").found(),
            "?"
        );
        assert_eq!(
            signed("lambda", "BREW", "/2015-03-31/functions/").found(),
            "?"
        );
    }

    proptest! {
        #[test]
        fn no_request_panics(
            service in prop::sample::select(vec!["s3", "s3express", "sts", "lambda", "ec2", "chime", "dynamodb", "x"]),
            target in "/[ -~]{0,40}|[ -~é]{0,20}|/(~ses/)?[a/%2F.]{0,20}\\?(Action|acl|versionId|=|&|%){0,6}",
            header in prop::sample::select(vec!["x-amz-target", "content-type", "host", "x-amz-copy-source", "smithy-protocol"]),
            value in "[ -~]{0,30}",
            body in "[ -~]{0,30}",
        ) {
            for method in ["GET", "POST", "PUT"] {
                let sample = signed(service, method, &target).header(header, &value).body(&body);
                let Ok(request) = sample.request() else { continue };
                let Ok(meaning) = lookup(&request) else { continue };
                let lists = Lists { allow: vec![Pattern::ReadOnly], deny: Vec::new() };
                let _ = lists.decide(&meaning, &request);
                if let Some(operation) = meaning.only() {
                    let partition = partition_of("us-east-1").expect("aws");
                    let _ = upstream(&operation, &request, partition, "us-east-1", Kind::default());
                }
            }
        }
    }
}
