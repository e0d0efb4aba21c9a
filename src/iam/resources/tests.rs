use proptest::prelude::*;

use super::*;
use crate::iam::lookup::lookup;
use crate::iam::module::modules;
use crate::iam::sample::{Sample, form, json as call, signed};

const PLACE: Place<'static> = Place {
    partition: "aws",
    region: "eu-west-1",
    account: Some("123456789012"),
};

fn resources_at(sample: &Sample, place: &Place<'_>) -> Vec<String> {
    let named = named_at(sample, place);
    let mut each = Vec::new();
    for resource in named.actions.into_iter().flat_map(|(_, found)| found) {
        if !each.contains(&resource) {
            each.push(resource);
        }
    }
    each
}

fn named_at(sample: &Sample, place: &Place<'_>) -> Named {
    let request = sample.request().expect("sound");
    let operation = lookup(&request).expect("sound").first();
    let operation = operation.expect("an operation");
    let needs = Needs::of(&operation, &request);
    Named::of(&operation, &request, &needs, place)
}

/// Each action with what is found for it.
fn each(sample: &Sample) -> Vec<String> {
    let named = named_at(sample, &PLACE).actions.into_iter();
    named
        .map(|(action, found)| format!("{action} {}", found.join(" ")))
        .collect()
}

/// What is found, with blanks between.
fn resources(sample: &Sample) -> String {
    resources_at(sample, &PLACE).join(" ")
}

#[test]
fn s3_has_buckets_and_keys() {
    let found = |method, target: &str| resources(&signed("s3", method, target));
    assert_eq!(found("GET", "/"), "");
    assert_eq!(
        found("GET", "/bucket?list-type=2&prefix=a"),
        "arn:aws:s3:::bucket"
    );
    assert_eq!(found("HEAD", "/bucket/"), "arn:aws:s3:::bucket");
    assert_eq!(
        found("GET", "/bucket/a//b%20c%2Fd"),
        "arn:aws:s3:::bucket/a//b c/d"
    );
    // What a container does must be seen in the record, and must not draw there.
    assert_eq!(
        found("GET", "/bucket/a%1Bb%E2%80%AEc"),
        "arn:aws:s3:::bucket/a?b?c"
    );
    let copy =
        signed("s3", "PUT", "/to/key").header("x-amz-copy-source", "/from/a%20b?versionId=1");
    assert_eq!(
        resources(&copy),
        "arn:aws:s3:::from/a b arn:aws:s3:::to/key"
    );
    let session = signed("s3express", "GET", "/b--use1-az4--x-s3?session");
    assert_eq!(
        resources(&session),
        "arn:aws:s3express:eu-west-1:123456789012:bucket/b--use1-az4--x-s3"
    );
}

#[test]
fn each_object_that_is_deleted_is_named_up_to_a_bound() {
    let delete = |body: &str| resources(&signed("s3", "POST", "/b?delete").body(body));
    let object = |key: &str| format!("<Object><Key>{key}</Key></Object>");
    assert_eq!(
        delete(&format!(
            "<Delete>{}{}</Delete>",
            object("x"),
            object("y&amp;z")
        )),
        "arn:aws:s3:::b/x arn:aws:s3:::b/y&z"
    );
    assert_eq!(delete("<Delete>"), "arn:aws:s3:::b/*");
    let many: String = (0..1000)
        .map(|number| object(&number.to_string()))
        .collect();
    let many = signed("s3", "POST", "/b?delete").body(&format!("<Delete>{many}</Delete>"));
    assert_eq!(resources_at(&many, &PLACE).len(), MOST);
    assert_eq!(named_at(&many, &PLACE).further, 1000 - MOST);
}

#[test]
fn what_there_is_no_room_for_is_counted_once() {
    let ids: String = (0..300)
        .map(|number| format!("&InstanceId.{}=i-{number}", number + 1))
        .collect();
    let stop = form(
        "ec2",
        &format!("Action=StopInstances&Version=2016-11-15{ids}"),
    );
    assert_eq!(named_at(&stop, &PLACE).further, 300 - MOST);
    let keys: String = (0..150)
        .map(|n| format!("<Object><Key>k{n}</Key><VersionId>v{n}</VersionId></Object>"))
        .collect();
    let delete = signed("s3", "POST", "/b?delete").body(&format!("<Delete>{keys}{keys}</Delete>"));
    assert_eq!(named_at(&delete, &PLACE).further, 150 - MOST);
    let long = signed("s3", "GET", &format!("/b/{}", "k".repeat(LONGEST)));
    assert_eq!(resources(&long), "");
    assert_eq!(named_at(&long, &PLACE).further, 1);
    assert_eq!(named_at(&signed("s3", "GET", "/b/k"), &PLACE).further, 0);
}

#[test]
fn wildcards_and_variables_in_names_are_letters() {
    let own =
        |service: &str, rest: &str| format!("arn:aws:{service}:eu-west-1:123456789012:{rest}");
    let s3 = |target: &str| resources(&signed("s3", "GET", target));
    assert_eq!(s3("/b/*"), "arn:aws:s3:::b/${*}");
    assert_eq!(
        s3("/b/a%3F%2A%24%7Baws:username%7D"),
        "arn:aws:s3:::b/a${?}${*}${$}{aws:username}"
    );
    let copy = signed("s3", "PUT", "/to/%2A").header("x-amz-copy-source", "/from/*%3F?versionId=1");
    assert_eq!(
        resources(&copy),
        "arn:aws:s3:::from/${*}${?} arn:aws:s3:::to/${*}"
    );
    let copy = signed("s3", "PUT", "/to/k").header(
        "x-amz-copy-source",
        "arn:aws:s3:eu-west-1:1:accesspoint/a/object/*",
    );
    assert_eq!(
        resources(&copy),
        "arn:aws:s3:eu-west-1:1:accesspoint/a/object/${*} arn:aws:s3:::to/k"
    );
    let delete =
        signed("s3", "POST", "/b?delete").body("<Delete><Object><Key>*</Key></Object></Delete>");
    assert_eq!(resources(&delete), "arn:aws:s3:::b/${*}");

    let dynamodb = |operation: &str, body: &str| {
        resources(&call("dynamodb", &format!("DynamoDB_20120810.{operation}")).body(body))
    };
    let table = |name: &str| own("dynamodb", &format!("table/{name}"));
    assert_eq!(dynamodb("GetItem", r#"{"TableName":"*"}"#), table("${*}"));
    assert_eq!(
        dynamodb("BatchGetItem", r#"{"RequestItems":{"a*":{}}}"#),
        table("a${*}")
    );
    assert_eq!(
        dynamodb("Query", r#"{"TableName":"t","IndexName":"*"}"#),
        table("t/index/${*}")
    );
    let arn = "arn:aws:dynamodb:*:*:table/*";
    assert_eq!(
        dynamodb("GetItem", &format!(r#"{{"TableName":"{arn}"}}"#)),
        arn.replace('*', "${*}")
    );

    let secret = call("secretsmanager", "secretsmanager.GetSecretValue");
    assert_eq!(
        resources(&secret.body(r#"{"SecretId":"*"}"#)),
        own("secretsmanager", "secret:${*}-??????")
    );
    let queue = call("sqs", "AmazonSQS.SendMessage");
    assert_eq!(
        resources(&queue.body(r#"{"QueueUrl":"https://sqs.eu-west-1.amazonaws.com/*/*"}"#)),
        "arn:aws:sqs:eu-west-1:${*}:${*}"
    );
    assert_eq!(
        resources(&signed(
            "lambda",
            "GET",
            "/2015-03-31/functions/%2A?Qualifier=*"
        )),
        own("lambda", "function:${*}:${*}")
    );
    assert_eq!(
        resources(&signed("apigateway", "GET", "/restapis/%2A")),
        "arn:aws:apigateway:eu-west-1::/restapis/${*}"
    );
    let group = call("logs", "Logs_20140328.DescribeLogStreams");
    let of_group = own("logs", "log-group:g:*");
    assert_eq!(
        resources(&group.body(&format!(r#"{{"logGroupIdentifier":"{of_group}"}}"#))),
        of_group
    );
    let vpc = form("ec2", "Action=DeleteVpc&Version=2016-11-15&VpcId=*");
    assert_eq!(resources(&vpc), own("ec2", "vpc/${*}"));
    let user = form("iam", "Action=GetUser&Version=2010-05-08&UserName=*");
    assert_eq!(
        resources(&user),
        "arn:aws:iam::123456789012:user/${*} arn:aws:iam::123456789012:user/*/${*}"
    );

    let elsewhere = Place {
        region: "*",
        ..PLACE
    };
    let bare = form("ec2", "Action=DeleteVpc&Version=2016-11-15&VpcId=v");
    assert_eq!(
        resources_at(&bare, &elsewhere).join(" "),
        "arn:aws:ec2:${*}:123456789012:vpc/v"
    );
    let queue = call("sqs", "AmazonSQS.CreateQueue").body(r#"{"QueueName":"q"}"#);
    assert_eq!(
        resources_at(&queue, &elsewhere).join(" "),
        "arn:aws:sqs:${*}:123456789012:q"
    );
}

#[test]
fn a_role_that_is_passed_has_the_letters_of_its_name() {
    let create = signed("lambda", "POST", "/2015-03-31/functions")
        .body(r#"{"FunctionName":"f","Role":"arn:aws:iam::1:role/*"}"#);
    assert_eq!(
        named_at(&create, &PLACE).roles,
        ["arn:aws:iam::1:role/${*}"]
    );
}

#[test]
fn dynamodb_has_tables_and_indexes() {
    let found = |operation: &str, body: &str| {
        resources(&call("dynamodb", &format!("DynamoDB_20120810.{operation}")).body(body))
    };
    let table = |name: &str| format!("arn:aws:dynamodb:eu-west-1:123456789012:table/{name}");
    assert_eq!(
        found("GetItem", r#"{"TableName":"t","Key":{"TableName":"x"}}"#),
        table("t")
    );
    assert_eq!(
        found("Query", r#"{"IndexName":"i","TableName":"t"}"#),
        table("t/index/i")
    );
    let arn = "arn:aws:dynamodb:us-east-1:1:table/t";
    assert_eq!(
        found("GetItem", &format!(r#"{{"TableName":"{arn}"}}"#)),
        arn
    );
    assert_eq!(
        found(
            "BatchGetItem",
            r#"{"RequestItems":{"a":{"Keys":[]},"b":{}}}"#
        ),
        format!("{} {}", table("a"), table("b"))
    );
    assert_eq!(
        found(
            "TransactWriteItems",
            r#"{"TransactItems":[{"Put":{"TableName":"a"}},{"Delete":{"TableName":"b"}},{"Put":{"TableName":"a"}}]}"#
        ),
        format!("{} {}", table("a"), table("b"))
    );
    assert_eq!(found("ListTables", "{}"), "");
    assert_eq!(found("GetItem", r#"{"TableName":7}"#), table("*"));
    let stream = "arn:aws:dynamodb:eu-west-1:1:table/t/stream/2026";
    let streams = call("dynamodb", "DynamoDBStreams_20120810.DescribeStream")
        .body(&format!(r#"{{"StreamArn":"{stream}"}}"#));
    assert_eq!(resources(&streams), stream);
}

#[test]
fn queues_are_found_in_json_forms_and_paths() {
    let arn = "arn:aws:sqs:eu-west-1:222222222222:q";
    let url = "http://127.0.0.1:1234/222222222222/q";
    let json = call("sqs", "AmazonSQS.SendMessage").body(&format!(r#"{{"QueueUrl":"{url}"}}"#));
    assert_eq!(resources(&json), arn);
    let query = "Action=SendMessage&Version=2012-11-05";
    assert_eq!(
        resources(&form("sqs", &format!("{query}&QueueUrl={url}"))),
        arn
    );
    let path = signed("sqs", "POST", "/222222222222/q")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(query);
    assert_eq!(resources(&path), arn);
    let create = call("sqs", "AmazonSQS.CreateQueue").body(r#"{"QueueName":"q"}"#);
    assert_eq!(resources(&create), "arn:aws:sqs:eu-west-1:123456789012:q");
    assert_eq!(
        resources(&call("sqs", "AmazonSQS.ListQueues").body("{}")),
        ""
    );
}

#[test]
fn topics_parameters_and_secrets_are_found() {
    let sns = |body: &str| resources(&form("sns", &format!("Version=2010-03-31&{body}")));
    let topic = "arn:aws:sns:eu-west-1:1:t";
    assert_eq!(sns(&format!("Action=Publish&TopicArn={topic}")), topic);
    // The reference has no resource for it.
    assert_eq!(
        sns(&format!("Action=Unsubscribe&SubscriptionArn={topic}:u-u")),
        ""
    );
    assert_eq!(
        sns("Action=CreateTopic&Name=t"),
        "arn:aws:sns:eu-west-1:123456789012:t"
    );
    assert_eq!(sns("Action=Publish&PhoneNumber=%2B1"), "");

    let ssm = |operation: &str, body: &str| {
        resources(&call("ssm", &format!("AmazonSSM.{operation}")).body(body))
    };
    let parameter = |name: &str| format!("arn:aws:ssm:eu-west-1:123456789012:parameter/{name}");
    assert_eq!(
        ssm("GetParameter", r#"{"Name":"/a/b:3"}"#),
        parameter("a/b")
    );
    assert_eq!(
        ssm("GetParameters", r#"{"Names":["a","/b"]}"#),
        format!("{} {}", parameter("a"), parameter("b"))
    );
    assert_eq!(
        ssm("GetParametersByPath", r#"{"Path":"/a/"}"#),
        parameter("a/")
    );
    assert_eq!(
        ssm("GetDocument", r#"{"Name":"d"}"#),
        "arn:aws:ssm:eu-west-1:123456789012:document/d"
    );

    let secret = |operation: &str, body: &str| {
        resources(&call("secretsmanager", &format!("secretsmanager.{operation}")).body(body))
    };
    let named = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db/x-??????";
    assert_eq!(secret("GetSecretValue", r#"{"SecretId":"db/x"}"#), named);
    assert_eq!(secret("CreateSecret", r#"{"Name":"db/x"}"#), named);
    let by_arn = |name: &str| {
        let start = "arn:aws:secretsmanager:eu-west-1:1:secret:";
        let found = secret(
            "GetSecretValue",
            &format!(r#"{{"SecretId":"{start}{name}"}}"#),
        );
        found.replace(start, "")
    };
    assert_eq!(by_arn("x-AbCdEf"), "x-AbCdEf");
    assert_eq!(by_arn("prod/db"), "prod/db-??????");
    assert_eq!(by_arn("my-database"), "my-database-??????");
    // Either can be meant.
    assert_eq!(by_arn("my-secret"), "my-secret my-secret-??????");
}

#[test]
fn keys_of_kms_are_found_but_not_behind_an_alias() {
    let kms = |operation: &str, body: &str| {
        resources(&call("kms", &format!("TrentService.{operation}")).body(body))
    };
    let key = "arn:aws:kms:eu-west-1:123456789012:key/k";
    assert_eq!(kms("Encrypt", r#"{"KeyId":"k"}"#), key);
    assert_eq!(kms("Encrypt", &format!(r#"{{"KeyId":"{key}"}}"#)), key);
    let any = "arn:aws:kms:eu-west-1:123456789012:key/*";
    assert_eq!(kms("Encrypt", r#"{"KeyId":"alias/a"}"#), any);
    assert_eq!(kms("Decrypt", r#"{"CiphertextBlob":"x"}"#), any);
    assert_eq!(
        kms("Encrypt", r#"{"KeyId":"arn:aws:kms:us-east-1:1:alias/a"}"#),
        "arn:aws:kms:us-east-1:1:key/*"
    );
    assert_eq!(
        kms(
            "CreateAlias",
            r#"{"AliasName":"alias/a","TargetKeyId":"k"}"#
        ),
        format!("{key} arn:aws:kms:eu-west-1:123456789012:alias/a")
    );
    assert_eq!(
        kms("DeleteAlias", r#"{"AliasName":"alias/a"}"#),
        format!("arn:aws:kms:eu-west-1:123456789012:alias/a {any}")
    );
    let again =
        call("kms", "TrentService.ReEncrypt").body(r#"{"SourceKeyId":"k","DestinationKeyId":"l"}"#);
    assert_eq!(
        each(&again),
        [
            format!("kms:ReEncryptFrom {key}"),
            "kms:ReEncryptTo arn:aws:kms:eu-west-1:123456789012:key/l".to_owned()
        ]
    );
}

#[test]
fn functions_are_found_in_each_form_of_their_label() {
    let found = |label: &str| {
        let target = format!("/2015-03-31/functions/{label}");
        resources(&signed("lambda", "POST", &target))
    };
    let function = |name: &str| format!("arn:aws:lambda:eu-west-1:123456789012:function:{name}");
    assert_eq!(found("f/invocations"), function("f"));
    assert_eq!(found("f%3Alive/invocations"), function("f:live"));
    assert_eq!(found("f/invocations?Qualifier=2"), function("f:2"));
    assert_eq!(
        found("222222222222%3Afunction%3Af/invocations"),
        "arn:aws:lambda:eu-west-1:222222222222:function:f"
    );
    let arn = "arn:aws:lambda:us-east-1:1:function:f";
    assert_eq!(
        found(&format!("{}/invocations", arn.replace(':', "%3A"))),
        arn
    );
    assert_eq!(
        resources(&signed("lambda", "GET", "/2015-03-31/functions/")),
        ""
    );
}

#[test]
fn log_groups_repositories_and_roles_are_found() {
    let logs = |operation: &str, body: &str| {
        resources(&call("logs", &format!("Logs_20140328.{operation}")).body(body))
    };
    let group = "arn:aws:logs:eu-west-1:123456789012:log-group:/g";
    let whole = format!("{group}:*");
    for (operation, body) in [
        ("FilterLogEvents", r#"{"logGroupName":"/g"}"#),
        ("CreateLogGroup", r#"{"logGroupName":"/g"}"#),
        ("StartQuery", r#"{"logGroupNames":["/g"]}"#),
    ] {
        assert_eq!(logs(operation, body), whole);
    }
    assert_eq!(
        logs("TagResource", &format!(r#"{{"resourceArn":"{group}"}}"#)),
        group
    );
    assert_eq!(
        logs(
            "PutLogEvents",
            r#"{"logGroupName":"/g","logStreamName":"s"}"#
        ),
        format!("{group}:log-stream:s")
    );
    assert_eq!(
        logs("DescribeLogGroups", r#"{"logGroupNamePrefix":"/g"}"#),
        ""
    );

    let ecr = |operation: &str, body: &str| {
        let target = format!("AmazonEC2ContainerRegistry_V20150921.{operation}");
        resources(&call("ecr", &target).body(body))
    };
    assert_eq!(
        ecr("ListImages", r#"{"registryId":"2","repositoryName":"a/b"}"#),
        "arn:aws:ecr:eu-west-1:2:repository/a/b"
    );
    assert_eq!(ecr("GetAuthorizationToken", "{}"), "");

    let iam = |body: &str| resources(&form("iam", &format!("Version=2010-05-08&{body}")));
    let own = |resource: &str| format!("arn:aws:iam::123456789012:{resource}");
    // Not `role/*r`, which is `role/other`, too.
    let both = |kind: &str, name: &str| {
        [
            own(&format!("{kind}/{name}")),
            own(&format!("{kind}/*/{name}")),
        ]
        .join(" ")
    };
    assert_eq!(iam("Action=GetRole&RoleName=r"), both("role", "r"));
    assert_eq!(
        iam("Action=CreateRole&RoleName=r&Path=%2Fa%2F"),
        own("role/a/r")
    );
    assert_eq!(iam("Action=CreateUser&UserName=u"), own("user/u"));
    assert_eq!(iam("Action=CreateAccessKey&UserName=u"), both("user", "u"));
    assert_eq!(iam("Action=CreatePolicy&PolicyName=p"), own("policy/p"));
    let policy = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    assert_eq!(iam(&format!("Action=GetPolicy&PolicyArn={policy}")), policy);
    assert_eq!(
        iam(&format!(
            "Action=AttachRolePolicy&RoleName=r&PolicyArn={policy}"
        )),
        both("role", "r")
    );
}

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
fn each_action_has_the_resources_that_its_types_allow() {
    let copy = signed("s3", "PUT", "/to/key").header("x-amz-copy-source", "/from/a");
    assert_eq!(
        each(&copy),
        [
            "s3:GetObject arn:aws:s3:::from/a",
            "s3:GetObjectTagging arn:aws:s3:::from/a",
            "s3:PutObject arn:aws:s3:::to/key",
        ]
    );
    let table = "arn:aws:dynamodb:eu-west-1:123456789012:table";
    let write = call("dynamodb", "DynamoDB_20120810.TransactWriteItems").body(
        r#"{"TransactItems":[{"Put":{"TableName":"a"}},{"Delete":{"TableName":"b"}},{"Put":{"TableName":"c"}}]}"#,
    );
    assert_eq!(
        each(&write),
        [
            format!("dynamodb:PutItem {table}/a {table}/c"),
            format!("dynamodb:DeleteItem {table}/b"),
        ]
    );
    let statements = call("dynamodb", "DynamoDB_20120810.BatchExecuteStatement").body(
        r#"{"Statements":[{"Statement":"SELECT * FROM \"a\".\"i\" WHERE x=1"},{"Statement":"insert into b value {}"}]}"#,
    );
    assert_eq!(
        each(&statements),
        [
            format!("dynamodb:PartiQLSelect {table}/a/index/i"),
            format!("dynamodb:PartiQLInsert {table}/b"),
        ]
    );
    assert_eq!(each(&signed("s3", "GET", "/")), ["s3:ListAllMyBuckets "]);
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
fn an_action_without_resource_types_has_no_resources() {
    let mapping = signed("lambda", "POST", "/2015-03-31/event-source-mappings")
        .body(r#"{"FunctionName":"f","EventSourceArn":"arn:aws:sqs:eu-west-1:1:q"}"#);
    assert_eq!(each(&mapping), ["lambda:CreateEventSourceMapping "]);
}

#[test]
fn tags_need_a_right_of_their_own() {
    let tagging = |sample: &Sample| {
        let named = named_at(sample, &PLACE).tagging;
        named.map(|(action, found)| format!("{action} {}", found.join(" ")))
    };
    let group = "Action=CreateSecurityGroup&Version=2016-11-15&GroupName=g&VpcId=vpc-1";
    let tags = "TagSpecification.1.ResourceType=security-group&TagSpecification.1.Tag.1.Key=a";
    assert_eq!(
        tagging(&form("ec2", &format!("{group}&{tags}"))).as_deref(),
        Some("ec2:CreateTags arn:aws:ec2:eu-west-1:123456789012:security-group/*")
    );
    assert_eq!(tagging(&form("ec2", group)), None);
    let role = "Action=CreateRole&Version=2010-05-08&RoleName=r&Tags.member.1.Key=a";
    assert_eq!(
        tagging(&form("iam", role)).as_deref(),
        Some("iam:TagRole arn:aws:iam::123456789012:role/r")
    );
    let function = |tags: &str| {
        let body = format!(r#"{{"FunctionName":"f","Tags":{tags}}}"#);
        tagging(&signed("lambda", "POST", "/2015-03-31/functions").body(&body))
    };
    assert_eq!(
        function(r#"{"a":"b"}"#).as_deref(),
        Some("lambda:TagResource arn:aws:lambda:eu-west-1:123456789012:function:f")
    );
    assert_eq!(function("{}"), None);
}

#[test]
fn roles_are_passed_that_a_request_gives_to_the_service() {
    let roles = |sample: &Sample| named_at(sample, &PLACE).roles.join(" ");
    let role = "arn:aws:iam::1:role/a/r";
    let function = signed("lambda", "POST", "/2015-03-31/functions")
        .body(&format!(r#"{{"FunctionName":"f","Role":"{role}"}}"#));
    assert_eq!(roles(&function), role);
    let task = |name: &str| {
        call(
            "ecs",
            "AmazonEC2ContainerServiceV20141113.RegisterTaskDefinition",
        )
        .body(&format!(r#"{{"family":"f","executionRoleArn":"{name}"}}"#))
    };
    assert_eq!(roles(&task(role)), role);
    let by_name = "arn:aws:iam::123456789012:role/r arn:aws:iam::123456789012:role/*/r";
    assert_eq!(roles(&task("r")), by_name);
    let assume = format!("Action=AssumeRole&Version=2011-06-15&RoleArn={role}");
    assert_eq!(roles(&form("sts", &assume)), "");
    let add = "Action=AddRoleToInstanceProfile&Version=2010-05-08&InstanceProfileName=p&RoleName=r";
    assert_eq!(roles(&form("iam", add)), by_name);
    // Whatever the member is called.
    let repository = signed("lambda", "POST", "/2015-03-31/functions")
        .body(&format!(r#"{{"FunctionName":"f","RunsAs":"{role}"}}"#));
    assert_eq!(roles(&repository), role);
    let other = json_of_no_role(role);
    assert_eq!(roles(&other), "");
    let targets = call("events", "AWSEvents.PutTargets").body(&format!(
        r#"{{"Rule":"r","Targets":[{{"Id":"1","Arn":"arn:aws:ecs:eu-west-1:1:cluster/c","RoleArn":"{role}"}}]}}"#
    ));
    assert_eq!(roles(&targets), role);
}

/// A call that passes no role.
fn json_of_no_role(role: &str) -> Sample {
    call("dynamodb", "DynamoDB_20120810.TagResource").body(&format!(
        r#"{{"ResourceArn":"a","Tags":[{{"Key":"k","Value":"{role}"}}]}}"#
    ))
}

#[test]
fn an_instance_profile_stands_for_its_role() {
    let roles = |sample: &Sample| named_at(sample, &PLACE).roles.join(" ");
    let profile = "arn:aws:iam::1:instance-profile/p";
    let own = "arn:aws:iam::123456789012:instance-profile/p";
    let ec2 = |text: &str| roles(&form("ec2", &format!("Version=2016-11-15&{text}")));
    let run = "Action=RunInstances&ImageId=ami-1";
    assert_eq!(ec2(&format!("{run}&IamInstanceProfile.Name=p")), own);
    assert_eq!(
        ec2(&format!("{run}&IamInstanceProfile.Arn={profile}")),
        profile
    );
    assert_eq!(ec2(&format!("{run}&KeyName=p")), "");
    let spot = "Action=RequestSpotInstances&LaunchSpecification.IamInstanceProfile.Name=p";
    assert_eq!(ec2(spot), own);
    let flow = call("elasticmapreduce", "ElasticMapReduce.RunJobFlow")
        .body(r#"{"Name":"n","JobFlowRole":"p","ServiceRole":"r"}"#);
    assert_eq!(
        roles(&flow),
        format!("{own} arn:aws:iam::123456789012:role/r arn:aws:iam::123456789012:role/*/r")
    );
}

#[test]
fn the_tables_name_forms_and_actions_that_exist() {
    let mut named = 0;
    for module in modules() {
        for operation in module.rows() {
            for one in module.naming(operation.name) {
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
fn an_unknown_account_is_a_star() {
    let place = Place {
        account: None,
        partition: "aws-cn",
        region: "cn-north-1",
    };
    let get = call("dynamodb", "DynamoDB_20120810.GetItem").body(r#"{"TableName":"t"}"#);
    assert_eq!(
        resources_at(&get, &place),
        ["arn:aws-cn:dynamodb:cn-north-1:*:table/t"]
    );
}

#[test]
fn what_would_not_be_seen_is_a_question_mark_and_what_is_too_long_is_left_out() {
    let get = |name: &str| {
        let body = serde_json::json!({ "TableName": name }).to_string();
        resources(&call("dynamodb", "DynamoDB_20120810.GetItem").body(&body))
    };
    assert!(get("a\nb").ends_with(":table/a?b"));
    assert!(get(&"a".repeat(5000)).ends_with(":table/*"));
    assert!(get(&"*".repeat(1500)).is_empty());
}

proptest! {
    #[test]
    fn no_request_panics(
        service in prop::sample::select(vec!["s3", "sqs", "lambda", "iam", "dynamodb"]),
        target in "/[a-z%2F:/.]{0,30}(\\?Qualifier=x)?",
        value in "[ -~]{0,30}",
        body in "(\\{\"(TableName|RequestItems|TransactItems|QueueUrl)\":)?[\\[\\]{}\":,a-z]{0,30}|(Action=GetRole&)?[A-Za-z.0-9=&%]{0,30}",
    ) {
        for method in ["GET", "POST", "PUT"] {
            let sample = signed(service, method, &target).header("x-amz-copy-source", &value).body(&body);
            let Ok(request) = sample.request() else { continue };
            let Ok(meaning) = lookup(&request) else { continue };
            if let Some(operation) = meaning.only() {
                let _ = Named::of(&operation, &request, &Needs::of(&operation, &request), &PLACE);
            }
        }
    }
}
