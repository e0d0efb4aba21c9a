use super::*;

const STATEMENT: &str = r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#;

fn read(text: &str) -> Result<Document, BadDocument> {
    Document::read(text)
}

/// The error of a statement with these members.
fn refused(members: &str) -> String {
    let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{STATEMENT}, {{{members}}}]}}"#);
    read(&text).expect_err(members).to_string()
}

#[test]
fn one_statement_and_one_text_need_no_list() {
    let one = format!(r#"{{"Version": "2012-10-17", "Id": "x", "Statement": {STATEMENT}}}"#);
    let many = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["s3:*"], "Resource": ["*"]}]}"#;
    assert_eq!(read(&one), read(many));
    let read = read(&format!("\u{feff}{one}")).expect("a policy");
    let [statement] = read.statements.as_slice() else {
        panic!("{read:?}");
    };
    assert_eq!(statement.actions, Which::These(vec!["s3:*".to_owned()]));
    assert_eq!(statement.effect, Effect::Allow);
}

#[test]
fn conditions_have_texts_numbers_and_truths() {
    let text = r#"{"Version": "2012-10-17", "Statement": {
        "Sid": "A1", "Effect": "Deny", "NotAction": "iam:*", "NotResource": ["arn:aws:s3:::b"],
        "Condition": {"Bool": {"aws:SecureTransport": false},
                      "NumericLessThan": {"s3:max-keys": [10, "20"]}}}}"#;
    let read = read(text).expect("a policy");
    let statement = &read.statements[0];
    assert_eq!(statement.sid.as_deref(), Some("A1"));
    let values = |operator: &str, key: &str| statement.conditions[operator][key].clone();
    assert_eq!(values("Bool", "aws:SecureTransport"), ["false"]);
    assert_eq!(values("NumericLessThan", "s3:max-keys"), ["10", "20"]);
}

#[test]
fn an_older_policy_has_no_variables() {
    for version in ["", r#""Version": "2008-10-17", "#] {
        let text = format!(
            r#"{{{version}"Statement": {{"Effect": "Allow", "Action": "s3:*",
                "Resource": "arn:aws:s3:::b/${{aws:username}}/*"}}}}"#
        );
        let read = read(&text).expect("a policy");
        let resource = "arn:aws:s3:::b/${$}{aws:username}/*".to_owned();
        assert_eq!(read.statements[0].resources, Which::These(vec![resource]));
    }
}

#[test]
fn a_statement_that_iam_would_not_take_is_named() {
    for (members, expected) in [
        (r#""Sid": "X""#, "statement 2 (X) has no Effect"),
        (
            r#""Effect": "allow", "Action": "s3:*", "Resource": "*""#,
            r#"statement 2 has Effect "allow", which is not Allow or Deny"#,
        ),
        (
            r#""Effect": "Allow", "Resource": "*""#,
            "statement 2 has neither Action nor NotAction",
        ),
        (
            r#""Effect": "Allow", "Action": "s3:*", "NotAction": "s3:*", "Resource": "*""#,
            "statement 2 has both Action and NotAction",
        ),
        (
            r#""Effect": "Allow", "Action": "s3:*""#,
            "statement 2 has neither Resource nor NotResource",
        ),
        (
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*""#,
            "statement 2 has a Principal, which only policies of resources have",
        ),
        (
            r#""Effect": "Allow", "Action": "s3:*", "Action": "s3:*", "Resource": "*""#,
            "statement 2 has Action twice",
        ),
        (
            r#""Effect": "Allow", "Actions": "s3:*", "Resource": "*""#,
            r#"statement 2 has "Actions", which IAM policies do not have"#,
        ),
        (
            r#""Effect": "Allow", "Action": [], "Resource": "*""#,
            "statement 2 has Action [], which is not a string or a list of strings",
        ),
        (
            r#""Effect": "Allow", "Action": "s*:Get", "Resource": "*""#,
            r#"statement 2 has Action "s*:Get", which is not SERVICE:NAME, as in s3:Get*, or *"#,
        ),
        (
            r#""Effect": "Allow", "Action": "s3:*", "Resource": "my-bucket""#,
            "statement 2 has Resource \"my-bucket\", \
             which is not an ARN with a partition and a service, or *",
        ),
        (
            r#""Sid": "a b""#,
            r#"statement 2 has Sid "a b", which is not made of letters and digits"#,
        ),
        (
            r#""Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": true}"#,
            "statement 2 has Condition true, \
             which is not {OPERATOR: {KEY: VALUE or a list of values}}",
        ),
        (
            r#""Effect": "Allow", "Action": "*", "Resource": "*",
               "Condition": {"Bool": {}, "Bool": {}}"#,
            "statement 2 has Bool twice",
        ),
    ] {
        assert_eq!(refused(members), expected);
    }
    let twice = STATEMENT.replace('{', r#"{"Sid": "A","#);
    let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{twice}, {twice}]}}"#);
    assert_eq!(
        read(&text).expect_err("twice").to_string(),
        "statements 1 and 2 have the same Sid \"A\""
    );
}

#[test]
fn what_is_no_policy_is_refused_with_a_hint() {
    for (text, expected) in [
        (
            "{",
            "it is not JSON: EOF while parsing an object at line 1 column 1",
        ),
        (
            "Resources:\n  Role:",
            "it is not JSON: expected value at line 1 column 1",
        ),
        ("", "it is empty"),
        ("\u{feff} \n", "it is empty"),
        (
            "{\"Time\":\"t\",\"Verdict\":\"passed\"}\n{\"Time\":\"t\",\"Verdict\":\"passed\"}\n",
            "it is a record",
        ),
        ("[]", "it is not an object"),
        ("{}", "it has no Statement"),
        (r#"{"Statement": []}"#, "it has no Statement"),
        (
            r#"{"Version": "2012-10-18", "Statement": []}"#,
            r#"it has Version "2012-10-18", which is not 2012-10-17 or 2008-10-17"#,
        ),
        (
            r#"{"Statment": []}"#,
            r#"it has "Statment", which IAM policies do not have"#,
        ),
    ] {
        assert_eq!(read(text).expect_err(text).to_string(), expected);
    }
    for text in [
        r#"{"PolicyVersion": {"Document": {}}}"#,
        r#"{"RoleName": "r", "PolicyName": "p", "PolicyDocument": {}}"#,
        r#"{"AWSTemplateFormatVersion": "2010-09-09", "Resources": {}}"#,
    ] {
        let refused = read(text).expect_err(text);
        assert!(
            refused.to_string().ends_with("with a policy inside"),
            "{refused}"
        );
        assert!(refused.hint().is_some());
    }
}

#[test]
fn an_operator_that_iam_does_not_have_is_refused_and_each_that_it_has_is_taken() {
    let read = |operator: &str| {
        let condition = format!(r#"{{"{operator}": {{"aws:x": "1"}}}}"#);
        Document::read(&format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "*", "Resource": "*",
                "Condition": {condition}}}}}"#
        ))
    };
    for operator in [
        "StringEquals",
        "stringnotlike",
        "ForAllValues:StringLikeIfExists",
        "ForAnyValue:StringNotEqualsIgnoreCase",
        "NumericLessThanEquals",
        "DateGreaterThanIfExists",
        "ArnNotLike",
        "NotIpAddress",
        "IpAddressIfExists",
        "BinaryEquals",
        "Bool",
        "Null",
    ] {
        assert!(read(operator).is_ok(), "{operator}");
    }
    for operator in [
        "StringEqual",
        "Equals",
        "NullIfExists",
        "ForSome:StringLike",
        "",
    ] {
        let refused = read(operator).expect_err(operator).to_string();
        let expected =
            format!("statement 1 has the condition operator {operator:?}, which IAM does not have");
        assert_eq!(refused, expected);
    }
}
