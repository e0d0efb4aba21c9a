//! The Engine API's version.

use std::fmt;
use std::str::FromStr;

/// A version of the Engine API, `1.41`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApiVersion {
    /// Before the dot.
    pub major: u16,
    /// After the dot.
    pub minor: u16,
}

impl ApiVersion {
    /// The newest that credrun speaks; docker 28's.
    pub const NEWEST: Self = Self {
        major: 1,
        minor: 50,
    };
    /// What an Engine without an `Api-Version` header speaks, by docker's rule.
    const UNSAID: Self = Self {
        major: 1,
        minor: 24,
    };

    /// The version to use: the pinned one as it is, else the lower of both sides'.
    #[must_use]
    pub fn settle(pinned: Option<&str>, engine: Option<&str>) -> Self {
        if let Some(pinned) = pinned.and_then(|version| version.parse().ok()) {
            return pinned;
        }
        engine
            .and_then(|version| version.parse().ok())
            .unwrap_or(Self::UNSAID)
            .min(Self::NEWEST)
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// The text is no version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an API version, such as 1.41")]
pub struct InvalidVersion;

impl FromStr for ApiVersion {
    type Err = InvalidVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (major, minor) = text
            .trim_start_matches('v')
            .split_once('.')
            .ok_or(InvalidVersion)?;
        let number = |part: &str| part.parse().map_err(|_| InvalidVersion);
        Ok(Self {
            major: number(major)?,
            minor: number(minor)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lower_version_of_both_sides_is_spoken() {
        assert_eq!(ApiVersion::settle(None, Some("1.41")).to_string(), "1.41");
        assert_eq!(ApiVersion::settle(None, Some("1.99")), ApiVersion::NEWEST);
        assert_eq!(ApiVersion::settle(None, None), ApiVersion::UNSAID);
    }

    #[test]
    fn a_pinned_version_is_sent_as_it_is() {
        assert_eq!(
            ApiVersion::settle(Some("9.99"), Some("1.41")).to_string(),
            "9.99"
        );
    }

    #[test]
    fn versions_compare_as_numbers() {
        assert!("1.9".parse::<ApiVersion>().unwrap() < "1.41".parse().unwrap());
    }
}
