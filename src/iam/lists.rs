//! What `--allow` and `--deny` say to a call.

use super::action::Action;
use super::needs::Needs;
use super::operation::Meaning;
use super::pattern::Pattern;
use super::request::Request;

/// The patterns of a run. Without any, every call passes.
#[derive(Debug, Clone, Default)]
pub struct Lists {
    pub allow: Vec<Pattern>,
    pub deny: Vec<Pattern>,
}

/// What they say, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// It may pass.
    Allowed,
    /// A pattern of `--deny` fits this action.
    Denied(Action, &'a Pattern),
    /// No pattern of `--allow` fits this action.
    NotAllowed(Action),
    /// Which actions the call needs is not known, and there are lists.
    Unknown,
}

impl Lists {
    #[must_use]
    pub fn are_empty(&self) -> bool {
        self.allow.is_empty() && self.deny.is_empty()
    }

    /// Decides on a call. Each action of each operation that it can be must be allowed.
    #[must_use]
    pub fn decide(&self, meaning: &Meaning, request: &Request<'_>) -> Verdict<'_> {
        if self.are_empty() {
            return Verdict::Allowed;
        }
        let Meaning::Known(first, others) = meaning else {
            return Verdict::Unknown;
        };
        let operations = std::iter::once(first).chain(others);
        let needs: Vec<_> = operations.map(|one| Needs::of(one, request)).collect();
        self.decide_on(&needs)
    }

    fn decide_on(&self, needs: &[Needs]) -> Verdict<'_> {
        if needs.iter().any(|needs| needs.certain.is_empty()) {
            return Verdict::Unknown;
        }
        let all = || needs.iter().flat_map(|needs| &needs.certain);
        for action in all() {
            if let Some(pattern) = self.deny.iter().find(|one| one.matches(*action)) {
                return Verdict::Denied(*action, pattern);
            }
        }
        if self.allow.is_empty() {
            return Verdict::Allowed;
        }
        // What needs no permission needs no pattern.
        let asked = needs.iter().filter(|needs| !needs.none);
        let mut asked = asked.flat_map(|needs| &needs.certain);
        let missing = asked.find(|action| !self.allow.iter().any(|one| one.matches(**action)));
        missing.map_or(Verdict::Allowed, |action| Verdict::NotAllowed(*action))
    }
}
