//! The variables that point the container's SDKs to the endpoint, and nowhere else.
//!
//! Every SDK prefers keys, profiles and tokens of other kinds to a container endpoint, and an
//! empty variable breaks some of them, so these are removed and not blanked. The Engine
//! removes an image's variable where the request's `Env` has its bare name. Files that SDKs prefer
//! to the endpoint are kept from them by a variable, too: see [`super::shared_files`].

use secrecy::{ExposeSecret as _, SecretString};

use super::shared_files::EMPTY_FILE;
use crate::environment::env::UserEnv;
use crate::live::endpoint::PATH;
use crate::vars;

/// All that outranks or breaks the endpoint in some SDK, in the order of the SDKs' chains.
const REPLACED: [&str; 24] = [
    vars::AWS_ACCESS_KEY_ID,
    vars::AWS_SECRET_ACCESS_KEY,
    vars::AWS_SESSION_TOKEN,
    vars::AWS_SECURITY_TOKEN,
    // Go's and JavaScript's older spellings.
    "AWS_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "AMAZON_ACCESS_KEY_ID",
    "AMAZON_SECRET_ACCESS_KEY",
    "AMAZON_SESSION_TOKEN",
    vars::AWS_CREDENTIAL_EXPIRATION,
    vars::AWS_PROFILE,
    vars::AWS_DEFAULT_PROFILE,
    vars::AWS_WEB_IDENTITY_TOKEN_FILE,
    vars::AWS_ROLE_ARN,
    vars::AWS_ROLE_SESSION_NAME,
    vars::AWS_CONTAINER_CREDENTIALS_RELATIVE_URI,
    vars::AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE,
    // Set below; what the user or the image has of them leads to other credentials.
    vars::AWS_SHARED_CREDENTIALS_FILE,
    // Files of boto's and of EC2's first tools, which botocore still reads before the endpoint.
    BOTO_CONFIG,
    "AWS_CREDENTIAL_FILE",
    vars::AWS_CONTAINER_CREDENTIALS_FULL_URI,
    vars::AWS_CONTAINER_AUTHORIZATION_TOKEN,
    vars::AWS_EC2_METADATA_DISABLED,
    // The account of other credentials.
    "AWS_ACCOUNT_ID",
];

/// In the place of `/etc/boto.cfg` and `~/.boto`.
const BOTO_CONFIG: &str = "BOTO_CONFIG";

const PROXIES: [&str; 6] = [
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
];

/// The target's `Env`: `user`'s entries (`--env`, proxies of config.json), without those that
/// would outrank the endpoint, and the endpoint's own. An entry is `NAME=value`, or `NAME` to
/// remove the image's. `image` is `Config.Env` of the image's inspection.
///
/// A region that the user set by `--env` stays; `region` fills what is left.
///
/// The token that this returns opens nothing once credrun has ended.
#[must_use]
pub fn live_environment(
    port: u16,
    token: &SecretString,
    region: Option<&str>,
    user: &[String],
    image: &[String],
) -> Vec<String> {
    let replaced = |entry: &&String| REPLACED.contains(&name(entry));
    let mut entries: Vec<String> = user
        .iter()
        .filter(|entry| !replaced(entry))
        .cloned()
        .collect();
    let token = token.expose_secret();
    entries.extend([
        // The literal address: some SDKs know no other loopback name or number.
        format!("AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:{port}{PATH}"),
        format!("AWS_CONTAINER_AUTHORIZATION_TOKEN={token}"),
        format!("{}={EMPTY_FILE}", vars::AWS_SHARED_CREDENTIALS_FILE),
        format!("{BOTO_CONFIG}={EMPTY_FILE}"),
        // Without credentials, an SDK would spend seconds on the instance's.
        "AWS_EC2_METADATA_DISABLED=true".to_owned(),
    ]);
    let stale = image.iter().filter(replaced).map(|entry| name(entry));
    for stale in stale {
        if !entries.iter().any(|entry| name(entry) == stale) {
            entries.push(stale.to_owned());
        }
    }
    set_regions(&mut entries, region);
    bypass_proxies(&mut entries, image);
    entries
}

/// The names of what [`live_environment`] leaves out of `user`.
#[must_use]
pub fn left_out(user: &UserEnv) -> Vec<&str> {
    let is_left_out = |name: &str| {
        // It is set to what most people set it to.
        REPLACED.contains(&name) && name != vars::AWS_EC2_METADATA_DISABLED
    };
    user.keys()
        .map(String::as_str)
        .filter(|name| is_left_out(name))
        .collect()
}

/// Keeps clients from the credentials file in the home directory that do not know the variable for
/// all, or not by itself.
pub fn hide_credentials_file(entries: &mut Vec<String>) {
    // The SDK for JavaScript v2 reads AWS_SHARED_CREDENTIALS_FILE only beside this one.
    set(entries, vars::AWS_SDK_LOAD_CONFIG, "1");
    // GDAL's own.
    set(entries, "CPL_AWS_CREDENTIALS_FILE", EMPTY_FILE);
}

/// Keeps SDKs from the config file, whoever named one.
pub fn hide_config_file(entries: &mut Vec<String>) {
    set(entries, vars::AWS_CONFIG_FILE, EMPTY_FILE);
}

/// Some SDKs read the one variable, some the other.
fn set_regions(entries: &mut Vec<String>, region: Option<&str>) {
    let names = [vars::AWS_REGION, vars::AWS_DEFAULT_REGION];
    let users = names.iter().find_map(|name| value(entries, name));
    let Some(region) = users.or(region).map(str::to_owned) else {
        return;
    };
    for name in names {
        if value(entries, name).is_none() {
            set(entries, name, &region);
        }
    }
}

/// The Rust SDK asks the endpoint through the container's proxy unless told otherwise, which
/// would hand the token to the proxy.
fn bypass_proxies(entries: &mut Vec<String>, image: &[String]) {
    let effective = |entries: &[String], wanted: &str| {
        if entries.iter().any(|entry| name(entry) == wanted) {
            value(entries, wanted).map(str::to_owned)
        } else {
            value(image, wanted).map(str::to_owned)
        }
    };
    if !PROXIES
        .iter()
        .any(|proxy| effective(entries, proxy).is_some())
    {
        return;
    }
    let upper = effective(entries, "NO_PROXY");
    let lower = effective(entries, "no_proxy");
    // A program reads one of the two; each must say what only the other said before.
    for (name, hosts) in [
        ("NO_PROXY", upper.as_ref().or(lower.as_ref())),
        ("no_proxy", lower.as_ref().or(upper.as_ref())),
    ] {
        set(
            entries,
            name,
            &with_loopback(hosts.map_or("", |hosts| hosts)),
        );
    }
}

fn with_loopback(hosts: &str) -> String {
    if hosts.is_empty() {
        return "127.0.0.1".to_owned();
    }
    if hosts
        .split(',')
        .any(|host| matches!(host.trim(), "127.0.0.1" | "*"))
    {
        return hosts.to_owned();
    }
    format!("{hosts},127.0.0.1")
}

fn name(entry: &str) -> &str {
    entry.split_once('=').map_or(entry, |(name, _)| name)
}

/// The last value of `wanted`, as in a shell; none where it is empty or removed.
fn value<'a>(entries: &'a [String], wanted: &str) -> Option<&'a str> {
    let last = entries.iter().rev().find(|entry| name(entry) == wanted)?;
    let (_, value) = last.split_once('=')?;
    (!value.is_empty()).then_some(value)
}

fn set(entries: &mut Vec<String>, wanted: &str, value: &str) {
    entries.retain(|entry| name(entry) != wanted);
    entries.push(format!("{wanted}={value}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(region: Option<&str>, user: &[&str], image: &[&str]) -> Vec<String> {
        let owned = |entries: &[&str]| -> Vec<String> {
            entries.iter().map(|&entry| entry.to_owned()).collect()
        };
        let token = SecretString::from("secret");
        live_environment(21776, &token, region, &owned(user), &owned(image))
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
            env[5..],
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
            let mut env = environment(None, user, image);
            hide_config_file(&mut env);
            assert_eq!(value(&env, "AWS_CONFIG_FILE"), Some("/dev/null"));
            let named = env.iter().filter(|entry| name(entry) == "AWS_CONFIG_FILE");
            assert_eq!(named.count(), 1, "{env:?}");
        }
    }

    #[test]
    fn clients_with_variables_of_their_own_are_kept_from_a_credentials_file_too() {
        let mut env = environment(None, &["AWS_SDK_LOAD_CONFIG=0"], &[]);
        hide_credentials_file(&mut env);
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
        let user = user.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(left_out(&UserEnv::from(user)), ["AWS_ACCESS_KEY_ID"]);
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
