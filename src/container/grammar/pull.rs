//! `--pull`: when to fetch an image from its registry.

use crate::container::FlagError;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PullPolicy {
    Always,
    /// If the Engine does not have the image.
    #[default]
    Missing,
    /// Never: an image that the Engine does not have is an error.
    Never,
}

impl PullPolicy {
    /// Reads a policy. The empty one is `never`: docker follows neither of the other two with it.
    pub(crate) fn parse(name: Option<&str>) -> Result<Self, FlagError> {
        match name {
            None | Some("missing") => Ok(Self::Missing),
            Some("always") => Ok(Self::Always),
            Some("never" | "") => Ok(Self::Never),
            Some(other) => Err(FlagError::new(format!(
                "invalid pull option: '{other}': must be one of \"always\", \"missing\" or \"never\""
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_is_the_default() {
        assert_eq!(PullPolicy::parse(None), Ok(PullPolicy::Missing));
        assert_eq!(PullPolicy::parse(Some("")), Ok(PullPolicy::Never));
        assert!(PullPolicy::parse(Some("x")).is_err());
    }
}
