//! Whether a policy would have allowed what a record has. An evaluator of its own for identity-based
//! policies: what it cannot know is never called allowed.
//!
//! - `resource`: ARNs.
//! - `condition`: conditions on what a record knows of a call.
//! - `evaluate`: the statements, and what they come to.
//! - `calls`: what a record asks for.
//! - `page`: the answer, for people and for programs.

mod calls;
mod condition;
mod evaluate;
mod page;
mod resource;
mod verdict;

use std::collections::BTreeMap;

use self::calls::Asked;
use self::evaluate::{OfAction, Policy};
use self::verdict::Row;
use super::document::Document;
use super::document::bad::BadDocument;
use super::remark::Remark;
use crate::iam;
use crate::record::line::Line;

pub(crate) use self::verdict::Checked;

/// A policy, and what records ask it for.
#[derive(Debug)]
pub(crate) struct Check {
    policy: Policy,
    /// Each once, with how often it is needed.
    asked: BTreeMap<Asked, u64>,
    calls: u64,
}

/// Actions of the policy that no call can need: most are slips.
pub(crate) fn unknown_actions(document: &Document) -> Vec<Remark> {
    let statements = document.statements.iter().enumerate();
    let remarks = statements.flat_map(|(index, statement)| {
        let actions = statement.actions.values().iter();
        actions.filter_map(move |action| {
            let bad = action.parse::<iam::pattern::Pattern>().err()?;
            Some(Remark::UnknownAction {
                statement: statement.label(index + 1),
                action: action.clone(),
                hint: bad.hint(),
            })
        })
    });
    remarks.collect()
}

impl Check {
    /// # Errors
    /// The policy has a variable, as `${aws:username}`.
    pub(crate) fn new(document: &Document) -> Result<Self, BadDocument> {
        Ok(Self {
            policy: Policy::new(document)?,
            asked: BTreeMap::new(),
            calls: 0,
        })
    }

    pub(crate) fn add(&mut self, line: &Line<'_>) {
        self.calls += 1;
        for one in calls::asked(line) {
            *self.asked.entry(one).or_default() += 1;
        }
    }

    /// The verdict of each.
    pub(crate) fn verdicts(self) -> Checked {
        let mut rows: BTreeMap<_, u64> = BTreeMap::new();
        let mut last: Option<(String, OfAction<'_>)> = None;
        for (one, count) in self.asked {
            // They come in the order of their actions.
            last.take_if(|(action, _)| *action != one.action);
            let of_action = || (one.action.clone(), self.policy.of_action(&one.action));
            let (_, of_action) = last.get_or_insert_with(of_action);
            let outcome = of_action.outcome(&one);
            let resource = one.resource.shown().map(ToOwned::to_owned);
            *rows.entry((outcome, one.action, resource)).or_default() += count;
        }
        let row = |((outcome, action, resource), count)| Row {
            outcome,
            action,
            resource,
            count,
        };
        Checked {
            rows: rows.into_iter().map(row).collect(),
            calls: self.calls,
        }
    }
}

#[cfg(test)]
mod tests;
