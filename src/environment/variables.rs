//! Which variables determine where an SDK gets its credentials, and how each is treated in a
//! container. This is the only list: it decides which are set, unset, kept or left out.

use crate::vars;

/// How credentials get into a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WayIn {
    /// As variables of its environment.
    Environment,
    /// `--live`: from the endpoint of the relay.
    Live,
}

/// What credrun does with a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Treatment {
    /// It is one of the variables that credrun sets in the container.
    Set,
    /// It would outrank or confuse what credrun sets there, so the image's value is unset. It is
    /// not set to an empty value, since that breaks some SDKs.
    Unset,
    /// credrun does not touch it.
    Keep,
}

/// One variable, and its treatment for each way in.
#[derive(Debug)]
pub struct Variable {
    pub name: &'static str,
    environment: Treatment,
    live: Treatment,
}

impl Variable {
    /// How it is treated.
    #[must_use]
    pub fn treatment(&self, way: WayIn) -> Treatment {
        match way {
            WayIn::Environment => self.environment,
            WayIn::Live => self.live,
        }
    }
}

const fn variable(name: &'static str, environment: Treatment, live: Treatment) -> Variable {
    Variable {
        name,
        environment,
        live,
    }
}

/// Points to an empty file instead of `/etc/boto.cfg` and `~/.boto`.
pub(crate) const BOTO_CONFIG: &str = "BOTO_CONFIG";

use Treatment::{Keep, Set, Unset};

/// All of them, tested SDK by SDK. If credentials are variables, what the user sets with `-e` or an
/// env file wins. With `--live` it is left out, with a warning, unless it is kept here.
///
/// The region is not among them ([`REGIONS`]): the user's own wins both ways. Nor are the variables
/// that `--live` sets only if a file in the container has credentials: see [`super::live`].
#[rustfmt::skip]
pub const VARIABLES: &[Variable] = &[
    // The set. It belongs together: mixing halves of two sets is worse than having none.
    variable(vars::AWS_ACCESS_KEY_ID, Set, Unset),
    variable(vars::AWS_SECRET_ACCESS_KEY, Set, Unset),
    variable(vars::AWS_SESSION_TOKEN, Set, Unset),
    variable(vars::AWS_CREDENTIAL_EXPIRATION, Set, Unset),
    // Older spellings: botocore's, which it prefers; Go's and JavaScript's.
    variable(vars::AWS_SECURITY_TOKEN, Unset, Unset),
    variable("AWS_ACCESS_KEY", Unset, Unset),
    variable("AWS_SECRET_KEY", Unset, Unset),
    variable("AMAZON_ACCESS_KEY_ID", Unset, Unset),
    variable("AMAZON_SECRET_ACCESS_KEY", Unset, Unset),
    variable("AMAZON_SESSION_TOKEN", Unset, Unset),
    // The account of other credentials.
    variable("AWS_ACCOUNT_ID", Unset, Unset),
    // Profiles and tokens.
    variable(vars::AWS_PROFILE, Unset, Unset),
    variable(vars::AWS_DEFAULT_PROFILE, Unset, Unset),
    variable(vars::AWS_WEB_IDENTITY_TOKEN_FILE, Unset, Unset),
    variable(vars::AWS_ROLE_ARN, Unset, Unset),
    variable(vars::AWS_ROLE_SESSION_NAME, Unset, Unset),
    // The endpoint.
    variable(vars::AWS_CONTAINER_CREDENTIALS_FULL_URI, Unset, Set),
    variable(vars::AWS_CONTAINER_AUTHORIZATION_TOKEN, Unset, Set),
    variable(vars::AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, Unset, Unset),
    variable(vars::AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, Unset, Unset),
    // Files that are read before the endpoint: AWS's, boto's, and those of EC2's first tools.
    variable(vars::AWS_SHARED_CREDENTIALS_FILE, Keep, Set),
    variable(BOTO_CONFIG, Keep, Set),
    variable("AWS_CREDENTIAL_FILE", Keep, Unset),
    variable(vars::AWS_SDK_LOAD_CONFIG, Unset, Keep),
    // Without credentials, an SDK would spend seconds asking the instance metadata service.
    variable(vars::AWS_EC2_METADATA_DISABLED, Keep, Set),
];

/// The region, under each name that an SDK reads.
pub const REGIONS: [&str; 2] = [vars::AWS_REGION, vars::AWS_DEFAULT_REGION];

/// How the variable `name` is treated.
#[must_use]
pub fn treatment(name: &str, way: WayIn) -> Treatment {
    let found = VARIABLES.iter().find(|variable| variable.name == name);
    found.map_or(Keep, |variable| variable.treatment(way))
}

/// The names with this treatment.
pub fn names(way: WayIn, treatment: Treatment) -> impl Iterator<Item = &'static str> {
    let found = move |variable: &&Variable| variable.treatment(way) == treatment;
    VARIABLES.iter().filter(found).map(|variable| variable.name)
}

/// Every name that credrun sets or unsets if credentials are variables, including the regions.
pub fn all_of_environment() -> impl Iterator<Item = &'static str> {
    names(WayIn::Environment, Set)
        .chain(names(WayIn::Environment, Unset))
        .chain(REGIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_variable_is_listed_twice() {
        for (index, variable) in VARIABLES.iter().enumerate() {
            let again = VARIABLES[index + 1..].iter();
            assert!(
                !again
                    .map(|other| other.name)
                    .any(|name| name == variable.name)
            );
            assert!(!REGIONS.contains(&variable.name));
        }
    }

    #[test]
    fn a_variable_that_is_not_listed_is_kept() {
        assert_eq!(treatment("PATH", WayIn::Live), Keep);
        assert_eq!(treatment(vars::AWS_PROFILE, WayIn::Live), Unset);
    }
}
