//! What a profile says: a source, and roles to assume from it.
//!
//! aws-config can do this too, but passes over `mfa_serial` and `duration_seconds` in silence.
//! The rules are the SDKs' (`assume-role-tests.json` of smithy-rs): `role_arn` needs one of
//! `source_profile` and `credential_source`; further down, static keys win over a `role_arn`; a
//! profile may be its own source; any other repetition is a loop.

mod error;

use aws_config::profile::Profile;

use super::config_file::{Place, Profiles};
use super::credential_process::{self, CredentialProcess};
use super::error::CredentialsError;
use super::mfa::Mfa;
use super::origin::{Origin, ProfileKind};
use super::plan::{NamedBy, ProfileName};
use super::role::{self, Role};
use super::route::{self, Base};
use super::set::{CredentialValues, Credentials};
use super::web_identity::WebIdentity;
use crate::vars::Environment;

pub use error::ProfileError;

/// IAM Identity Center, as a profile describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sso {
    pub(crate) profile: String,
    pub(crate) account_id: String,
    pub(crate) role_name: String,
    pub(crate) start_url: String,
    pub(crate) region: String,
    pub(crate) session: Option<String>,
}

/// That the profile which was asked for is not defined.
pub(crate) fn missing(profiles: &Profiles, asked: &ProfileName) -> CredentialsError {
    let variable = match asked.named_by {
        NamedBy::Variable(name) => Some(name),
        NamedBy::Flag | NamedBy::Nobody => None,
    };
    let problem = ProfileError::Missing {
        existing: profiles.names(),
        variable,
    };
    wrong(&asked.name, None, problem)
}

fn wrong(profile: &str, place: Option<&Place>, source: ProfileError) -> CredentialsError {
    CredentialsError::Profile {
        profile: profile.to_owned(),
        place: place.cloned(),
        source,
    }
}

/// Whether the profile assumes a role with another set: a role of a web identity token does not.
pub(crate) fn is_a_role(profile: &Profile) -> bool {
    profile.get("role_arn").is_some() && profile.get("web_identity_token_file").is_none()
}

/// The source and the roles of profile `name`, the first role to assume first. None where it
/// says nothing about credentials.
pub(crate) fn resolve(
    profiles: &Profiles,
    name: &str,
    environment: &Environment,
) -> Result<Option<(Base, Vec<Role>)>, CredentialsError> {
    Walk {
        profiles,
        environment,
        visited: Vec::new(),
        roles: Vec::new(),
    }
    .from(name)
}

struct Walk<'a> {
    profiles: &'a Profiles,
    environment: &'a Environment,
    visited: Vec<String>,
    roles: Vec<Role>,
}

impl<'a> Walk<'a> {
    fn from(mut self, name: &str) -> Result<Option<(Base, Vec<Role>)>, CredentialsError> {
        let mut name = name.to_owned();
        let base = loop {
            let profile = self.enter(&name)?;
            let further_down = self.visited.len() > 1;
            let has_keys = profile.get("aws_access_key_id").is_some();
            if !is_a_role(profile) || (further_down && has_keys) {
                break self.base(profile, further_down)?;
            }
            self.roles.push(self.role(profile)?);
            match (
                profile.get("source_profile"),
                profile.get("credential_source"),
            ) {
                (Some(_), Some(_)) => return Err(self.wrong(profile, ProfileError::TwoSources)),
                (None, None) => return Err(self.wrong(profile, ProfileError::NoSource)),
                (None, Some(source)) => break Some(self.named_source(profile, source)?),
                (Some(source), None) if source == profile.name() => {
                    break self.base(profile, true)?;
                }
                (Some(source), None) => name = source.to_owned(),
            }
        };
        // From the profile that was asked for down to the source; they are assumed upwards.
        self.roles.reverse();
        self.check_durations()?;
        Ok(base.map(|base| (base, self.roles)))
    }

    fn enter(&mut self, name: &str) -> Result<&'a Profile, CredentialsError> {
        if self.visited.iter().any(|visited| visited == name) {
            let mut circle = self.visited.clone();
            circle.push(name.to_owned());
            let place = self.profiles.place(&self.visited[0]);
            return Err(wrong(&self.visited[0], place, ProfileError::Loop(circle)));
        }
        let Some(profile) = self.profiles.get(name) else {
            let from = self.visited.last().map_or(name, String::as_str);
            let name = name.to_owned();
            let place = self.profiles.place(from);
            return Err(wrong(from, place, ProfileError::MissingSource { name }));
        };
        self.visited.push(name.to_owned());
        Ok(profile)
    }

    fn wrong(&self, profile: &Profile, error: ProfileError) -> CredentialsError {
        wrong(profile.name(), self.profiles.place(profile.name()), error)
    }

    /// A value that a check of the flags refuses is refused here with the profile's key.
    fn checked(
        &self,
        profile: &Profile,
        key: &'static str,
        result: Result<(), CredentialsError>,
    ) -> Result<(), CredentialsError> {
        match result {
            Err(CredentialsError::Flag { problem, .. }) => {
                Err(self.wrong(profile, ProfileError::Value { key, problem }))
            }
            other => other,
        }
    }

    fn role(&self, profile: &Profile) -> Result<Role, CredentialsError> {
        let text = |key| profile.get(key).map(str::to_owned);
        let arn = text("role_arn").unwrap_or_default();
        self.checked(profile, "role_arn", role::check_role_arn(&arn))?;
        let session_name = text("role_session_name");
        if let Some(name) = &session_name {
            let checked = role::check_session_name("", name);
            self.checked(profile, "role_session_name", checked)?;
        }
        let external_id = text("external_id");
        if let Some(id) = &external_id {
            self.checked(profile, "external_id", role::check_external_id(id))?;
        }
        Ok(Role {
            arn,
            session_name,
            external_id,
            duration: self.duration(profile)?,
            mfa: self.mfa(profile)?,
            ..Role::default()
        })
    }

    fn duration(&self, profile: &Profile) -> Result<Option<u32>, CredentialsError> {
        let key = "duration_seconds";
        let Some(text) = profile.get(key) else {
            return Ok(None);
        };
        let seconds = text.trim().parse().map_err(|_| {
            let problem = format!("{text:?} is not a number of seconds");
            self.wrong(profile, ProfileError::Value { key, problem })
        })?;
        self.checked(profile, key, role::check_duration(seconds, false))?;
        Ok(Some(seconds))
    }

    fn mfa(&self, profile: &Profile) -> Result<Option<Mfa>, CredentialsError> {
        let Some(serial) = profile.get("mfa_serial") else {
            return Ok(None);
        };
        self.checked(profile, "mfa_serial", role::check_serial_number(serial))?;
        Ok(Some(Mfa {
            serial: serial.to_owned(),
            process: profile.get("mfa_process").map(str::to_owned),
        }))
    }

    /// A role that a role assumes may live an hour.
    fn check_durations(&self) -> Result<(), CredentialsError> {
        for (place, role) in self.roles.iter().enumerate() {
            let Some(seconds) = role.duration.filter(|_| place > 0) else {
                continue;
            };
            // Roles stand in the opposite order of the profiles.
            let name = &self.visited[self.roles.len() - 1 - place];
            if let (Some(profile), Err(error)) =
                (self.profiles.get(name), role::check_duration(seconds, true))
            {
                self.checked(profile, "duration_seconds", Err(error))?;
            }
        }
        Ok(())
    }

    fn named_source(&self, profile: &Profile, source: &str) -> Result<Base, CredentialsError> {
        let candidate = match source.to_ascii_lowercase().as_str() {
            "environment" => route::from_environment(self.environment)?,
            "ecscontainer" => route::from_endpoint(self.environment)?,
            "ec2instancemetadata" => route::from_metadata_service(self.environment),
            _ => {
                let error = ProfileError::UnknownSource(source.to_owned());
                return Err(self.wrong(profile, error));
            }
        };
        candidate.map(|(base, _)| base).map_err(|passed| {
            let error = ProfileError::EmptySource {
                name: source.to_owned(),
                reason: passed.reason,
            };
            self.wrong(profile, error)
        })
    }

    /// What gives this profile's credentials without assuming a role from another set.
    fn base(&self, profile: &Profile, is_a_source: bool) -> Result<Option<Base>, CredentialsError> {
        let found = match self.keys(profile)? {
            Some(keys) if is_a_source => Some(keys),
            keys => self.provider(profile)?.or(keys),
        };
        if found.is_none() && is_a_source {
            return Err(self.wrong(profile, ProfileError::NothingInSource));
        }
        Ok(found)
    }

    fn provider(&self, profile: &Profile) -> Result<Option<Base>, CredentialsError> {
        if let Some(identity) = self.web_identity(profile)? {
            return Ok(Some(Base::WebIdentity(identity)));
        }
        if let Some(sso) = self.sso(profile)? {
            return Ok(Some(Base::Sso(sso)));
        }
        let name = profile.name().to_owned();
        if let Some(session) = profile.get("login_session") {
            return Ok(Some(Base::Login {
                profile: name,
                session: session.to_owned(),
            }));
        }
        Ok(profile.get("credential_process").map(|command| {
            Base::Process(CredentialProcess {
                place: self.profiles.place(&name).cloned(),
                profile: name,
                command: command.into(),
                account_id: profile.get("aws_account_id").map(str::to_owned),
                led_here: credential_process::led_here(self.environment),
            })
        }))
    }

    fn keys(&self, profile: &Profile) -> Result<Option<Base>, CredentialsError> {
        let (id, secret) = ("aws_access_key_id", "aws_secret_access_key");
        let filled = |key| profile.get(key).filter(|value| !value.is_empty());
        let (present, missing) = match (profile.get(id), profile.get(secret)) {
            (Some(access_key_id), Some(secret)) => {
                let set = Credentials::new(CredentialValues {
                    access_key_id: access_key_id.to_owned(),
                    secret_access_key: secret.into(),
                    session_token: filled("aws_session_token").map(Into::into),
                    expiration: None,
                    account_id: filled("aws_account_id").map(str::to_owned),
                })
                .map_err(|error| self.wrong(profile, error.into()))?;
                let name = profile.name().to_owned();
                let kind = ProfileKind::Keys;
                return Ok(Some(Base::Keys(set, Origin::Profile { name, kind })));
            }
            (Some(_), None) => (id, secret),
            (None, Some(_)) => (secret, id),
            (None, None) => return Ok(None),
        };
        Err(self.wrong(profile, ProfileError::Half { present, missing }))
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
        let session = profile.get("sso_session");
        if session.is_none() && profile.get("sso_start_url").is_none() {
            return Ok(None);
        }
        if let Some(session) = session
            && !self.profiles.has_sso_session(session)
        {
            let error = ProfileError::NoSsoSession(session.to_owned());
            return Err(self.wrong(profile, error));
        }
        let present = if session.is_some() {
            "sso_session"
        } else {
            "sso_start_url"
        };
        let of_session = |key| self.profiles.sso_session(session?, key);
        let need = |key: &'static str| {
            of_session(key)
                .or_else(|| profile.get(key))
                .map(str::to_owned)
                .ok_or_else(|| {
                    self.wrong(
                        profile,
                        ProfileError::Half {
                            present,
                            missing: key,
                        },
                    )
                })
        };
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
