//! What a call is on, and whether a statement is about that.

use super::*;

#[test]
fn the_alias_of_a_call_on_a_key_is_known_where_the_record_has_it() {
    const KEYS: &str = "arn:aws:kms:eu-west-1:1:key/*";
    let by_alias = json!({
        "Effect": "Allow", "Action": "kms:*", "Resource": KEYS,
        "Condition": {"StringEquals": {"kms:RequestAlias": ["alias/a", "alias/b"]}},
    });
    let call = |alias: Option<&str>, key: &str| {
        let mut line = json!({"Module": "kms", "Operation": "Encrypt", "Actions": ["kms:Encrypt"],
            "Resources": [key]});
        if let Some(alias) = alias {
            line["KeyAliases"] = json!({"kms:Encrypt": alias});
        }
        line
    };
    let allowed = "allowed kms:Encrypt: statement 1";
    assert_verdict(&by_alias, &call(Some("alias/b"), KEYS), allowed);
    let not_met = "denied kms:Encrypt: no statement allows it; \
                   statement 1 does, but StringEquals kms:RequestAlias is not met";
    assert_verdict(&by_alias, &call(Some("alias/c"), KEYS), not_met);
    // The request has the key itself.
    let key = "arn:aws:kms:eu-west-1:1:key/k";
    assert_verdict(&by_alias, &call(None, key), not_met);
    // A record of an older credrun.
    let unknown = "depends kms:Encrypt: statement 1: the record does not say kms:RequestAlias";
    assert_verdict(&by_alias, &call(None, KEYS), unknown);
    assert_verdict(
        &by_alias,
        &json!({"Actions": ["kms:Encrypt"], "Resources": [key], "Verdict": "observed"}),
        unknown,
    );
}

#[test]
fn the_parts_of_an_arn_are_compared_one_by_one() {
    let queue = json!({
        "Module": "sqs", "Actions": ["sqs:SendMessage"],
        "Resources": ["arn:aws:sqs:eu-west-1:123456789012:q"],
    });
    let verdict = |resource| {
        let found = verdicts(&json!(allow("sqs:*", resource)), &queue);
        found[0].split(' ').next().unwrap_or_default().to_owned()
    };
    for resource in [
        "arn:aws:sqs:*:*:q",
        "arn:aws:sqs:eu-*:123456789012:?",
        "arn:*:sqs:eu-west-1:123456789012:*",
        // IAM completes them.
        "arn:aws:sqs",
        "arn:aws:sqs:*",
        "arn:aws:sqs:eu-west-1:123456789012",
    ] {
        assert_eq!(verdict(resource), "allowed", "{resource}");
    }
    for resource in [
        "arn:aws:sqs:us-*:*:q",
        "arn:aws:sqs:*:*:q?",
        "arn:aws:sns:*:*:q",
        "arn:aws-cn:sqs:*:*:*",
        "arn:aws:sqs:::q",
    ] {
        assert_eq!(verdict(resource), "denied", "{resource}");
    }
    // Over a colon.
    for resource in ["arn:aws:sqs:eu*:q", "arn:aws:sqs:*:q"] {
        assert_eq!(verdict(resource), "depends", "{resource}");
    }
}

#[test]
fn the_last_part_of_an_arn_has_the_further_colons() {
    let group = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/f:log-stream:s";
    let stream = json!({"Actions": ["logs:PutLogEvents"], "Resources": [group]});
    for resource in [
        "arn:aws:logs:*:*:log-group:*:s",
        "arn:aws:logs:*:*:*:log-stream:?",
    ] {
        let expected = "allowed logs:PutLogEvents: statement 1";
        assert_verdict(&json!(allow("logs:*", resource)), &stream, expected);
    }
}

#[test]
fn a_call_needs_each_action_on_each_of_its_resources() {
    let copy = json!({
        "Actions": ["s3:GetObject", "s3:PutObject"],
        "Resources": ["arn:aws:s3:::a/k", "arn:aws:s3:::b/k"],
        "ResourcesOf": {
            "s3:GetObject": ["arn:aws:s3:::a/k"], "s3:PutObject": ["arn:aws:s3:::b/k"],
        },
    });
    let statements = json!([
        allow("s3:GetObject", "arn:aws:s3:::a/*"),
        allow("s3:PutObject", "arn:aws:s3:::b/*"),
    ]);
    assert!(checked(&statements, std::slice::from_ref(&copy)).all_are_allowed());
    let mut without_pairs = copy;
    without_pairs["ResourcesOf"] = json!({});
    let found = checked(&statements, &[without_pairs]);
    assert_eq!(
        (found.count(Word::Allowed), found.count(Word::Denied)),
        (2, 2)
    );
}

#[test]
fn an_unknown_resource_needs_every_resource() {
    let unknown = json!({
        "Actions": ["ec2:StartInstances"], "Resources": [], "Module": "ec2",
    });
    let allowed = "allowed ec2:StartInstances: statement 1";
    assert_verdict(&json!(allow("ec2:*", "*")), &unknown, allowed);
    let one = json!(allow("ec2:*", "arn:aws:ec2:*:*:instance/i-1"));
    let depends = "depends ec2:StartInstances: statement 1: the record does not say the resource";
    assert_verdict(&one, &unknown, depends);
    let denied = "denied ec2:StartInstances: no statement allows it";
    assert_verdict(&json!(allow("s3:*", "*")), &unknown, denied);
    // The record lists some of them.
    let many = json!({"FurtherResources": 3});
    let found = checked(&json!(allow("s3:*", "arn:aws:s3:::b/*")), &[many]);
    assert_eq!(
        (found.count(Word::Allowed), found.count(Word::Depends)),
        (1, 1)
    );
}

#[test]
fn a_name_that_is_not_known_in_full_has_to_be_allowed_whatever_it_is() {
    let secret =
        |name: &str| format!("arn:aws:secretsmanager:eu-west-1:123456789012:secret:{name}");
    let call = json!({
        "Actions": ["secretsmanager:GetSecretValue"], "Resources": [secret("db-??????")],
    });
    for (name, expected) in [
        ("db-*", "allowed secretsmanager:GetSecretValue: statement 1"),
        (
            "db-??????",
            "allowed secretsmanager:GetSecretValue: statement 1",
        ),
        (
            "db-AbCdEf",
            "depends secretsmanager:GetSecretValue: statement 1: \
             the record knows only a part of the resource's name",
        ),
        (
            "other-*",
            "denied secretsmanager:GetSecretValue: no statement allows it; \
             statement 1 does on other resources",
        ),
    ] {
        let statement = json!(allow("secretsmanager:*", &secret(name)));
        assert_verdict(&statement, &call, expected);
    }
    let statements = json!([allow("*", "*"), deny("*", &secret("db-AbCdEf"))]);
    assert!(verdicts(&statements, &call)[0].starts_with("depends"));
}
