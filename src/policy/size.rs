//! A policy has to be short enough for IAM. Where it is too long it is made wider, no more than
//! needed: first names go, then resources of a service get common patterns, then its actions. What is
//! about roles and identities stays as it is.

use std::collections::{BTreeMap, BTreeSet};

use super::document::Document;
use super::error::PolicyError;
use super::fold::{beginning, object, of_type, without_covered};
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
    /// Buckets become the beginning that their names share.
    Buckets,
    /// Actions of the same verb become one pattern.
    Verbs,
}

/// A right more of these can be every right of the account.
const NEVER_WIDER: [&str; 2] = ["iam", "sts"];

const STEPS: [Step; 4] = [Step::Beginnings, Step::Types, Step::Buckets, Step::Verbs];

/// The document, short enough, and what that took. No pattern of actions stands for one of
/// `left_out`.
///
/// # Errors
/// [`PolicyError::TooLarge`].
pub(super) fn fit(
    grants: Vec<Grant>,
    left_out: &BTreeSet<String>,
    limit: Limit,
) -> Result<(Document, Option<Widened>), PolicyError> {
    let most = limit.characters();
    let named = document(&grants, limit.with_names());
    if named.characters() <= most {
        return Ok((named, None));
    }
    let mut services = Services::new(grants);
    let characters = services.characters();
    if characters <= most {
        return Ok((services.document(), None));
    }
    let mut widened = Widened {
        characters,
        limit,
        resources: Vec::new(),
        actions: Vec::new(),
    };
    for step in STEPS {
        for service in services.longest_first() {
            let Some(grants) = services.shorten(step, &service, left_out) else {
                continue;
            };
            widened.note(step, &service, grants);
            if services.characters() <= most {
                return Ok((services.document(), Some(widened)));
            }
        }
    }
    Err(PolicyError::TooLarge {
        characters: services.characters(),
        limit,
    })
}

/// The grants of each service, and how long its statements are. No statement is of two services.
struct Services(BTreeMap<String, (Vec<Grant>, usize)>);

impl Services {
    fn new(grants: Vec<Grant>) -> Self {
        let mut services: BTreeMap<String, (Vec<Grant>, usize)> = BTreeMap::new();
        for grant in grants {
            let of = services.entry(grant.service().to_owned()).or_default();
            of.0.push(grant);
        }
        for (grants, length) in services.values_mut() {
            *length = characters(grants);
        }
        Self(services)
    }

    fn document(self) -> Document {
        let grants: Vec<_> = self
            .0
            .into_values()
            .flat_map(|(grants, _)| grants)
            .collect();
        document(&grants, false)
    }

    fn characters(&self) -> usize {
        let statements: usize = self.0.values().map(|(_, length)| length).sum();
        // A comma between each two.
        let commas = self.0.len().saturating_sub(1);
        document(&[], false).characters() + statements + commas
    }

    /// The one that takes most letters first.
    fn longest_first(&self) -> Vec<String> {
        let mut services: Vec<_> = self.0.iter().collect();
        services.retain(|(service, _)| !NEVER_WIDER.contains(&service.as_str()));
        services.sort_by_key(|(_, (_, length))| std::cmp::Reverse(*length));
        let names = services.into_iter().map(|(service, _)| service.clone());
        names.collect()
    }

    /// The grants after the step. None where it leaves them as long as they are.
    fn shorten(
        &mut self,
        step: Step,
        service: &str,
        left_out: &BTreeSet<String>,
    ) -> Option<&[Grant]> {
        let (grants, length) = self.0.get_mut(service)?;
        let shorter = joined(step.apply(service, grants.clone(), left_out));
        let now = characters(&shorter);
        if now >= *length {
            return None;
        }
        (*grants, *length) = (shorter, now);
        Some(grants)
    }
}

/// Of the statements alone.
fn characters(grants: &[Grant]) -> usize {
    document(grants, false).characters() - document(&[], false).characters()
}

impl Widened {
    fn note(&mut self, step: Step, service: &str, grants: &[Grant]) {
        if step != Step::Verbs {
            if !self.resources.iter().any(|one| one == service) {
                self.resources.push(service.to_owned());
            }
            return;
        }
        let patterns = grants.iter().filter(|grant| grant.action.ends_with('*'));
        self.actions
            .extend(patterns.map(|grant| grant.action.clone()));
        self.actions.sort();
        self.actions.dedup();
    }
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
        if self == Self::Buckets {
            return buckets(resources);
        }
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

/// One pattern for buckets, and one for what is in them. Those that share no beginning stay.
fn buckets(resources: &[String]) -> Vec<String> {
    let mut kinds: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    let mut widened = Vec::new();
    for resource in resources {
        let (bucket, key) = match object(resource) {
            Some((bucket, _)) => (bucket, "/*"),
            None => (resource.as_str(), ""),
        };
        match bucket.split_once(":::") {
            Some((before, name)) => kinds.entry((before, key)).or_default().push(name),
            None => widened.push(resource.clone()),
        }
    }
    for ((before, key), mut names) in kinds {
        names.dedup();
        match beginning(&names).filter(|_| names.len() > 1) {
            Some(start) => widened.push(format!("{before}:::{start}*{key}")),
            None => widened.extend(names.iter().map(|name| format!("{before}:::{name}{key}"))),
        }
    }
    without_covered(widened)
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
