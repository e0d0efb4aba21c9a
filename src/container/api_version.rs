//! Versions of the Engine API, and the features that need one.

use std::fmt;
use std::str::FromStr;

use super::FlagError;

/// A version of the Engine API, such as 1.41.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApiVersion {
    /// The number before the dot.
    pub major: u32,
    /// The number after the dot.
    pub minor: u32,
}

impl ApiVersion {
    /// 1.`minor`; there has never been another major version.
    #[must_use]
    pub const fn v1(minor: u32) -> Self {
        Self { major: 1, minor }
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl FromStr for ApiVersion {
    type Err = FlagError;

    fn from_str(text: &str) -> Result<Self, FlagError> {
        let invalid = || FlagError::new(format!("invalid Engine API version: {text:?}"));
        let (major, minor) = text.split_once('.').ok_or_else(invalid)?;
        Ok(Self {
            major: major.parse().map_err(|_| invalid())?,
            minor: minor.parse().map_err(|_| invalid())?,
        })
    }
}

/// Something in a create request that not every Engine understands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Gate {
    /// A flag, or docker's name for what it does.
    Since(&'static str, ApiVersion),
    /// `--mount …,bind-recursive=readonly`.
    RecursiveReadOnly,
}

impl Gate {
    /// # Errors
    /// An Engine of this version would refuse, or silently do something else.
    pub(super) fn check(&self, api: ApiVersion) -> Result<(), FlagError> {
        match self {
            Self::Since(what, needed) if api < *needed => Err(FlagError::new(format!(
                "{what:?} requires API version {needed}, but the Docker daemon API version is {api}"
            ))),
            Self::RecursiveReadOnly if api < ApiVersion::v1(44) => Err(FlagError::new(
                "bind-recursive=readonly requires API v1.44 or later",
            )),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        let version = |text: &str| text.parse::<ApiVersion>().expect("valid");
        assert!(version("1.9") < version("1.41"));
        assert_eq!(version("1.50"), ApiVersion::v1(50));
        assert!("1".parse::<ApiVersion>().is_err());
    }

    #[test]
    fn a_mount_that_is_read_only_with_all_below_needs_an_engine_that_knows_it() {
        let check = |minor| Gate::RecursiveReadOnly.check(ApiVersion::v1(minor));
        assert_eq!(
            check(43).expect_err("too old").to_string(),
            "bind-recursive=readonly requires API v1.44 or later"
        );
        assert_eq!(check(44), Ok(()));
        assert_eq!(check(45), Ok(()));
    }

    #[test]
    fn a_gate_names_both_versions() {
        let gate = Gate::Since("--annotation", ApiVersion::v1(43));
        assert_eq!(gate.check(ApiVersion::v1(43)), Ok(()));
        assert_eq!(
            gate.check(ApiVersion::v1(41))
                .expect_err("too old")
                .to_string(),
            "\"--annotation\" requires API version 1.43, but the Docker daemon API version is 1.41"
        );
    }
}
