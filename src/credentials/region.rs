//! The region, and where it is configured.
//!
//! The order is the AWS CLI v2's: the flag, `AWS_REGION`, `AWS_DEFAULT_REGION`, the profile's
//! `region`. If none is set and the machine may be an EC2 instance, credrun asks the instance
//! metadata service when it fetches credentials. On other machines that would take seconds.

mod known;

pub(crate) mod origin;

use std::sync::Arc;

use tokio::sync::OnceCell;

use super::error::CredentialsError;
use crate::vars::{self, Environment};

pub(crate) use known::REGIONS;
use origin::RegionFrom;

/// A region, and where it is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    pub name: String,
    pub from: RegionFrom,
}

/// The region for a source, known from the start or found when it is first needed.
#[derive(Debug, Clone)]
pub(crate) struct RegionOfSource(Arc<OnceCell<Option<Region>>>);

impl RegionOfSource {
    /// The configured region, or one that is still to be found.
    pub(crate) fn new(named: Option<Region>) -> Self {
        let cell = match named {
            Some(region) => OnceCell::new_with(Some(Some(region))),
            None => OnceCell::new(),
        };
        Self(Arc::new(cell))
    }

    /// The region, if it is known.
    pub(crate) fn get(&self) -> Option<&Region> {
        self.0.get()?.as_ref()
    }

    /// The region's name, if it is known.
    pub(crate) fn name(&self) -> Option<&str> {
        self.get().map(|region| region.name.as_str())
    }

    /// Calls `find` once, if no region is configured.
    pub(crate) async fn settle(&self, find: impl Future<Output = Option<Region>>) {
        self.0.get_or_init(|| find).await;
    }
}

impl Region {
    /// The region that the flag or the environment names.
    pub(crate) fn named(
        flag: Option<&str>,
        environment: &Environment,
    ) -> Result<Option<Self>, CredentialsError> {
        if let Some(name) = flag {
            return Self::checked(name, RegionFrom::Flag).map(Some);
        }
        for variable in [vars::AWS_REGION, vars::AWS_DEFAULT_REGION] {
            if let Some(name) = environment.non_empty(variable) {
                return Self::checked(&name, RegionFrom::Variable(variable)).map(Some);
            }
        }
        Ok(None)
    }

    /// The region that `profile` names.
    pub(crate) fn of_profile(profile: &str, name: &str) -> Result<Self, CredentialsError> {
        Self::checked(name, RegionFrom::Profile(profile.to_owned()))
    }

    /// The region of this EC2 instance.
    pub(crate) fn of_instance(name: &str) -> Result<Self, CredentialsError> {
        Self::checked(name, RegionFrom::InstanceMetadata)
    }

    /// A region's name becomes part of a host name.
    fn checked(name: &str, from: RegionFrom) -> Result<Self, CredentialsError> {
        let is_label = (1..=63).contains(&name.len())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !name.starts_with('-')
            && !name.ends_with('-');
        if is_label {
            return Ok(Self {
                name: name.to_owned(),
                from,
            });
        }
        Err(CredentialsError::Region {
            name: name.to_owned(),
            from,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_outranks_the_variables_and_aws_region_the_default() {
        let both = Environment::fixed([
            (vars::AWS_REGION, "eu-west-1"),
            (vars::AWS_DEFAULT_REGION, "ap-northeast-1"),
        ]);
        let name = |flag, environment: &Environment| {
            Region::named(flag, environment)
                .expect("valid")
                .map(|region| (region.name, region.from.to_string()))
        };
        assert_eq!(
            name(Some("us-east-2"), &both),
            Some(("us-east-2".to_owned(), "--region".to_owned()))
        );
        assert_eq!(
            name(None, &both),
            Some(("eu-west-1".to_owned(), "AWS_REGION".to_owned()))
        );
        let default = Environment::fixed([
            (vars::AWS_REGION, ""),
            (vars::AWS_DEFAULT_REGION, "ap-northeast-1"),
        ]);
        assert_eq!(
            name(None, &default),
            Some(("ap-northeast-1".to_owned(), "AWS_DEFAULT_REGION".to_owned()))
        );
        assert_eq!(name(None, &Environment::fixed([])), None);
    }

    #[tokio::test]
    async fn a_region_is_looked_for_once_and_only_where_none_is_configured() {
        let region = |name| Region::of_instance(name).expect("valid");
        let configured = RegionOfSource::new(Some(region("eu-west-1")));
        configured.settle(async { Some(region("eu-west-2")) }).await;
        assert_eq!(configured.name(), Some("eu-west-1"));

        let found = RegionOfSource::new(None);
        assert_eq!(found.name(), None);
        for name in ["eu-west-2", "eu-west-3"] {
            found.settle(async { Some(region(name)) }).await;
            assert_eq!(found.name(), Some("eu-west-2"));
        }
    }

    #[test]
    fn a_region_that_cannot_be_part_of_a_host_name_is_refused() {
        for wrong in ["", "eu west 1", "evil.example/", "-x", "us-east-1\n"] {
            assert!(
                Region::named(Some(wrong), &Environment::fixed([])).is_err(),
                "{wrong:?}"
            );
        }
    }
}
