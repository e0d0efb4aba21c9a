//! The variables that direct the container's SDKs to the endpoint, and nowhere else.
//!
//! Every SDK prefers keys, profiles and tokens of other kinds to a container endpoint;
//! [`super::variables`] says how each is treated. Another variable hides files that SDKs prefer to
//! the endpoint: see [`super::shared_files`].

use secrecy::{ExposeSecret as _, SecretString};

use super::entries::{Entries, LOOPBACK};
use super::shared_files::{EMPTY_FILE, Found};
use super::user::UserEnv;
use super::variables::{BOTO_CONFIG, Treatment, WayIn, treatment};
use crate::container::grammar::env::EnvEntry;
use crate::live::endpoint::PATH;
use crate::vars;

/// The endpoint's address and token.
#[derive(Debug, Clone, Copy)]
pub struct EndpointAddress<'a> {
    /// Its port, on the container's loopback.
    pub port: u16,
    /// The authorization token. It is useless once credrun has ended.
    pub token: &'a SecretString,
}

/// The target's `Env`: the endpoint's variables, and the user's entries (`--env`, proxies of
/// config.json) except those that would outrank it. `image` is `Config.Env` of the image's
/// inspection.
///
/// A region that the user set by `--env` stays; otherwise `region` is used. The files that were
/// `found` are hidden from SDKs.
#[must_use]
pub fn live_environment(
    endpoint: EndpointAddress<'_>,
    region: Option<&str>,
    user: &[EnvEntry],
    image: &[String],
    found: &Found,
) -> Vec<EnvEntry> {
    let mut entries = Entries::of_user(WayIn::Live, user);
    for (name, value) in of_endpoint(endpoint) {
        entries.add(name, Some(value));
    }
    entries.offer(&of_monitoring(endpoint.port));
    entries.remove_stale(image);
    entries.set_regions(region);
    // The request for credentials has the token in it.
    entries.bypass_proxies(image, &[LOOPBACK.to_owned()]);
    hide(found, &mut entries);
    entries.finish()
}

fn hide(found: &Found, entries: &mut Entries) {
    if found.credentials.is_some() {
        // The SDK for JavaScript v2 reads AWS_SHARED_CREDENTIALS_FILE only beside this one.
        entries.set(vars::AWS_SDK_LOAD_CONFIG, "1");
        // For GDAL.
        entries.set("CPL_AWS_CREDENTIALS_FILE", EMPTY_FILE);
    }
    if found.config.is_some() {
        entries.set(vars::AWS_CONFIG_FILE, EMPTY_FILE);
    }
}

fn of_endpoint(
    EndpointAddress { port, token }: EndpointAddress<'_>,
) -> [(&'static str, String); 5] {
    let token = token.expose_secret().to_owned();
    let url = format!("http://{LOOPBACK}:{port}{PATH}");
    [
        (vars::AWS_CONTAINER_CREDENTIALS_FULL_URI, url),
        (vars::AWS_CONTAINER_AUTHORIZATION_TOKEN, token),
        (vars::AWS_SHARED_CREDENTIALS_FILE, EMPTY_FILE.to_owned()),
        (BOTO_CONFIG, EMPTY_FILE.to_owned()),
        (vars::AWS_EC2_METADATA_DISABLED, "true".to_owned()),
    ]
}

/// Has SDKs tell of their calls at the endpoint's port, by UDP.
fn of_monitoring(port: u16) -> [(&'static str, String); 4] {
    [
        (vars::AWS_CSM_ENABLED, "true".to_owned()),
        (vars::AWS_CSM_HOST, LOOPBACK.to_owned()),
        (vars::AWS_CSM_PORT, port.to_string()),
        (vars::AWS_CSM_CLIENT_ID, "credrun".to_owned()),
    ]
}

/// The user's variables for which credrun does not set its own of monitoring.
#[must_use]
pub fn own_monitoring<'a>(user: &UserEnv<'a>) -> Vec<&'a str> {
    user.names()
        .filter(|name| treatment(name, WayIn::Live) == Treatment::Offer)
        .collect()
}

/// The names of the user's variables that [`live_environment`] leaves out.
#[must_use]
pub fn left_out<'a>(user: &UserEnv<'a>) -> Vec<&'a str> {
    // credrun sets it to the value that most people give it.
    let says_nothing = |name: &str| name == vars::AWS_EC2_METADATA_DISABLED;
    user.names()
        .filter(|name| treatment(name, WayIn::Live).is_in_the_way() && !says_nothing(name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::grammar::env::EnvOrigin;
    use crate::environment::name_of;
    use crate::environment::shared_files::ConfigFile;

    fn hiding(found: &Found, region: Option<&str>, user: &[&str], image: &[&str]) -> Vec<String> {
        let user: Vec<_> = user
            .iter()
            .map(|entry| EnvEntry::parse(entry, EnvOrigin::Flag))
            .collect();
        let image: Vec<_> = image.iter().map(|&entry| entry.to_owned()).collect();
        let endpoint = EndpointAddress {
            port: 21776,
            token: &SecretString::from("secret"),
        };
        let entries = live_environment(endpoint, region, &user, &image, found);
        entries.iter().map(ToString::to_string).collect()
    }

    fn environment(region: Option<&str>, user: &[&str], image: &[&str]) -> Vec<String> {
        hiding(&Found::default(), region, user, image)
    }

    fn value<'a>(entries: &'a [String], wanted: &str) -> Option<&'a str> {
        let last = entries.iter().rev().find(|entry| name_of(entry) == wanted);
        last?.split_once('=').map(|(_, value)| value)
    }

    #[test]
    fn the_endpoint_is_named_by_its_literal_address() {
        assert_eq!(
            environment(Some("eu-west-1"), &["A=b"], &[]),
            [
                "A=b",
                "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:21776/credentials",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN=secret",
                "AWS_SHARED_CREDENTIALS_FILE=/dev/null",
                "BOTO_CONFIG=/dev/null",
                "AWS_EC2_METADATA_DISABLED=true",
                "AWS_CSM_ENABLED=true",
                "AWS_CSM_HOST=127.0.0.1",
                "AWS_CSM_PORT=21776",
                "AWS_CSM_CLIENT_ID=credrun",
                "AWS_REGION=eu-west-1",
                "AWS_DEFAULT_REGION=eu-west-1",
            ]
        );
    }

    #[test]
    fn what_would_outrank_the_endpoint_is_removed_and_never_blank() {
        let user = ["AWS_PROFILE=dev", "AWS_ACCESS_KEY_ID=AKIA"];
        let image = [
            "AWS_ROLE_ARN=arn",
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/x",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN=stale",
            "PATH=/bin",
        ];
        let env = environment(None, &user, &image);
        assert_eq!(
            env[9..],
            ["AWS_ROLE_ARN", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"]
        );
    }

    #[test]
    fn a_config_file_is_hidden_whoever_named_it() {
        for (user, image) in [
            (&["AWS_CONFIG_FILE=/mine"][..], &[][..]),
            (&[], &["AWS_CONFIG_FILE=/images"]),
            (&[], &[]),
        ] {
            let found = Found {
                config: Some(ConfigFile {
                    path: "/root/.aws/config".to_owned(),
                    setting: None,
                }),
                ..Found::default()
            };
            let env = hiding(&found, None, user, image);
            assert_eq!(value(&env, "AWS_CONFIG_FILE"), Some("/dev/null"));
            let named = env
                .iter()
                .filter(|entry| name_of(entry) == "AWS_CONFIG_FILE");
            assert_eq!(named.count(), 1, "{env:?}");
        }
    }

    #[test]
    fn clients_with_variables_of_their_own_are_kept_from_a_credentials_file_too() {
        let found = Found {
            credentials: Some("/root/.aws/credentials".to_owned()),
            ..Found::default()
        };
        let env = hiding(&found, None, &["AWS_SDK_LOAD_CONFIG=0"], &[]);
        assert_eq!(
            value(&env, "AWS_SHARED_CREDENTIALS_FILE"),
            Some("/dev/null")
        );
        assert_eq!(value(&env, "AWS_SDK_LOAD_CONFIG"), Some("1"));
        assert_eq!(value(&env, "CPL_AWS_CREDENTIALS_FILE"), Some("/dev/null"));
    }

    #[test]
    fn what_is_left_out_is_named_where_it_says_something() {
        let user = [
            ("AWS_ACCESS_KEY_ID", "AKIA"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_REGION", "eu-west-1"),
        ];
        let user =
            user.map(|(name, value)| EnvEntry::new(name, Some(value.to_owned()), EnvOrigin::Flag));
        assert_eq!(left_out(&UserEnv::of(&user)), ["AWS_ACCESS_KEY_ID"]);
    }

    #[test]
    fn monitoring_of_the_users_own_stays_and_that_of_the_image_does_not() {
        let image = ["AWS_CSM_HOST=10.0.0.1", "AWS_CSM_ENABLED=false"];
        let users = environment(None, &["AWS_CSM_ENABLED=false"], &image);
        let set = |entry: &&String| entry.starts_with("AWS_CSM_");
        let set: Vec<_> = users.iter().filter(set).collect();
        assert_eq!(set, ["AWS_CSM_ENABLED=false"]);
        let env = environment(None, &[], &image);
        assert_eq!(value(&env, "AWS_CSM_HOST"), Some("127.0.0.1"));
        assert_eq!(value(&env, "AWS_CSM_ENABLED"), Some("true"));
        let own = [EnvEntry::parse("AWS_CSM_PORT=1", EnvOrigin::Flag)];
        let own = UserEnv::of(&own);
        assert_eq!(own_monitoring(&own), ["AWS_CSM_PORT"]);
        assert!(left_out(&own).is_empty());
    }

    #[test]
    fn the_users_own_region_stays_and_is_set_in_both_variables() {
        let env = environment(Some("eu-west-1"), &["AWS_DEFAULT_REGION=us-east-2"], &[]);
        assert_eq!(value(&env, "AWS_REGION"), Some("us-east-2"));
        assert_eq!(value(&env, "AWS_DEFAULT_REGION"), Some("us-east-2"));
    }

    #[test]
    fn a_proxy_is_bypassed_for_the_endpoint_in_both_spellings() {
        let env = environment(None, &["http_proxy=http://p:3128"], &["NO_PROXY=intra"]);
        assert_eq!(value(&env, "NO_PROXY"), Some("intra,127.0.0.1"));
        assert_eq!(value(&env, "no_proxy"), Some("intra,127.0.0.1"));
    }

    #[test]
    fn without_a_proxy_nothing_is_said_of_one() {
        for user in [&[][..], &["HTTP_PROXY="], &["NO_PROXY=x"]] {
            let env = environment(None, user, &[]);
            assert_ne!(value(&env, "NO_PROXY"), Some("x,127.0.0.1"));
            assert_eq!(value(&env, "no_proxy"), None);
        }
        let removed = environment(None, &["HTTP_PROXY"], &["HTTP_PROXY=http://p"]);
        assert_eq!(value(&removed, "no_proxy"), None);
    }
}
