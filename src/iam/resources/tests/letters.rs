//! Letters of names that mean more in a policy, or would not be seen.

use super::*;

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
fn what_would_not_be_seen_is_a_question_mark_and_what_is_too_long_is_left_out() {
    let get = |name: &str| {
        let body = serde_json::json!({ "TableName": name }).to_string();
        resources(&call("dynamodb", "DynamoDB_20120810.GetItem").body(&body))
    };
    assert!(get("a\nb").ends_with(":table/a?b"));
    assert!(get(&"a".repeat(5000)).ends_with(":table/*"));
    assert!(get(&"*".repeat(1500)).is_empty());
}
