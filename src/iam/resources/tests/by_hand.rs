//! Services that have rules of their own.

use super::*;

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
fn an_alias_in_the_place_of_a_key_is_kept_by_the_action() {
    let aliases = |operation: &str, body: &str| {
        let call = call("kms", &format!("TrentService.{operation}")).body(body);
        let found = named_at(&call, &PLACE).key_aliases.into_iter();
        found
            .map(|(action, alias)| format!("{action} {alias}"))
            .collect::<Vec<_>>()
    };
    let of = |id: &str| aliases("Encrypt", &format!(r#"{{"KeyId":"{id}"}}"#));
    assert_eq!(of("alias/team/orders"), ["kms:Encrypt alias/team/orders"]);
    assert_eq!(
        of("arn:aws:kms:us-east-1:1:alias/a"),
        ["kms:Encrypt alias/a"]
    );
    assert_eq!(
        aliases(
            "ReEncrypt",
            r#"{"SourceKeyId":"k","DestinationKeyId":"alias/new"}"#
        ),
        ["kms:ReEncryptTo alias/new"]
    );
    // Keys, and what is no name of KMS's.
    for id in ["k", "alias/", "alias/*", "alias/${aws:username}", "alias/é"] {
        assert_eq!(of(id), [""; 0], "{id}");
    }
    assert_eq!(of(&format!("alias/{}", "a".repeat(251))), [""; 0]);
    let other = aliases(
        "CreateAlias",
        r#"{"AliasName":"alias/a","TargetKeyId":"k"}"#,
    );
    assert_eq!(other, [""; 0]);
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

    let copy =
        |to: &str, from: &str| each(&signed("s3", "PUT", to).header("x-amz-copy-source", from));
    let express = "arn:aws:s3express:eu-west-1:123456789012:bucket/b--use1-az4--x-s3";
    assert_eq!(
        copy("/b--use1-az4--x-s3/to", "a/from"),
        [
            "s3:GetObject arn:aws:s3:::a/from".to_owned(),
            "s3:GetObjectTagging arn:aws:s3:::a/from".to_owned(),
            format!("s3:PutObject {express}"),
            format!("s3express:CreateSession {express}"),
        ]
    );
    assert_eq!(
        copy("/a/to", "b--use1-az4--x-s3/from"),
        [
            format!("s3:GetObject {express}"),
            format!("s3:GetObjectTagging {express}"),
            "s3:PutObject arn:aws:s3:::a/to".to_owned(),
            format!("s3express:CreateSession {express}"),
        ]
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
