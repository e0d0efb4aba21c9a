//! The default way: a set of credentials as `AWS_*` variables of the container.
//!
//! Secrets become plain text here, since the Engine takes a container's environment as text.
//! `docker inspect` shows them from then on.

use std::collections::BTreeSet;
use std::time::SystemTime;

use secrecy::ExposeSecret as _;

use super::name_of;
use super::user::UserEnv;
use super::variables::{REGIONS, Treatment, WayIn, names, treatment};
use crate::container::grammar::env::{EnvEntry, EnvOrigin};
use crate::credentials::{Credentials, iso8601};
use crate::vars;

/// The changes to a container's environment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Injection {
    /// Variables to set, including the secrets.
    pub set: Vec<EnvEntry>,
    /// Variables of the image to unset, by name.
    pub unset: Vec<String>,
    /// Variables that the user has set, so credrun does not change them.
    pub left_to_user: Vec<&'static str>,
    /// When the set expires, if it is injected and has an expiration.
    pub expiration: Option<SystemTime>,
}

impl Injection {
    /// Whether credentials are among the variables to set.
    #[must_use]
    pub(crate) fn has_set(&self) -> bool {
        self.set
            .iter()
            .any(|entry| entry.name == vars::AWS_ACCESS_KEY_ID)
    }

    /// A container's whole environment, in the Engine's order. The last entry for a name wins, so
    /// the user's own entries come last.
    ///
    /// A bare name from the user (`-e NAME`, with no such variable here) removes the image's
    /// variable, but not one that credrun sets. Command lines that pass variables through, such as
    /// `docker run -e AWS_ACCESS_KEY_ID …`, therefore work unchanged.
    #[must_use]
    pub(crate) fn into_env(self, user: &[EnvEntry]) -> Vec<EnvEntry> {
        let set: BTreeSet<String> = self.set.iter().map(|entry| entry.name.clone()).collect();
        let unset = self.unset.iter().map(|name| credruns(name, None));
        let user = user
            .iter()
            .filter(|entry| entry.value.is_some() || !set.contains(&entry.name));
        unset.chain(self.set).chain(user.cloned()).collect()
    }
}

fn credruns(name: &str, value: Option<String>) -> EnvEntry {
    EnvEntry::new(name, value, EnvOrigin::Credrun)
}

/// Injects `credentials` and `region`, except what the user has set with `-e` or an env file.
///
/// `image_env` has the image's variables, `NAME=value` each: only those need unsetting.
#[must_use]
pub(crate) fn inject(
    credentials: &Credentials,
    region: Option<&str>,
    user: &UserEnv<'_>,
    image_env: &[String],
) -> Injection {
    let mut injection = Injection::default();
    injection
        .left_to_user
        .extend(of_a_set().filter(|name| user.has(name)));
    if injection.left_to_user.is_empty() {
        injection.set.extend(set_of(credentials));
        injection.expiration = credentials.expiration;
    }
    inject_region(&mut injection, region, user);
    for name in names(WayIn::Environment, Treatment::Unset) {
        if user.has(name) && !injection.left_to_user.contains(&name) {
            injection.left_to_user.push(name);
        }
    }
    injection.unset = stale_names(image_env, user, &injection.set);
    injection
}

/// Whether the user has set a variable of a set, so that none is injected.
pub(crate) fn keeps_own_set(user: &UserEnv<'_>) -> bool {
    of_a_set().any(|name| user.has(name))
}

/// botocore prefers the session token's older spelling.
fn of_a_set() -> impl Iterator<Item = &'static str> {
    names(WayIn::Environment, Treatment::Set).chain([vars::AWS_SECURITY_TOKEN])
}

/// Both variables get the same value, since each SDK reads its own. A value that the user set for
/// one applies to the other, too.
fn inject_region(injection: &mut Injection, region: Option<&str>, user: &UserEnv<'_>) {
    let region = REGIONS.iter().find_map(|name| user.get(name)).or(region);
    for name in REGIONS {
        if user.has(name) {
            injection.left_to_user.push(name);
        } else if let Some(region) = region {
            injection.set.push(credruns(name, Some(region.to_owned())));
        }
    }
}

/// The image's variables that would confuse an SDK, unless they are set anew.
fn stale_names(image_env: &[String], user: &UserEnv<'_>, set: &[EnvEntry]) -> Vec<String> {
    let is_stale = |name: &str| treatment(name, WayIn::Environment).is_in_the_way();
    let is_set = |name: &str| set.iter().any(|entry| entry.name == name);
    image_env
        .iter()
        .map(|entry| name_of(entry))
        .filter(|name| is_stale(name) && !user.has(name) && !is_set(name))
        .map(str::to_owned)
        .collect()
}

fn set_of(credentials: &Credentials) -> impl Iterator<Item = EnvEntry> {
    let token = credentials.session_token.as_ref();
    let secret = credentials.secret_access_key.expose_secret();
    [
        (
            vars::AWS_ACCESS_KEY_ID,
            Some(credentials.access_key_id.clone()),
        ),
        (vars::AWS_SECRET_ACCESS_KEY, Some(secret.to_owned())),
        (
            vars::AWS_SESSION_TOKEN,
            token.map(|token| token.expose_secret().to_owned()),
        ),
        (
            vars::AWS_CREDENTIAL_EXPIRATION,
            credentials.expiration.map(iso8601),
        ),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some(credruns(name, Some(value?))))
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

    fn user(variables: &[(&str, &str)]) -> Vec<EnvEntry> {
        let entry = |&(name, value): &(&str, &str)| {
            EnvEntry::new(name, Some(value.to_owned()), EnvOrigin::Flag)
        };
        variables.iter().map(entry).collect()
    }

    fn text(entries: &[EnvEntry]) -> Vec<String> {
        entries.iter().map(ToString::to_string).collect()
    }

    /// The injection of the test set, given the variables of the user and the image.
    fn beside(region: Option<&str>, user: &[EnvEntry], image: &[String]) -> Injection {
        inject(&credentials(), region, &UserEnv::of(user), image)
    }

    #[test]
    fn a_whole_set_and_both_regions_are_injected() {
        let injection = beside(Some("eu-west-1"), &[], &[]);
        assert_eq!(
            text(&injection.set),
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
        let injection = beside(None, &[], &[]);
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
        let injection = beside(None, &[], &env);
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
            inject(&long_lived, None, &UserEnv::default(), &env).unset,
            ["AWS_SESSION_TOKEN"]
        );
    }

    #[test]
    fn a_key_of_the_users_is_never_mixed_with_a_secret_of_credruns() {
        let user = user(&[(vars::AWS_ACCESS_KEY_ID, "AKIA")]);
        let injection = beside(Some("eu-west-1"), &user, &[]);
        assert_eq!(
            text(&injection.set),
            ["AWS_REGION=eu-west-1", "AWS_DEFAULT_REGION=eu-west-1"]
        );
        assert_eq!(injection.left_to_user, [vars::AWS_ACCESS_KEY_ID]);
        assert!(!injection.has_set());
    }

    #[test]
    fn a_session_token_in_the_older_spelling_is_half_a_set_too() {
        let user = user(&[(vars::AWS_SECURITY_TOKEN, "mine")]);
        let injection = beside(None, &user, &[]);
        assert_eq!(injection.set, []);
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
            // The last entry wins.
            entry(vars::AWS_REGION, Some("us-east-1")),
            entry(vars::AWS_REGION, None),
        ];
        let injection = beside(Some("eu-west-1"), &entries, &[]);
        assert_eq!(injection.left_to_user, Vec::<&str>::new());
        let set = text(&injection.set);
        let env = text(&injection.into_env(&entries[..2]));
        assert_eq!(env, [set, vec!["MINE".to_owned()]].concat());
    }

    #[test]
    fn a_region_of_the_users_wins_for_every_sdk() {
        let user = user(&[(vars::AWS_REGION, "us-east-1")]);
        let injection = beside(Some("eu-west-1"), &user, &[]);
        let set = text(&injection.set);
        assert!(set.contains(&"AWS_DEFAULT_REGION=us-east-1".to_owned()));
        assert!(!set.iter().any(|entry| entry.starts_with("AWS_REGION=")));
        assert_eq!(injection.left_to_user, [vars::AWS_REGION]);
    }

    #[test]
    fn what_the_user_sets_is_not_unset() {
        let user = user(&[(vars::AWS_PROFILE, "dev")]);
        assert!(
            beside(None, &user, &image(&["AWS_PROFILE=x"]))
                .unset
                .is_empty()
        );
    }

    #[test]
    fn a_variable_of_the_users_that_outranks_the_set_is_told_and_the_set_is_there() {
        let user = user(&[(vars::AWS_PROFILE, "dev")]);
        let injection = beside(None, &user, &[]);
        assert!(injection.has_set());
        assert_eq!(injection.left_to_user, [vars::AWS_PROFILE]);
    }
}
