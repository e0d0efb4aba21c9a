//! The variables that a project's services get, and those of their own that stand in the way.

use crate::container::grammar::env::EnvEntry;
use crate::environment::behind_relay::{RelayKey, ServedAt, environment};
use crate::environment::shared_files::Found;

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
