//! How much of a request is named.

use super::*;

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
fn a_name_that_is_longer_than_any_is_counted_and_a_long_text_is_not() {
    let further = |body: &str| {
        let get = call("dynamodb", "DynamoDB_20120810.GetItem").body(body);
        named_at(&get, &PLACE).further
    };
    let with =
        |name: &str, length: usize| further(&format!(r#"{{"{name}":"{}"}}"#, "t".repeat(length)));
    assert_eq!(with("TableName", 255), 0);
    for length in [3000, 20_000] {
        assert_eq!(with("TableName", length), 1, "{length}");
        assert_eq!(with("FilterExpression", length), 0, "{length}");
    }
    let label = "f".repeat(3000);
    let function = signed("lambda", "GET", &format!("/2015-03-31/functions/{label}"));
    assert_eq!(named_at(&function, &PLACE).further, 1);
    let form = form(
        "sns",
        &format!("Action=Publish&Version=2010-03-31&TopicArn={label}&Message={label}"),
    );
    assert_eq!(named_at(&form, &PLACE).further, 1);
}
