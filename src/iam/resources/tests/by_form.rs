//! All other services, by the forms of their ARNs.

use super::*;
use crate::iam::module::modules;

#[test]
fn of_other_services_the_arns_in_the_request_are_taken() {
    let role = "arn:aws:iam::1:role/r";
    let assume = format!("Action=AssumeRole&Version=2011-06-15&RoleArn={role}");
    assert_eq!(resources(&form("sts", &assume)), role);
    let start = call("states", "AWSStepFunctions.StartExecution").body(
        r#"{"stateMachineArn":"arn:aws:states:r:1:stateMachine:m","input":"arn:x","nameArn":"n"}"#,
    );
    assert_eq!(resources(&start), "arn:aws:states:r:1:stateMachine:m");
    let who = form("sts", "Action=GetCallerIdentity&Version=2011-06-15");
    assert_eq!(resources(&who), "");
}

#[test]
fn requests_of_ec2_name_things_by_their_ids() {
    let ec2 = |body: &str| resources(&form("ec2", &format!("Version=2016-11-15&{body}")));
    let own = |resource: &str| format!("arn:aws:ec2:eu-west-1:123456789012:{resource}");
    assert_eq!(
        ec2("Action=TerminateInstances&InstanceId.1=i-1&InstanceId.2=i-2"),
        format!("{} {}", own("instance/i-1"), own("instance/i-2"))
    );
    assert_eq!(
        ec2("Action=AuthorizeSecurityGroupIngress&GroupId=sg-1"),
        own("security-group/sg-1")
    );
    // What does not exist yet has any name.
    assert_eq!(
        ec2("Action=CreateSecurityGroup&GroupName=g&VpcId=vpc-1"),
        format!("{} {}", own("security-group/*"), own("vpc/vpc-1"))
    );
    assert_eq!(
        ec2(
            "Action=DescribeInstances&Filter.1.Name=instance-id&Filter.1.Value.1=i-1&InstanceId.1=i-1"
        ),
        ""
    );
    assert_eq!(
        ec2("Action=CreateTags&ResourceId.1=i-1&ResourceId.2=ami-2&Tag.1.Key=a"),
        format!("{} arn:aws:ec2:eu-west-1::image/ami-2", own("instance/i-1"))
    );
    let run = ec2(
        "Action=RunInstances&ImageId=ami-1&SubnetId=subnet-1&SecurityGroupId.1=sg-1&MinCount=1&MaxCount=1",
    );
    for expected in [
        "arn:aws:ec2:eu-west-1::image/ami-1".to_owned(),
        own("instance/*"),
        own("network-interface/*"),
        own("volume/*"),
        own("security-group/sg-1"),
        own("subnet/subnet-1"),
    ] {
        assert!(run.split(' ').any(|one| one == expected), "{run}");
    }
    assert!(
        !run.contains("key-pair") && !run.contains("launch-template"),
        "{run}"
    );
    let run = ec2("Action=RunInstances&LaunchTemplate.LaunchTemplateName=t");
    assert!(run.contains(&own("launch-template/*")), "{run}");
}

#[test]
fn members_of_other_services_fill_the_forms_of_their_arns() {
    let own = |rest: &str| {
        let (service, resource) = rest.split_once(' ').expect("a service");
        format!("arn:aws:{service}:eu-west-1:123456789012:{resource}")
    };
    for (sample, expected) in [
        (
            call("kinesis", "Kinesis_20131202.PutRecord").body(r#"{"StreamName":"s"}"#),
            own("kinesis stream/s"),
        ),
        (
            call("events", "AWSEvents.PutRule").body(r#"{"Name":"r"}"#),
            own("events rule/r"),
        ),
        (
            call("events", "AWSEvents.PutEvents")
                .body(r#"{"Entries":[{"Source":"a"},{"Source":"b","EventBusName":"c"}]}"#),
            format!(
                "{} {}",
                own("events event-bus/c"),
                own("events event-bus/default")
            ),
        ),
        (
            call("ecs", "AmazonEC2ContainerServiceV20141113.DescribeTasks")
                .body(r#"{"cluster":"arn:aws:ecs:eu-west-1:1:cluster/c","tasks":["t","u"]}"#),
            format!("{} {}", own("ecs task/c/t"), own("ecs task/c/u")),
        ),
        (
            call("ecs", "AmazonEC2ContainerServiceV20141113.RunTask")
                .body(r#"{"cluster":"c","taskDefinition":"f:3"}"#),
            own("ecs task-definition/f:3"),
        ),
        (
            form(
                "cloudformation",
                "Action=CreateStack&Version=2010-05-15&StackName=s",
            ),
            own("cloudformation stack/s/*"),
        ),
        (
            form(
                "monitoring",
                "Action=DeleteAlarms&Version=2010-08-01&AlarmNames.member.1=a",
            ),
            own("cloudwatch alarm:a"),
        ),
        (
            form(
                "rds",
                "Action=DeleteDBInstance&Version=2014-10-31&DBInstanceIdentifier=d",
            ),
            own("rds db:d"),
        ),
        (
            signed("route53", "POST", "/2013-04-01/hostedzone/Z1/rrset"),
            "arn:aws:route53:::hostedzone/Z1".to_owned(),
        ),
        (
            signed("lambda", "POST", "/2015-03-31/functions")
                .body(r#"{"FunctionName":"f","Role":"arn:aws:iam::1:role/r"}"#),
            own("lambda function:f"),
        ),
        (
            signed("lambda", "GET", "/2018-10-31/layers/l/versions/3"),
            own("lambda layer:l:3"),
        ),
        (
            signed("apigateway", "GET", "/restapis/a/resources"),
            "arn:aws:apigateway:eu-west-1::/restapis/a/resources".to_owned(),
        ),
        (
            signed("apigateway", "POST", "/v2/apis"),
            "arn:aws:apigateway:eu-west-1::/apis".to_owned(),
        ),
    ] {
        assert_eq!(resources(&sample), expected);
    }
}

#[test]
fn the_tables_name_forms_and_actions_that_exist() {
    let mut named = 0;
    for module in modules() {
        for operation in module.rows() {
            let naming = module.naming(operation.name);
            for one in naming.filter(|one| !one.starts_with('^')) {
                let (start, paths) = one.split_once('=').expect("paths");
                if let Some(action) = start.strip_prefix('+') {
                    let action = format!("{}:{action}", module.service);
                    assert!(reference::takes_resources(&action).is_some(), "{action}");
                    continue;
                }
                let number = start.parse().expect("a number");
                let form = reference::form(module.service, number).expect("a form");
                let variables = form.0.matches('{').count();
                let places = form.0.matches("{r}").count() + form.0.matches("{a}").count();
                let paths = paths.split(',').count();
                assert_eq!(paths, variables - places, "{module:?}.{}", operation.name);
                named += 1;
            }
        }
    }
    assert!(named > 9_500, "{named}");
}

#[test]
fn a_request_in_cbor_names_what_it_is_about() {
    let call = |operation: &str, body: &[u8]| {
        let target = format!("/service/GraniteServiceVersion20100801/operation/{operation}");
        let call = signed("monitoring", "POST", &target)
            .header("smithy-protocol", "rpc-v2-cbor")
            .header("content-type", "application/cbor")
            .bytes(body);
        let named = named_at(&call, &PLACE);
        (each(&call), named.is_cut)
    };
    let alarm = |name: &str| format!("arn:aws:cloudwatch:eu-west-1:123456789012:alarm:{name}");
    let put = call("PutMetricAlarm", b"\xa1\x69AlarmName\x61a");
    let expected = format!("cloudwatch:PutMetricAlarm {}", alarm("a"));
    assert_eq!(put, (vec![expected], false));
    let delete = call("DeleteAlarms", b"\xbf\x6aAlarmNames\x9f\x61a\x61b\xff\xff");
    let expected = format!("cloudwatch:DeleteAlarms {} {}", alarm("a"), alarm("b"));
    assert_eq!(delete, (vec![expected], false));
    // A name in pieces is not read, and this is known.
    let hidden = call("PutMetricAlarm", b"\xa1\x69AlarmName\x7f\x61a\xff");
    let expected = format!("cloudwatch:PutMetricAlarm {}", alarm("*"));
    assert_eq!(hidden, (vec![expected], true));
}
