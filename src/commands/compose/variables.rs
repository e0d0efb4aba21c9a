//! The variables that a project's services get, and those of their own that stand in the way.

use super::project::Key;
use crate::cli::compose::ComposeDelivery;
use crate::container::grammar::env::EnvEntry;
use crate::credentials::Credentials;
use crate::environment::behind_relay::{RelayKey, ServedAt, environment};
use crate::environment::injection::inject;
use crate::environment::shared_files::Found;
use crate::environment::user::UserEnv;
use crate::environment::variables::{self, Treatment, WayIn};
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
        WayIn::Environment => variables::names(way, Treatment::Set)
            .chain(variables::REGIONS)
            .map(str::to_owned)
            .collect(),
        WayIn::Live | WayIn::Keyless => {
            let key = Key::random(delivery)?;
            let entries = behind_relay(0, key.as_relay_key(), Some("region"));
            entries.into_iter().map(|entry| entry.name).collect()
        }
    };
    let set = set.into_iter().filter(|name| name.starts_with(PREFIX));
    let unset = variables::names(way, Treatment::Unset).map(str::to_owned);
    Ok(set.chain(unset).collect())
}

pub(super) fn of_set(credentials: &Credentials, region: Option<&str>) -> Vec<EnvEntry> {
    inject(credentials, region, &UserEnv::default(), &[]).set
}

/// What points SDKs to the service on the container's loopback.
pub(in crate::commands) fn behind_relay(
    port: u16,
    key: RelayKey<'_>,
    region: Option<&str>,
) -> Vec<EnvEntry> {
    in_image(port, key, region, &[])
}

/// What a container has of its own that leads SDKs past the service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct InTheWay {
    /// A run would take these out.
    pub(super) names: Vec<String>,
    /// A run would have the service's address bypass a proxy.
    pub(super) proxy: bool,
}

/// `own` is a container's `Env`. An entry without `=` takes the image's out.
pub(super) fn in_the_way(port: u16, key: RelayKey<'_>, own: &[String]) -> InTheWay {
    let own: Vec<String> = own
        .iter()
        .filter(|entry| entry.contains('='))
        .cloned()
        .collect();
    let own = &own;
    let is_empty = |name: &str| {
        let mut entries = own.iter().filter_map(|entry| entry.split_once('='));
        entries.any(|(known, value)| known == name && value.is_empty())
    };
    let mut found = InTheWay::default();
    for EnvEntry { name, value, .. } in in_image(port, key, None, own) {
        match value {
            None if !is_empty(&name) => found.names.push(name),
            Some(value) if name == "NO_PROXY" => {
                found.proxy = !own.contains(&format!("NO_PROXY={value}"));
            }
            _ => {}
        }
    }
    found
}

/// What a run would set in an image that has these entries.
fn in_image(port: u16, key: RelayKey<'_>, region: Option<&str>, image: &[String]) -> Vec<EnvEntry> {
    let at = ServedAt {
        port,
        key,
        host_names: &[],
    };
    environment(at, region, &[], image, &Found::default())
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    fn of(own: &[&str]) -> InTheWay {
        let token = SecretString::from("token");
        let own: Vec<_> = own.iter().map(|&entry| entry.to_owned()).collect();
        in_the_way(21776, RelayKey::Token(&token), &own)
    }

    #[test]
    fn what_sdks_prefer_to_the_endpoint_is_in_the_way_and_its_own_variables_are_not() {
        let found = of(&[
            "PATH=/bin",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:21776/credentials",
            "AWS_EC2_METADATA_DISABLED=true",
            "AWS_ACCESS_KEY_ID=AKIA",
            "AWS_PROFILE=",
            "AWS_ROLE_ARN",
            "AWS_REGION=eu-west-1",
        ]);
        assert_eq!(found.names, ["AWS_ACCESS_KEY_ID"]);
        assert!(!found.proxy);
    }

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

    #[test]
    fn a_proxy_is_in_the_way_unless_the_loopback_bypasses_it() {
        assert!(of(&["HTTP_PROXY=http://p:3128"]).proxy);
        assert!(of(&["http_proxy=http://p:3128", "NO_PROXY=intra"]).proxy);
        let bypassed = [
            "HTTP_PROXY=http://p:3128",
            "NO_PROXY=127.0.0.1",
            "no_proxy=127.0.0.1",
        ];
        assert!(!of(&bypassed).proxy);
        assert!(!of(&["HTTP_PROXY=http://p:3128", "NO_PROXY=*"]).proxy);
        assert!(!of(&["NO_PROXY=intra"]).proxy);
    }
}
