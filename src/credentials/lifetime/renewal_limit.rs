//! How long sets can be renewed without a person.
//!
//! Most sources return sets as often as they are asked. But a session obtained with an MFA code
//! expires, and nothing replaces a set in the environment. A user who serves a container for hours
//! should learn this at the start, and not when calls fail.

use std::time::SystemTime;

/// From when on only a person can replace a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RenewalLimit {
    /// Until when sets can be renewed.
    pub renewable: Renewable,
    /// The cause of the limit.
    pub by: LimitedBy,
}

/// Until when sets can be renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewable {
    /// The current set is the last one.
    Never,
    Until(SystemTime),
    /// Until an unknown time.
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitedBy {
    /// The session obtained with an MFA code expires.
    MfaSession {
        /// Whether a session that another run obtains can be used.
        is_cached: bool,
    },
    /// A role was assumed with the MFA code itself.
    MfaCodeOfRole {
        /// Whether a flag asked for that.
        on_purpose: bool,
    },
    /// The set in the environment expires.
    Environment,
}

impl RenewalLimit {
    /// Sets can be renewed until `at`.
    pub(crate) fn at(at: Option<SystemTime>, by: LimitedBy) -> Self {
        let renewable = at.map_or(Renewable::Unknown, Renewable::Until);
        Self { renewable, by }
    }

    /// There will be no other set.
    pub(crate) fn last_set(by: LimitedBy) -> Self {
        let renewable = Renewable::Never;
        Self { renewable, by }
    }

    /// Whether the set at `now` is the last one.
    #[must_use]
    pub fn is_reached(&self, now: SystemTime) -> bool {
        match self.renewable {
            Renewable::Never => true,
            Renewable::Until(at) => at <= now,
            Renewable::Unknown => false,
        }
    }
}
