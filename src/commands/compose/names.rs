//! The names of the variables that an override file passes on: see [`crate::commands::compose_file`].

use crate::cli::compose::ComposeDelivery;
use crate::commands::project::{Key, behind_relay};
use crate::environment::variables::{REGIONS, Treatment, WayIn, names};
use crate::messages::error::Error;

/// What begins otherwise, a provider cannot set: see [`super::protocol`].
const PREFIX: &str = "AWS_";

/// The names of all that a provider sets, and of what a run would take out because it outranks these.
///
/// # Errors
/// The operating system has no randomness.
pub(in crate::commands) fn all_names(delivery: ComposeDelivery) -> Result<Vec<String>, Error> {
    let way = match delivery {
        ComposeDelivery::Env => WayIn::Environment,
        ComposeDelivery::Live => WayIn::Live,
        ComposeDelivery::Keyless => WayIn::Keyless,
    };
    let set: Vec<String> = match way {
        WayIn::Environment => names(way, Treatment::Set)
            .chain(REGIONS)
            .map(str::to_owned)
            .collect(),
        WayIn::Live | WayIn::Keyless => {
            let key = Key::random(delivery)?;
            let entries = behind_relay(0, key.as_relay_key(), Some("region"));
            entries.into_iter().map(|entry| entry.name).collect()
        }
    };
    let set = set.into_iter().filter(|name| name.starts_with(PREFIX));
    let unset = names(way, Treatment::Unset).map(str::to_owned);
    Ok(set.chain(unset).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_names_are_those_that_are_set_and_those_that_would_outrank_them() {
        let names = |delivery| all_names(delivery).expect("random");
        let has = |names: &[String], name: &str| names.iter().any(|one| one == name);
        let live = names(ComposeDelivery::Live);
        for name in [
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN",
            "AWS_REGION",
            "AWS_PROFILE",
            "AWS_ACCESS_KEY_ID",
        ] {
            assert!(has(&live, name), "{name}");
        }
        // A project of LocalStack has its own.
        assert!(!has(&live, "AWS_ENDPOINT_URL"));
        let keyless = names(ComposeDelivery::Keyless);
        for name in [
            "AWS_ENDPOINT_URL",
            "AWS_ENDPOINT_URL_BEDROCK",
            "AWS_PROFILE",
        ] {
            assert!(has(&keyless, name), "{name}");
        }
        // No value would come for it.
        assert!(!has(&keyless, "S3_ENDPOINT_URL"));
        assert!(has(&names(ComposeDelivery::Env), "AWS_SESSION_TOKEN"));
    }
}
