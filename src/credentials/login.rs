//! Which login a profile needs.

use super::config_file::Profiles;
use super::error::CredentialsError;
use super::from::profile;
use super::from::profile::error::ProfileError;
use super::from::profile::refusal::{missing, wrong_in};
use super::origin::Origin;
use super::plan::{Pick, ProfileName};
use crate::cli::aws::CredentialSource;
use crate::credentials::route::base::Base;
use crate::files;
use crate::vars::Environment;

/// What has to be done before a profile has credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The profile that was chosen.
    pub profile: String,
    pub needs: Needs,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Needs {
    /// `aws sso login` for this profile: the chosen one, or its source.
    Sso(String),
    /// `aws login` for this profile.
    SignIn(String),
    /// No login: the credentials come from there.
    Nothing(Origin),
}

impl Login {
    /// Finds out what the profile `flag` needs, or else that of the environment, or `default`.
    ///
    /// # Errors
    /// The config files or the profile cannot be used, or the profile has no settings for
    /// credentials.
    pub async fn find(
        flag: Option<&str>,
        environment: &Environment,
    ) -> Result<Self, CredentialsError> {
        let (flag, environment) = (flag.map(str::to_owned), environment.clone());
        files::off_thread(move || Self::read(flag.as_deref(), &environment)).await
    }

    fn read(flag: Option<&str>, environment: &Environment) -> Result<Self, CredentialsError> {
        let pick = Pick::Only(CredentialSource::Profile);
        let asked = ProfileName::resolve(flag, pick, environment)?;
        let profiles = Profiles::load(environment)?;
        let name = &asked.name;
        if profiles.get(name).is_none() {
            return Err(missing(&profiles, &asked));
        }
        let found = profile::resolve(&profiles, name, environment)?;
        let (base, _roles) = found.ok_or_else(|| {
            let error = ProfileError::NoSettings { name: name.clone() };
            wrong_in(&profiles, name, error)
        })?;
        let needs = match base {
            Base::Sso(sso) => Needs::Sso(sso.profile),
            Base::Login { profile, .. } => Needs::SignIn(profile),
            other => Needs::Nothing(other.origin()),
        };
        Ok(Self {
            profile: asked.name,
            needs,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::origin::ProfileKind;
    use crate::vars;

    const CONFIG: &str = "\
[profile session]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Deploy
[sso-session corp]
sso_region = eu-west-1
sso_start_url = https://corp.example/start
[profile older]
sso_region = eu-west-1
sso_start_url = https://corp.example/start
sso_account_id = 123456789012
sso_role_name = Deploy
[profile role]
role_arn = arn:aws:iam::123456789012:role/deploy
source_profile = session
[profile console]
login_session = arn:aws:iam::123456789012:user/me
[profile command]
credential_process = /bin/true
[profile instance]
role_arn = arn:aws:iam::123456789012:role/deploy
credential_source = Ec2InstanceMetadata
[profile region]
region = eu-west-1
";

    fn needs(profile: Option<&str>, variable: (&str, &str)) -> Result<Login, CredentialsError> {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), CONFIG).expect("written");
        let path = file.path().to_str().expect("UTF-8");
        let environment = Environment::fixed([(vars::AWS_CONFIG_FILE, path), variable]);
        Login::read(profile, &environment)
    }

    fn of(profile: &str) -> Needs {
        needs(Some(profile), ("X", "")).expect("a profile").needs
    }

    #[test]
    fn a_profile_needs_the_login_that_its_settings_are_for() {
        assert_eq!(of("session"), Needs::Sso("session".to_owned()));
        assert_eq!(of("older"), Needs::Sso("older".to_owned()));
        assert_eq!(of("console"), Needs::SignIn("console".to_owned()));
    }

    #[test]
    fn a_role_needs_the_login_of_its_source() {
        assert_eq!(of("role"), Needs::Sso("session".to_owned()));
    }

    #[test]
    fn a_profile_with_another_source_needs_no_login() {
        let command = Origin::Profile {
            name: "command".to_owned(),
            kind: ProfileKind::Process,
        };
        assert_eq!(of("command"), Needs::Nothing(command));
        assert_eq!(of("instance"), Needs::Nothing(Origin::InstanceMetadata));
    }

    #[test]
    fn the_environment_names_the_profile_where_no_flag_does() {
        let chosen = |flag, variable| needs(flag, variable).expect("a profile").profile;
        let variable = (vars::AWS_PROFILE, "console");
        assert_eq!(chosen(None, variable), "console");
        assert_eq!(chosen(Some("older"), variable), "older");
    }

    #[test]
    fn a_profile_without_credentials_and_one_that_is_not_there_are_refused() {
        let refused = |flag| needs(flag, ("X", "")).expect_err("refused");
        let hint = refused(Some("region")).hint().expect("advice");
        assert!(
            hint.contains("aws configure sso --profile region"),
            "{hint}"
        );
        for nobody in [None, Some("nobody")] {
            let hint = refused(nobody).hint().expect("advice");
            assert!(hint.contains("the profiles are: "), "{hint}");
        }
    }
}
