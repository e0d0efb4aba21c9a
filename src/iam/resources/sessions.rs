//! Actions of STS that a request for a session needs beside its own, for what the session is to have.

use super::members::Members;
use crate::iam::action::Action;
use crate::iam::operation::Operation;

/// Actions, the operations that can need them, and the members that ask for them.
const ACTIONS: [(&str, &[&str], &[&str]); 4] = [
    (
        "TagSession",
        &["AssumeRole", "GetFederationToken"],
        &["Tags", "TransitiveTagKeys"],
    ),
    ("SetSourceIdentity", &["AssumeRole"], &["SourceIdentity"]),
    ("SetContext", &["AssumeRole"], &["ProvidedContexts"]),
    (
        "TagGetWebIdentityToken",
        &["GetWebIdentityToken"],
        &["Tags"],
    ),
];

/// What a request of the operation can need.
pub(in crate::iam) fn possible(operation: &Operation) -> impl Iterator<Item = Action> {
    needed(operation, |_| true)
}

/// What the request needs.
pub(super) fn of(operation: &Operation, members: &Members) -> Vec<Action> {
    let is_there = |names: &[&str]| names.iter().any(|name| members.has(name));
    needed(operation, is_there).collect()
}

fn needed(
    operation: &Operation,
    is_there: impl Fn(&[&str]) -> bool,
) -> impl Iterator<Item = Action> {
    let (is_of_sts, called) = (operation.module.name == "sts", operation.name());
    let needed = ACTIONS.iter().filter(move |(_, operations, members)| {
        is_of_sts && operations.contains(&called) && is_there(members)
    });
    needed.map(|(name, _, _)| Action {
        service: "sts",
        name,
    })
}
