use serde_json::json;

use super::*;
use crate::policy::sample::line;

const EC2: &str = "arn:aws:ec2:eu-west-1:123456789012:";
const SECRET: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:";

/// A call of an action on resources, and what it has created.
fn call(action: &str, resources: &[&str], created: &[&str]) -> String {
    let (module, operation) = action.split_once(':').expect("an action");
    line(
        &json!({"Module": module, "Operation": operation, "Actions": [action],
        "Resources": resources, "Created": created}),
    )
}

/// Each resource of the action.
fn used(action: &str, calls: &[String]) -> Vec<String> {
    let mut seen = Seen::new(Denied::LeftOut);
    for text in calls {
        seen.add(0, &serde_json::from_str(text).expect("a line"));
    }
    seen.settle();
    let uses = seen.uses.get(action).expect("the action");
    uses.resources.keys().cloned().collect()
}

fn of(kind: &str) -> String {
    format!("{EC2}{kind}")
}

#[test]
fn what_a_run_has_created_has_another_id_in_the_next() {
    let (group, vpc) = (
        of("security-group/sg-0abc1234def567890"),
        of("vpc/vpc-0f00ba40000000000"),
    );
    let old = of("security-group/sg-0aaaaaaaaaaaaaaaa");
    let calls = [
        call(
            "ec2:CreateSecurityGroup",
            &[&of("security-group/*"), &vpc],
            &[&group],
        ),
        call("ec2:DeleteSecurityGroup", &[&group], &[]),
        call("ec2:DescribeRules", &[&old], &[]),
    ];
    assert_eq!(
        used("ec2:DeleteSecurityGroup", &calls),
        [of("security-group/*")]
    );
    // What was there before stays as it is.
    assert_eq!(used("ec2:DescribeRules", &calls), [old]);
    assert_eq!(
        used("ec2:CreateSecurityGroup", &calls),
        [of("security-group/*"), vpc]
    );
}

#[test]
fn an_id_is_found_where_the_request_has_no_form_for_it() {
    for (created, expected) in [
        (of("instance/i-0abc1234def567890"), of("instance/*")),
        (
            of("vpc-endpoint/vpce-0abc1234def567890"),
            of("vpc-endpoint/*"),
        ),
        (
            "arn:aws:kms:eu-west-1:1:key/0b5c9f0e-9d4b-4c43-a8a3-6b1e0a0e5e3d".to_owned(),
            "arn:aws:kms:eu-west-1:1:key/*".to_owned(),
        ),
        (
            "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/web/50dc6c495c0c9188"
                .to_owned(),
            "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/web/*".to_owned(),
        ),
        (
            "arn:aws:cloudformation:eu-west-1:1:stack/web/0b5c9f0e-9d4b-4c43-a8a3-6b1e0a0e5e3d"
                .to_owned(),
            "arn:aws:cloudformation:eu-west-1:1:stack/web/*".to_owned(),
        ),
        (
            format!("{SECRET}app/db-aB3dEf"),
            format!("{SECRET}app/db-??????"),
        ),
        // A name, and not an ID.
        (
            "arn:aws:sns:eu-west-1:1:alerts".to_owned(),
            "arn:aws:sns:eu-west-1:1:alerts".to_owned(),
        ),
    ] {
        let calls = [
            call("x:Create", &[], &[&created]),
            call("x:Use", &[&created], &[]),
        ];
        assert_eq!(used("x:Use", &calls), [expected]);
    }
}

#[test]
fn a_name_that_the_request_has_stays() {
    let topic = "arn:aws:sns:eu-west-1:1:alerts-20241126";
    let calls = [
        call("sns:CreateTopic", &[topic], &[topic]),
        call("sns:Publish", &[topic], &[]),
    ];
    assert_eq!(used("sns:Publish", &calls), [topic]);
}

#[test]
fn what_is_in_something_created_is_under_its_lasting_name() {
    let stack = "arn:aws:x:eu-west-1:1:stack/0abc1234def567890";
    let part = format!("{stack}:part/p");
    let calls = [
        call("x:Create", &[], &[stack]),
        call("x:Use", &[&part], &[]),
    ];
    assert_eq!(
        used("x:Use", &calls),
        ["arn:aws:x:eu-west-1:1:stack/*:part/p"]
    );
}

#[test]
fn a_call_on_both_forms_of_a_name_is_one_call() {
    let whole = "arn:aws:iam::1:role/svc/app";
    let asked = ["arn:aws:iam::1:role/app", "arn:aws:iam::1:role/*/app"];
    let mut seen = Seen::new(Denied::LeftOut);
    for text in [
        call("iam:CreateRole", &[whole], &[whole]),
        call("iam:DeleteRole", &asked, &[]),
    ] {
        seen.add(0, &serde_json::from_str(&text).expect("a line"));
    }
    seen.settle();
    assert_eq!(seen.uses["iam:DeleteRole"].resources[whole].calls, 1);
}

#[test]
fn the_path_of_a_role_is_completed_by_another_call() {
    let (whole, bare) = ("arn:aws:iam::1:role/svc/app", "arn:aws:iam::1:role/app");
    let asked = [bare, "arn:aws:iam::1:role/*/app"];
    let calls = [
        call("iam:CreateRole", &[whole], &[whole]),
        call("iam:DeleteRole", &asked, &[]),
    ];
    assert_eq!(used("iam:DeleteRole", &calls), [whole]);
    let at_the_root = [
        call("iam:CreateRole", &[bare], &[bare]),
        call("iam:DeleteRole", &asked, &[]),
    ];
    assert_eq!(used("iam:DeleteRole", &at_the_root), [bare]);
    let both = [asked[1], asked[0]];
    let alone = [call("iam:DeleteRole", &asked, &[])];
    assert_eq!(used("iam:DeleteRole", &alone), both);
    for others in [
        vec!["arn:aws:iam::1:role/svc/myapp"],
        vec!["arn:aws:iam::1:user/svc/app"],
        vec!["arn:aws:iam::2:role/svc/app"],
        // One of them is of another time.
        vec![whole, "arn:aws:iam::1:role/other/app"],
    ] {
        let calls = [
            call("iam:GetRole", &others, &[]),
            call("iam:DeleteRole", &asked, &[]),
        ];
        assert_eq!(used("iam:DeleteRole", &calls), both, "{others:?}");
    }
}

#[test]
fn a_secret_that_was_there_gets_its_six_letters_and_one_that_was_created_does_not() {
    let (form, whole) = (format!("{SECRET}db-??????"), format!("{SECRET}db-aB3dEf"));
    let there = [
        call("secretsmanager:DescribeSecret", &[&whole], &[]),
        call("secretsmanager:GetSecretValue", &[&form], &[]),
    ];
    assert_eq!(
        used("secretsmanager:GetSecretValue", &there),
        std::slice::from_ref(&whole)
    );
    let created = [
        call("secretsmanager:CreateSecret", &[&form], &[&whole]),
        call("secretsmanager:PutSecretValue", &[&whole], &[]),
        call("secretsmanager:GetSecretValue", &[&form], &[]),
    ];
    assert_eq!(
        used("secretsmanager:PutSecretValue", &created),
        std::slice::from_ref(&form)
    );
    assert_eq!(used("secretsmanager:GetSecretValue", &created), [form]);
}

#[test]
fn hostile_names_are_taken_as_they_are() {
    for odd in [
        "",
        "arn:",
        "arn:::::",
        "arn:aws:secretsmanager:::é",
        "arn:aws:x:::日本/é0b5c9f0",
    ] {
        let calls = [call("x:Create", &[odd], &[odd]), call("x:Use", &[odd], &[])];
        assert_eq!(used("x:Use", &calls), [odd]);
        let made = [call("x:Create", &[], &[odd]), call("x:Use", &[odd], &[])];
        assert_eq!(used("x:Use", &made).len(), 1);
    }
}
