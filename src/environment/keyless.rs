//! The variables that direct the container's AWS calls to the proxy, and nowhere else.
//!
//! The container's key is made for the run and opens nothing but the proxy. SDKs prefer keys in
//! variables to files, so no file needs hiding. [`super::variables`] says what else would lead calls
//! past the proxy, or have them signed in a way that it refuses.

use secrecy::ExposeSecret as _;

use super::entries::{Entries, LOOPBACK};
use super::user::UserEnv;
use super::variables::{WayIn, treatment};
use crate::container::grammar::env::EnvEntry;
use crate::iam::hosts::PREFIXES;
use crate::iam::module::{Module, signed_as};
use crate::keyless::keys::IssuedSet;
use crate::vars;

/// Variables that have the same value in every run.
const CONSTANTS: [(&str, &str); 11] = [
    (vars::AWS_EC2_METADATA_DISABLED, "true"),
    (vars::AWS_IGNORE_CONFIGURED_ENDPOINT_URLS, "false"),
    // credrun itself chooses such hosts, as its own environment says.
    (vars::AWS_USE_FIPS_ENDPOINT, "false"),
    (vars::AWS_USE_DUALSTACK_ENDPOINT, "false"),
    ("AWS_DISABLE_HOST_PREFIX_INJECTION", "true"),
    ("AWS_ACCOUNT_ID_ENDPOINT_MODE", "disabled"),
    ("AWS_ENABLE_ENDPOINT_DISCOVERY", "false"),
    // The body of a form says what the call is.
    ("AWS_DISABLE_REQUEST_COMPRESSION", "true"),
    ("AWS_HTTPS", "NO"),
    ("AWS_VIRTUAL_HOSTING", "FALSE"),
    ("AWS_ALLOW_HTTP", "true"),
];

/// Signing names of modules at several hosts that have operations with the same path. Each of their
/// modules gets an endpoint of its own, whose path says which is meant.
const SHARED_NAMES: [&str; 5] = ["bedrock", "chime", "ivs", "lex", "signer"];

/// The proxy's address, and the container's key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProxyAddress<'a> {
    /// Its port, on the container's loopback.
    pub(crate) port: u16,
    pub(crate) set: &'a IssuedSet,
    /// The names under which SDKs call it: see [`host_names`].
    pub(crate) host_names: &'a [String],
}

/// The target's `Env`: the proxy's variables, and the user's entries (`--env`, proxies of
/// config.json) except those that would lead calls past it. `image` is `Config.Env` of the image's
/// inspection.
///
/// A region that the user set by `--env` stays; otherwise `region` is used.
pub(crate) fn keyless_environment(
    proxy: ProxyAddress<'_>,
    region: Option<&str>,
    user: &[EnvEntry],
    image: &[String],
) -> Vec<EnvEntry> {
    let mut entries = Entries::of_user(WayIn::Keyless, user);
    for (name, value) in of_set(proxy.set) {
        entries.add(name, Some(value.to_owned()));
    }
    for (name, value) in addresses(proxy.port) {
        entries.add(&name, Some(value));
    }
    for (name, value) in CONSTANTS {
        entries.add(name, Some(value.to_owned()));
    }
    entries.remove_stale(image);
    entries.set_regions(region);
    let loopback = [LOOPBACK.to_owned()];
    entries.bypass_proxies(image, &[&loopback, proxy.host_names].concat());
    entries.finish()
}

fn of_set(set: &IssuedSet) -> [(&'static str, &str); 3] {
    let secret = set.secret_access_key.expose_secret();
    [
        (vars::AWS_ACCESS_KEY_ID, &set.access_key_id),
        (vars::AWS_SECRET_ACCESS_KEY, secret),
        (vars::AWS_SESSION_TOKEN, set.session_token.expose_secret()),
    ]
}

fn addresses(port: u16) -> impl Iterator<Item = (String, String)> {
    let address = format!("{LOOPBACK}:{port}");
    // The literal address: with it, SDKs leave the bucket in the path.
    let url = format!("http://{address}");
    let modules = SHARED_NAMES.iter().flat_map(|name| signed_as(name));
    let of_module = |module: &Module| {
        let id = module.service_id.to_uppercase();
        let name = format!("{}_{id}", vars::AWS_ENDPOINT_URL);
        (name, format!("{url}/~{}", module.name))
    };
    let of_modules: Vec<_> = modules.map(of_module).collect();
    [
        (vars::AWS_ENDPOINT_URL, url.clone()),
        ("S3_ENDPOINT_URL", url),
        ("AWS_S3_ENDPOINT", address),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into_iter()
    .chain(of_modules)
}

/// The names of the user's variables that [`keyless_environment`] leaves out, where its own have
/// another value.
pub(crate) fn left_out<'a>(user: &UserEnv<'a>) -> Vec<&'a str> {
    let is_the_same = |name: &str| {
        let mut constants = CONSTANTS.iter();
        constants.any(|(own, value)| *own == name && user.get(name) == Some(value))
    };
    user.names()
        .filter(|name| treatment(name, WayIn::Keyless).is_in_the_way() && !is_the_same(name))
        .collect()
}

/// The names that `/etc/hosts` needs. Some SDKs put a prefix before the endpoint's host, and S3
/// Control puts the account there.
pub(crate) fn host_names(account: Option<&str>) -> Vec<String> {
    let account = account.map(|account| format!("{account}."));
    let fixed = PREFIXES.iter().map(|&prefix| prefix.to_owned());
    fixed
        .chain(account)
        .map(|prefix| prefix + LOOPBACK)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use secrecy::SecretString;

    use super::*;
    use crate::container::grammar::env::EnvOrigin;
    use crate::environment::name_of;
    use crate::environment::variables::{Treatment, names};

    fn set() -> IssuedSet {
        IssuedSet {
            access_key_id: "ASIADUMMY".to_owned(),
            secret_access_key: SecretString::from("dummy-secret"),
            session_token: SecretString::from("dummy-token"),
        }
    }

    fn environment(region: Option<&str>, user: &[&str], image: &[&str]) -> Vec<String> {
        let user = user.iter();
        let user: Vec<_> = user
            .map(|entry| EnvEntry::parse(entry, EnvOrigin::Flag))
            .collect();
        let image: Vec<_> = image.iter().map(|&entry| entry.to_owned()).collect();
        let proxy = ProxyAddress {
            port: 21776,
            set: &set(),
            host_names: &["sync-127.0.0.1".to_owned()],
        };
        let entries = keyless_environment(proxy, region, &user, &image);
        entries.iter().map(ToString::to_string).collect()
    }

    fn value<'a>(entries: &'a [String], wanted: &str) -> Option<&'a str> {
        let last = entries.iter().rev().find(|entry| name_of(entry) == wanted);
        last?.split_once('=').map(|(_, value)| value)
    }

    #[test]
    fn the_container_gets_the_proxys_address_and_a_key_for_it() {
        let env = environment(Some("eu-west-1"), &["A=b"], &[]);
        for (name, expected) in [
            ("A", "b"),
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:21776"),
            ("AWS_ACCESS_KEY_ID", "ASIADUMMY"),
            ("AWS_SECRET_ACCESS_KEY", "dummy-secret"),
            ("AWS_SESSION_TOKEN", "dummy-token"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_DEFAULT_REGION", "eu-west-1"),
            ("AWS_USE_FIPS_ENDPOINT", "false"),
            ("S3_ENDPOINT_URL", "http://127.0.0.1:21776"),
            ("AWS_S3_ENDPOINT", "127.0.0.1:21776"),
            (
                "AWS_ENDPOINT_URL_LEX_RUNTIME_V2",
                "http://127.0.0.1:21776/~lexv2-runtime",
            ),
        ] {
            assert_eq!(value(&env, name), Some(expected), "{name}");
        }
    }

    #[test]
    fn every_variable_that_the_list_says_is_set_is_set() {
        let env = environment(None, &[], &[]);
        for name in names(WayIn::Keyless, Treatment::Set) {
            assert!(value(&env, name).is_some(), "{name}");
        }
        let listed: BTreeSet<&str> = names(WayIn::Keyless, Treatment::Set).collect();
        for name in env.iter().map(|entry| name_of(entry)) {
            let is_of_module = name.starts_with("AWS_ENDPOINT_URL_");
            assert!(listed.contains(name) || is_of_module, "{name}");
        }
    }

    #[test]
    fn what_would_lead_calls_past_the_proxy_is_left_out_or_removed() {
        let user = [
            "AWS_ENDPOINT_URL_S3=https://elsewhere",
            "AWS_ENDPOINT_URL_BEDROCK=https://elsewhere",
            "AWS_ACCESS_KEY_ID=AKIA",
            "AWS_PROFILE=dev",
        ];
        let image = [
            "AWS_ENDPOINT_URL_SQS=https://elsewhere",
            "AWS_ENDPOINT_URL=https://elsewhere",
            "AWS_BEARER_TOKEN_BEDROCK=token",
            "AWS_CA_BUNDLE=/ca.pem",
            "PATH=/bin",
        ];
        let env = environment(None, &user, &image);
        let all = env.join("\n");
        for gone in ["elsewhere", "AKIA", "AWS_PROFILE", "AWS_ENDPOINT_URL_S3"] {
            assert!(!all.contains(gone), "{gone}");
        }
        assert_eq!(
            env[env.len() - 3..],
            [
                "AWS_ENDPOINT_URL_SQS",
                "AWS_BEARER_TOKEN_BEDROCK",
                "AWS_CA_BUNDLE"
            ]
        );
        assert_eq!(
            value(&env, "AWS_ENDPOINT_URL_BEDROCK"),
            Some("http://127.0.0.1:21776/~bedrock")
        );
    }

    #[test]
    fn what_is_left_out_is_named_unless_it_says_the_same() {
        let user = [
            "AWS_ENDPOINT_URL_S3=https://elsewhere",
            "AWS_EC2_METADATA_DISABLED=true",
            "AWS_USE_FIPS_ENDPOINT=true",
            "AWS_REGION=eu-west-1",
            "AWS_SHARED_CREDENTIALS_FILE=/creds",
        ];
        let user = user.map(|entry| EnvEntry::parse(entry, EnvOrigin::Flag));
        assert_eq!(
            left_out(&UserEnv::of(&user)),
            ["AWS_ENDPOINT_URL_S3", "AWS_USE_FIPS_ENDPOINT"]
        );
    }

    #[test]
    fn a_proxy_of_the_containers_is_bypassed_for_each_name_of_the_relay() {
        let env = environment(None, &["http_proxy=http://p:3128"], &["NO_PROXY=intra"]);
        let expected = Some("intra,127.0.0.1,sync-127.0.0.1");
        assert_eq!(value(&env, "NO_PROXY"), expected);
        assert_eq!(value(&env, "no_proxy"), expected);
    }

    #[test]
    fn modules_that_only_their_endpoint_tells_apart_have_one_each() {
        let env = environment(None, &[], &[]);
        let own = env
            .iter()
            .filter(|entry| entry.starts_with("AWS_ENDPOINT_URL_"));
        let own: BTreeSet<&String> = own.collect();
        assert_eq!(own.len(), 20);
        for expected in [
            "AWS_ENDPOINT_URL_BEDROCK_AGENT_RUNTIME=http://127.0.0.1:21776/~bedrock-agent-runtime",
            "AWS_ENDPOINT_URL_CHIME_SDK_VOICE=http://127.0.0.1:21776/~chime-sdk-voice",
            "AWS_ENDPOINT_URL_IVS_REALTIME=http://127.0.0.1:21776/~ivs-realtime",
            "AWS_ENDPOINT_URL_LEX_MODEL_BUILDING_SERVICE=http://127.0.0.1:21776/~lex-models",
            "AWS_ENDPOINT_URL_SIGNER=http://127.0.0.1:21776/~signer",
        ] {
            assert!(own.contains(&expected.to_owned()), "{expected}");
        }
    }

    #[test]
    fn host_names_are_the_prefixes_and_the_account_before_the_address() {
        let names = host_names(Some("123456789012"));
        for name in ["sync-127.0.0.1", "api.127.0.0.1", "123456789012.127.0.0.1"] {
            assert!(names.iter().any(|one| one == name), "{name}");
        }
        assert_eq!(host_names(None).len(), names.len() - 1);
    }
}
