//! What the lines of records come to: which actions are used on what, how often, and what was denied.

mod created;
mod denials;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use created::{Created, without_path};
pub(crate) use denials::{DeniedCall, Why};

use super::arn::is_arn;
use super::denied::Denied;
use super::error::PolicyError;
use super::kms::{self, KeyUse};
use super::passed::{self, PassedRole};
use crate::iam::denial::Denial;
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
    /// Calls that were denied, and how often.
    pub(crate) denials: BTreeMap<DeniedCall, u64>,
    /// How many lines of each run are in no file, where that is so.
    pub(crate) lost: BTreeMap<usize, u64>,
    /// How many denied calls the policy leaves out.
    pub(crate) left_out: u64,
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
}

impl On {
    pub(super) fn join(&mut self, other: Self) {
        self.calls += other.calls;
        self.runs.extend(other.runs);
    }
}

/// Everybody may call them.
const PERMISSIONLESS: [&str; 3] = [
    "dynamodb:DescribeEndpoints",
    "sts:GetCallerIdentity",
    "sts:GetSessionToken",
];

/// As many resources of one action are in a line at most: `iam::resources` names no more.
const MOST_NAMED: usize = 100;

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
            denials: BTreeMap::new(),
            lost: BTreeMap::new(),
            left_out: 0,
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
            if !self.denied.includes(denial) {
                self.left_out += u64::from(denial.is_about_rights());
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
    }

    fn add_actions(&mut self, run: usize, line: &Line<'_>) {
        for action in denials::needed(line) {
            let is_special = passed::is_pass_role(action) && !line.passed_roles.is_empty();
            if is_special || PERMISSIONLESS.contains(&action) {
                continue;
            }
            let resources = match line.resources_of.is_empty() {
                true => Some(&line.resources),
                false => line.resources_of.get(action),
            };
            let uses = self.uses_of(action);
            uses.calls += 1;
            let resources = resources.map_or(&[][..], |all| &all[..]);
            if resources.is_empty() {
                uses.unknown += 1;
            }
            uses.partial |= line.further_resources > 0 || resources.len() >= MOST_NAMED;
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
                *self.passed.entry(role).or_default() += 1;
            }
            return;
        }
        // SQS names its actions in small letters.
        let same = |one: &&Cow<'_, str>| one.eq_ignore_ascii_case(action);
        let counted = line.actions.iter().find(same);
        let is_counted = counted.is_some();
        let uses = self.uses_of(counted.map_or(action, AsRef::as_ref));
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
        match (self.calls, self.left_out) {
            (0, _) => Err(PolicyError::NoCalls),
            _ if !(self.uses.is_empty() && self.passed.is_empty()) => Ok(()),
            (_, 0) => Err(PolicyError::NothingNeeded),
            (_, left_out) => Err(PolicyError::AllDenied {
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

/// `SERVICE:NAME`
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
