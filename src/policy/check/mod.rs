//! Whether a policy would have allowed what a record has. An evaluator of its own for identity-based
//! policies: what it cannot know is never called allowed.
//!
//! - [`pattern`]: wildcards, held against names that are not known in full.
//! - [`resource`]: ARNs.
//! - [`condition`]: conditions on what a record knows of a call.
//! - [`evaluate`]: the statements, and what they come to.
//! - [`calls`]: what a record asks for.
//! - [`page`]: the answer, for people and for programs.

mod calls;
mod condition;
mod evaluate;
mod page;
mod pattern;
mod resource;
mod verdict;

use std::collections::BTreeMap;

use self::evaluate::Policy;
use self::verdict::Row;
use super::document::Document;
use super::document::read::BadDocument;
use crate::record::line::Line;

pub(crate) use self::verdict::Checked;

/// Each call of the record with its verdict.
///
/// # Errors
/// The policy has a variable, as `${aws:username}`.
pub(crate) fn check(document: &Document, lines: &[Line<'_>]) -> Result<Checked, BadDocument> {
    let policy = Policy::new(document)?;
    let mut asked = BTreeMap::new();
    for one in lines.iter().flat_map(calls::asked) {
        *asked.entry(one).or_insert(0) += 1;
    }
    let mut rows: BTreeMap<_, u64> = BTreeMap::new();
    for (one, count) in asked {
        let outcome = policy.outcome(&one);
        let resource = one.resource.shown().map(ToOwned::to_owned);
        *rows.entry((outcome, one.action, resource)).or_insert(0) += count;
    }
    let row = |((outcome, action, resource), count)| Row {
        outcome,
        action,
        resource,
        count,
    };
    Ok(Checked {
        rows: rows.into_iter().map(row).collect(),
    })
}

#[cfg(test)]
mod tests;
