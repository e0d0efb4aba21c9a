//! Requests that carry the name of their operation: JSON, CBOR, and `Action`.
//!
//! A service may take several of these. A request that could be read by two of them is refused.

use crate::iam::module::{Module, Protocol};
use crate::iam::operation::Operation;
use crate::iam::refusal::Refusal;
use crate::iam::request::{Request, once};

const TARGET: &str = "x-amz-target";
const CBOR: &str = "smithy-protocol";

/// The operations that the request names; none where it is for method and path to say.
pub(super) fn find(
    request: &Request<'_>,
    modules: &[&'static Module],
) -> Result<Option<Vec<Operation>>, Refusal> {
    let target = request.header(TARGET)?;
    let cbor = request.header(CBOR)?;
    let action = action(request, modules)?;
    match (target, cbor, action) {
        (None, None, None) => Ok(None),
        (Some(target), None, None) => by_target(request, target, modules).map(Some),
        (None, Some(protocol), None) => by_path(request, protocol, modules).map(Some),
        (None, None, Some(action)) => Ok(Some(by_action(&action, modules))),
        _ => Err(Refusal::TwoOperations),
    }
}

fn operation(module: &'static Module, name: &str, protocol: Protocol) -> Option<Operation> {
    let row = module.row(name)?;
    Some(Operation {
        module,
        protocol,
        row,
    })
}

fn by_target(
    request: &Request<'_>,
    target: &str,
    modules: &[&'static Module],
) -> Result<Vec<Operation>, Refusal> {
    let is_json = request.media_type().is_some_and(|found| {
        ["application/x-amz-json-1.0", "application/x-amz-json-1.1"].contains(&found)
    });
    if !is_json {
        return Err(Refusal::ContentType);
    }
    if request.method != "POST" || request.path != "/" {
        return Ok(Vec::new());
    }
    let Some((prefix, name)) = target.rsplit_once('.') else {
        return Ok(Vec::new());
    };
    let speaking = modules
        .iter()
        .filter(|module| module.speaks(Protocol::Json) && module.target == prefix);
    Ok(speaking
        .filter_map(|module| operation(module, name, Protocol::Json))
        .collect())
}

fn by_path(
    request: &Request<'_>,
    protocol: &str,
    modules: &[&'static Module],
) -> Result<Vec<Operation>, Refusal> {
    // An operation without input has no content type.
    if request
        .media_type()
        .is_some_and(|found| found != "application/cbor")
    {
        return Err(Refusal::ContentType);
    }
    let segments: Vec<_> = request.segments().collect();
    let ["service", id, "operation", name] = segments[..] else {
        return Ok(Vec::new());
    };
    if protocol != "rpc-v2-cbor" || request.method != "POST" {
        return Ok(Vec::new());
    }
    let speaking = modules
        .iter()
        .filter(|module| module.speaks(Protocol::Cbor) && module.target == id);
    Ok(speaking
        .filter_map(|module| operation(module, name, Protocol::Cbor))
        .collect())
}

/// `Action` and `Version`.
struct Action {
    name: String,
    version: String,
}

/// From query or form, for services that read them.
fn action(request: &Request<'_>, modules: &[&Module]) -> Result<Option<Action>, Refusal> {
    if !modules.iter().any(|module| reads_action(module)) {
        return Ok(None);
    }
    let form = request.form()?;
    let in_query = once(&request.query, "Action").transpose()?;
    let in_form = once(&form, "Action").transpose()?;
    let name = match (in_query, in_form) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => return Err(Refusal::TwoOperations),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
    };
    // AWS may take a body for a form that does not say it is one.
    if in_query.is_some() && !request.is_form() && !request.is_bare() {
        return Err(Refusal::ContentType);
    }
    let versions = [once(&request.query, "Version"), once(&form, "Version")];
    let mut versions = versions.into_iter().flatten();
    let version = versions.next().transpose()?.unwrap_or_default().to_owned();
    if versions.next().is_some() {
        return Err(Refusal::RepeatedParameter("Version".to_owned()));
    }
    // SQS takes calls at the path of the queue. Where another service has operations at paths, its
    // path names one, and `Action` another.
    let is_sqs = modules.iter().any(|module| module.name == "sqs");
    if request.path != "/" && !is_sqs {
        return Err(Refusal::TwoOperations);
    }
    let method = request.method;
    Ok((method == "POST" || method == "GET").then_some(Action { name, version }))
}

fn reads_action(module: &Module) -> bool {
    module.speaks(Protocol::Query) || module.speaks(Protocol::Ec2)
}

/// EC2 takes its older versions, and the names in them mean the same. With all others, the version
/// says which module is meant.
fn by_action(action: &Action, modules: &[&'static Module]) -> Vec<Operation> {
    let mut found = Vec::new();
    for module in modules {
        let protocol = if module.speaks(Protocol::Ec2) {
            Protocol::Ec2
        } else if module.speaks(Protocol::Query) && module.version == action.version {
            Protocol::Query
        } else {
            continue;
        };
        found.extend(operation(module, &action.name, protocol));
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::iam::module::Protocol;
    use crate::iam::operation::Meaning;
    use crate::iam::sample::{form, json, signed};

    const TWO: &str = "the request names an operation in more than one way";
    const TYPE: &str = "the content type does not fit the request";

    #[test]
    fn one_service_is_understood_in_each_of_its_protocols() {
        let protocol = |meaning| match meaning {
            Ok(Meaning::Known(operation, _)) => (operation.name(), operation.protocol),
            other => panic!("{other:?}"),
        };
        let cbor = signed(
            "monitoring",
            "POST",
            "/service/GraniteServiceVersion20100801/operation/GetMetricData",
        )
        .header("smithy-protocol", "rpc-v2-cbor")
        .header("content-type", "application/cbor");
        let target = json("monitoring", "GraniteServiceVersion20100801.GetMetricData");
        let query = form("monitoring", "Action=GetMetricData&Version=2010-08-01");
        assert_eq!(protocol(cbor.meaning()), ("GetMetricData", Protocol::Cbor));
        assert_eq!(
            protocol(target.meaning()),
            ("GetMetricData", Protocol::Json)
        );
        assert_eq!(
            protocol(query.meaning()),
            ("GetMetricData", Protocol::Query)
        );
    }

    #[test]
    fn an_action_may_stand_in_the_query_or_in_the_form_and_in_one_of_them_only() {
        let query = "/?Action=GetCallerIdentity&Version=2011-06-15";
        assert_eq!(signed("sts", "GET", query).found(), "sts.GetCallerIdentity");
        assert_eq!(
            form("sts", "Action=GetCallerIdentity&Version=2011-06-15").found(),
            "sts.GetCallerIdentity"
        );
        let both = signed("sts", "POST", query)
            .header("content-type", "application/x-www-form-urlencoded")
            .body("%41ction=AssumeRole&Version=2011-06-15");
        assert_eq!(both.found(), TWO);
    }

    #[test]
    fn two_actions_are_refused_however_they_are_written() {
        let repeated = "the parameter Action came more than once";
        for body in [
            "Action=GetUser&Action=DeleteUser&Version=2010-05-08",
            "Action=GetUser&%41%63tion=DeleteUser&Version=2010-05-08",
            "Action=GetUser&action=DeleteUser&Version=2010-05-08",
        ] {
            assert_eq!(form("iam", body).found(), repeated, "{body}");
        }
        let versions = form(
            "iam",
            "Action=GetUser&Version=2010-05-08&Version=2033-01-01",
        );
        assert_eq!(
            versions.found(),
            "the parameter Version came more than once"
        );
    }

    #[test]
    fn a_target_beside_an_action_is_refused() {
        let in_form = form("monitoring", "Action=GetMetricData&Version=2010-08-01")
            .header("x-amz-target", "GraniteServiceVersion20100801.DeleteAlarms");
        assert_eq!(in_form.found(), TWO);
        let in_query = signed("sqs", "POST", "/?Action=SendMessage&Version=2012-11-05")
            .header("x-amz-target", "AmazonSQS.DeleteQueue")
            .header("content-type", "application/x-amz-json-1.0");
        assert!(
            [TWO, TYPE].contains(&in_query.found().as_str()),
            "{}",
            in_query.found()
        );
        let cbor = json("monitoring", "GraniteServiceVersion20100801.GetMetricData")
            .header("smithy-protocol", "rpc-v2-cbor");
        assert_eq!(cbor.found(), TWO);
    }

    #[test]
    fn two_targets_are_refused() {
        let two = json("dynamodb", "DynamoDB_20120810.GetItem")
            .header("x-amz-target", "DynamoDB_20120810.DeleteItem");
        assert_eq!(two.found(), "the header x-amz-target came more than once");
    }

    #[test]
    fn a_content_type_of_another_protocol_is_refused() {
        let form = signed("dynamodb", "POST", "/")
            .header("x-amz-target", "DynamoDB_20120810.GetItem")
            .header("content-type", "application/x-www-form-urlencoded");
        assert_eq!(form.found(), TYPE);
        let none =
            signed("dynamodb", "POST", "/").header("x-amz-target", "DynamoDB_20120810.GetItem");
        assert_eq!(none.found(), TYPE);
        let query =
            signed("iam", "POST", "/?Action=GetUser&Version=2010-05-08").body("Action=DeleteUser");
        assert_eq!(query.found(), TYPE);
        let multipart = query.header("content-type", "multipart/form-data");
        assert_eq!(multipart.found(), TYPE);
        let cbor = signed("monitoring", "POST", "/service/X/operation/Y")
            .header("smithy-protocol", "rpc-v2-cbor")
            .header("content-type", "application/json");
        assert_eq!(cbor.found(), TYPE);
    }

    #[test]
    fn a_form_that_is_not_held_is_refused() {
        let form = signed(
            "sts",
            "POST",
            "/?Action=GetCallerIdentity&Version=2011-06-15",
        )
        .header("content-type", "application/x-www-form-urlencoded");
        assert_eq!(
            form.found(),
            "the body that says what the request is was not read"
        );
        let bare = signed(
            "sts",
            "POST",
            "/?Action=GetCallerIdentity&Version=2011-06-15",
        );
        assert_eq!(bare.body("").found(), "sts.GetCallerIdentity");
    }

    #[test]
    fn an_action_at_a_path_of_another_operation_is_refused() {
        let two = signed(
            "ses",
            "POST",
            "/v2/email/outbound-emails?Action=DeleteIdentity",
        )
        .body("");
        assert_eq!(two.found(), TWO);
    }

    #[test]
    fn sqs_is_called_at_the_path_of_a_queue_too() {
        let old = signed("sqs", "POST", "/123456789012/queue")
            .header("content-type", "application/x-www-form-urlencoded")
            .body("Action=SendMessage&Version=2012-11-05&MessageBody=a+b%26");
        assert_eq!(old.found(), "sqs.SendMessage");
    }

    #[test]
    fn older_versions_of_ec2_mean_the_same() {
        let found = |body| form("ec2", body).found();
        assert_eq!(
            found("Action=DescribeInstances&Version=2016-11-15"),
            "ec2.DescribeInstances"
        );
        assert_eq!(
            found("Action=DescribeInstances&Version=2014-10-01"),
            "ec2.DescribeInstances"
        );
    }

    #[test]
    fn the_version_tells_modules_of_one_signing_name_apart() {
        let found = |body| form("elasticloadbalancing", body).found();
        assert_eq!(
            found("Action=DescribeLoadBalancers&Version=2012-06-01"),
            "elb.DescribeLoadBalancers"
        );
        assert_eq!(
            found("Action=DescribeLoadBalancers&Version=2015-12-01"),
            "elbv2.DescribeLoadBalancers"
        );
    }
}
