//! Actions of STS that a request for a session needs beside its own, for what the session is to have.

use super::members::Members;
use crate::iam::action::Action;
use crate::iam::operation::Operation;

/// Operations that take any of it.
const OPERATIONS: [&str; 4] = [
    "AssumeRole",
    "AssumeRoleWithSAML",
    "AssumeRoleWithWebIdentity",
    "GetFederationToken",
];

/// Actions, and the members that ask for them.
const ACTIONS: [(&str, &[&str]); 3] = [
    ("TagSession", &["Tags", "TransitiveTagKeys"]),
    ("SetSourceIdentity", &["SourceIdentity"]),
    ("SetContext", &["ProvidedContexts"]),
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
    let takes_any = operation.module.name == "sts" && OPERATIONS.contains(&operation.name());
    let needed = ACTIONS
        .iter()
        .filter(move |(_, names)| takes_any && is_there(names));
    needed.map(|(name, _)| Action {
        service: "sts",
        name,
    })
}
