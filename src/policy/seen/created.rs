//! Names that last: what a run has created has another ID in the next run.

use std::collections::BTreeMap;

use crate::iam::arn::{Arn, header, is_arn};
use crate::policy::completion::Completion;
use crate::policy::pattern::{covers, is_pattern};
use crate::policy::shape::made_up;
use crate::record::line::Line;

/// What runs have created, and which ARNs are known in full.
#[derive(Debug, Default)]
pub(super) struct Created {
    /// The ARN, and the pattern for it.
    patterns: BTreeMap<String, String>,
    known: Completion,
}

impl Created {
    pub(super) fn add(&mut self, line: &Line<'_>) {
        for arn in line.created.iter().filter(|arn| is_arn(arn)) {
            let asked: Vec<&str> = line.resources.iter().map(AsRef::as_ref).collect();
            self.patterns.insert(arn.to_string(), lasting(arn, &asked));
        }
    }

    /// ARNs that calls have named. What has another name in the next run completes none.
    pub(super) fn know<'a>(&mut self, arns: impl Iterator<Item = &'a String>) {
        let Self { patterns, known } = self;
        for arn in arns {
            if !is_pattern(arn) && !patterns.contains_key(arn) && !may_have_path(arn) {
                known.know(arn);
            }
        }
        for (arn, pattern) in patterns {
            if arn == pattern {
                known.know(arn);
            }
        }
    }

    /// What stands for the resource in a policy.
    pub(super) fn lasting(&self, resource: &str) -> String {
        let whole = || self.known.whole(resource).map(ToOwned::to_owned);
        let lasting = self.of_created(resource).or_else(whole);
        lasting.unwrap_or_else(|| resource.to_owned())
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

/// What a request names in IAM without a path can have one.
fn may_have_path(arn: &str) -> bool {
    header(arn).contains(":iam:") && arn.matches('/').count() == 1
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
        let name = Arn::parse(pattern).map_or("", |pattern| pattern.resource);
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
    let is_made_up = made_up(id).iter().any(|part| {
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
    let is_of_iam = header(resource).contains(":iam:");
    (is_of_iam && !name.contains('/') && !is_pattern(name)).then(|| format!("{start}/{name}"))
}
