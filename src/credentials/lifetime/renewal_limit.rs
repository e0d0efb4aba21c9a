//! How long sets can be replaced without anybody's help.
//!
//! Most sources give sets for as long as they are asked. An MFA code buys a session that ends, and
//! what is in the environment is replaced by nobody. Whoever serves a container for hours should
//! hear of that at the start, and not when calls fail.

use std::time::SystemTime;

/// From when on nobody but a person can replace a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RenewalLimit {
    /// Until when sets can be replaced.
    pub renewable: Renewable,
    /// What it is due to.
    pub by: LimitedBy,
}

/// Until when sets can be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewable {
    /// The set that there is is the last.
    Never,
    Until(SystemTime),
    /// For a time that nobody tells.
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitedBy {
    /// The session that an MFA code bought ends.
    MfaSession {
        /// Whether a session that another run buys will do.
        is_cached: bool,
    },
    /// A role was assumed with the MFA code itself.
    MfaCodeOfRole {
        /// Whether a flag asked for that.
        on_purpose: bool,
    },
    /// The set of the environment ends.
    Environment,
}

impl RenewalLimit {
    /// Sets can be had until `at`.
    pub(crate) fn at(at: Option<SystemTime>, by: LimitedBy) -> Self {
        let renewable = at.map_or(Renewable::Unknown, Renewable::Until);
        Self { renewable, by }
    }

    /// No other set can be had.
    pub(crate) fn last_set(by: LimitedBy) -> Self {
        let renewable = Renewable::Never;
        Self { renewable, by }
    }

    /// Whether the set that there is at `now` is the last.
    #[must_use]
    pub fn is_reached(&self, now: SystemTime) -> bool {
        match self.renewable {
            Renewable::Never => true,
            Renewable::Until(at) => at <= now,
            Renewable::Unknown => false,
        }
    }
}
