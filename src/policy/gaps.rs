//! What the records of a policy do not say, and what the policy therefore has or lacks.

use std::collections::BTreeSet;

use super::fold::folded;
use super::remark::Remark;
use super::seen::{Seen, Uses};
use crate::cli::policy::ResourceLevel;

/// In the order in which they are told.
pub(super) fn remarks(seen: &Seen, level: ResourceLevel) -> Vec<Remark> {
    let of = |names: &BTreeSet<String>| names.iter().cloned().collect();
    let remarks = [
        named(unknown(seen, level), |actions| Remark::Unknown { actions }),
        named(partial(seen, level), |actions| Remark::Partial { actions }),
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
    actions(seen, level, |uses| uses.partial && !uses.is_unknown())
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
