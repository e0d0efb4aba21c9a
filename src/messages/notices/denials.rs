//! What AWS denied, told at the end of a run: each with the statement that would allow it, or with what
//! would help instead.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;

use crate::iam::denial::PolicyKind;
use crate::iam::reference::takes_resources;
use crate::messages::visible::on_one_line;
use crate::record::denials::{Denials, Denied, Reason};

/// As many are told in full.
const TOLD: usize = 5;
/// As many of the others are named.
const LISTED: usize = 50;
/// A statement names as many resources.
const NAMED: usize = 5;

/// A statement as AWS writes it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement<'a> {
    effect: &'static str,
    action: OneOrMore<'a>,
    resource: OneOrMore<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum OneOrMore<'a> {
    One(&'a str),
    More(Vec<&'a str>),
}

impl<'a> OneOrMore<'a> {
    fn of(all: Vec<&'a str>) -> Self {
        match all[..] {
            [one] => Self::One(one),
            _ => Self::More(all),
        }
    }
}

/// The lines for what was denied. `record` is the file that has all of it.
pub(super) fn lines(denials: &Denials, record: Option<&Path>) -> Vec<String> {
    let all = denials.most_frequent();
    let (told, others) = all.split_at(all.len().min(TOLD));
    let mut lines: Vec<String> = told.iter().flat_map(|one| of_one(one)).collect();
    let calls = others.iter().map(|one| one.calls).sum::<u64>() + denials.of_other_kinds();
    if calls > 0 {
        let line = others_line(calls, &names_of(others), record);
        lines.push(on_one_line(&line).into_owned());
    }
    lines
}

/// ` (ACTION, …)`: each that is not told in full, so that none has to be found by another run.
fn names_of(others: &[&Denied]) -> String {
    let actions = others.iter().flat_map(|one| one.actions.keys());
    let actions: BTreeSet<&str> = actions.map(String::as_str).collect();
    let names: Vec<_> = actions.iter().copied().take(LISTED).collect();
    let further = match actions.len() - names.len() {
        0 => "",
        _ => ", …",
    };
    match names.is_empty() {
        true => String::new(),
        false => format!(" ({}{further})", names.join(", ")),
    }
}

fn others_line(calls: u64, names: &str, record: Option<&Path>) -> String {
    let calls = match calls {
        1 => format!("1 more call{names}"),
        calls => format!("{calls} more calls{names}"),
    };
    match record {
        Some(record) => format!(
            "AWS denied {calls}; a policy for all of them: credrun policy --include-denied {}",
            record.display()
        ),
        None => format!(
            "AWS denied {calls}; with --record FILE, credrun policy --include-denied FILE writes a policy for all of them"
        ),
    }
}

fn of_one(denied: &Denied) -> Vec<String> {
    let actions: Vec<&str> = denied.actions.keys().map(String::as_str).collect();
    let times = times(denied.calls);
    if actions.is_empty() {
        return vec![format!(
            "AWS denied a call that credrun does not know {times}, and does not say why"
        )];
    }
    let names = actions.join(" and ");
    let what = match denied.is_action_told {
        true => format!("AWS denied {names}"),
        false => format!("AWS denied a call that needs {names}"),
    };
    let reason = &denied.reason;
    let mended_by_a_statement = match (reason.policy, reason.is_explicit) {
        (Some(PolicyKind::IdentityBased), false) => Some(format!(
            "{what} {times}: no identity-based policy allows it. This statement does"
        )),
        (None, false) => Some(format!(
            "{what} {times}, and does not say why. If no policy allows it, this statement does"
        )),
        _ => None,
    };
    let lines = match mended_by_a_statement {
        Some(line) => {
            let mut lines = vec![format!("{line}{}:", about_resources(denied))];
            lines.extend(statements(denied));
            lines
        }
        None => vec![format!(
            "{what}{} {times}: {}",
            on(denied),
            no_statement_helps(reason)
        )],
    };
    lines
        .iter()
        .map(|line| on_one_line(line).into_owned())
        .collect()
}

fn times(calls: u64) -> String {
    match calls {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        calls => format!("{calls} times"),
    }
}

/// What a reader must know of the statement's resources.
fn about_resources(denied: &Denied) -> String {
    let named = denied.actions.values().map(|on| on.len().min(NAMED));
    let all: usize = denied.actions.values().map(BTreeSet::len).sum();
    let others = (all - named.sum::<usize>()) as u64 + denied.further_resources;
    let is_unknown = denied
        .actions
        .iter()
        .any(|(action, on)| on.is_empty() && takes_resources(action) != Some(false));
    match (others, is_unknown) {
        (0, true) => " (for any resource, because the one that was meant is not known)".to_owned(),
        (0, false) => String::new(),
        (1, _) => " (and one more resource was denied)".to_owned(),
        (others, _) => format!(" (and {others} more resources were denied)"),
    }
}

/// A statement for the actions that have the same resources.
fn statements(denied: &Denied) -> Vec<String> {
    let mut by_resources: BTreeMap<Vec<&str>, Vec<&str>> = BTreeMap::new();
    for (action, on) in &denied.actions {
        let mut on: Vec<&str> = on.iter().map(String::as_str).take(NAMED).collect();
        if on.is_empty() || takes_resources(action) == Some(false) {
            on = vec!["*"];
        }
        by_resources.entry(on).or_default().push(action);
    }
    let statements = by_resources.into_iter().map(|(on, actions)| Statement {
        effect: "Allow",
        action: OneOrMore::of(actions),
        resource: OneOrMore::of(on),
    });
    // Only text, so serializing cannot fail.
    let json = statements.map(|one| serde_json::to_string(&one).unwrap_or_default());
    json.map(|json| format!("  {json}")).collect()
}

/// ` on arn:…`, where it is known.
fn on(denied: &Denied) -> String {
    let mut all = denied.actions.values().flatten();
    match (all.next(), all.count() as u64 + denied.further_resources) {
        (None, _) => String::new(),
        (Some(one), 0) => format!(" on {one}"),
        (Some(one), 1) => format!(" on {one} and one more resource"),
        (Some(one), others) => format!(" on {one} and {others} more resources"),
    }
}

/// Why a statement in an identity policy changes nothing, and what does.
fn no_statement_helps(reason: &Reason) -> String {
    let (policy, who) = match reason.policy {
        None => {
            return "a policy denies it explicitly, which no other policy can allow; that Deny statement must change".to_owned();
        }
        Some(PolicyKind::IdentityBased) => (
            "identity-based policy",
            "no other policy can allow it; that Deny statement must change",
        ),
        Some(PolicyKind::ResourceBased) => (
            "resource-based policy",
            "an identity policy does not help; the policy of the resource must change",
        ),
        Some(PolicyKind::Session) => (
            "session policy",
            "a policy of the role does not help; the session policy must change (--policy, --policy-arns)",
        ),
        Some(PolicyKind::PermissionsBoundary) => (
            "permissions boundary",
            "an identity policy does not help; the boundary of the user or role must change",
        ),
        Some(PolicyKind::ServiceControl) => (
            "service control policy",
            "an identity policy does not help; who administers the AWS Organization can change it",
        ),
        Some(PolicyKind::ResourceControl) => (
            "resource control policy",
            "an identity policy does not help; who administers the AWS Organization can change it",
        ),
        Some(PolicyKind::VpcEndpoint) => (
            "VPC endpoint policy",
            "an identity policy does not help; the policy of the endpoint must change, or the way to AWS",
        ),
    };
    let which = reason
        .policy_arn
        .as_ref()
        .map_or_else(String::new, |arn| format!(" ({arn})"));
    match reason.is_explicit {
        true => {
            let article = if policy.starts_with('i') { "an" } else { "a" };
            format!("{article} {policy}{which} denies it explicitly; {who}")
        }
        false => format!("no {policy} allows it; {who}"),
    }
}

#[cfg(test)]
mod tests;
