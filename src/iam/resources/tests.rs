mod bounds;
mod by_form;
mod by_hand;
mod letters;
mod roles_and_tags;

use proptest::prelude::*;

use super::*;
use crate::iam::lookup::lookup;
use crate::iam::sample::{PLACE, Sample, form, json as call, signed};

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
fn an_action_without_resource_types_has_no_resources() {
    let mapping = signed("lambda", "POST", "/2015-03-31/event-source-mappings")
        .body(r#"{"FunctionName":"f","EventSourceArn":"arn:aws:sqs:eu-west-1:1:q"}"#);
    assert_eq!(each(&mapping), ["lambda:CreateEventSourceMapping "]);
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
