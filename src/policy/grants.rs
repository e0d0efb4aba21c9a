//! What is used, as actions on resources: one grant an action. Statements come of them.

use std::collections::BTreeMap;

use super::document::Conditions;
use super::fold::{fold, wide, without_covered};
use super::passed::PASS_ROLE;
use super::seen::{Seen, Uses};
use crate::cli::policy::ResourceLevel;

/// The alias by which a request names a key of KMS.
pub(super) const REQUEST_ALIAS: &str = "kms:RequestAlias";

/// An action on resources.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Grant {
    /// `s3:GetObject`, or a pattern.
    pub(super) action: String,
    pub(super) resources: Vec<String>,
    pub(super) conditions: Conditions,
}

impl Grant {
    pub(super) fn service(&self) -> &str {
        self.action.split(':').next().unwrap_or_default()
    }
}

/// The grants for what is used, in order.
pub(super) fn of(seen: &Seen, level: ResourceLevel) -> Vec<Grant> {
    let plain = seen.uses.iter().map(|(action, uses)| Grant {
        action: action.clone(),
        resources: resources(uses, level),
        conditions: Conditions::new(),
    });
    let mut grants: Vec<_> = plain.collect();
    let passed = seen.passed.keys().map(|passed| Grant {
        action: PASS_ROLE.to_owned(),
        resources: vec![passed.role.clone()],
        conditions: equals("iam:PassedToService", &passed.services),
    });
    grants.extend(passed);
    let keys = seen.keys.keys().map(|used| Grant {
        action: used.action.clone(),
        resources: vec![used.key.clone()],
        conditions: equals("kms:ViaService", std::slice::from_ref(&used.via)),
    });
    grants.extend(keys);
    grants.extend(by_alias(seen, level));
    joined(grants)
}

/// One grant for an action on keys of one place, with all aliases for them.
fn by_alias(seen: &Seen, level: ResourceLevel) -> Vec<Grant> {
    let mut aliases: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for used in seen.aliases.keys() {
        let of_key = aliases.entry((&used.action, &used.key)).or_default();
        of_key.push(used.alias.clone());
    }
    let grant = |((action, key), aliases): ((&str, &str), Vec<String>)| {
        let (resource, conditions) = match level {
            ResourceLevel::Any => ("*", Conditions::new()),
            ResourceLevel::Exact | ResourceLevel::Prefix => (key, equals(REQUEST_ALIAS, &aliases)),
        };
        Grant {
            action: action.to_owned(),
            resources: vec![resource.to_owned()],
            conditions,
        }
    };
    aliases.into_iter().map(grant).collect()
}

fn resources(uses: &Uses, level: ResourceLevel) -> Vec<String> {
    if uses.takes_none || uses.is_unknown() {
        return vec!["*".to_owned()];
    }
    if uses.partial {
        return wide(uses.resources.keys(), level);
    }
    fold(&uses.resources, level)
}

pub(super) fn equals(key: &str, values: &[String]) -> Conditions {
    if values.is_empty() {
        return Conditions::new();
    }
    let of_key = BTreeMap::from([(key.to_owned(), values.to_vec())]);
    Conditions::from([("StringEquals".to_owned(), of_key)])
}

/// One grant for each action and condition.
pub(super) fn joined(grants: Vec<Grant>) -> Vec<Grant> {
    let mut all: BTreeMap<(String, Conditions), Vec<String>> = BTreeMap::new();
    for grant in grants {
        let resources = all.entry((grant.action, grant.conditions)).or_default();
        resources.extend(grant.resources);
    }
    let grants = all.into_iter();
    grants
        .map(|((action, conditions), resources)| Grant {
            action,
            resources: without_covered(resources),
            conditions,
        })
        .collect()
}
