//! Chooses the source in the AWS CLI's order, without any request.
//!
//! A [`Route`] is a [`Base`], which can be queried for a set, and the roles to assume from it.
//! Every source before the chosen one gives a one-line reason why it was skipped, so that "no
//! credentials" is never the whole message.

pub(crate) mod base;
pub(crate) mod candidate;
pub(crate) mod passed;

use super::config_file::Profiles;
use super::error::CredentialsError;
use super::from::profile;
use super::from::web_identity::WebIdentity;
use super::plan::{NamedBy, Pick, SourcePlan};
use super::sts::role::{self, Role};
use crate::cli::aws::CredentialSource;
use crate::vars::{self, Environment};

use base::Base;
use candidate::{Candidate, from_endpoint, from_environment, from_metadata_service, unset};
use passed::Passed;

/// How to get a set.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    pub(crate) base: Base,
    /// Roles to assume, in order: the profile's, then the flags'.
    pub(crate) roles: Vec<Role>,
    /// The sources that were skipped, and why.
    pub(crate) passed: Vec<Passed>,
}

impl Route {
    /// Refuses flags that AWS would not accept for this source.
    pub(crate) fn check(&self, plan: &SourcePlan) -> Result<(), CredentialsError> {
        if self.roles.is_empty() {
            plan.about_role.refuse_without_a_role()?;
            if let Some(seconds) = plan.duration {
                self.check_takes_duration(seconds, plan.long_lived)?;
            }
        } else if let Some(seconds) = plan.duration {
            role::check_duration(seconds, self.base.is_a_role() || self.roles.len() > 1)?;
        }
        let device = self.roles.first().and_then(|role| role.mfa.as_ref());
        if plan.mfa.code.is_some() && plan.mfa.device.is_none() && device.is_none() {
            return Err(CredentialsError::NoDevice);
        }
        Ok(())
    }

    /// Whether getting a set is certain to need STS.
    pub(crate) fn asks_sts(&self, plan: &SourcePlan) -> bool {
        let by_base = match &self.base {
            Base::WebIdentity(_) => true,
            Base::Keys(set, _) => set.are_long_lived() && !plan.long_lived,
            _ => false,
        };
        by_base || !self.roles.is_empty()
    }

    /// Refuses `--duration-seconds` if nothing is created whose lifetime it could set.
    fn check_takes_duration(&self, seconds: u32, long_lived: bool) -> Result<(), CredentialsError> {
        let problem = match &self.base {
            Base::Keys(set, _) if set.are_long_lived() && long_lived => {
                "keys that --long-lived passes on do not expire".to_owned()
            }
            // Keys are exchanged for a session, and a command may print such keys.
            Base::Keys(set, _) if set.are_long_lived() => return Ok(()),
            Base::Process(_) => return Ok(()),
            Base::WebIdentity(_) => return role::check_duration(seconds, false),
            Base::Keys(..)
            | Base::Endpoint(_)
            | Base::InstanceMetadata
            | Base::Sso(_)
            | Base::Login { .. } => {
                let origin = self.base.origin();
                format!("credrun cannot choose how long credentials from {origin} last")
            }
        };
        Err(CredentialsError::flag(
            "--duration-seconds",
            problem,
            "it is for a role (--role-arn) or a session of long-lived keys; --min-ttl asks for credentials with that much time left, --live renews them",
        ))
    }
}

/// The first source of the plan that can be queried.
pub(crate) fn choose(
    plan: &SourcePlan,
    environment: &Environment,
    profiles: &Profiles,
) -> Result<Route, CredentialsError> {
    profile::check_exists(profiles, &plan.profile)?;
    let mut passed = Vec::new();
    for step in steps(plan.pick, plan.profile.named_by) {
        match candidate(*step, plan, environment, profiles)? {
            Ok((mut base, mut roles)) => {
                roles.extend(plan.roles.iter().cloned());
                if let (Base::WebIdentity(identity), []) = (&mut base, &roles[..]) {
                    identity.duration = plan.duration.or(identity.duration);
                }
                if let Some(last) = roles.last_mut() {
                    plan.about_role.apply_to(last);
                    last.duration = plan.duration.or(last.duration);
                }
                return Ok(Route {
                    base,
                    roles,
                    passed,
                });
            }
            // The profile is checked twice: first for a role, then, after web identity, for any
            // credentials. Only then is it known to have none.
            Err(_) if *step == Step::RoleOfProfile => {}
            Err(reason) => passed.push(reason),
        }
    }
    Err(CredentialsError::NotFound { passed })
}

/// One check of one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Environment,
    RoleOfProfile,
    WebIdentity,
    Profile,
    Endpoint,
    InstanceMetadata,
}

/// botocore's order (`create_credential_resolver`). A profile given by flag removes the
/// environment's keys and web identity from it; one given by variable does not.
pub(crate) fn steps(pick: Pick, named_by: NamedBy) -> &'static [Step] {
    use Step::{Endpoint, InstanceMetadata, Profile, RoleOfProfile, WebIdentity};
    match (pick, named_by) {
        (Pick::Only(CredentialSource::Environment), _) => &[Step::Environment],
        (Pick::Only(CredentialSource::EcsContainer), _) => &[Endpoint],
        (Pick::Only(CredentialSource::Ec2InstanceMetadata), _) => &[InstanceMetadata],
        (Pick::Only(CredentialSource::Profile), _) => &[Profile],
        (Pick::Chain, NamedBy::Flag) => &[Profile, Endpoint, InstanceMetadata],
        (Pick::Chain, _) => &[
            Step::Environment,
            RoleOfProfile,
            WebIdentity,
            Profile,
            Endpoint,
            InstanceMetadata,
        ],
    }
}

/// The result of one step.
pub(crate) fn candidate(
    step: Step,
    plan: &SourcePlan,
    environment: &Environment,
    profiles: &Profiles,
) -> Result<Candidate, CredentialsError> {
    match step {
        Step::Environment => from_environment(environment),
        Step::WebIdentity => {
            let profile = profiles.get(&plan.profile.name);
            Ok(WebIdentity::from_environment(environment, profile)?
                .map(|identity| (Base::WebIdentity(identity), Vec::new()))
                .ok_or_else(|| unset("web identity", vars::AWS_WEB_IDENTITY_TOKEN_FILE)))
        }
        Step::RoleOfProfile => from_profile(plan, environment, profiles, true),
        Step::Profile => from_profile(plan, environment, profiles, false),
        Step::Endpoint => from_endpoint(environment),
        Step::InstanceMetadata => Ok(from_metadata_service(environment)),
    }
}

fn from_profile(
    plan: &SourcePlan,
    environment: &Environment,
    profiles: &Profiles,
    roles_only: bool,
) -> Result<Candidate, CredentialsError> {
    profile::check_exists(profiles, &plan.profile)?;
    let name = &plan.profile.name;
    let Some(profile) = profiles.get(name) else {
        return Ok(Err(Passed::new("profile", no_default(profiles))));
    };
    if roles_only && !profile::is_a_role(profile) {
        return Ok(Err(Passed::new("profile", no_credentials(name))));
    }
    let found = profile::resolve(profiles, name, environment)?;
    Ok(found.ok_or_else(|| Passed::new("profile", no_credentials(name))))
}

fn no_credentials(name: &str) -> String {
    format!("{name:?} has no settings for credentials")
}

fn no_default(profiles: &Profiles) -> String {
    let names = profiles.names();
    if !names.is_empty() {
        return format!(
            "none is called \"default\"; the profiles are: {}",
            names.join(", ")
        );
    }
    let files: Vec<String> = profiles
        .files()
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    if files.is_empty() {
        "HOME is not set".to_owned()
    } else {
        format!("no profile in {}", files.join(" or "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::aws::AwsArgs;

    const KEYS: [(&str, &str); 2] = [
        (vars::AWS_ACCESS_KEY_ID, "AKIAEXAMPLE"),
        (vars::AWS_SECRET_ACCESS_KEY, "s"),
    ];
    const TOKEN: (&str, &str) = (vars::AWS_SESSION_TOKEN, "t");
    const CLOUDSHELL: (&str, &str) = (
        vars::AWS_CONTAINER_CREDENTIALS_FULL_URI,
        "http://localhost:1338/latest/meta-data/container/security-credentials",
    );

    fn for_a_quarter_of_an_hour() -> AwsArgs {
        AwsArgs {
            duration_seconds: Some(900),
            ..AwsArgs::default()
        }
    }

    fn check(args: &AwsArgs, environment: &Environment) -> Result<Route, CredentialsError> {
        let plan = SourcePlan::resolve(args, environment)?;
        let route = choose(&plan, environment, &Profiles::load(environment)?)?;
        route.check(&plan).map(|()| route)
    }

    #[test]
    fn a_duration_is_refused_where_nothing_takes_it() {
        let [id, secret] = KEYS;
        let temporary = Environment::fixed([id, secret, TOKEN]);
        let args = for_a_quarter_of_an_hour();
        for environment in [&temporary, &Environment::fixed([CLOUDSHELL])] {
            let refused = check(&args, environment).expect_err("refused").to_string();
            assert!(refused.starts_with("--duration-seconds: "), "{refused}");
        }
        let handed_on = AwsArgs {
            long_lived: true,
            ..args.clone()
        };
        let long_lived = Environment::fixed(KEYS);
        assert!(check(&handed_on, &long_lived).is_err());
        assert!(check(&args, &long_lived).is_ok());
        let role = AwsArgs {
            role_arn: vec!["arn:aws:iam::123456789012:role/deploy".to_owned()],
            ..args
        };
        assert!(check(&role, &temporary).is_ok());
    }

    const ROLE: &str = "arn:aws:iam::123456789012:role/deploy";
    const WEB_IDENTITY: [(&str, &str); 2] = [
        (vars::AWS_WEB_IDENTITY_TOKEN_FILE, "/run/token"),
        (vars::AWS_ROLE_ARN, ROLE),
    ];

    #[test]
    fn an_hour_is_the_longest_for_a_role_that_is_assumed_from_a_role() {
        let for_hours = |seconds| AwsArgs {
            role_arn: vec![ROLE.to_owned()],
            duration_seconds: Some(seconds),
            ..AwsArgs::default()
        };
        let [id, secret] = KEYS;
        let temporary = Environment::fixed([id, secret, TOKEN]);
        assert!(check(&for_hours(43_200), &temporary).is_ok());

        let of_a_role = Environment::fixed(WEB_IDENTITY);
        assert!(check(&for_hours(3600), &of_a_role).is_ok());
        assert!(check(&for_hours(3601), &of_a_role).is_err());

        let config = tempfile::NamedTempFile::new().expect("a file");
        let text = format!(
            "[profile a]\nrole_arn = {ROLE}\nsource_profile = k\nrole_session_name = me\n\
             [profile k]\naws_access_key_id = AKIA\naws_secret_access_key = s\n"
        );
        std::fs::write(config.path(), text).expect("written");
        let path = config.path().to_str().expect("UTF-8");
        let environment = Environment::fixed([(vars::AWS_CONFIG_FILE, path)]);
        let with_profile = |seconds| AwsArgs {
            profile: Some("a".to_owned()),
            ..for_hours(seconds)
        };
        let route = check(&with_profile(3600), &environment).expect("a route");
        assert_eq!(route.roles[0].session_name.as_deref(), Some("me"));
        assert!(check(&with_profile(3601), &environment).is_err());
    }

    #[test]
    fn sts_is_asked_for_roles_web_identities_and_sessions_of_long_lived_keys() {
        let asks = |args: &AwsArgs, environment: &Environment| {
            let route = check(args, environment).expect("a route");
            let plan = SourcePlan::resolve(args, environment).expect("a plan");
            route.asks_sts(&plan)
        };
        let [id, secret] = KEYS;
        let temporary = Environment::fixed([id, secret, TOKEN]);
        let long_lived = Environment::fixed(KEYS);
        let none = AwsArgs::default();
        assert!(asks(&none, &long_lived));
        assert!(asks(&none, &Environment::fixed(WEB_IDENTITY)));
        assert!(!asks(&none, &temporary));
        assert!(!asks(&none, &Environment::fixed([CLOUDSHELL])));
        let as_they_are = AwsArgs {
            long_lived: true,
            ..AwsArgs::default()
        };
        assert!(!asks(&as_they_are, &long_lived));
        let role = AwsArgs {
            role_arn: vec![ROLE.to_owned()],
            ..AwsArgs::default()
        };
        assert!(asks(&role, &temporary));
    }

    #[test]
    fn a_web_identity_lives_as_long_as_was_asked_for() {
        let environment = Environment::fixed([
            (vars::AWS_WEB_IDENTITY_TOKEN_FILE, "/run/token"),
            (vars::AWS_ROLE_ARN, "arn:aws:iam::123456789012:role/deploy"),
        ]);
        let route = check(&for_a_quarter_of_an_hour(), &environment).expect("a route");
        assert!(matches!(route.base, Base::WebIdentity(token) if token.duration == Some(900)));
        let days = AwsArgs {
            duration_seconds: Some(129_600),
            ..AwsArgs::default()
        };
        assert!(check(&days, &environment).is_err());
    }
}
