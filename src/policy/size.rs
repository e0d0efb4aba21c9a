//! A policy has to be short enough for IAM. Where it is too long it is made wider, no more than
//! needed: first names go, then resources of a service get common patterns, then its actions. What is
//! about roles and identities stays as it is.

use std::collections::{BTreeMap, BTreeSet};

use super::document::Document;
use super::error::PolicyError;
use super::fold::{beginning, of_type, without_covered};
use super::grants::{Grant, joined};
use super::limit::Limit;
use super::statements::document;

/// What is wider than the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Widened {
    pub(crate) characters: usize,
    pub(crate) limit: Limit,
    /// Services whose resources have common patterns.
    pub(crate) resources: Vec<String>,
    /// Patterns in the place of actions.
    pub(crate) actions: Vec<String>,
}

/// How to make the grants of a service fewer letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Resources of a type become the beginning that they share.
    Beginnings,
    /// Resources of a type become that type.
    Types,
    /// Actions of the same verb become one pattern.
    Verbs,
}

/// A right more of these can be every right of the account.
const NEVER_WIDER: [&str; 2] = ["iam", "sts"];

const STEPS: [Step; 3] = [Step::Beginnings, Step::Types, Step::Verbs];

/// The document, short enough, and what that took. No pattern of actions stands for one of
/// `left_out`.
///
/// # Errors
/// [`PolicyError::TooLarge`].
pub(super) fn fit(
    mut grants: Vec<Grant>,
    left_out: &BTreeSet<String>,
    limit: Limit,
) -> Result<(Document, Option<Widened>), PolicyError> {
    let most = limit.characters();
    let named = document(&grants, limit.with_names());
    if named.characters() <= most {
        return Ok((named, None));
    }
    let mut short = document(&grants, false);
    let characters = short.characters();
    if characters <= most {
        return Ok((short, None));
    }
    let mut widened = Widened {
        characters,
        limit,
        resources: Vec::new(),
        actions: Vec::new(),
    };
    for step in STEPS {
        for service in longest_first(&grants) {
            let before = grants.clone();
            grants = joined(step.apply(&service, grants, left_out));
            let document = document(&grants, false);
            if document.characters() >= short.characters() {
                grants = before;
                continue;
            }
            short = document;
            widened.note(step, &service, &grants);
            if short.characters() <= most {
                return Ok((short, Some(widened)));
            }
        }
    }
    Err(PolicyError::TooLarge {
        characters: short.characters(),
        limit,
    })
}

impl Widened {
    fn note(&mut self, step: Step, service: &str, grants: &[Grant]) {
        if step != Step::Verbs {
            if !self.resources.iter().any(|one| one == service) {
                self.resources.push(service.to_owned());
            }
            return;
        }
        let of_service = grants.iter().filter(|grant| grant.service() == service);
        let patterns = of_service.filter(|grant| grant.action.ends_with('*'));
        self.actions
            .extend(patterns.map(|grant| grant.action.clone()));
        self.actions.sort();
        self.actions.dedup();
    }
}

/// The services, the one that takes most letters first.
fn longest_first(grants: &[Grant]) -> Vec<String> {
    let mut of: BTreeMap<&str, Vec<Grant>> = BTreeMap::new();
    for grant in grants {
        of.entry(grant.service()).or_default().push(grant.clone());
    }
    let mut lengths: Vec<_> = of
        .iter()
        .map(|(service, grants)| (document(grants, false).characters(), (*service).to_owned()))
        .collect();
    lengths.retain(|(_, service)| !NEVER_WIDER.contains(&service.as_str()));
    lengths.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
    lengths.into_iter().map(|(_, service)| service).collect()
}

impl Step {
    fn apply(self, service: &str, grants: Vec<Grant>, left_out: &BTreeSet<String>) -> Vec<Grant> {
        if self == Self::Verbs {
            return by_verb(service, grants, left_out);
        }
        let widen = |mut grant: Grant| {
            // A role that is passed, and a key, are as much as a right.
            if grant.service() == service && grant.conditions.is_empty() {
                grant.resources = self.widen(&grant.resources);
            }
            grant
        };
        grants.into_iter().map(widen).collect()
    }

    fn widen(self, resources: &[String]) -> Vec<String> {
        let mut types: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for resource in resources {
            types.entry(of_type(resource)).or_default().push(resource);
        }
        let patterns = types
            .into_iter()
            .map(|(of_type, resources)| match &resources[..] {
                [only] if self == Self::Beginnings => (*only).to_owned(),
                all if self == Self::Beginnings => shared(&of_type, all),
                _ => of_type,
            });
        without_covered(patterns.collect())
    }
}

/// The beginning that names of a type share, or else the type.
fn shared(of_type: &str, names: &[&str]) -> String {
    let start = of_type.trim_end_matches('*').len();
    let rest: Vec<&str> = names.iter().filter_map(|name| name.get(start..)).collect();
    match beginning(&rest) {
        Some(beginning) => format!("{}{beginning}*", &of_type[..start]),
        None => of_type.to_owned(),
    }
}

/// Actions of a service on the same resources, where two and more begin with the same verb.
fn by_verb(service: &str, grants: Vec<Grant>, left_out: &BTreeSet<String>) -> Vec<Grant> {
    let mut verbs: BTreeMap<(Grant, String), Vec<String>> = BTreeMap::new();
    let mut kept = Vec::new();
    for grant in grants {
        let words = words(&grant.action);
        match words.first() {
            Some(verb) if grant.service() == service && grant.conditions.is_empty() => {
                let verb = format!("{service}:{verb}");
                let action = grant.action.clone();
                let on = Grant {
                    action: String::new(),
                    ..grant
                };
                verbs.entry((on, verb)).or_default().push(action);
            }
            _ => kept.push(grant),
        }
    }
    for ((on, _), actions) in verbs {
        let start = format!("{service}:{}", shared_words(&actions));
        let is_kept = actions.len() == 1 || left_out.iter().any(|one| begins(one, &start));
        let actions = match is_kept {
            true => actions,
            false => vec![format!("{start}*")],
        };
        let of_each = |action| Grant {
            action,
            ..on.clone()
        };
        kept.extend(actions.into_iter().map(of_each));
    }
    kept
}

/// The names of actions have no case.
fn begins(action: &str, start: &str) -> bool {
    let begins = action.get(..start.len());
    begins.is_some_and(|text| text.eq_ignore_ascii_case(start))
}

/// The words that all of the actions begin with: `GetObject` of `GetObject` and `GetObjectTagging`.
fn shared_words(actions: &[String]) -> String {
    let mut all = actions.iter().map(|action| words(action));
    let mut shared = all.next().unwrap_or_default();
    for other in all {
        let same = shared
            .iter()
            .zip(&other)
            .take_while(|(one, another)| one == another);
        shared.truncate(same.count());
    }
    shared.concat()
}

/// `s3:GetObjectTagging` → `Get`, `Object`, `Tagging`
fn words(action: &str) -> Vec<&str> {
    let name = action.split_once(':').map_or(action, |(_, name)| name);
    let starts = name
        .char_indices()
        .filter(|(_, letter)| letter.is_ascii_uppercase());
    let mut starts: Vec<_> = starts.map(|(at, _)| at).filter(|at| *at > 0).collect();
    starts.push(name.len());
    let mut from = 0;
    let mut words = Vec::new();
    for end in starts {
        words.push(&name[from..end]);
        from = end;
    }
    words
}

#[cfg(test)]
mod tests;
