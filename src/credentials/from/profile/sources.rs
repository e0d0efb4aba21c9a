//! The sources within one profile: web identity, Identity Center, keys, a login, a command.

use aws_config::profile::Profile;

use super::{ProfileError, Walk, has_keys};
use crate::credentials::error::CredentialsError;
use crate::credentials::from::credential_process::{self, CredentialProcess};
use crate::credentials::from::sso_settings::Sso;
use crate::credentials::from::web_identity::WebIdentity;
use crate::credentials::origin::{Origin, ProfileKind};
use crate::credentials::route::base::Base;
use crate::credentials::set::{CredentialValues, Credentials};
use crate::credentials::sts::role;

/// Which files to look for keys in.
#[derive(Clone, Copy)]
enum KeyFile {
    Credentials,
    Config,
}

impl Walk<'_> {
    /// The first source in this profile that needs no role assumed with another set. The keys in
    /// the two files are two sources; a command comes between them.
    pub(crate) fn base(
        &self,
        profile: &Profile,
        is_a_source: bool,
    ) -> Result<Option<Base>, CredentialsError> {
        let sources: [&dyn Fn() -> Result<Option<Base>, CredentialsError>; 6] = [
            &|| Ok(self.web_identity(profile)?.map(Base::WebIdentity)),
            &|| Ok(self.sso(profile)?.map(Base::Sso)),
            &|| self.keys(profile, KeyFile::Credentials),
            &|| Ok(login(profile)),
            &|| Ok(self.process(profile)),
            &|| self.keys(profile, KeyFile::Config),
        ];
        for source in sources {
            if let Some(base) = source()? {
                return Ok(Some(base));
            }
        }
        // The AWS CLI skips a secret without an ID. credrun reports it as a mistake.
        let (present, missing) = ("aws_secret_access_key", "aws_access_key_id");
        if profile.get(present).is_some() {
            return Err(self.wrong(profile, ProfileError::Half { present, missing }));
        }
        if is_a_source {
            return Err(self.wrong(profile, ProfileError::NothingInSource));
        }
        Ok(None)
    }

    fn process(&self, profile: &Profile) -> Option<Base> {
        let name = profile.name().to_owned();
        profile.get("credential_process").map(|command| {
            Base::Process(CredentialProcess {
                place: self.profiles.place(&name).cloned(),
                profile: name,
                command: command.into(),
                account_id: profile.get("aws_account_id").map(str::to_owned),
                led_here: credential_process::led_here(self.environment),
            })
        })
    }

    /// The keys of one file. A pair that is split between the files does not count, and a token in
    /// the other file does not belong to these keys.
    fn keys(&self, profile: &Profile, file: KeyFile) -> Result<Option<Base>, CredentialsError> {
        if !has_keys(profile) {
            return Ok(None);
        }
        let name = profile.name();
        let (section, file) = match file {
            KeyFile::Credentials => (self.profiles.in_credentials_file(name), "credentials"),
            KeyFile::Config => (self.profiles.in_config_file(name), "config"),
        };
        let get = |key| section.as_ref().and_then(|section| section.get(key));
        let filled = |key| get(key).filter(|value| !value.is_empty());
        let (present, missing) = ("aws_access_key_id", "aws_secret_access_key");
        let Some(access_key_id) = get(present) else {
            return Ok(None);
        };
        let Some(secret) = get(missing) else {
            let half = ProfileError::HalfInFile {
                present,
                missing,
                file,
            };
            return Err(self.wrong(profile, half));
        };
        // botocore reads the older spelling too; most tools write the newer one.
        let token = filled("aws_session_token").or_else(|| filled("aws_security_token"));
        let set = Credentials::new(CredentialValues {
            access_key_id: access_key_id.to_owned(),
            secret_access_key: secret.into(),
            session_token: token.map(Into::into),
            expiration: None,
            account_id: filled("aws_account_id").map(str::to_owned),
        })
        .map_err(|error| self.wrong(profile, ProfileError::Unusable(error)))?;
        let origin = Origin::Profile {
            name: name.to_owned(),
            kind: ProfileKind::Keys,
        };
        Ok(Some(Base::Keys(set, origin)))
    }

    fn web_identity(&self, profile: &Profile) -> Result<Option<WebIdentity>, CredentialsError> {
        let Some(file) = profile.get("web_identity_token_file") else {
            return Ok(None);
        };
        let Some(role_arn) = profile.get("role_arn") else {
            let (present, missing) = ("web_identity_token_file", "role_arn");
            return Err(self.wrong(profile, ProfileError::Half { present, missing }));
        };
        self.checked(profile, "role_arn", role::check_role_arn(role_arn))?;
        Ok(Some(WebIdentity {
            token_file: file.into(),
            role_arn: role_arn.to_owned(),
            session_name: profile.get("role_session_name").map(str::to_owned),
            duration: self.duration(profile)?,
            profile: Some(profile.name().to_owned()),
        }))
    }

    fn sso(&self, profile: &Profile) -> Result<Option<Sso>, CredentialsError> {
        // A session or a start URL alone serves to log in for something else.
        let wanted = ["sso_account_id", "sso_role_name"];
        let Some(present) = wanted.into_iter().find(|key| profile.get(key).is_some()) else {
            return Ok(None);
        };
        let session = profile.get("sso_session");
        if let Some(session) = session
            && !self.profiles.has_sso_session(session)
        {
            let error = ProfileError::NoSsoSession(session.to_owned());
            return Err(self.wrong(profile, error));
        }
        let of_session = |key| self.profiles.sso_session(session?, key);
        let need = |key: &'static str| match (of_session(key), profile.get(key)) {
            (Some(of_session), Some(of_profile)) if of_session != of_profile => {
                Err(ProfileError::Contradiction {
                    key,
                    session: session.unwrap_or_default().to_owned(),
                    of_profile: of_profile.to_owned(),
                    of_session: of_session.to_owned(),
                })
            }
            (Some(value), _) | (None, Some(value)) => Ok(value.to_owned()),
            (None, None) => Err(ProfileError::Half {
                present,
                missing: key,
            }),
        };
        let need = |key| need(key).map_err(|error| self.wrong(profile, error));
        Ok(Some(Sso {
            profile: profile.name().to_owned(),
            account_id: need("sso_account_id")?,
            role_name: need("sso_role_name")?,
            start_url: need("sso_start_url")?,
            region: need("sso_region")?,
            session: session.map(str::to_owned),
        }))
    }
}

fn login(profile: &Profile) -> Option<Base> {
    profile.get("login_session").map(|session| Base::Login {
        profile: profile.name().to_owned(),
        session: session.to_owned(),
    })
}
