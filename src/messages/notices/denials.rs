//! What AWS denied, told at the end of a run: each with the statement that would allow it, or with what
//! would help instead.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Serialize;

use crate::iam::denial::PolicyKind;
use crate::iam::reference::takes_resources;
use crate::messages::visible::on_one_line;
use crate::policy::advice;
use crate::policy::document::{Conditions, Which};
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
struct Written<'a> {
    effect: &'static str,
    action: OneOrMore<'a>,
    resource: OneOrMore<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<&'a Conditions>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum OneOrMore<'a> {
    One(&'a str),
    More(&'a [String]),
}

impl<'a> OneOrMore<'a> {
    fn of(which: &'a Which) -> Self {
        match which.values() {
            [one] => Self::One(one),
            all => Self::More(all),
        }
    }
}

/// Who says that AWS denied a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Witness {
    /// credrun has seen AWS's answer.
    Credrun,
    /// An SDK in the container, which can be wrong.
    Sdk,
}

impl Witness {
    fn lead(self) -> &'static str {
        match self {
            Self::Credrun => "AWS denied",
            Self::Sdk => "reported by the container's SDK: AWS denied",
        }
    }
}

/// The lines for what was denied. `record` is the file that has all of it.
pub(super) fn lines(denials: &Denials, witness: Witness, record: Option<&Path>) -> Vec<String> {
    let all = denials.most_frequent();
    let (told, others) = all.split_at(all.len().min(TOLD));
    let mut lines: Vec<String> = told.iter().flat_map(|one| of_one(one, witness)).collect();
    let calls = others.iter().map(|one| one.calls).sum::<u64>() + denials.of_other_kinds();
    if calls > 0 {
        let line = others_line(calls, &names_of(others), witness, record);
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

fn others_line(calls: u64, names: &str, witness: Witness, record: Option<&Path>) -> String {
    let lead = witness.lead();
    let calls = match calls {
        1 => format!("1 more call{names}"),
        calls => format!("{calls} more calls{names}"),
    };
    match record {
        Some(record) => format!(
            "{lead} {calls}; a policy for all of them: credrun policy --include-denied {}",
            record.display()
        ),
        None => format!(
            "{lead} {calls}; with --record FILE, credrun policy --include-denied FILE writes a policy for all of them"
        ),
    }
}

fn of_one(denied: &Denied, witness: Witness) -> Vec<String> {
    let lead = witness.lead();
    let actions: Vec<&str> = denied.actions.keys().map(String::as_str).collect();
    let times = times(denied.calls);
    if actions.is_empty() {
        return vec![format!(
            "{lead} a call that credrun does not know {times}, and does not say why"
        )];
    }
    let names = listed(&actions);
    let what = match denied.is_action_told {
        true => format!("{lead} {names}"),
        false => format!("{lead} a call that needs {names}"),
    };
    let reason = &denied.reason;
    let cause = match (reason.policy, reason.is_explicit) {
        (Some(PolicyKind::IdentityBased), false) => {
            format!("{what} {times}: no identity-based policy allows it.")
        }
        (None, false) => format!("{what} {times}, and does not say why."),
        _ => {
            let line = format!(
                "{what}{} {times}: {}",
                on(denied),
                no_statement_helps(reason)
            );
            return vec![on_one_line(&line).into_owned()];
        }
    };
    let mut lines = vec![cause + &advised(denied)];
    lines.extend(statements(denied));
    lines
        .iter()
        .map(|line| on_one_line(line).into_owned())
        .collect()
}

/// `a, b and c`
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// What the lines below are, and what they leave out.
fn advised(denied: &Denied) -> String {
    let names = denied.actions.keys().map(String::as_str);
    let unnamed: Vec<_> = names
        .filter(|action| advice::must_be_named(denied, action))
        .collect();
    let unnamed = match unnamed.is_empty() {
        true => String::new(),
        false => format!(
            " AWS does not name the resource of {}, so there is no statement for it",
            listed(&unnamed)
        ),
    };
    let these = match advice::statements(denied, NAMED).len() {
        0 => return unnamed,
        1 => "this statement does",
        _ => "these statements do",
    };
    let these = match denied.reason.policy {
        Some(_) => these.replacen('t', "T", 1),
        None => format!("If no policy allows it, {these}"),
    };
    let unnamed = match unnamed.is_empty() {
        true => unnamed,
        false => unnamed + ".",
    };
    format!("{unnamed} {these}{}:", about_resources(denied))
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
    let is_unknown = denied.actions.iter().any(|(action, on)| {
        let is_any = on.is_empty() && takes_resources(action) != Some(false);
        is_any && !advice::must_be_named(denied, action)
    });
    match (others, is_unknown) {
        (0, true) => " (for any resource, because AWS does not name the one)".to_owned(),
        (0, false) => String::new(),
        (1, _) => " (and one more resource was denied)".to_owned(),
        (others, _) => format!(" (and {others} more resources were denied)"),
    }
}

/// The statements that allow it, each on a line to be copied.
fn statements(denied: &Denied) -> Vec<String> {
    let statements = advice::statements(denied, NAMED);
    let written = statements.iter().map(|statement| Written {
        effect: statement.effect.word(),
        action: OneOrMore::of(&statement.actions),
        resource: OneOrMore::of(&statement.resources),
        condition: Some(&statement.conditions).filter(|conditions| !conditions.is_empty()),
    });
    // Only text, so serializing cannot fail.
    let json = written.map(|one| serde_json::to_string(&one).unwrap_or_default());
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
    let Some(policy) = reason.policy else {
        return "a policy denies it explicitly, which no other policy can allow; that Deny statement must change".to_owned();
    };
    let who = match policy {
        PolicyKind::IdentityBased => {
            "no other policy can allow it; that Deny statement must change"
        }
        PolicyKind::ResourceBased => {
            "an identity policy does not help; the policy of the resource must change"
        }
        PolicyKind::Session => {
            "a policy of the role does not help; the session policy must change (--policy, --policy-from, --policy-arns)"
        }
        PolicyKind::PermissionsBoundary => {
            "an identity policy does not help; the boundary of the user or role must change"
        }
        PolicyKind::ServiceControl | PolicyKind::ResourceControl => {
            "an identity policy does not help; only an administrator of the AWS Organization can change it"
        }
        PolicyKind::VpcEndpoint => {
            "an identity policy does not help; the policy of the endpoint must change, or the way to AWS"
        }
    };
    let which = reason
        .policy_arn
        .as_ref()
        .map_or_else(String::new, |arn| format!(" ({arn})"));
    match reason.is_explicit {
        true => {
            let policy = policy.with_article();
            format!("{policy}{which} denies it explicitly; {who}")
        }
        false => format!("no {} allows it; {who}", policy.name()),
    }
}

#[cfg(test)]
mod tests;
