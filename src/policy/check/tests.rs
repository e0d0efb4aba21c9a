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
