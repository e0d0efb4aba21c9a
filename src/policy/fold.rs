//! Resources that become one pattern, so that the next run, with other names, has the same rights.
//!
//! The rules of `--resource-level prefix`, for the resources of one action:
//!
//! 1. What differs from run to run becomes `*`: an account ID, a UUID, a timestamp, a number of eight
//!    and more digits, or as many letters and digits that are mixed. Two runs must have been recorded,
//!    and the rest must be the same. What is in all of them stays as it is, and so does a name of which
//!    nothing else is left, and what is about roles, identities, keys of KMS and EC2's IDs.
//! 2. The keys of a bucket become the longest beginning that they share, and `*`. It ends behind
//!    one of `/ - . _ = :`, and never within a timestamp or the like. Keys that share none are first
//!    parted by their folder; with more than [`FOLDERS`] folders, or [`KEYS`] keys outside of any, it
//!    is the whole bucket. A single key stays as it is.
//! 3. The streams of a log group become one pattern: their names are new each time.
//! 4. What another pattern covers is left out.
//!
//! `exact` does the last alone. With `any`, nothing is folded: each action has `*`.

use std::collections::{BTreeMap, BTreeSet};

use super::pattern::{Pattern, first_wildcard, is_pattern};
use super::seen::On;
use super::shape::{shape, varying};
use crate::cli::policy::ResourceLevel;
use crate::iam::arn::{Arn, header};

/// As many folders of a bucket have a pattern of their own.
const FOLDERS: usize = 5;
/// As many keys that are in no folder are named.
const KEYS: usize = 3;
/// Where a beginning may end.
const BOUNDARIES: [char; 6] = ['/', '-', '.', '_', '=', ':'];

/// Letters that are compared, at most, to find what patterns cover.
const COMPARED: usize = 4 * 1024 * 1024;
/// A pattern for several of these is more than a run needs, or says nothing: EC2's names are IDs.
const NEVER_FOLDED: [&str; 4] = ["iam", "sts", "kms", "ec2"];
/// So many letters of a name have to stay.
const LETTERS: usize = 3;

/// The patterns that stand for what differs from run to run.
pub(super) fn folded(resources: &BTreeMap<String, On>, level: ResourceLevel) -> Vec<String> {
    if level != ResourceLevel::Prefix {
        return Vec::new();
    }
    let all = across_runs(resources).into_iter();
    all.filter(|one| !resources.contains_key(one)).collect()
}

/// The resources of a statement, in order.
pub(super) fn fold(resources: &BTreeMap<String, On>, level: ResourceLevel) -> Vec<String> {
    let folded = match level {
        ResourceLevel::Any => return vec!["*".to_owned()],
        ResourceLevel::Exact => resources.keys().cloned().collect(),
        ResourceLevel::Prefix => beginnings(&streams(&across_runs(resources))),
    };
    without_covered(folded)
}

/// The resources of an action of which the record names not all: a call can delete a thousand keys, and
/// a line has room for a hundred. The others are most likely in the same bucket, and of the same type.
pub(super) fn wide<'a>(
    resources: impl Iterator<Item = &'a String>,
    level: ResourceLevel,
) -> Vec<String> {
    if level == ResourceLevel::Any {
        return vec!["*".to_owned()];
    }
    without_covered(resources.map(|resource| of_type(resource)).collect())
}

/// All resources of the same type: all objects of a bucket, `table/*`.
pub(super) fn of_type(resource: &str) -> String {
    if let Some((bucket, _)) = object(resource) {
        return format!("{bucket}/*");
    }
    let name = resource.match_indices(':').nth(4).map(|(at, _)| at + 1);
    let Some((header, name)) = name.and_then(|at| resource.split_at_checked(at)) else {
        return resource.to_owned();
    };
    let end = name.find(['/', ':']).map_or(0, |at| at + 1);
    match (end, header.contains(":s3:")) {
        // A bucket has no type in its name, and a queue has none.
        (0, true) => resource.to_owned(),
        _ => format!("{header}{}*", &name[..end]),
    }
}

/// Rule 1.
fn across_runs(resources: &BTreeMap<String, On>) -> BTreeSet<String> {
    let mut kinds: BTreeMap<String, Vec<(&String, &On)>> = BTreeMap::new();
    for (resource, on) in resources {
        let kind = shape(resource, &varying(resource));
        kinds.entry(kind).or_default().push((resource, on));
    }
    let mut folded = BTreeSet::new();
    for of_kind in kinds.into_values() {
        let runs: BTreeSet<_> = of_kind.iter().flat_map(|(_, on)| &on.runs).collect();
        let (always, sometimes): (Vec<_>, Vec<_>) = of_kind
            .into_iter()
            .partition(|(_, on)| runs.len() < 2 || on.runs.len() == runs.len());
        folded.extend(always.into_iter().map(|(name, _)| name.clone()));
        let names: Vec<&str> = sometimes.iter().map(|(name, _)| name.as_str()).collect();
        match where_they_differ(&names).filter(|pattern| has_name(pattern)) {
            Some(pattern) => _ = folded.insert(pattern),
            None => folded.extend(names.into_iter().map(ToOwned::to_owned)),
        }
    }
    folded
}

/// One pattern for names of the same shape: `*` in the place of each part that is not always the
/// same.
fn where_they_differ(names: &[&str]) -> Option<String> {
    let (first, others) = names.split_first()?;
    let parts = varying(first);
    let others: Vec<_> = others.iter().map(|name| (*name, varying(name))).collect();
    let mut pattern = String::new();
    let mut at = 0;
    for (index, part) in parts.iter().enumerate() {
        let ours = first.get(part.start..part.end)?;
        let is_same = others.iter().all(|(name, theirs)| {
            let theirs = theirs.get(index);
            theirs.and_then(|part| name.get(part.start..part.end)) == Some(ours)
        });
        pattern.push_str(first.get(at..part.start)?);
        pattern.push_str(match is_same {
            true => ours,
            false => "*",
        });
        at = part.end;
    }
    pattern.push_str(first.get(at..)?);
    Some(pattern)
}

/// Whether a name is left that says which resources these are.
fn has_name(pattern: &str) -> bool {
    let service = pattern.split(':').nth(2).unwrap_or_default();
    let header = header(pattern);
    let name = match object(pattern) {
        Some((bucket, key)) => {
            let bucket = &bucket[header.len().min(bucket.len())..];
            return says_something(bucket) && says_something(key);
        }
        None => &pattern[header.len()..],
    };
    let kind = of_type(pattern).len().saturating_sub(1);
    let name = match service {
        "s3" => Some(name),
        _ => pattern.get(kind..),
    };
    !NEVER_FOLDED.contains(&service) && name.is_some_and(says_something)
}

fn says_something(name: &str) -> bool {
    let letters = name.chars().filter(|letter| letter.is_alphanumeric());
    !is_pattern(name) || letters.count() >= LETTERS
}

/// Rule 3.
fn streams(resources: &BTreeSet<String>) -> BTreeSet<String> {
    const STREAM: &str = ":log-stream:";
    let of_group = |resource: &String| match resource.split_once(STREAM) {
        Some((group, _)) if group.contains(":logs:") => format!("{group}{STREAM}*"),
        _ => resource.clone(),
    };
    resources.iter().map(of_group).collect()
}

/// Rule 2.
fn beginnings(resources: &BTreeSet<String>) -> Vec<String> {
    let mut buckets: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut folded = Vec::new();
    for resource in resources {
        match object(resource) {
            Some((bucket, key)) => buckets.entry(bucket).or_default().push(key),
            None => folded.push(resource.clone()),
        }
    }
    for (bucket, keys) in buckets {
        let patterns = of_keys(&keys).into_iter();
        folded.extend(patterns.map(|key| format!("{bucket}/{key}")));
    }
    folded
}

/// An object's ARN: up to its bucket, and its key.
pub(super) fn object(resource: &str) -> Option<(&str, &str)> {
    let arn = Arn::parse(resource)?;
    let (_, key) = arn.resource.split_once('/')?;
    let bucket = resource.get(..resource.len() - key.len() - 1)?;
    // An access point and others, which have an account, have no keys of their own.
    let is_of_bucket = (arn.service, arn.region, arn.account) == ("s3", "", "");
    is_of_bucket.then_some((bucket, key))
}

fn of_keys(keys: &[&str]) -> Vec<String> {
    if let Some(one) = shared(keys) {
        return vec![one];
    }
    let mut folders: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut outside = Vec::new();
    for key in keys {
        match key.split_once('/') {
            Some((folder, _)) if !is_pattern(folder) => {
                folders.entry(folder).or_default().push(key)
            }
            _ => outside.push((*key).to_owned()),
        }
    }
    if folders.len() > FOLDERS || outside.len() > KEYS {
        return vec!["*".to_owned()];
    }
    outside.extend(folders.values().filter_map(|keys| shared(keys)));
    outside
}

/// The only key, or the beginning that keys share, and `*`.
fn shared(keys: &[&str]) -> Option<String> {
    match keys {
        [] => None,
        [key] => Some((*key).to_owned()),
        keys => beginning(keys).map(|text| format!("{text}*")),
    }
}

/// The longest beginning that all names share, up to a boundary. None if that is nothing.
pub(super) fn beginning<'a>(names: &[&'a str]) -> Option<&'a str> {
    let (first, others) = names.split_first()?;
    let mut end = first.len();
    for other in others {
        let same = first.bytes().zip(other.bytes());
        end = end.min(same.take_while(|(one, another)| one == another).count());
    }
    end = first.floor_char_boundary(end);
    if let Some(wildcard) = first_wildcard(first) {
        end = end.min(wildcard);
    }
    end = last_boundary(first, end);
    if let Some(part) = varying(first)
        .iter()
        .find(|part| part.start < end && end < part.end)
    {
        end = last_boundary(first, part.start);
    }
    let text = &first[..end];
    (!text.is_empty()).then_some(text)
}

fn last_boundary(name: &str, end: usize) -> usize {
    let at = name.get(..end).and_then(|text| text.rfind(BOUNDARIES));
    // Each of them is one byte long.
    at.map_or(0, |at| at + 1)
}

/// Rule 4. With very many patterns, some of what they cover stays: it says nothing wrong.
pub(super) fn without_covered(mut resources: Vec<String>) -> Vec<String> {
    resources.sort();
    resources.dedup();
    let mut room = COMPARED;
    let mut covered = vec![false; resources.len()];
    for (at, text) in resources.iter().enumerate() {
        let Some((start, end)) = ends(text).filter(|_| !covered[at]) else {
            continue;
        };
        let pattern = Pattern::of_record(text);
        let from = resources.partition_point(|one| one.as_str() < start);
        let begins = resources[from..].iter().zip(from..);
        for (one, index) in begins.take_while(|(one, _)| one.starts_with(start)) {
            if room == 0 {
                break;
            }
            room = room.saturating_sub(1);
            if index == at || covered[index] || !one.ends_with(end) {
                continue;
            }
            room = room.saturating_sub(text.len() + one.len());
            let read = Pattern::of_record(one);
            // Of two that say the same, `a*` and `a**`, the first stays.
            covered[index] = pattern.fits_all(&read) && (at < index || !read.fits_all(&pattern));
        }
    }
    let mut covered = covered.into_iter();
    resources.retain(|_| !covered.next().unwrap_or_default());
    resources
}

/// What a pattern has before its first wildcard, and behind its last. None where it has none.
pub(super) fn ends(pattern: &str) -> Option<(&str, &str)> {
    let start = first_wildcard(pattern)?;
    let end = pattern.rfind(['*', '?', '}']).map_or(0, |at| at + 1);
    Some((&pattern[..start], &pattern[end..]))
}

#[cfg(test)]
mod tests;
