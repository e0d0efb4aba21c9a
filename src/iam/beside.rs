//! Actions that some requests need beside those of their operation: for tags, for what a session is to
//! have, and for roles that they pass. Not every account asks for them, so that `--allow` does not
//! either; what `--deny` names must not pass.

use super::action::Action;
use super::lists::Lists;
use super::lookup::lookup;
use super::needs::Needs;
use super::operation::{Meaning, Operation};
use super::pattern::Pattern;
use super::place::Place;
use super::request::Request;
use super::resources::roles::can_be_passed;
use super::resources::{Named, sessions, tagging_action};

const PASS_ROLE: Action = Action {
    service: "iam",
    name: "PassRole",
};

impl Lists {
    /// What the call needs beside its operation's actions, and a pattern of `--deny` fits. A body that
    /// cannot be read can ask for it.
    pub(crate) fn denied_beside(
        &self,
        meaning: &Meaning,
        request: &Request<'_>,
        place: &Place<'_>,
    ) -> Option<(Action, &Pattern)> {
        let mut asking = operations(meaning).filter(|one| self.deniable(one).next().is_some());
        asking.find_map(|operation| {
            if request.body.is_none() && operation.is_named_in_body() {
                return self.deniable(operation).next();
            }
            let needs = Needs::of(operation, request);
            let named = Named::of(operation, request, &needs, place);
            if named.is_cut {
                return self.deniable(operation).next();
            }
            let tagging = named.tagging.map(|(action, _)| action);
            let passes = named.has_roles.then_some(PASS_ROLE);
            let mut beside = tagging.into_iter().chain(passes).chain(named.session);
            beside.find_map(|action| self.denied(action))
        })
    }

    /// Whether only the body says if `--deny` fits.
    pub(crate) fn ask_for_body(&self, request: &Request<'_>) -> bool {
        if self.deny.is_empty() {
            return false;
        }
        let meaning = lookup(request).unwrap_or(Meaning::Unknown(None));
        let mut named = operations(&meaning).filter(|one| one.is_named_in_body());
        named.any(|one| self.deniable(one).next().is_some())
    }

    /// What a request of the operation can need beside its actions, and a pattern of `--deny` fits.
    fn deniable(&self, operation: &Operation) -> impl Iterator<Item = (Action, &Pattern)> {
        let needs = Needs::by_table(operation);
        let passes = can_be_passed(operation.module, operation.name(), &needs);
        let beside = [tagging_action(operation), passes.then_some(PASS_ROLE)];
        let beside = beside.into_iter().flatten();
        let beside = beside.chain(sessions::possible(operation));
        beside.filter_map(|action| self.denied(action))
    }

    fn denied(&self, action: Action) -> Option<(Action, &Pattern)> {
        let pattern = self.deny.iter().find(|one| one.matches(action))?;
        Some((action, pattern))
    }
}

fn operations(meaning: &Meaning) -> impl Iterator<Item = &Operation> {
    let (first, others) = match meaning {
        Meaning::Known(first, others) => (Some(first), others.as_slice()),
        Meaning::Unknown(_) => (None, &[][..]),
    };
    first.into_iter().chain(others)
}

#[cfg(test)]
mod tests;
