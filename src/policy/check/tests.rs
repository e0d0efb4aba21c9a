mod resources;

use serde_json::{Value, json};

use super::super::document::Document;
use super::verdict::Word;
use super::*;
use crate::policy::sample::line;

fn document(statements: &Value) -> Document {
    let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    Document::read(&text).expect("a policy")
}

fn checked(statements: &Value, lines: &[Value]) -> Checked {
    let texts: Vec<_> = lines.iter().map(line).collect();
    let lines: Vec<Line<'_>> = texts
        .iter()
        .map(|text| serde_json::from_str(text).expect("a line"))
        .collect();
    let mut check = Check::new(&document(statements)).expect("no variables");
    lines.iter().for_each(|line| check.add(line));
    check.verdicts()
}

/// The rows as `verdict action: why`.
fn verdicts(statements: &Value, parts: &Value) -> Vec<String> {
    let checked = checked(statements, std::slice::from_ref(parts));
    let rows = checked.rows.iter();
    rows.map(|row| format!("{} {}: {}", row.outcome.word(), row.action, row.outcome))
        .collect()
}

#[track_caller]
fn assert_verdict(statements: &Value, parts: &Value, expected: &str) {
    assert_eq!(verdicts(statements, parts), [expected]);
}

fn allow(action: &str, resource: &str) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": resource})
}

fn deny(action: &str, resource: &str) -> Value {
    json!({"Effect": "Deny", "Action": action, "Resource": resource})
}

#[test]
fn an_explicit_deny_beats_an_allow_whatever_comes_first() {
    for statements in [
        json!([allow("*", "*"), deny("s3:Get*", "arn:aws:s3:::b/*")]),
        json!([deny("s3:Get*", "arn:aws:s3:::b/*"), allow("*", "*")]),
    ] {
        let verdicts = verdicts(&statements, &json!({}));
        assert!(verdicts[0].starts_with("denied s3:GetObject: statement"));
        assert!(verdicts[0].ends_with("denies it"), "{verdicts:?}");
    }
}

#[test]
fn actions_have_no_case_and_resources_have() {
    let allowed = "allowed s3:GetObject: statement 1";
    assert_verdict(&json!(allow("S3:getobject", "*")), &json!({}), allowed);
    assert_verdict(
        &json!(allow("s3:GetObject", "arn:aws:s3:::b/K")),
        &json!({}),
        "denied s3:GetObject: no statement allows it; statement 1 does on other resources",
    );
    assert_verdict(
        &json!(allow("s3:PutObject", "*")),
        &json!({}),
        "denied s3:GetObject: no statement allows it",
    );
}

#[test]
fn not_action_and_not_resource_are_all_others() {
    let statement = json!({
        "Sid": "Others", "Effect": "Allow", "NotAction": ["iam:*", "s3:Put*"],
        "NotResource": "arn:aws:s3:::secret/*",
    });
    assert_verdict(
        &statement,
        &json!({}),
        "allowed s3:GetObject: statement 1 (Others)",
    );
    let iam =
        json!({"Actions": ["iam:GetRole"], "Resources": ["arn:aws:iam::123456789012:role/r"]});
    assert_verdict(
        &statement,
        &iam,
        "denied iam:GetRole: no statement allows it",
    );
    let secret = json!({"Resources": ["arn:aws:s3:::secret/k"]});
    let other = "denied s3:GetObject: no statement allows it; \
                 statement 1 (Others) does on other resources";
    assert_verdict(&statement, &secret, other);
}

#[test]
fn a_doubt_matters_only_where_nothing_is_certain() {
    let maybe = json!({
        "Effect": "Allow", "Action": "s3:*", "Resource": "*",
        "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
    });
    let depends =
        "depends s3:GetObject: statement 1: credrun does not evaluate IpAddress (aws:SourceIp)";
    assert_verdict(&maybe, &json!({}), depends);
    let certain = json!([maybe, allow("s3:GetObject", "*")]);
    assert_verdict(&certain, &json!({}), "allowed s3:GetObject: statement 2");

    let mut perhaps_not = maybe;
    perhaps_not["Effect"] = json!("Deny");
    assert_verdict(
        &json!([allow("*", "*"), perhaps_not]),
        &json!({}),
        &depends.replace('1', "2"),
    );
    let denied = "denied s3:GetObject: no statement allows it";
    assert_verdict(&json!([perhaps_not]), &json!({}), denied);
    let both = json!([perhaps_not, allow("*", "*"), deny("s3:*", "*")]);
    assert_verdict(
        &both,
        &json!({}),
        "denied s3:GetObject: statement 3 denies it",
    );
}

#[test]
fn a_role_that_is_passed_needs_its_right_too() {
    let role = "arn:aws:iam::123456789012:role/f";
    let create = json!({
        "Module": "lambda", "Actions": ["lambda:CreateFunction"],
        "Resources": ["arn:aws:lambda:eu-west-1:123456789012:function:f"], "PassedRoles": [role],
    });
    let pass = |service: &str| {
        json!({
            "Effect": "Allow", "Action": "iam:PassRole", "Resource": role,
            "Condition": {"StringEquals": {"iam:PassedToService": service}},
        })
    };
    let lambda = allow("lambda:*", "*");
    let found = checked(
        &json!([lambda, pass("lambda.amazonaws.com")]),
        std::slice::from_ref(&create),
    );
    assert!(found.all_are_allowed(), "{}", found.page());
    let not_met = "denied iam:PassRole: no statement allows it; \
                   statement 2 does, but StringEquals iam:PassedToService is not met";
    assert_eq!(
        verdicts(&json!([lambda, pass("ec2.amazonaws.com")]), &create)[0],
        not_met
    );
    let none = verdicts(&json!([lambda]), &create);
    assert_eq!(none[0], "denied iam:PassRole: no statement allows it");
    // More than one service of ECS takes roles.
    let mut ecs = create;
    ecs["Module"] = json!("ecs");
    let depends = &verdicts(&json!([lambda, pass("ecs-tasks.amazonaws.com")]), &ecs)[0];
    assert!(
        depends.ends_with("the record does not say iam:PassedToService"),
        "{depends}"
    );
}

#[test]
fn what_a_denial_names_is_asked_for_too() {
    let denied = json!({
        "Status": 403, "Error": "AccessDenied",
        "Denial": {"Action": "kms:Decrypt", "Resource": null, "Policy": "identity-based",
                   "IsExplicit": false, "PolicyArn": null},
    });
    let found = verdicts(&json!(allow("s3:*", "*")), &denied);
    assert_eq!(found[0], "denied kms:Decrypt: no statement allows it");
    let same = json!({"Denial": {"Action": "s3:GetObject"}});
    assert_eq!(verdicts(&json!(allow("s3:*", "*")), &same).len(), 1);
}

#[test]
fn calls_that_need_no_permission_are_allowed_whatever_is_denied() {
    let whoami = json!({"Module": "sts", "Actions": ["sts:GetCallerIdentity"], "Resources": []});
    let expected = "allowed sts:GetCallerIdentity: needs no permission";
    assert_verdict(&json!(deny("*", "*")), &whoami, expected);
}

#[test]
fn a_call_that_credrun_does_not_know_is_in_doubt() {
    let unknown =
        json!({"Module": "newservice", "Operation": null, "Actions": [], "Resources": []});
    let expected = "depends newservice:?: the record does not say the action";
    assert_verdict(&json!(allow("*", "*")), &unknown, expected);
}

#[test]
fn a_variable_is_refused_with_its_statement() {
    let statement = json!({
        "Sid": "Home", "Effect": "Allow", "Action": "s3:*",
        "Resource": "arn:aws:s3:::b/${aws:username}/*",
    });
    let refused = Check::new(&document(&statement)).expect_err("a variable");
    assert_eq!(
        refused.to_string(),
        "statement 1 (Home) has the variable ${aws:username}, whose value only AWS knows"
    );
    assert!(refused.hint().is_some());
}

#[test]
fn calls_that_are_alike_are_one_row_and_the_worst_come_first() {
    let get = json!({});
    let put = json!({"Actions": ["s3:PutObject"]});
    let other = json!({"Actions": ["ec2:RunInstances"], "Resources": []});
    let statements = json!([
        {"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::b/*"},
        {"Effect": "Allow", "Action": "ec2:*", "Resource": "arn:aws:ec2:*:*:instance/*"},
    ]);
    let found = checked(&statements, &[get.clone(), put, get.clone(), other, get]);
    assert_eq!(
        found.page(),
        "VERDICT  COUNT  STATEMENT  ACTION            RESOURCE\n\
         denied   1      -          s3:PutObject      arn:aws:s3:::b/k\n\
         \x20 no statement allows it\n\
         depends  1      2          ec2:RunInstances  unknown\n\
         \x20 statement 2: the record does not say the resource\n\
         allowed  3      1 (Read)   s3:GetObject      arn:aws:s3:::b/k\n\
         \n\
         5 rights in 5 calls: 3 allowed, 1 denied, 1 depends\n"
    );
    assert!(!found.all_are_allowed());
    let json = serde_json::to_value(found.as_json()).expect("JSON");
    assert_eq!((&json["Allowed"], &json["Denied"]), (&json!(3), &json!(1)));
    assert_eq!(
        json["Calls"][2],
        json!({
            "Verdict": "allowed", "Count": 3, "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::b/k", "Statement": 1, "Sid": "Read",
            "Reason": "statement 1 (Read)",
        })
    );
    assert_eq!(json["Calls"][1]["Resource"], Value::Null);
}

#[test]
fn what_a_container_named_cannot_write_to_the_terminal() {
    let hostile = json!({"Resources": ["arn:aws:s3:::b/\u{1b}[2J\nallowed 1"]});
    let page = checked(&json!(allow("s3:*", "*")), &[hostile]).page();
    assert!(!page.contains('\u{1b}'), "{page}");
    assert_eq!(page.lines().count(), 4);
}

#[test]
fn an_action_of_the_policy_that_does_not_exist_is_told_with_what_was_meant() {
    let slips = document(&json!([
        allow("s3:Get*", "*"),
        {"Sid": "B", "Effect": "Allow", "Action": ["s3:GetObjekt", "s3:PutObject", "*"], "Resource": "*"},
    ]));
    let told: Vec<_> = unknown_actions(&slips)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        told,
        ["statement 2 (B): credrun knows no action s3:GetObjekt; did you mean s3:GetObject?"]
    );
}

#[test]
fn a_large_policy_and_a_long_record_take_little_time() {
    let statements: Vec<_> = (0..500)
        .map(|n| allow("s3:*", &format!("arn:aws:s3:::b-*/data/{n:04}/*")))
        .collect();
    let lines: Vec<_> = (0..1000)
        .map(|n| json!({"Resources": [format!("arn:aws:s3:::b-1/data/{:04}/{n}", n % 500)]}))
        .collect();
    let began = std::time::Instant::now();
    assert!(checked(&json!(statements), &lines).all_are_allowed());
    // Half a second without optimization; half a minute where all pairs are compared letter by letter.
    let took = began.elapsed();
    assert!(took.as_secs() < 10, "{took:?}");
}
