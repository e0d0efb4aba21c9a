//! What a profile defines: a source, and roles to assume from it.
//!
//! aws-config can do this too, but silently ignores `mfa_serial` and `duration_seconds`. The rules
//! are botocore's: `role_arn` needs either `source_profile` or `credential_source`; further down
//! the chain, static keys win over a `role_arn`; a profile with static keys may be its own source;
//! any other repetition is a loop. Several sources in one profile are tried in the order of
//! `ProfileProviderBuilder`: see `sources.rs`.

mod sources;

pub(crate) mod error;
pub(crate) mod refusal;

use aws_config::profile::Profile;

use crate::credentials::config_file::Profiles;
use crate::credentials::error::CredentialsError;
use crate::credentials::plan::{NamedBy, ProfileName};
use crate::credentials::route::base::Base;
use crate::credentials::route::candidate::{
    from_endpoint, from_environment, from_metadata_service,
};
use crate::credentials::sts::mfa::Mfa;
use crate::credentials::sts::role::{self, Role};
use crate::vars::Environment;

use refusal::{missing, wrong};

use error::ProfileError;

/// Refuses a profile that was named explicitly but is not defined, whatever other sources exist: it
/// was meant to determine the credentials, the region or the endpoints.
pub(crate) fn check_exists(
    profiles: &Profiles,
    asked: &ProfileName,
) -> Result<(), CredentialsError> {
    match asked.named_by {
        NamedBy::Nobody => Ok(()),
        _ if profiles.get(&asked.name).is_some() => Ok(()),
        _ => Err(missing(profiles, asked)),
    }
}

/// Whether the profile assumes a role with another set. A web identity token's role does not count.
pub(crate) fn is_a_role(profile: &Profile) -> bool {
    profile.get("role_arn").is_some() && profile.get("web_identity_token_file").is_none()
}

fn has_keys(profile: &Profile) -> bool {
    let keys = ["aws_access_key_id", "aws_secret_access_key"];
    keys.into_iter().any(|key| profile.get(key).is_some())
}

/// The source and the roles of profile `name`, in the order in which to assume them. `None` if it
/// has no settings for credentials.
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
            if !is_a_role(profile) || (further_down && has_keys(profile)) {
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
                (Some(source), None) if source == profile.name() && has_keys(profile) => {
                    break self.base(profile, true)?;
                }
                (Some(source), None) => name = source.to_owned(),
            }
        };
        // They were collected from the requested profile down to the source; they are assumed
        // upwards.
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

    /// If the check that the flags use refuses a value, the error names the profile's key.
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

    /// A role that is assumed from a role may live for an hour at most.
    fn check_durations(&self) -> Result<(), CredentialsError> {
        for (place, role) in self.roles.iter().enumerate() {
            let Some(seconds) = role.duration.filter(|_| place > 0) else {
                continue;
            };
            // Roles are in the opposite order of the profiles.
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
            "environment" => from_environment(self.environment)?,
            "ecscontainer" => from_endpoint(self.environment)?,
            "ec2instancemetadata" => from_metadata_service(self.environment),
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
}
