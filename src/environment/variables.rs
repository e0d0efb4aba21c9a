//! Which variables determine where an SDK gets its credentials, and how each is treated in a
//! container. This is the only list: it decides which are set, unset, kept or left out.

use crate::vars;

/// How credentials get into a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WayIn {
    /// As variables of its environment.
    Environment,
    /// `--live`: from the endpoint behind the relay.
    Live,
    /// `--keyless`: they do not. The proxy behind the relay has them.
    Keyless,
}

/// What credrun does with a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Treatment {
    /// It is one of the variables that credrun sets in the container.
    Set,
    /// It would outrank or confuse what credrun sets there, so the image's value is unset. It is
    /// not set to an empty value, since that breaks some SDKs.
    Unset,
    /// credrun sets it, unless the user sets one of these.
    Offer,
    /// credrun does not touch it.
    Keep,
}

impl Treatment {
    /// Whether another value than credrun's would stand in the way.
    pub(crate) fn is_in_the_way(self) -> bool {
        matches!(self, Self::Set | Self::Unset)
    }
}

/// One variable, and its treatment for each way in.
#[derive(Debug)]
pub struct Variable {
    pub name: &'static str,
    environment: Treatment,
    live: Treatment,
    keyless: Treatment,
}

impl Variable {
    /// How it is treated.
    #[must_use]
    pub fn treatment(&self, way: WayIn) -> Treatment {
        match way {
            WayIn::Environment => self.environment,
            WayIn::Live => self.live,
            WayIn::Keyless => self.keyless,
        }
    }
}

const fn variable(
    name: &'static str,
    environment: Treatment,
    live: Treatment,
    keyless: Treatment,
) -> Variable {
    Variable {
        name,
        environment,
        live,
        keyless,
    }
}

/// Points to an empty file instead of `/etc/boto.cfg` and `~/.boto`.
pub(crate) const BOTO_CONFIG: &str = "BOTO_CONFIG";

use Treatment::{Keep, Offer, Set, Unset};

/// All of them, tested SDK by SDK: in a container's environment, with `--live`, with `--keyless`. If
/// credentials are variables, what the user sets with `-e` or an env file wins. Behind a relay it is
/// left out, with a warning, unless it is kept or offered here.
///
/// The region is not among them ([`REGIONS`]): the user's own wins always. Nor are the variables
/// that `--live` sets only if a file in the container has credentials: see [`super::live`].
#[rustfmt::skip]
pub const VARIABLES: &[Variable] = &[
    // The set. It belongs together: mixing halves of two sets is worse than having none.
    variable(vars::AWS_ACCESS_KEY_ID, Set, Unset, Set),
    variable(vars::AWS_SECRET_ACCESS_KEY, Set, Unset, Set),
    variable(vars::AWS_SESSION_TOKEN, Set, Unset, Set),
    variable(vars::AWS_CREDENTIAL_EXPIRATION, Set, Unset, Unset),
    // Older spellings: botocore's, which it prefers; Go's and JavaScript's.
    variable(vars::AWS_SECURITY_TOKEN, Unset, Unset, Unset),
    variable("AWS_ACCESS_KEY", Unset, Unset, Unset),
    variable("AWS_SECRET_KEY", Unset, Unset, Unset),
    variable("AMAZON_ACCESS_KEY_ID", Unset, Unset, Unset),
    variable("AMAZON_SECRET_ACCESS_KEY", Unset, Unset, Unset),
    variable("AMAZON_SESSION_TOKEN", Unset, Unset, Unset),
    // The account of other credentials.
    variable(vars::AWS_ACCOUNT_ID, Unset, Unset, Unset),
    // Profiles and tokens.
    variable(vars::AWS_PROFILE, Unset, Unset, Unset),
    variable(vars::AWS_DEFAULT_PROFILE, Unset, Unset, Unset),
    variable(vars::AWS_WEB_IDENTITY_TOKEN_FILE, Unset, Unset, Unset),
    variable(vars::AWS_ROLE_ARN, Unset, Unset, Unset),
    variable(vars::AWS_ROLE_SESSION_NAME, Unset, Unset, Unset),
    // The endpoint of credentials.
    variable(vars::AWS_CONTAINER_CREDENTIALS_FULL_URI, Unset, Set, Unset),
    variable(vars::AWS_CONTAINER_AUTHORIZATION_TOKEN, Unset, Set, Unset),
    variable(vars::AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, Unset, Unset, Unset),
    variable(vars::AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, Unset, Unset, Unset),
    // Files that are read before that endpoint: AWS's, boto's, and those of EC2's first tools.
    variable(vars::AWS_SHARED_CREDENTIALS_FILE, Keep, Set, Keep),
    variable(BOTO_CONFIG, Keep, Set, Keep),
    variable("AWS_CREDENTIAL_FILE", Keep, Unset, Keep),
    variable(vars::AWS_SDK_LOAD_CONFIG, Unset, Keep, Keep),
    // Without credentials, an SDK would spend seconds asking the instance metadata service.
    variable(vars::AWS_EC2_METADATA_DISABLED, Keep, Set, Set),
    // Where SDKs tell of their calls.
    variable(vars::AWS_CSM_ENABLED, Keep, Offer, Keep),
    variable(vars::AWS_CSM_HOST, Keep, Offer, Keep),
    variable(vars::AWS_CSM_PORT, Keep, Offer, Keep),
    variable(vars::AWS_CSM_CLIENT_ID, Keep, Offer, Keep),
    // Where calls go: for SDKs, for s5cmd, for GDAL.
    variable(vars::AWS_ENDPOINT_URL, Keep, Keep, Set),
    variable("S3_ENDPOINT_URL", Keep, Keep, Set),
    variable("AWS_S3_ENDPOINT", Keep, Keep, Set),
    variable("AWS_HTTPS", Keep, Keep, Set),
    variable("AWS_VIRTUAL_HOSTING", Keep, Keep, Set),
    // Rust's object_store wants to be told that http is meant.
    variable("AWS_ALLOW_HTTP", Keep, Keep, Set),
    // What would lead calls elsewhere: settings of config files, and of the image.
    variable(vars::AWS_IGNORE_CONFIGURED_ENDPOINT_URLS, Keep, Keep, Set),
    variable(vars::AWS_USE_FIPS_ENDPOINT, Keep, Keep, Set),
    variable(vars::AWS_USE_DUALSTACK_ENDPOINT, Keep, Keep, Set),
    variable("AWS_DISABLE_HOST_PREFIX_INJECTION", Keep, Keep, Set),
    variable("AWS_ACCOUNT_ID_ENDPOINT_MODE", Keep, Keep, Set),
    variable("AWS_ENABLE_ENDPOINT_DISCOVERY", Keep, Keep, Set),
    variable("AWS_DISABLE_REQUEST_COMPRESSION", Keep, Keep, Set),
    variable("AWS_S3_USE_ARN_REGION", Keep, Keep, Unset),
    variable("AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS", Keep, Keep, Unset),
    // The container speaks http with the proxy, and a file that is not there fails an SDK.
    variable(vars::AWS_CA_BUNDLE, Keep, Keep, Unset),
    // Other signatures than those that the proxy verifies.
    variable("AWS_SIGV4A_SIGNING_REGION_SET", Keep, Keep, Unset),
    variable("AWS_AUTH_SCHEME_PREFERENCE", Keep, Keep, Unset),
];

/// All variables whose names begin so. A variable of [`VARIABLES`] is treated as it says there.
#[rustfmt::skip]
const FAMILIES: [Variable; 2] = [
    // One service's endpoint outranks that of all.
    variable("AWS_ENDPOINT_URL_", Keep, Keep, Unset),
    // A bearer token outranks keys.
    variable("AWS_BEARER_TOKEN_", Keep, Keep, Unset),
];

/// The region, under each name that an SDK reads.
pub const REGIONS: [&str; 2] = [vars::AWS_REGION, vars::AWS_DEFAULT_REGION];

/// How the variable `name` is treated.
#[must_use]
pub fn treatment(name: &str, way: WayIn) -> Treatment {
    let mut families = FAMILIES.iter();
    let found = VARIABLES.iter().find(|variable| variable.name == name);
    let found = found.or_else(|| families.find(|family| name.starts_with(family.name)));
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

    #[test]
    fn an_endpoint_of_one_service_is_unset_where_calls_go_to_the_proxy() {
        for name in ["AWS_ENDPOINT_URL_S3", "AWS_BEARER_TOKEN_BEDROCK"] {
            assert_eq!(treatment(name, WayIn::Keyless), Unset);
            assert_eq!(treatment(name, WayIn::Live), Keep);
        }
        assert_eq!(treatment(vars::AWS_ENDPOINT_URL, WayIn::Keyless), Set);
    }
}
