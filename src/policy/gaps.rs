//! What the records of a policy do not say, and what the policy therefore has or lacks.

use std::collections::BTreeSet;

use super::fold::folded;
use super::remark::Remark;
use super::seen::{Seen, Uses};
use crate::cli::policy::ResourceLevel;
use crate::iam::arn::Arn;
use crate::iam::literal::{Letter, letters};

/// In the order in which they are told.
pub(super) fn remarks(seen: &Seen, level: ResourceLevel) -> Vec<Remark> {
    let of = |names: &BTreeSet<String>| names.iter().cloned().collect();
    let remarks = [
        named(unknown(seen, level), |actions| Remark::Unknown { actions }),
        named(partial(seen, level), |actions| Remark::Partial { actions }),
        named(resources(seen, level, has_hidden_letters), |resources| {
            Remark::Hidden { resources }
        }),
        named(resources(seen, level, is_of_any_account), |resources| {
            Remark::AnyAccount { resources }
        }),
        counted(seen.lost.values().sum(), |lines| Remark::Lost { lines }),
        named(of(&seen.profiles), |profiles| Remark::Profiles { profiles }),
        named(patterns(seen, level), |patterns| Remark::Folded {
            patterns,
        }),
        named(passed_to_any(seen), |roles| Remark::PassedToAny { roles }),
        named(of(&seen.passed_to_unknown), |roles| Remark::NotPassed {
            roles,
        }),
        named(of(&seen.unknown_keys), |keys| Remark::Keys { keys }),
        named(of(&seen.no_actions), |actions| Remark::NoActions {
            actions,
        }),
        counted(seen.observed, |calls| Remark::Observed { calls }),
        counted(seen.unnamed, |calls| Remark::Unnamed { calls }),
        counted(seen.left_out, |calls| Remark::LeftOut {
            calls,
            denied: seen.denied,
        }),
    ];
    remarks.into_iter().flatten().collect()
}

fn named(names: Vec<String>, remark: impl FnOnce(Vec<String>) -> Remark) -> Option<Remark> {
    (!names.is_empty()).then(|| remark(names))
}

fn counted(count: u64, remark: impl FnOnce(u64) -> Remark) -> Option<Remark> {
    (count > 0).then(|| remark(count))
}

/// Actions of which no resource is known.
fn unknown(seen: &Seen, level: ResourceLevel) -> Vec<String> {
    actions(seen, level, Uses::is_unknown)
}

/// Actions of which not all resources are known.
fn partial(seen: &Seen, level: ResourceLevel) -> Vec<String> {
    let fits = |uses: &Uses| uses.partial && !uses.is_unknown() && !uses.takes_none;
    actions(seen, level, fits)
}

/// Resources of the policy as the records name them, each once.
fn resources(seen: &Seen, level: ResourceLevel, fits: impl Fn(&str) -> bool) -> Vec<String> {
    let uses = seen
        .uses
        .values()
        .filter(|uses| !uses.takes_none && !uses.is_unknown());
    let used = uses.filter(|_| level != ResourceLevel::Any);
    let used = used.flat_map(|uses| uses.resources.keys());
    let roles = seen.passed.keys().map(|passed| &passed.role);
    let keys = seen.keys.keys().map(|used| &used.key);
    let aliases = seen.aliases.keys().filter(|_| level != ResourceLevel::Any);
    let aliases = aliases.map(|used| &used.key);
    let all = used.chain(roles).chain(keys).chain(aliases);
    let once: BTreeSet<_> = all.filter(|one| fits(one)).cloned().collect();
    once.into_iter().collect()
}

/// Whether it has a `?` for a letter that cannot be seen: those of a secret's end are not known.
fn has_hidden_letters(resource: &str) -> bool {
    let known = resource.strip_suffix("-??????").unwrap_or(resource);
    known.contains('?') && letters(known).any(|(_, letter)| letter == Letter::One)
}

fn is_of_any_account(resource: &str) -> bool {
    Arn::parse(resource).is_some_and(|arn| arn.account == "*")
}

/// Actions used so. With `any`, each has `*` in any case.
fn actions(seen: &Seen, level: ResourceLevel, fits: impl Fn(&Uses) -> bool) -> Vec<String> {
    if level == ResourceLevel::Any {
        return Vec::new();
    }
    let uses = seen.uses.iter().filter(|(_, uses)| fits(uses));
    uses.map(|(action, _)| action.clone()).collect()
}

/// Patterns for what differs from run to run.
fn patterns(seen: &Seen, level: ResourceLevel) -> Vec<String> {
    let uses = seen.uses.values().filter(|uses| !uses.is_wide());
    let patterns = uses.flat_map(|uses| folded(&uses.resources, level));
    let once: BTreeSet<_> = patterns.collect();
    once.into_iter().collect()
}

/// Roles that are passed to a service whose principal is not known.
fn passed_to_any(seen: &Seen) -> Vec<String> {
    let passed = seen.passed.keys();
    let to_any = passed.filter(|passed| passed.services.is_empty());
    let once: BTreeSet<_> = to_any.map(|passed| passed.role.clone()).collect();
    once.into_iter().collect()
}
