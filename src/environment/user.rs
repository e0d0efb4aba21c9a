//! The variables that the user sets in the container, with `-e` and env files.

use std::collections::BTreeMap;
use std::fmt;

use super::variables::REGIONS;
use crate::container::grammar::env::{EnvEntry, EnvOrigin};

/// The variables that the user sets, by name. The last entry for a name wins. A proxy from
/// config.json does not count as set by the user, and a name without a value sets nothing.
#[derive(Clone, Default)]
pub struct UserEnv<'a>(BTreeMap<&'a str, &'a str>);

/// Values may be secret.
impl fmt::Debug for UserEnv<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl<'a> UserEnv<'a> {
    /// The user's own entries among a container's entries.
    #[must_use]
    pub fn of(entries: &'a [EnvEntry]) -> Self {
        let mut last = BTreeMap::new();
        for entry in entries {
            if entry.origin != EnvOrigin::Proxy {
                last.insert(entry.name.as_str(), entry.value.as_deref());
            }
        }
        let set = last.into_iter();
        Self(
            set.filter_map(|(name, value)| Some((name, value?)))
                .collect(),
        )
    }

    /// The value of `name`; it may be empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.0.get(name).copied()
    }

    /// Whether `name` is set.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Whether a region is set.
    #[must_use]
    pub fn has_region(&self) -> bool {
        REGIONS.iter().any(|name| self.has(name))
    }

    /// The region that is set and not empty.
    #[must_use]
    pub fn region(&self) -> Option<&'a str> {
        let mut set = REGIONS.iter().filter_map(|name| self.get(name));
        set.find(|region| !region.is_empty())
    }

    /// All names, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        self.0.keys().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region_of(entries: &[&str]) -> (bool, Option<String>) {
        let parse = |entry: &&str| EnvEntry::parse(entry, EnvOrigin::Flag);
        let entries: Vec<_> = entries.iter().map(parse).collect();
        let user = UserEnv::of(&entries);
        (user.has_region(), user.region().map(str::to_owned))
    }

    #[test]
    fn a_region_may_be_set_by_either_variable_and_to_nothing() {
        assert_eq!(region_of(&["A=b"]), (false, None));
        assert_eq!(region_of(&["AWS_REGION="]), (true, None));
        for entries in [
            &["AWS_REGION=eu-west-1"][..],
            &["AWS_DEFAULT_REGION=eu-west-1"],
            &["AWS_REGION=", "AWS_DEFAULT_REGION=eu-west-1"],
        ] {
            let expected = (true, Some("eu-west-1".to_owned()));
            assert_eq!(region_of(entries), expected, "{entries:?}");
        }
    }
}
