use super::*;
use crate::policy::check::calls::Kind;

fn asked(through: Through) -> Asked {
    Asked {
        action: "sqs:SendMessage".to_owned(),
        kind: Kind::Action,
        resource: OfCall::Arn("arn:aws:sqs:eu-west-1:123456789012:q".to_owned()),
        region: Some("eu-west-1".to_owned()),
        passed_to: Vec::new(),
        key_alias: None,
        via_service: None,
        through,
    }
}

fn met(operator: &str, key: &str, values: &[&str]) -> Result<bool, Because> {
    let values: Vec<_> = values.iter().map(|&value| value.to_owned()).collect();
    let test = Test::new(operator, key, &values).expect("no variable");
    test.is_met(&asked(Through::Credrun))
}

#[test]
fn texts_are_compared_by_each_operator() {
    let region = "aws:RequestedRegion";
    for (operator, values, expected) in [
        ("StringEquals", &["us-east-1", "eu-west-1"][..], true),
        ("StringEquals", &["EU-WEST-1"], false),
        ("StringEquals", &["eu-*"], false),
        ("StringNotEquals", &["us-east-1", "eu-west-1"], false),
        ("StringNotEquals", &["us-east-1"], true),
        ("StringEqualsIgnoreCase", &["EU-West-1"], true),
        ("StringNotEqualsIgnoreCase", &["EU-West-1"], false),
        ("StringLike", &["eu-*-?"], true),
        ("StringLike", &["eu-${*}"], false),
        ("StringNotLike", &["eu-*"], false),
        ("StringNotLike", &["us-*", "ap-*"], true),
        ("StringEqualsIfExists", &["us-east-1"], false),
        ("ForAnyValue:StringLike", &["us-*", "eu-*"], true),
        ("ForAllValues:StringLike", &["us-*"], false),
        ("ForAllValues:StringNotLike", &["us-*"], true),
        ("Null", &["false"], true),
        ("Null", &["true"], false),
    ] {
        assert_eq!(
            met(operator, region, values),
            Ok(expected),
            "{operator} {values:?}"
        );
    }
}

#[test]
fn an_absent_key_meets_negations_and_what_asks_for_no_value() {
    for (operator, expected) in [
        ("StringEquals", false),
        ("StringNotEquals", true),
        ("StringLikeIfExists", true),
        ("StringNotLikeIfExists", true),
        ("ForAllValues:StringEquals", true),
        ("ForAnyValue:StringEquals", false),
        ("ForAnyValue:StringNotEquals", false),
    ] {
        let found = met(operator, "aws:CalledVia", &["cloudformation.amazonaws.com"]);
        assert_eq!(found, Ok(expected), "{operator}");
    }
    assert_eq!(met("Null", "aws:CalledVia", &["true"]), Ok(true));
    assert_eq!(met("Null", "aws:CalledVia", &["false"]), Ok(false));
    let arn = ["arn:aws:sns:*:*:t"];
    for (operator, expected) in [
        ("ArnLike", false),
        ("ArnEquals", false),
        ("ArnNotLike", true),
        ("ArnNotEquals", true),
        ("ArnLikeIfExists", true),
    ] {
        assert_eq!(
            met(operator, "aws:SourceArn", &arn),
            Ok(expected),
            "{operator}"
        );
    }
}

#[test]
fn keys_that_a_record_has_are_found_without_case() {
    assert_eq!(met("Bool", "aws:SecureTransport", &["True"]), Ok(true));
    assert_eq!(met("Bool", "AWS:securetransport", &["false"]), Ok(false));
    assert_eq!(met("Bool", "aws:ViaAWSService", &["false"]), Ok(true));
    let account = ["123456789012"];
    assert_eq!(
        met("StringEquals", "aws:ResourceAccount", &account),
        Ok(true)
    );
    assert_eq!(
        met("StringEquals", "iam:PassedToService", &["x"]),
        Ok(false)
    );
}

#[test]
fn other_keys_and_operators_are_in_doubt() {
    let key = Because::Key("aws:PrincipalTag/team".to_owned());
    for operator in [
        "StringEquals",
        "StringNotLike",
        "StringLikeIfExists",
        "Null",
        "ArnLike",
    ] {
        assert_eq!(
            met(operator, "aws:PrincipalTag/team", &["a"]),
            Err(key.clone())
        );
    }
    for operator in [
        "NumericEquals",
        "DateLessThan",
        "IpAddress",
        "BinaryEquals",
        "BoolNot",
        "ForAnyValue:StringEqualsIfExists",
    ] {
        let doubt = Because::Operator(operator.to_owned(), "aws:RequestedRegion".to_owned());
        assert_eq!(met(operator, "aws:RequestedRegion", &["1"]), Err(doubt));
    }
}

#[test]
fn a_call_past_credrun_may_have_come_in_any_way() {
    for (key, value) in [("aws:SecureTransport", "true"), ("aws:CalledVia", "x")] {
        let test = Test::new("StringEquals", key, &[value.to_owned()]).expect("a test");
        let found = test.is_met(&asked(Through::Others));
        assert_eq!(found, Err(Because::Key(key.to_owned())));
    }
}

#[test]
fn a_region_account_or_service_that_is_not_certain_is_in_doubt() {
    let mut call = asked(Through::Credrun);
    call.region = Some("*".to_owned());
    call.resource = OfCall::Arn("arn:aws:s3:::b".to_owned());
    for key in ["aws:RequestedRegion", "aws:ResourceAccount"] {
        let test = Test::new("StringLike", key, &["*".to_owned()]).expect("a test");
        assert_eq!(test.is_met(&call), Err(Because::Key(key.to_owned())));
    }
}

#[test]
fn a_variable_is_refused_under_an_unknown_operator_too() {
    for operator in ["StringEquals", "IpAddress", "Null"] {
        let refused = Test::new(operator, "aws:x", &["${aws:username}".to_owned()]);
        assert_eq!(refused.err(), Some(Variable("${aws:username}".to_owned())));
    }
}
