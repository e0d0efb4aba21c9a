//! A container in the list, and what is known about its credentials.

use std::time::SystemTime;

use crate::commands::run_containers::RunContainers;
use crate::engine::Listed;
use crate::relay::owner::Owner;
use crate::run::valid_until;
use crate::vars::Environment;

/// A container in the list, and what is known about its credentials.
pub(super) struct Shown<'a> {
    pub(super) target: &'a Listed,
    pub(super) relay: Option<&'a Listed>,
    pub(super) delivery: &'static str,
    pub(super) is_renewed: bool,
    /// `None` if it is not known here, or if the set is no longer renewed: a killed credrun leaves
    /// its note behind.
    pub(super) valid_until: Option<SystemTime>,
    /// The process that renews, where it is known.
    pub(super) owner: Option<Owner>,
}

impl<'a> Shown<'a> {
    /// `None` of a relay that has no target yet: it is not a container that the user asked for.
    pub(super) fn of(served: &'a RunContainers, environment: &Environment) -> Option<Self> {
        let target = served.target.as_ref()?;
        let note = || valid_until::read(environment, &target.id);
        Some(Self::with(target, served, note))
    }

    pub(super) fn with(
        target: &'a Listed,
        served: &'a RunContainers,
        valid_until: impl FnOnce() -> Option<SystemTime>,
    ) -> Self {
        let relay = served.relay();
        let is_renewed = !served.is_abandoned();
        let renewing = relay.filter(|_| is_renewed);
        Self {
            target,
            relay,
            delivery: served.delivery(),
            is_renewed,
            valid_until: renewing.and_then(|_| valid_until()),
            owner: renewing.and_then(|relay| Owner::of(&relay.labels)),
        }
    }
}
