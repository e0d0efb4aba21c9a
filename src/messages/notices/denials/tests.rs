use super::*;

const OBJECT: &str = "arn:aws:s3:::reports/2026/09.csv";
const QUEUE: &str = "arn:aws:sqs:eu-west-1:111122223333:jobs";

fn denied(actions: &[(&str, &[&str])], reason: Reason) -> Denied {
    let set = |on: &&[&str]| on.iter().map(|&one| one.to_owned()).collect();
    Denied {
        actions: actions
            .iter()
            .map(|(action, on)| ((*action).to_owned(), set(on)))
            .collect(),
        calls: 1,
        is_action_told: true,
        reason,
        further_resources: 0,
        for_call: None,
    }
}

fn by(policy: PolicyKind, is_explicit: bool) -> Reason {
    Reason {
        policy: Some(policy),
        is_explicit,
        policy_arn: None,
    }
}

fn of(denied: impl IntoIterator<Item = Denied>) -> Vec<String> {
    lines(&denied.into_iter().collect(), Witness::Credrun, None)
}

#[test]
fn an_action_that_no_identity_policy_allows_is_told_with_the_statement_that_does() {
    let get = denied(
        &[("s3:GetObject", &[OBJECT])],
        by(PolicyKind::IdentityBased, false),
    );
    assert_eq!(
        of([Denied { calls: 2, ..get }]),
        [
            "AWS denied s3:GetObject twice: no identity-based policy allows it. This statement does:",
            r#"  {"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::reports/2026/09.csv"}"#,
        ]
    );
}

#[test]
fn where_aws_does_not_say_why_the_statement_may_help() {
    let copy = denied(
        &[
            ("s3:GetObject", &[OBJECT]),
            ("s3:PutObject", &["arn:aws:s3:::out/x"]),
        ],
        Reason::default(),
    );
    let copy = Denied {
        is_action_told: false,
        ..copy
    };
    assert_eq!(
        of([copy]),
        [
            "AWS denied a call that needs s3:GetObject and s3:PutObject once, and does not say why. \
             If no policy allows it, these statements do:",
            r#"  {"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::out/x"}"#,
            r#"  {"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::reports/2026/09.csv"}"#,
        ]
    );
}

#[test]
fn where_an_identity_policy_does_not_help_what_helps_is_told_and_no_statement() {
    for (reason, told) in [
        (
            by(PolicyKind::ServiceControl, true),
            "a service control policy denies it explicitly; an identity policy does not help; only \
             an administrator of the AWS Organization can change it",
        ),
        (
            by(PolicyKind::ResourceControl, true),
            "a resource control policy denies it explicitly; an identity policy does not help; only \
             an administrator of the AWS Organization can change it",
        ),
        (
            by(PolicyKind::PermissionsBoundary, false),
            "no permissions boundary allows it; an identity policy does not help; the boundary of \
             the user or role must change",
        ),
        (
            by(PolicyKind::Session, false),
            "no session policy allows it; a policy of the role does not help; the session policy \
             must change (--policy, --policy-from, --policy-arns)",
        ),
        (
            by(PolicyKind::VpcEndpoint, false),
            "no VPC endpoint policy allows it; an identity policy does not help; the policy of the \
             endpoint must change, or the way to AWS",
        ),
        (
            by(PolicyKind::ResourceBased, false),
            "no resource-based policy allows it; an identity policy does not help; the policy of \
             the resource must change",
        ),
        (
            by(PolicyKind::IdentityBased, true),
            "an identity-based policy denies it explicitly; no other policy can allow it; that Deny \
             statement must change",
        ),
        (
            Reason {
                is_explicit: true,
                ..Reason::default()
            },
            "a policy denies it explicitly, which no other policy can allow; that Deny statement \
             must change",
        ),
    ] {
        let send = denied(&[("sqs:SendMessage", &[QUEUE])], reason);
        assert_eq!(
            of([send]),
            [format!(
                "AWS denied sqs:SendMessage on {QUEUE} once: {told}"
            )]
        );
    }
}

#[test]
fn the_policy_that_denies_is_named() {
    let scp = "arn:aws:organizations::999988887777:policy/o-abc/service_control_policy/p-xyz";
    let reason = Reason {
        policy_arn: Some(scp.to_owned()),
        ..by(PolicyKind::ServiceControl, true)
    };
    let lines = of([denied(&[("sqs:SendMessage", &[])], reason)]);
    let told = format!("once: a service control policy ({scp}) denies it explicitly; an");
    assert!(lines[0].contains(&told), "{lines:?}");
}

#[test]
fn what_is_not_known_of_resources_is_said() {
    let reason = by(PolicyKind::IdentityBased, false);
    let unknown = of([denied(&[("sqs:SendMessage", &[])], reason.clone())]);
    assert_eq!(
        unknown,
        [
            "AWS denied sqs:SendMessage once: no identity-based policy allows it. This statement does \
             (for any resource, because AWS does not name the one):",
            r#"  {"Effect":"Allow","Action":"sqs:SendMessage","Resource":"*"}"#,
        ]
    );
    let many = ["1", "2", "3", "4", "5", "6", "7"];
    let many = denied(&[("s3:GetObject", &many)], reason.clone());
    let many = Denied {
        further_resources: 3,
        ..many
    };
    let told = of([many]);
    assert!(told[0].ends_with("does (and 5 more resources were denied):"));
    assert!(
        told[1].ends_with(r#""Resource":["1","2","3","4","5"]}"#),
        "{told:?}"
    );
    let unknown = of([denied(&[], reason)]);
    assert_eq!(
        unknown,
        ["AWS denied a call that credrun does not know once, and does not say why"]
    );
}

#[test]
fn a_few_are_told_and_the_others_named() {
    let each = |number: u64| Denied {
        calls: number,
        ..denied(
            &[(&format!("a:B{number}"), &["*"])],
            by(PolicyKind::IdentityBased, false),
        )
    };
    let denials: Denials = (1..=8).map(each).collect();
    let told = lines(&denials, Witness::Credrun, None);
    assert_eq!(told.len(), 2 * TOLD + 1);
    assert!(told[0].starts_with("AWS denied a:B8 8 times"));
    assert_eq!(
        told[10],
        "AWS denied 6 more calls (a:B1, a:B2, a:B3); with --record FILE, credrun policy \
         --include-denied FILE writes a policy for all of them"
    );
    let recorded = lines(&denials, Witness::Credrun, Some(Path::new("calls.jsonl")));
    assert_eq!(
        recorded[10],
        "AWS denied 6 more calls (a:B1, a:B2, a:B3); a policy for all of them: credrun policy \
         --include-denied calls.jsonl"
    );
}

#[test]
fn no_name_of_the_container_writes_a_line_of_its_own() {
    let hostile = denied(
        &[(
            "s3:GetObject",
            &["arn:aws:s3:::b/\u{9b}2J\ncredrun: all is well"],
        )],
        by(PolicyKind::IdentityBased, false),
    );
    for line in of([hostile]) {
        assert!(!line.contains(char::is_control), "{line:?}");
    }
}

#[test]
fn no_statement_is_suggested_on_all_roles() {
    let pass = denied(
        &[("iam:PassRole", &[])],
        by(PolicyKind::IdentityBased, false),
    );
    assert_eq!(
        of([pass]),
        [
            "AWS denied iam:PassRole once: no identity-based policy allows it. AWS does not name the \
             resource of iam:PassRole, so there is no statement for it"
        ]
    );
}

#[test]
fn a_role_that_is_passed_is_allowed_for_its_service_alone() {
    let role: &[&str] = &["arn:aws:iam::111122223333:role/app"];
    let pass = denied(
        &[("iam:PassRole", role)],
        by(PolicyKind::IdentityBased, false),
    );
    let for_call = Some(crate::record::denials::ForCall {
        module: "lambda",
        operation: None,
        region: None,
    });
    let told = of([Denied { for_call, ..pass }]);
    let condition =
        r#""Condition":{"StringEquals":{"iam:PassedToService":["lambda.amazonaws.com"]}}}"#;
    assert!(told[1].ends_with(condition), "{told:?}");
}

#[test]
fn what_an_sdk_reports_is_told_as_its_report() {
    let send = denied(
        &[("sqs:SendMessage", &[QUEUE])],
        by(PolicyKind::Session, false),
    );
    let told = lines(&[send].into_iter().collect(), Witness::Sdk, None);
    let lead = "reported by the container's SDK: AWS denied sqs:SendMessage on ";
    assert!(told[0].starts_with(lead), "{told:?}");
}
