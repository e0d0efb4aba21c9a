//! What the lines of records come to: which actions are used on what, how often, and what was denied.

mod created;
mod denials;

use std::collections::{BTreeMap, BTreeSet};

use created::{Created, without_path};
pub(crate) use denials::{DeniedCall, Why};

use super::denied::Denied;
use super::error::PolicyError;
use super::kms::{self, AliasUse, KeyUse};
use super::passed::{self, PassedRole};
use crate::iam::arn::is_arn;
use crate::iam::denial::Denial;
use crate::iam::needs::is_free;
use crate::iam::reference::takes_resources;
use crate::record::line::{Line, LineVerdict};

/// The calls of the records, added up.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) denied: Denied,
    pub(crate) runs: BTreeSet<usize>,
    pub(crate) calls: u64,
    pub(crate) denied_calls: u64,
    /// Actions, and what they are used on.
    pub(crate) uses: BTreeMap<String, Uses>,
    pub(crate) passed: BTreeMap<PassedRole, u64>,
    /// Instance profiles, each of which passes a role that no call names.
    pub(crate) profiles: BTreeSet<String>,
    pub(crate) keys: BTreeMap<KeyUse, u64>,
    /// Keys that calls name by an alias. They are not in `uses`.
    pub(crate) aliases: BTreeMap<AliasUse, u64>,
    /// Calls that were denied, and how often.
    pub(crate) denials: BTreeMap<DeniedCall, u64>,
    /// How many lines of each run are in no file, where that is so.
    pub(crate) lost: BTreeMap<usize, u64>,
    /// How many denied calls the policy leaves out.
    pub(crate) left_out: u64,
    /// What they need: no pattern of the policy may stand for it.
    pub(super) left_out_actions: BTreeSet<String>,
    /// Roles that AWS has denied to be passed, to a service that is not known.
    pub(super) passed_to_unknown: BTreeSet<String>,
    /// Keys of which it is not known what a service does with them.
    pub(super) unknown_keys: BTreeSet<String>,
    /// Actions that AWS names, and IAM does not have.
    pub(super) no_actions: BTreeSet<String>,
    /// Calls whose operation is not in the tables.
    pub(crate) unnamed: u64,
    /// Calls that a client told of.
    pub(crate) observed: u64,
    /// Calls that had no answer.
    pub(crate) failed: u64,
    created: Created,
}

/// How an action is used.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Uses {
    pub(crate) calls: u64,
    pub(crate) resources: BTreeMap<String, On>,
    /// Calls whose line does not say on what.
    pub(crate) unknown: u64,
    /// A line has named not all resources.
    pub(crate) partial: bool,
    /// The action has no resources.
    pub(crate) takes_none: bool,
}

/// How a resource is used.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct On {
    pub(crate) calls: u64,
    pub(crate) runs: BTreeSet<usize>,
}

impl Uses {
    /// Whether its resources are not known, although it has some.
    pub(crate) fn is_unknown(&self) -> bool {
        self.unknown > 0 && !self.takes_none
    }

    /// Whether the policy has more than the resources that were named.
    pub(crate) fn is_wide(&self) -> bool {
        self.takes_none || self.is_unknown() || self.partial
    }
}

impl On {
    pub(super) fn join(&mut self, other: Self) {
        self.calls += other.calls;
        self.runs.extend(other.runs);
    }
}

impl Seen {
    pub(crate) fn new(denied: Denied) -> Self {
        Self {
            denied,
            runs: BTreeSet::new(),
            calls: 0,
            denied_calls: 0,
            uses: BTreeMap::new(),
            passed: BTreeMap::new(),
            profiles: BTreeSet::new(),
            keys: BTreeMap::new(),
            aliases: BTreeMap::new(),
            denials: BTreeMap::new(),
            lost: BTreeMap::new(),
            left_out: 0,
            left_out_actions: BTreeSet::new(),
            passed_to_unknown: BTreeSet::new(),
            unknown_keys: BTreeSet::new(),
            no_actions: BTreeSet::new(),
            unnamed: 0,
            observed: 0,
            failed: 0,
            created: Created::default(),
        }
    }

    /// Adds a line of a run.
    pub(crate) fn add(&mut self, run: usize, line: &Line<'_>) {
        self.calls += 1;
        self.runs.insert(run);
        if line.lines_lost > 0 {
            // Each file has the count so far.
            let lost = self.lost.entry(run).or_default();
            *lost = line.lines_lost.max(*lost);
        }
        match line.verdict {
            LineVerdict::Observed => self.observed += 1,
            LineVerdict::Failed => self.failed += 1,
            LineVerdict::Passed | LineVerdict::Refused => {}
        }
        self.created.add(line);
        let denial = denials::of(line);
        if let Some(denial) = &denial {
            self.denied_calls += 1;
            for call in denials::calls(line, denial) {
                *self.denials.entry(call).or_default() += 1;
            }
            if !self.denied.includes(denial, line.verdict) {
                if denial.is_about_rights() {
                    self.leave_out(line);
                }
                return;
            }
        }
        if line.operation.is_none() && line.actions.is_empty() {
            self.unnamed += 1;
        }
        self.add_actions(run, line);
        if let Some(denial) = &line.denial {
            self.add_named(run, line, denial);
        }
        for role in passed::of(line) {
            *self.passed.entry(role).or_default() += 1;
        }
        let profiles = passed::profiles(line).map(str::to_owned);
        self.profiles.extend(profiles);
        for key in kms::of(line) {
            *self.keys.entry(key).or_default() += 1;
        }
        let unknown = kms::unknown(line).map(ToOwned::to_owned);
        self.unknown_keys.extend(unknown);
    }

    fn leave_out(&mut self, line: &Line<'_>) {
        self.left_out += 1;
        let named = line.denial.as_ref();
        let named = named.and_then(|denial| denial.action.as_deref());
        let actions = line.actions.iter().map(AsRef::as_ref).chain(named);
        self.left_out_actions.extend(actions.map(ToOwned::to_owned));
    }

    fn add_actions(&mut self, run: usize, line: &Line<'_>) {
        for action in denials::needed(line) {
            if !is_action(action) {
                self.unnamed += 1;
                continue;
            }
            let is_special = passed::is_pass_role(action) && !line.passed_roles.is_empty();
            if is_special || is_free(action) {
                continue;
            }
            if let Some(by_alias) = kms::by_alias(line, action) {
                *self.aliases.entry(by_alias).or_default() += 1;
                continue;
            }
            let uses = self.uses_of(action);
            uses.calls += 1;
            let resources = line.resources_for(action);
            if resources.is_empty() {
                uses.unknown += 1;
            }
            uses.partial |= line.further_resources > 0;
            for resource in resources {
                uses.on(resource, run);
            }
        }
    }

    /// What AWS says that the call lacks: often more than the tables know.
    fn add_named(&mut self, run: usize, line: &Line<'_>, denial: &Denial) {
        let Some(action) = denial.action.as_deref().filter(|action| is_action(action)) else {
            return;
        };
        let resource = denial.resource.as_deref().filter(|text| is_arn(text));
        if passed::is_pass_role(action) {
            if let Some(role) = resource {
                let role = passed::role(line, role);
                match role.services.is_empty() {
                    true => _ = self.passed_to_unknown.insert(role.role),
                    false => *self.passed.entry(role).or_default() += 1,
                }
            }
            return;
        }
        if let Some(key) = kms::denied(line, action, resource) {
            *self.keys.entry(key).or_default() += 1;
            return;
        }
        // AWS names the key behind the alias. It can be another at the next run.
        if kms::by_alias(line, action).is_some() {
            return;
        }
        let exists = |action: &str| takes_resources(action).is_some();
        if !exists(action) && line.actions.iter().any(|one| exists(one)) {
            self.no_actions.insert(action.to_owned());
            return;
        }
        let is_counted = line.actions.iter().any(|one| one == action);
        let uses = self.uses_of(action);
        if !is_counted {
            uses.calls += 1;
        }
        match resource {
            Some(resource) => uses.on(resource, run),
            None if !is_counted => uses.unknown += 1,
            None => {}
        }
    }

    fn uses_of(&mut self, action: &str) -> &mut Uses {
        self.uses.entry(action.to_owned()).or_insert_with(|| Uses {
            takes_none: takes_resources(action) == Some(false),
            ..Uses::default()
        })
    }

    /// Puts things that were created under a name that the next run's have, too, and completes
    /// ARNs. After the last line.
    pub(crate) fn settle(&mut self) {
        let all = self.uses.values().flat_map(|uses| uses.resources.keys());
        let roles = self.passed.keys().map(|passed| &passed.role);
        self.created.know(all.chain(roles));
        for uses in self.uses.values_mut() {
            let resources = std::mem::take(&mut uses.resources);
            for (resource, on) in &resources {
                let lasting = self.created.lasting(resource);
                let mut on = on.clone();
                // One call has both forms.
                let other = without_path(resource).filter(|_| lasting != *resource);
                if other.is_some_and(|other| resources.contains_key(&other)) {
                    on.calls = 0;
                }
                uses.resources.entry(lasting).or_default().join(on);
            }
        }
        let passed = std::mem::take(&mut self.passed);
        for (one, calls) in &passed {
            let role = self.created.lasting(&one.role);
            let with = |role| PassedRole {
                role,
                services: one.services.clone(),
            };
            let other = without_path(&one.role).filter(|_| role != one.role);
            let is_counted = other.is_some_and(|other| passed.contains_key(&with(other)));
            let calls = if is_counted { 0 } else { *calls };
            *self.passed.entry(with(role)).or_default() += calls;
        }
    }

    /// Whether there is something to make a policy of.
    pub(super) fn check(&self) -> Result<(), PolicyError> {
        let needs_none = self.uses.is_empty()
            && self.passed.is_empty()
            && self.keys.is_empty()
            && self.aliases.is_empty();
        match self.left_out {
            _ if !needs_none => Ok(()),
            0 => Err(PolicyError::NothingNeeded),
            left_out => Err(PolicyError::AllDenied {
                calls: left_out,
                denied: self.denied,
            }),
        }
    }
}

impl Uses {
    fn on(&mut self, resource: &str, run: usize) {
        let on = self.resources.entry(resource.to_owned()).or_default();
        on.calls += 1;
        on.runs.insert(run);
    }
}

/// `SERVICE:NAME`, without a wildcard.
fn is_action(text: &str) -> bool {
    let is_word = |text: &str| {
        let mut letters = text.bytes();
        !text.is_empty() && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == b'-')
    };
    text.split_once(':')
        .is_some_and(|(service, name)| is_word(service) && is_word(name))
}

#[cfg(test)]
mod tests;
