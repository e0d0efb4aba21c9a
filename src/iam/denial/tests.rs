use proptest::prelude::*;

use super::*;

const USER: &str = "User: arn:aws:sts::111122223333:assumed-role/deploy/me";

fn read(rest: &str) -> Denial {
    let text = format!("{USER} is not authorized to perform: {rest}");
    Denial::of(403, Some("AccessDenied"), Some(&text)).expect("a denial")
}

fn of(action: &str, resource: Option<&str>) -> Denial {
    Denial {
        action: Some(action.to_owned()),
        resource: resource.map(str::to_owned),
        ..Denial::default()
    }
}

fn because(denial: Denial, policy: PolicyKind, is_explicit: bool) -> Denial {
    Denial {
        policy: Some(policy),
        is_explicit,
        ..denial
    }
}

#[test]
fn each_kind_of_policy_that_allows_nothing_is_told() {
    let table = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders";
    for (kind, policy) in [
        ("identity-based policy", PolicyKind::IdentityBased),
        ("resource-based policy", PolicyKind::ResourceBased),
        ("session policy", PolicyKind::Session),
        ("permissions boundary", PolicyKind::PermissionsBoundary),
        ("service control policy", PolicyKind::ServiceControl),
        ("resource control policy", PolicyKind::ResourceControl),
        ("VPC endpoint policy", PolicyKind::VpcEndpoint),
    ] {
        let denial = of("dynamodb:PutItem", Some(table));
        assert_eq!(
            read(&format!(
                "dynamodb:PutItem on resource: {table} because no {kind} allows the dynamodb:PutItem action"
            )),
            because(denial.clone(), policy, false)
        );
        for article in ["a", "an"] {
            assert_eq!(
                read(&format!(
                    "dynamodb:PutItem on resource: {table} with an explicit deny in {article} {kind}"
                )),
                because(denial.clone(), policy, true)
            );
        }
    }
}

#[test]
fn the_policy_that_denies_is_told_where_it_is_named() {
    let scp = "arn:aws:organizations::999988887777:policy/o-abc/service_control_policy/p-xyz";
    let denial = read(&format!(
        "ec2:RunInstances on resource: arn:aws:ec2:eu-west-1:111122223333:instance/* with an explicit \
         deny in a service control policy: {scp}"
    ));
    assert_eq!(denial.policy, Some(PolicyKind::ServiceControl));
    assert_eq!(denial.policy_arn.as_deref(), Some(scp));
    assert!(denial.is_explicit);
    // Before 2021, texts did not say which.
    let denial = read("s3:GetObject on resource: arn:aws:s3:::b/k with an explicit deny");
    assert!(denial.is_explicit && denial.policy.is_none());
}

#[test]
fn the_texts_of_services_that_differ_are_read() {
    for object in [
        "arn:aws:s3:::reports/2026/a b.csv",
        // A key that reads like a reason.
        "arn:aws:s3:::b/ because no session policy, with an explicit deny",
    ] {
        assert_eq!(
            read(&format!(
                "s3:GetObject on resource: \"{object}\" because no identity-based policy allows the s3:GetObject action"
            )),
            because(
                of("s3:GetObject", Some(object)),
                PolicyKind::IdentityBased,
                false
            )
        );
    }
    // IAM: a name that is no ARN, and two blanks.
    assert_eq!(
        read(
            "iam:CreateRole on resource: role app  because no identity-based policy allows the iam:CreateRole action"
        ),
        because(of("iam:CreateRole", None), PolicyKind::IdentityBased, false)
    );
    assert_eq!(
        read("iam:CreateRole on role app because no identity-based policy allows the iam:CreateRole action").action.as_deref(),
        Some("iam:CreateRole")
    );
    let role = "arn:aws:iam::111122223333:role/app";
    assert_eq!(
        read(&format!("iam:PassRole on resource: {role}")),
        of("iam:PassRole", Some(role))
    );
    assert_eq!(
        read(&format!("iam:PassRole on {role}.")),
        of("iam:PassRole", Some(role))
    );
    assert_eq!(
        read("ec2:DescribeInstances on resource: *"),
        of("ec2:DescribeInstances", Some("*"))
    );
    assert_eq!(read("sts:AssumeRole"), of("sts:AssumeRole", None));
    assert_eq!(
        read("sqs:listqueues because no identity-based policy allows the sqs:listqueues action")
            .action
            .as_deref(),
        Some("sqs:ListQueues")
    );
    // greengrass
    assert_eq!(read("null"), Denial::default());
    // A principal without an ARN; one that is none at all.
    for principal in ["User: anonymous", "AIDAEXAMPLE", "arn:aws:iam::1:root"] {
        let text = format!("{principal} is not authorized to perform: execute-api:Invoke");
        let denial = Denial::of(403, Some("ForbiddenException"), Some(&text));
        assert_eq!(denial, Some(of("execute-api:Invoke", None)), "{principal}");
    }
}

#[test]
fn a_text_inside_another_is_found() {
    let text = format!(
        "You are not authorized to perform this operation. {USER} is not authorized to perform: \
         ec2:CreateVpc on resource: arn:aws:ec2:eu-west-1:111122223333:vpc/* because no identity-based \
         policy allows the ec2:CreateVpc action. Encoded authorization failure message: AbC-dEf"
    );
    let denial = Denial::of(403, Some("UnauthorizedOperation"), Some(&text));
    let vpc = of(
        "ec2:CreateVpc",
        Some("arn:aws:ec2:eu-west-1:111122223333:vpc/${*}"),
    );
    assert_eq!(denial, Some(because(vpc, PolicyKind::IdentityBased, false)));
    let text =
        format!("Lambda was unable to decrypt: {USER} is not authorized to perform: kms:Decrypt");
    let denial = Denial::of(400, Some("KMSAccessDeniedException"), Some(&text));
    assert_eq!(denial, Some(of("kms:Decrypt", None)));
}

#[test]
fn a_denial_without_detail_is_one_of_which_nothing_is_known() {
    for (status, code, message) in [
        (403, Some("AccessDenied"), Some("Access Denied")),
        (
            403,
            Some("UnauthorizedOperation"),
            Some(
                "You are not authorized to perform this operation. Encoded authorization failure message: 0aB_-",
            ),
        ),
        (403, Some("Client.UnauthorizedOperation"), None),
        (400, Some("AccessDeniedException"), Some("")),
        (403, Some("AuthorizationError"), None),
        (403, Some("403"), Some("Forbidden")),
        (400, Some("AccessDeniedFault"), None),
        // A client that tells of its calls need not tell the status.
        (0, Some("AccessDenied"), None),
        (403, None, None),
    ] {
        assert_eq!(
            Denial::of(status, code, message),
            Some(Denial::default()),
            "{code:?}"
        );
    }
}

#[test]
fn the_text_of_moto_is_read() {
    let text =
        "User: arn:aws:iam::123456789012:user/nobody is not authorized to perform: sqs:CreateQueue";
    assert_eq!(
        Denial::of(403, Some("AccessDenied"), Some(text)),
        Some(of("sqs:CreateQueue", None))
    );
}

#[test]
fn other_errors_are_no_denials() {
    for (status, code, message) in [
        (404, Some("AccessDenied"), Some("Access Denied")),
        (200, None, None),
        (0, None, None),
        (0, Some("Throttling"), None),
        (400, None, None),
        (400, Some("ValidationException"), Some("no")),
        (403, Some("SignatureDoesNotMatch"), Some("no")),
        (403, Some("ExpiredToken"), None),
        (403, Some("RequestTimeTooSkewed"), None),
        (
            400,
            Some("X"),
            Some("it is not authorized to perform: a dance"),
        ),
    ] {
        assert_eq!(Denial::of(status, code, message), None, "{code:?}");
    }
}

#[test]
fn what_is_read_of_hostile_text_has_the_form_of_an_action_or_an_arn() {
    let long = "a".repeat(100_000);
    for rest in [
        format!("s3:{long}"),
        format!("{long}:GetObject"),
        "s3:Get\u{1b}[2J".to_owned(),
        ":".to_owned(),
        "s3:".to_owned(),
        String::new(),
    ] {
        assert_eq!(read(&rest), Denial::default(), "{:.20}", rest);
    }
    for resource in [
        format!("arn:aws:s3:::{long}"),
        "arn:aws:s3".to_owned(),
        "\"arn:aws:s3:::b/\u{1b}[2J\"".to_owned(),
        "\"".to_owned(),
        String::new(),
    ] {
        let denial = read(&format!("s3:GetObject on resource: {resource}"));
        assert_eq!(denial, of("s3:GetObject", None), "{resource:.20}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in ".{0,300}") {
        for text in [text.clone(), format!("x is not authorized to perform{text}"), format!("x is not authorized to perform: s3:Get on {text}")] {
            let denial = Denial::of(403, Some("AccessDenied"), Some(&text)).expect("a denial");
            prop_assert!(denial.action.is_none_or(|action| action.len() <= LONGEST_ACTION));
            prop_assert!(denial.resource.is_none_or(|resource| !resource.contains(char::is_control)));
        }
    }

    #[test]
    fn words_of_denials_in_any_order_do_not_make_it_panic(
        words in prop::collection::vec(prop::sample::select(vec![
            " is not authorized to perform: ", "s3:GetObject", " on ", "resource: ", "\"", "arn:aws:s3:::b/k",
            " because no ", "identity-based policy", " with an explicit deny in a ", "null", ":", " ", "ä",
        ]), 0..20)
    ) {
        let _ = Denial::of(403, None, Some(&words.concat()));
    }
}

#[test]
fn an_action_is_written_as_in_the_tables() {
    for (told, expected) in [
        ("sqs:getqueueurl", "sqs:GetQueueUrl"),
        ("S3:GETOBJECT", "s3:GetObject"),
        ("iam:passrole", "iam:PassRole"),
        ("future:getthing", "future:getthing"),
    ] {
        let text = format!("User: u is not authorized to perform: {told}");
        assert_eq!(Denial::of(403, None, Some(&text)), Some(of(expected, None)));
    }
}

#[test]
fn a_wildcard_in_the_name_of_a_resource_is_a_letter() {
    let on = |arn: &str| {
        let text = format!(
            "User: u is not authorized to perform: ec2:RunInstances on resource: \"{arn}\" \
             because no identity-based policy allows the ec2:RunInstances action"
        );
        Denial::of(403, None, Some(&text)).expect("a denial")
    };
    let resource = |denial: Denial| denial.resource.expect("a resource");
    assert_eq!(resource(on("*")), "*");
    let asked = [
        "arn:aws:ec2:eu-west-1:1:instance/*".to_owned(),
        "arn:aws:s3:::b/${*}".to_owned(),
    ];
    assert_eq!(resource(on("arn:aws:s3:::b/*")), asked[1]);
    assert_eq!(resource(on("arn:aws:s3:::b/*").on_one_of(&asked)), asked[1]);
    assert_eq!(
        resource(on("arn:aws:ec2:eu-west-1:1:instance/*").on_one_of(&asked)),
        asked[0]
    );
    assert_eq!(
        resource(on("arn:aws:s3:::b/${aws:x}").on_one_of(&asked)),
        "arn:aws:s3:::b/${$}{aws:x}"
    );
}

#[test]
fn a_text_that_an_error_repeats_from_the_request_is_no_denial() {
    let said = "1 validation error detected: Value 'User: arn:aws:iam::1:user/me is not authorized to \
                perform: iam:CreateAccessKey on resource: * because no identity-based policy allows the \
                iam:CreateAccessKey action' at 'tableName' failed to satisfy constraint";
    for code in [
        "ValidationException",
        "InvalidParameterValue",
        "ResourceNotFoundException",
    ] {
        assert_eq!(Denial::of(400, Some(code), Some(said)), None, "{code}");
    }
    let password = Denial::of(
        400,
        Some("NotAuthorizedException"),
        Some("Incorrect password."),
    );
    assert_eq!(password, None);
}

#[test]
fn letters_that_would_not_be_seen_are_any_letter() {
    let said = "User: arn:aws:iam::1:user/me is not authorized to perform: s3:GetObject on resource: \
                \"arn:aws:s3:::b/a\u{2028}- '*'\u{202e}x\" because no identity-based policy allows the s3:GetObject action";
    let denial = Denial::of(403, Some("AccessDenied"), Some(said)).expect("a denial");
    assert_eq!(
        denial.resource.as_deref(),
        Some("arn:aws:s3:::b/a?- '${*}'?x")
    );
}
