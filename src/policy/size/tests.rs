use super::*;
use crate::policy::document::Conditions;

fn grant(action: &str, resources: impl IntoIterator<Item = String>) -> Grant {
    Grant {
        action: action.to_owned(),
        resources: resources.into_iter().collect(),
        conditions: Conditions::new(),
    }
}

fn tables(start: &str, count: usize) -> impl Iterator<Item = String> + use<> {
    let name = format!("arn:aws:dynamodb:eu-west-1:123456789012:table/{start}");
    (0..count).map(move |number| format!("{name}{number:03}"))
}

/// Nothing was left out.
fn fit(grants: Vec<Grant>, limit: Limit) -> Result<(Document, Option<Widened>), PolicyError> {
    super::fit(grants, &BTreeSet::new(), limit)
}

fn shown(document: &Document) -> Vec<String> {
    let statements = document.statements.iter();
    statements
        .map(|one| {
            format!(
                "{} on {}",
                one.actions.values().join(" "),
                one.resources.values().join(" ")
            )
        })
        .collect()
}

#[test]
fn what_fits_is_left_as_it_is_with_names() {
    let (document, widened) = fit(
        vec![grant("dynamodb:GetItem", tables("app-", 3))],
        Limit::Managed,
    )
    .expect("it fits");
    assert_eq!(widened, None);
    assert_eq!(document.statements[0].sid.as_deref(), Some("DynamoDBTable"));
}

#[test]
fn names_of_statements_go_first() {
    // Just over the limit with them.
    let mut grants = Vec::new();
    let mut number = 0;
    while document(&grants, true).characters() <= Limit::Managed.characters() {
        grants.push(grant(
            &format!("sqs:Do{number}"),
            [format!("arn:aws:sqs:eu-west-1:1:q{number}")],
        ));
        number += 1;
    }
    let (document, widened) = fit(grants, Limit::Managed).expect("it fits");
    assert_eq!(widened, None);
    assert!(document.statements.iter().all(|one| one.sid.is_none()));
}

#[test]
fn resources_get_the_beginning_that_they_share_before_their_type() {
    let queue = "arn:aws:sqs:eu-west-1:123456789012:jobs".to_owned();
    let grants = vec![
        grant("dynamodb:GetItem", tables("app-", 200)),
        grant("sqs:SendMessage", [queue.clone()]),
    ];
    let (document, widened) = fit(grants, Limit::Managed).expect("it fits");
    assert_eq!(
        shown(&document),
        [
            "dynamodb:GetItem on arn:aws:dynamodb:eu-west-1:123456789012:table/app-*".to_owned(),
            format!("sqs:SendMessage on {queue}"),
        ]
    );
    let widened = widened.expect("it is said");
    assert!(widened.characters > 6144, "{widened:?}");
    assert_eq!(
        (widened.resources, widened.actions),
        (vec!["dynamodb".to_owned()], Vec::new())
    );
}

#[test]
fn resources_that_share_nothing_get_their_type() {
    let names = |letter: char| tables(&format!("{letter}x-"), 60);
    let grants = vec![grant("dynamodb:GetItem", ('a'..'e').flat_map(names))];
    let (document, _) = fit(grants, Limit::Managed).expect("it fits");
    assert_eq!(
        shown(&document),
        ["dynamodb:GetItem on arn:aws:dynamodb:eu-west-1:123456789012:table/*"]
    );
}

#[test]
fn actions_of_a_verb_become_a_pattern_of_the_words_that_they_share() {
    let names = ["Describe", "Get", "Create"]
        .into_iter()
        .flat_map(|verb| (0..150).map(move |number| format!("ec2:{verb}Thing{number}X{number}")));
    let mut grants: Vec<_> = names
        .map(|action| grant(&action, ["*".to_owned()]))
        .collect();
    grants.push(grant("ec2:DeleteTags", ["*".to_owned()]));
    let (document, widened) = fit(grants, Limit::Managed).expect("it fits");
    assert_eq!(
        shown(&document),
        ["ec2:Create* ec2:DeleteTags ec2:Describe* ec2:Get* on *"]
    );
    assert_eq!(
        widened.expect("it is said").actions,
        ["ec2:Create*", "ec2:Describe*", "ec2:Get*"]
    );
}

#[test]
fn no_pattern_stands_for_an_action_that_was_left_out() {
    let names = ["Describe", "Get"]
        .into_iter()
        .flat_map(|verb| (0..150).map(move |number| format!("ec2:{verb}Thing{number}X{number}")));
    let grants: Vec<_> = names
        .map(|action| grant(&action, ["*".to_owned()]))
        .collect();
    let left_out = BTreeSet::from(["EC2:getPasswordData".to_owned()]);
    let (document, widened) = super::fit(grants, &left_out, Limit::Managed).expect("it fits");
    assert_eq!(widened.expect("it is said").actions, ["ec2:Describe*"]);
    assert_eq!(document.statements[0].actions.values().len(), 151);
}

#[test]
fn words_are_shared_whole() {
    let of = |actions: &[&str]| {
        shared_words(
            &actions
                .iter()
                .map(|&one| one.to_owned())
                .collect::<Vec<_>>(),
        )
    };
    assert_eq!(of(&["s3:GetObject", "s3:GetObjectTagging"]), "GetObject");
    assert_eq!(of(&["s3:GetObjectAcl", "s3:GetBucketAcl"]), "Get");
    assert_eq!(words("ec2:describeX"), ["describe", "X"]);
    assert_eq!(words(""), [""]);
}

#[test]
fn a_session_policy_has_no_names_and_2048_characters() {
    let grants = vec![grant("dynamodb:GetItem", tables("app-", 40))];
    let (document, widened) = fit(grants, Limit::Session).expect("it fits");
    assert!(document.statements[0].sid.is_none());
    assert!(document.compact().len() <= 2048);
    assert!(widened.is_some());
}

#[test]
fn a_role_that_is_passed_is_never_made_wider() {
    let when = |service: usize| {
        let of = BTreeMap::from([(
            "iam:PassedToService".to_owned(),
            vec![format!("s{service}.amazonaws.com")],
        )]);
        Conditions::from([("StringEquals".to_owned(), of)])
    };
    let grants = (0..100).map(|number| Grant {
        conditions: when(number),
        ..grant(
            "iam:PassRole",
            [format!("arn:aws:iam::123456789012:role/r{number}")],
        )
    });
    let refused = fit(grants.collect(), Limit::Managed).expect_err("too large");
    assert!(matches!(
        refused,
        PolicyError::TooLarge {
            limit: Limit::Managed,
            ..
        }
    ));
}

#[test]
fn rights_on_roles_and_identities_are_never_made_wider() {
    for (service, kind) in [("iam", "role"), ("iam", "user"), ("sts", "role")] {
        let names = (0..200).map(|n| format!("arn:aws:iam::123456789012:{kind}/app-number-{n}"));
        let on_names = grant(&format!("{service}:GetThing"), names);
        let verbs = (0..400).map(|n| grant(&format!("{service}:GetThing{n}"), ["*".to_owned()]));
        for grants in [vec![on_names], verbs.collect()] {
            let refused = fit(grants, Limit::Managed).expect_err("too large");
            assert!(matches!(refused, PolicyError::TooLarge { .. }));
        }
    }
}

#[test]
fn many_buckets_get_the_beginning_that_they_share_and_never_all() {
    let names = |start: &str, end: &str| -> Vec<String> {
        let of = |n| format!("arn:aws:s3:::{start}{n}-xyz{end}");
        (0..120).map(of).collect()
    };
    let grants = vec![
        grant("s3:ListBucket", names("bucket-", "")),
        grant("s3:GetObject", names("bucket-", "/k")),
    ];
    let (document, widened) = fit(grants, Limit::Managed).expect("it fits");
    assert_eq!(
        shown(&document),
        [
            "s3:ListBucket on arn:aws:s3:::bucket-*",
            "s3:GetObject on arn:aws:s3:::bucket-*/*"
        ]
    );
    assert_eq!(widened.expect("it is said").resources, ["s3"]);
    let of_others = (0..300).map(|n| format!("arn:aws:s3:::{n}bucketbucket"));
    let refused = fit(vec![grant("s3:ListBucket", of_others)], Limit::Managed);
    assert!(matches!(refused, Err(PolicyError::TooLarge { .. })));
}
