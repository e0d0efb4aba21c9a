use proptest::prelude::*;

use super::*;
use crate::iam::lookup::lookup;
use crate::iam::sample::{Sample, form, json as call, signed};

const PLACE: Place<'static> = Place {
    partition: "aws",
    region: "eu-west-1",
    account: Some("123456789012"),
};

fn resources_at(sample: &Sample, place: &Place<'_>) -> Vec<String> {
    of(
        &sample.operation(),
        &sample.request().expect("sound"),
        place,
    )
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
        "arn:aws:s3:::to/key arn:aws:s3:::from/a b"
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
    assert_eq!(found("GetItem", r#"{"TableName":7}"#), "");
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
    assert_eq!(
        sns(&format!("Action=Unsubscribe&SubscriptionArn={topic}:u-u")),
        topic
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
    assert_eq!(ssm("GetDocument", r#"{"Name":"d"}"#), "");

    let secret = |operation: &str, body: &str| {
        resources(&call("secretsmanager", &format!("secretsmanager.{operation}")).body(body))
    };
    let named = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db/x-??????";
    assert_eq!(secret("GetSecretValue", r#"{"SecretId":"db/x"}"#), named);
    assert_eq!(secret("CreateSecret", r#"{"Name":"db/x"}"#), named);
    let arn = "arn:aws:secretsmanager:eu-west-1:1:secret:x-AbCdEf";
    assert_eq!(
        secret("GetSecretValue", &format!(r#"{{"SecretId":"{arn}"}}"#)),
        arn
    );
}

#[test]
fn keys_of_kms_are_found_but_not_behind_an_alias() {
    let kms = |operation: &str, body: &str| {
        resources(&call("kms", &format!("TrentService.{operation}")).body(body))
    };
    let key = "arn:aws:kms:eu-west-1:123456789012:key/k";
    assert_eq!(kms("Encrypt", r#"{"KeyId":"k"}"#), key);
    assert_eq!(kms("Encrypt", &format!(r#"{{"KeyId":"{key}"}}"#)), key);
    assert_eq!(kms("Encrypt", r#"{"KeyId":"alias/a"}"#), "");
    assert_eq!(kms("Decrypt", r#"{"CiphertextBlob":"x"}"#), "");
    assert_eq!(
        kms(
            "CreateAlias",
            r#"{"AliasName":"alias/a","TargetKeyId":"k"}"#
        ),
        format!("{key} arn:aws:kms:eu-west-1:123456789012:alias/a")
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
    assert_eq!(logs("FilterLogEvents", r#"{"logGroupName":"/g"}"#), group);
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
    assert_eq!(iam("Action=GetRole&RoleName=r"), own("role/*r"));
    assert_eq!(
        iam("Action=CreateRole&RoleName=r&Path=%2Fa%2F"),
        own("role/a/r")
    );
    assert_eq!(iam("Action=CreateUser&UserName=u"), own("user/u"));
    assert_eq!(iam("Action=CreateAccessKey&UserName=u"), own("user/*u"));
    assert_eq!(iam("Action=CreatePolicy&PolicyName=p"), own("policy/p"));
    let policy = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    assert_eq!(iam(&format!("Action=GetPolicy&PolicyArn={policy}")), policy);
    assert_eq!(
        iam(&format!(
            "Action=AttachRolePolicy&RoleName=r&PolicyArn={policy}"
        )),
        own("role/*r")
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
    let tags = signed("states", "GET", "/tags/arn%3Aaws%3Ax");
    let request = tags.request().expect("sound");
    assert_eq!(
        named(&request, &Members::of(&start.operation(), &request)),
        ["arn:aws:x"]
    );
    let who = form("sts", "Action=GetCallerIdentity&Version=2011-06-15");
    assert_eq!(resources(&who), "");
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
    assert_eq!(get(&"a".repeat(5000)), "");
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
                let _ = of(&operation, &request, &PLACE);
            }
        }
    }
}
