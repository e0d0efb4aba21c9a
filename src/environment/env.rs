//! The default way in: a set of credentials as `AWS_*` variables of the container.
//!
//! A secret leaves its type here, since the Engine takes a container's environment as text. `docker inspect` shows it from then on.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::SystemTime;

use secrecy::ExposeSecret as _;

use crate::container::grammar::env::{EnvEntry, EnvOrigin};
use crate::credentials::{Credentials, iso8601};
use crate::vars;

/// The credentials themselves. They belong together: half a set of one origin and half of
/// another is worse than none.
const SET: [&str; 4] = [
    vars::AWS_ACCESS_KEY_ID,
    vars::AWS_SECRET_ACCESS_KEY,
    vars::AWS_SESSION_TOKEN,
    vars::AWS_CREDENTIAL_EXPIRATION,
];

/// Variables that outrank the injected ones or confuse an SDK beside them, measured SDK by SDK.
/// A blank value breaks some of them, so they are unset and not emptied.
pub const STALE: &[&str] = &[
    "AWS_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "AMAZON_ACCESS_KEY_ID",
    "AMAZON_SECRET_ACCESS_KEY",
    "AMAZON_SESSION_TOKEN",
    vars::AWS_SECURITY_TOKEN,
    vars::AWS_PROFILE,
    vars::AWS_DEFAULT_PROFILE,
    vars::AWS_CONTAINER_CREDENTIALS_FULL_URI,
    vars::AWS_CONTAINER_CREDENTIALS_RELATIVE_URI,
    vars::AWS_CONTAINER_AUTHORIZATION_TOKEN,
    vars::AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE,
    vars::AWS_WEB_IDENTITY_TOKEN_FILE,
    vars::AWS_ROLE_ARN,
    vars::AWS_ROLE_SESSION_NAME,
    "AWS_ACCOUNT_ID",
    vars::AWS_SDK_LOAD_CONFIG,
];

/// The regions, under each name that an SDK reads.
const REGIONS: [&str; 2] = [vars::AWS_REGION, vars::AWS_DEFAULT_REGION];

/// Every name that credrun sets or unsets.
pub fn all_names() -> impl Iterator<Item = &'static str> {
    SET.into_iter().chain(REGIONS).chain(STALE.iter().copied())
}

/// What becomes of a container's environment.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Injection {
    /// Variables to set, `NAME=value`; the secrets are among them.
    pub set: Vec<String>,
    /// Variables of the image to unset, by name.
    pub unset: Vec<String>,
    /// Variables that the user has set, and that credrun therefore leaves alone.
    pub left_to_user: Vec<&'static str>,
    /// When the set ends, where it is in there and ends at all.
    pub expiration: Option<SystemTime>,
}

/// The values are secret.
impl fmt::Debug for Injection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.set.iter().map(|entry| name_of(entry)).collect();
        f.debug_struct("Injection")
            .field("set", &names)
            .field("unset", &self.unset)
            .field("left_to_user", &self.left_to_user)
            .finish_non_exhaustive()
    }
}

/// `NAME` of `NAME=value`.
fn name_of(entry: &str) -> &str {
    entry.split_once('=').map_or(entry, |(name, _)| name)
}

impl Injection {
    /// Whether credentials are among what is set.
    #[must_use]
    pub fn has_set(&self) -> bool {
        let mut names = self.set.iter().map(|entry| name_of(entry));
        names.any(|name| name == vars::AWS_ACCESS_KEY_ID)
    }

    /// A container's whole environment, as the Engine wants it: of a name that comes twice it
    /// takes the later, so that the user's own entries come last.
    ///
    /// A bare name of the user's (`-e NAME`, and nothing by that name here) takes away what the
    /// image brings, but not what credrun sets: command lines that hand on whatever is there,
    /// `docker run -e AWS_ACCESS_KEY_ID …`, stay as they are.
    pub fn into_env(self, user: impl IntoIterator<Item = String>) -> Vec<String> {
        let names: BTreeSet<String> = self
            .set
            .iter()
            .map(|entry| name_of(entry).to_owned())
            .collect();
        let own = self.unset.into_iter().chain(self.set);
        let user = user.into_iter().filter(|entry| !names.contains(entry));
        own.chain(user).collect()
    }
}

/// What the user sets in the container, by name.
pub type UserEnv = BTreeMap<String, String>;

/// What `-e` and env files set. A proxy of config.json is not the user's word.
#[must_use]
pub fn of_user(entries: &[EnvEntry]) -> UserEnv {
    let last: BTreeMap<_, _> = entries
        .iter()
        .filter(|entry| entry.origin != EnvOrigin::Proxy)
        .map(|entry| (entry.name.clone(), entry.value.clone()))
        .collect();
    last.into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

/// Whether the user sets a region for the container.
#[must_use]
pub fn sets_region(user: &UserEnv) -> bool {
    REGIONS.iter().any(|name| user.contains_key(*name))
}

/// Injects `credentials` and `region`, except for what the user has set with `-e` or a file.
///
/// `image_env` is what the image brings, `NAME=value` each: only what is there needs unsetting.
#[must_use]
pub fn inject(
    credentials: &Credentials,
    region: Option<&str>,
    user: &UserEnv,
    image_env: &[String],
) -> Injection {
    let mut injection = Injection::default();
    // botocore prefers the session token's older spelling.
    let of_a_set = SET.into_iter().chain([vars::AWS_SECURITY_TOKEN]);
    injection
        .left_to_user
        .extend(of_a_set.filter(|name| user.contains_key(*name)));
    if injection.left_to_user.is_empty() {
        injection.set.extend(set_of(credentials));
        injection.expiration = credentials.expiration;
    }
    inject_region(&mut injection, region, user);
    injection.unset = stale_names(image_env, user, &injection.set);
    injection
}

/// Both variables get one value, since each SDK reads its own. A value that the user has given to
/// one of them is meant for the other, too.
fn inject_region(injection: &mut Injection, region: Option<&str>, user: &UserEnv) {
    let of_user = REGIONS.iter().find_map(|name| user.get(*name));
    let region = of_user.map(String::as_str).or(region);
    for name in REGIONS {
        if user.contains_key(name) {
            injection.left_to_user.push(name);
        } else if let Some(region) = region {
            injection.set.push(format!("{name}={region}"));
        }
    }
}

/// What the image brings that would confuse an SDK, unless it is set anew.
fn stale_names(image_env: &[String], user: &UserEnv, set: &[String]) -> Vec<String> {
    let is_stale = |name: &str| STALE.contains(&name) || SET.contains(&name);
    let is_set = |name: &str| set.iter().any(|entry| name_of(entry) == name);
    image_env
        .iter()
        .map(|entry| name_of(entry))
        .filter(|name| is_stale(name) && !user.contains_key(*name) && !is_set(name))
        .map(str::to_owned)
        .collect()
}

fn set_of(credentials: &Credentials) -> Vec<String> {
    let token = credentials
        .session_token
        .as_ref()
        .map(|token| format!("{}={}", vars::AWS_SESSION_TOKEN, token.expose_secret()));
    let expiration = credentials
        .expiration
        .map(|end| format!("{}={}", vars::AWS_CREDENTIAL_EXPIRATION, iso8601(end)));
    [
        Some(format!(
            "{}={}",
            vars::AWS_ACCESS_KEY_ID,
            credentials.access_key_id
        )),
        Some(format!(
            "{}={}",
            vars::AWS_SECRET_ACCESS_KEY,
            credentials.secret_access_key.expose_secret()
        )),
        token,
        expiration,
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::CredentialValues;
    use std::time::{Duration, UNIX_EPOCH};

    fn credentials() -> Credentials {
        Credentials::new(CredentialValues {
            access_key_id: "ASIAEXAMPLE".to_owned(),
            secret_access_key: "secret".to_owned().into(),
            session_token: Some("token==".to_owned().into()),
            expiration: Some(UNIX_EPOCH + Duration::from_secs(1_728_549_858)),
            account_id: None,
        })
        .expect("a set")
    }

    fn image(env: &[&str]) -> Vec<String> {
        env.iter().map(|&entry| entry.to_owned()).collect()
    }

    fn user(variables: &[(&str, &str)]) -> UserEnv {
        variables
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    #[test]
    fn a_whole_set_and_both_regions_are_injected() {
        let injection = inject(&credentials(), Some("eu-west-1"), &user(&[]), &[]);
        assert_eq!(
            injection.set,
            [
                "AWS_ACCESS_KEY_ID=ASIAEXAMPLE",
                "AWS_SECRET_ACCESS_KEY=secret",
                "AWS_SESSION_TOKEN=token==",
                "AWS_CREDENTIAL_EXPIRATION=2024-10-10T08:44:18Z",
                "AWS_REGION=eu-west-1",
                "AWS_DEFAULT_REGION=eu-west-1",
            ]
        );
        assert_eq!(injection.unset, Vec::<String>::new());
    }

    #[test]
    fn debug_shows_names_and_no_secret() {
        let injection = inject(&credentials(), None, &user(&[]), &[]);
        let shown = format!("{injection:?}");
        assert!(shown.contains("AWS_SECRET_ACCESS_KEY"), "{shown}");
        assert!(
            !shown.contains("secret") && !shown.contains("token=="),
            "{shown}"
        );
    }

    #[test]
    fn what_the_image_brings_and_would_confuse_is_unset() {
        let env = image(&["PATH=/bin", "AWS_PROFILE=dev", "AWS_SECURITY_TOKEN=old"]);
        let injection = inject(&credentials(), None, &user(&[]), &env);
        assert_eq!(injection.unset, ["AWS_PROFILE", "AWS_SECURITY_TOKEN"]);
    }

    #[test]
    fn a_stale_token_of_the_image_is_unset_where_the_set_has_none() {
        let long_lived = Credentials::new(CredentialValues {
            session_token: None,
            expiration: None,
            ..(*credentials()).clone()
        })
        .expect("a set");
        let env = image(&["AWS_SESSION_TOKEN=baked-in"]);
        assert_eq!(
            inject(&long_lived, None, &user(&[]), &env).unset,
            ["AWS_SESSION_TOKEN"]
        );
    }

    #[test]
    fn a_key_of_the_users_is_never_mixed_with_a_secret_of_credruns() {
        let user = user(&[(vars::AWS_ACCESS_KEY_ID, "AKIA")]);
        let injection = inject(&credentials(), Some("eu-west-1"), &user, &[]);
        assert_eq!(
            injection.set,
            ["AWS_REGION=eu-west-1", "AWS_DEFAULT_REGION=eu-west-1"]
        );
        assert_eq!(injection.left_to_user, [vars::AWS_ACCESS_KEY_ID]);
    }

    #[test]
    fn a_session_token_in_the_older_spelling_is_half_a_set_too() {
        let user = user(&[(vars::AWS_SECURITY_TOKEN, "mine")]);
        let injection = inject(&credentials(), None, &user, &[]);
        assert_eq!(injection.set, Vec::<String>::new());
        assert_eq!(injection.left_to_user, [vars::AWS_SECURITY_TOKEN]);
    }

    #[test]
    fn a_name_without_a_value_takes_away_the_images_and_not_credruns() {
        let entry = |name: &str, value: Option<&str>| EnvEntry {
            name: name.to_owned(),
            value: value.map(str::to_owned),
            origin: EnvOrigin::Flag,
        };
        let entries = [
            entry(vars::AWS_SESSION_TOKEN, None),
            entry("MINE", None),
            // The later one counts.
            entry(vars::AWS_REGION, Some("us-east-1")),
            entry(vars::AWS_REGION, None),
        ];
        let injection = inject(&credentials(), Some("eu-west-1"), &of_user(&entries), &[]);
        assert_eq!(injection.left_to_user, Vec::<&str>::new());
        let set = injection.set.clone();
        let env = injection.into_env(["AWS_SESSION_TOKEN".to_owned(), "MINE".to_owned()]);
        assert_eq!(env, [set, vec!["MINE".to_owned()]].concat());
    }

    #[test]
    fn a_region_of_the_users_wins_for_every_sdk() {
        let user = user(&[(vars::AWS_REGION, "us-east-1")]);
        let injection = inject(&credentials(), Some("eu-west-1"), &user, &[]);
        assert!(
            injection
                .set
                .contains(&"AWS_DEFAULT_REGION=us-east-1".to_owned())
        );
        assert!(
            !injection
                .set
                .iter()
                .any(|entry| entry.starts_with("AWS_REGION="))
        );
        assert_eq!(injection.left_to_user, [vars::AWS_REGION]);
    }

    #[test]
    fn what_the_user_sets_is_not_unset() {
        let user = user(&[(vars::AWS_PROFILE, "dev")]);
        assert!(
            inject(&credentials(), None, &user, &image(&["AWS_PROFILE=x"]))
                .unset
                .is_empty()
        );
    }
}
