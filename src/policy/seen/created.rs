//! Names that last: what a run has created has another ID in the next run.

use std::collections::{BTreeMap, BTreeSet};

use crate::policy::arn::{header, is_arn};
use crate::policy::shape::varying;
use crate::policy::wildcard::{covers, is_pattern};
use crate::record::line::Line;

/// What runs have created, and which ARNs are known in full.
#[derive(Debug, Default)]
pub(super) struct Created {
    /// The ARN, and the pattern for it.
    patterns: BTreeMap<String, String>,
    known: BTreeSet<String>,
}

impl Created {
    pub(super) fn add(&mut self, line: &Line<'_>) {
        for arn in line.created.iter().filter(|arn| is_arn(arn)) {
            let asked: Vec<&str> = line.resources.iter().map(AsRef::as_ref).collect();
            self.patterns.insert(arn.to_string(), lasting(arn, &asked));
        }
    }

    /// ARNs that calls have named.
    pub(super) fn know<'a>(&mut self, arns: impl Iterator<Item = &'a String>) {
        let whole = arns.filter(|arn| !is_pattern(arn));
        self.known.extend(whole.cloned());
        let created = self.patterns.iter();
        let named = created.filter(|(arn, pattern)| arn == pattern);
        self.known.extend(named.map(|(arn, _)| arn.clone()));
    }

    /// What stands for the resource in a policy.
    pub(super) fn lasting(&self, resource: &str) -> String {
        if let Some(pattern) = self.of_created(resource) {
            return pattern;
        }
        if !is_completable(resource) {
            return resource.to_owned();
        }
        let has_lasting_name = |known: &String| match self.patterns.get(known) {
            Some(pattern) => pattern == known,
            None => true,
        };
        let fits = |known: &String| match Named::of(resource) {
            Some(asked) => {
                // Without a path, it is only another's guess of it.
                let is_whole = known.matches('/').count() > 1 || self.patterns.contains_key(known);
                is_whole && asked.can_be(known)
            }
            None => covers(resource, known),
        };
        let known = self.known.iter();
        let mut fitting = known.filter(|known| has_lasting_name(known) && fits(known));
        match (fitting.next(), fitting.next()) {
            (Some(one), None) => one.clone(),
            _ => resource.to_owned(),
        }
    }

    /// Of what was created, or of what is in it: `log-group:NAME:log-stream:S`.
    fn of_created(&self, resource: &str) -> Option<String> {
        let borders = resource.match_indices([':', '/']).map(|(at, _)| at);
        let ends = borders.chain([resource.len()]);
        let of = |end| Some((self.patterns.get(&resource[..end])?, end));
        let (pattern, end) = ends.filter_map(of).next_back()?;
        Some(format!("{pattern}{}", &resource[end..]))
    }
}

/// The pattern for what was created as `arn`, by a call on `asked`.
fn lasting(arn: &str, asked: &[&str]) -> String {
    // Its name was in the request, so it is in the next.
    if asked.contains(&arn) {
        return arn.to_owned();
    }
    // `security-group/*`, `secret:NAME-??????`: what was to be made.
    let header = header(arn);
    let fits = |one: &&&str| is_pattern(one) && covers(one, arn);
    if let Some(pattern) = asked.iter().find(fits) {
        let name = pattern.splitn(6, ':').nth(5).unwrap_or_default();
        // The path of a role is known now, and a name without a wildcard was in the request.
        let is_named = header.contains(":iam:") || !is_pattern(name);
        return match is_named {
            true => arn.to_owned(),
            false => format!("{header}{name}"),
        };
    }
    without_id(arn)
}

/// `*` in the place of an ID at the end that AWS has made up.
fn without_id(arn: &str) -> String {
    let header = header(arn);
    let name = &arn[header.len()..];
    let last = name.rfind(['/', ':']).map_or(0, |at| at + 1);
    let id = &name[last..];
    let is_made_up = varying(id).iter().any(|part| {
        // All of it, but for a word: `sg-0abc1234`.
        part.end == id.len()
            && id[..part.start]
                .bytes()
                .all(|one| one.is_ascii_lowercase() || one == b'-')
            && id[..part.start].matches('-').count() <= 2
    });
    // Secrets Manager puts a dash and six letters behind a name.
    if header.contains(":secretsmanager:")
        && let Some(named) = id.len().checked_sub(7)
        && id.get(named..).is_some_and(|end| end.starts_with('-'))
    {
        return format!("{header}{}{}-??????", &name[..last], &id[..named]);
    }
    match is_made_up {
        true => format!("{header}{}*", &name[..last]),
        false => arn.to_owned(),
    }
}

/// `role/NAME` for `role/*/NAME`: a request that has only the name is for both.
pub(super) fn without_path(resource: &str) -> Option<String> {
    let (start, name) = resource.split_once("/*/")?;
    let is_one = Named::of(resource).is_some();
    is_one.then(|| format!("{start}/{name}"))
}

/// A role, or something else of IAM's, of which a request has the name without the path: `role/NAME` or
/// `role/*/NAME`. No two of a kind have the same name.
struct Named<'a> {
    header: &'a str,
    kind: &'a str,
    name: &'a str,
}

impl<'a> Named<'a> {
    fn of(resource: &'a str) -> Option<Self> {
        let header = header(resource);
        let (kind, name) = resource[header.len()..].split_once('/')?;
        let name = name.strip_prefix("*/").unwrap_or(name);
        let is_name = !name.is_empty() && !name.contains('/') && !is_pattern(name);
        (header.contains(":iam:") && is_name).then_some(Self { header, kind, name })
    }

    fn can_be(&self, known: &str) -> bool {
        let of_known = header(known);
        let kind_and_path = &known[of_known.len()..];
        covers(self.header, of_known)
            && kind_and_path.split('/').next() == Some(self.kind)
            && kind_and_path.rsplit('/').next() == Some(self.name)
    }
}

/// Forms for what a request does not say: the path of a role, six letters of a secret, an account.
fn is_completable(resource: &str) -> bool {
    let mut parts = resource.splitn(6, ':');
    let (service, account, name) = (parts.nth(2), parts.nth(1), parts.next());
    match (service, account, name) {
        (Some("iam"), _, _) => Named::of(resource).is_some(),
        (Some("secretsmanager"), _, Some(name)) => name.ends_with("-??????"),
        (_, Some("*"), Some(name)) => !is_pattern(name),
        _ => false,
    }
}
