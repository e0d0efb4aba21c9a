//! The container can do what the lists allow, and nothing else through what AWS does for it: roles that
//! it hands to services, sets and URLs that are made inside, calls that do the work of others.

use std::collections::BTreeSet;

use crate::lists::{Outcomes, calls_of};

/// Those that credrun refused, each with what its message has in it: the action.
fn refused<'o>(outcomes: &'o Outcomes, rule: &str) -> BTreeSet<(&'o str, &'o str)> {
    let refused = outcomes
        .iter()
        .filter(|(_, outcome)| outcome.contains(rule));
    let with_action = refused.map(|(name, outcome)| {
        let (_, rest) = outcome.split_once("to perform: ").expect("an action");
        (name.as_str(), rest.split_whitespace().next().expect("one"))
    });
    with_action.collect()
}

const DENIED: &str = "with an explicit deny in credrun's --deny";
const NOT_ALLOWED: &str = "no --allow of credrun allows";

#[test]
fn a_denied_pass_role_refuses_what_hands_a_role_to_a_service_and_nothing_else() {
    let flags = ["--deny", "iam:PassRole"];
    let (outcomes, calls) = calls_of("deputy.py", "deputy-roles", &flags, &["roles"]);
    let handing = [
        "function",
        "instance-with-a-profile",
        "machine",
        "stack",
        "target",
        "task-with-a-role",
    ];
    let handing = handing.map(|name| (name, "iam:PassRole"));
    assert_eq!(refused(&outcomes, DENIED), BTreeSet::from(handing));
    for name in ["assumed", "functions", "instance", "task"] {
        assert_eq!(outcomes[name], "ok", "{name}");
    }
    assert_eq!(calls.len(), 4, "{calls:?}");
}

#[test]
fn sets_and_urls_that_are_made_inside_are_under_the_lists_of_the_run() {
    let flags = ["--allow", "sts:AssumeRole", "--allow", "s3:GetObject"];
    let flags = [&flags[..], &["--deny", "s3:DeleteObject"]].concat();
    let (outcomes, _) = calls_of("deputy.py", "deputy-sets", &flags, &["sets"]);
    for by in ["session", "role", "role-of-role", "url"] {
        assert_eq!(outcomes[&format!("{by}-gets")], "ok", "{by}");
        for (verb, action, rule) in [
            ("puts", "s3:PutObject", NOT_ALLOWED),
            ("deletes", "s3:DeleteObject", DENIED),
        ] {
            let outcome = &outcomes[&format!("{by}-{verb}")];
            assert!(
                outcome.contains(action) && outcome.contains(rule),
                "{by}-{verb}: {outcome}"
            );
        }
    }
}

#[test]
fn a_call_that_does_the_work_of_another_needs_leave_for_that_too() {
    let flags = ["--allow", "s3:PutObject", "--allow", "dynamodb:*"];
    let denied = ["dynamodb:DeleteItem", "dynamodb:PartiQLDelete"];
    let denied = denied.iter().flat_map(|action| ["--deny", action]);
    let flags: Vec<_> = flags.into_iter().chain(denied).collect();
    let (outcomes, calls) = calls_of("deputy.py", "deputy-others", &flags, &["others"]);
    let not_allowed = [
        ("acl", "s3:PutObjectAcl"),
        ("copy", "s3:GetObject"),
        ("part-copy", "s3:GetObject"),
        ("tags", "s3:PutObjectTagging"),
    ];
    assert_eq!(refused(&outcomes, NOT_ALLOWED), BTreeSet::from(not_allowed));
    let denied = [
        ("statement", "dynamodb:PartiQLDelete"),
        ("transaction", "dynamodb:DeleteItem"),
    ];
    assert_eq!(refused(&outcomes, DENIED), BTreeSet::from(denied));
    assert_eq!(outcomes["put"], "ok");
    // AWS's own error: the table is not there.
    assert!(
        outcomes["read-statement"].starts_with("ResourceNotFoundException"),
        "{outcomes:?}"
    );
    assert_eq!(calls.len(), 2, "{calls:?}");
}
