//! Which credentials were asked for: the flags and the environment, understood.
//!
//! Everything that can be refused without asking anybody is refused here. The only thing read is
//! the file of `--policy file://…`.

use secrecy::SecretString;

use super::environment;
use super::error::CredentialsError;
use super::mfa::Mfa;
use super::region::Region;
use super::role::{self, Role};
use super::session_tags;
use crate::cli::aws::{AwsArgs, CredentialSource};
use crate::vars::{self, Environment};

/// What was asked for, free of contradictions.
#[derive(Debug, Clone)]
pub struct SourcePlan {
    pub(crate) pick: Pick,
    pub(crate) profile: ProfileName,
    pub(crate) roles: Vec<Role>,
    pub(crate) mfa: MfaPlan,
    /// The session's duration where no role is assumed.
    pub(crate) session_duration: Option<u32>,
    pub(crate) region: Option<Region>,
    pub(crate) long_lived: bool,
}

/// Which sources are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pick {
    /// The AWS CLI's order.
    Chain,
    /// One of them.
    Only(CredentialSource),
}

/// The profile, and who named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProfileName {
    pub(crate) name: String,
    pub(crate) named_by: NamedBy,
}

/// Who named the profile. A profile that somebody named must exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NamedBy {
    Flag,
    Variable(&'static str),
    Nobody,
}

/// How MFA is done.
#[derive(Debug, Clone, Default)]
pub(crate) struct MfaPlan {
    pub(crate) device: Option<Mfa>,
    pub(crate) code: Option<SecretString>,
    pub(crate) in_assume_role: bool,
}

impl SourcePlan {
    /// Understands `args` in `environment`.
    ///
    /// # Errors
    /// What AWS would refuse, or what contradicts itself, with the flag or variable named.
    pub fn resolve(args: &AwsArgs, environment: &Environment) -> Result<Self, CredentialsError> {
        // Destructured, so that a flag that is added and forgotten here does not compile.
        let AwsArgs {
            profile,
            credential_source,
            region,
            role_arn,
            role_session_name,
            external_id,
            duration_seconds,
            policy,
            policy_arns,
            tags,
            transitive_tag_keys,
            source_identity,
            serial_number,
            token_code,
            mfa_in_assume_role,
            long_lived,
        } = args;
        let pick = match credential_source {
            None => Pick::Chain,
            Some(source) => Pick::Only(*source),
        };
        let profile = ProfileName::resolve(profile.as_deref(), pick, environment)?;
        if needs_environment(pick, &profile) {
            environment::check(environment)?;
        }
        let session_duration = check_duration(*duration_seconds, role_arn.len())?;
        let last = RoleFlags {
            external_id: external_id.as_deref(),
            policy: policy.as_deref(),
            policy_arns,
            tags,
            transitive_tag_keys,
        };
        let mut roles = roles(
            role_arn,
            role_session_name.as_deref(),
            source_identity.as_deref(),
        )?;
        last.apply_to(roles.last_mut())?;
        if let Some(role) = roles.last_mut() {
            role.duration = *duration_seconds;
        }
        Ok(Self {
            pick,
            mfa: MfaPlan::resolve(
                serial_number.as_deref(),
                token_code.clone(),
                *mfa_in_assume_role,
                pick,
            )?,
            profile,
            roles,
            session_duration,
            region: Region::named(region.as_deref(), environment)?,
            long_lived: *long_lived,
        })
    }
}

impl ProfileName {
    fn resolve(
        flag: Option<&str>,
        pick: Pick,
        environment: &Environment,
    ) -> Result<Self, CredentialsError> {
        if let Some(name) = flag {
            if let Pick::Only(source) = pick
                && source != CredentialSource::Profile
            {
                return Err(flag_error(
                    "--profile",
                    "it contradicts --credential-source",
                    "leave out one of the two",
                ));
            }
            return Ok(Self::new(name, NamedBy::Flag));
        }
        // The AWS CLI v2 reads both, this one first.
        for variable in [vars::AWS_PROFILE, vars::AWS_DEFAULT_PROFILE] {
            if let Some(name) = environment.non_empty(variable) {
                return Ok(Self::new(&name, NamedBy::Variable(variable)));
            }
        }
        Ok(Self::new("default", NamedBy::Nobody))
    }

    fn new(name: &str, named_by: NamedBy) -> Self {
        Self {
            name: name.to_owned(),
            named_by,
        }
    }
}

impl MfaPlan {
    fn resolve(
        serial: Option<&str>,
        code: Option<SecretString>,
        in_assume_role: bool,
        pick: Pick,
    ) -> Result<Self, CredentialsError> {
        if let Some(serial) = serial {
            role::check_serial_number(serial)?;
        }
        if let Some(code) = &code {
            super::mfa::check_code(code).map_err(|problem| {
                flag_error(
                    "--token-code",
                    problem,
                    "a code is the six digits that the device shows",
                )
            })?;
        }
        let profile_may_name_it = match pick {
            Pick::Chain => true,
            Pick::Only(source) => source == CredentialSource::Profile,
        };
        if code.is_some() && serial.is_none() && !profile_may_name_it {
            return Err(flag_error(
                "--token-code",
                "no MFA device is named",
                "name it with --serial-number",
            ));
        }
        Ok(Self {
            device: serial.map(Mfa::device),
            code,
            in_assume_role,
        })
    }
}

/// Whether the keys of the environment are part of what is asked: not where a profile is given
/// by flag, as in the AWS CLI.
fn needs_environment(pick: Pick, profile: &ProfileName) -> bool {
    match pick {
        Pick::Chain => profile.named_by != NamedBy::Flag,
        Pick::Only(source) => source == CredentialSource::Environment,
    }
}

fn check_duration(seconds: Option<u32>, roles: usize) -> Result<Option<u32>, CredentialsError> {
    let Some(seconds) = seconds else {
        return Ok(None);
    };
    if roles == 0 {
        role::check_session_duration(seconds)?;
    } else {
        role::check_duration(seconds, roles > 1)?;
    }
    Ok(Some(seconds))
}

fn roles(
    arns: &[String],
    session_name: Option<&str>,
    source_identity: Option<&str>,
) -> Result<Vec<Role>, CredentialsError> {
    if let Some(name) = session_name {
        role::check_session_name("--role-session-name", name)?;
        only_with_a_role("--role-session-name", arns.is_empty())?;
    }
    if let Some(name) = source_identity {
        role::check_source_identity(name)?;
        only_with_a_role("--source-identity", arns.is_empty())?;
    }
    arns.iter()
        .map(|arn| {
            role::check_role_arn(arn)?;
            Ok(Role {
                arn: arn.clone(),
                session_name: session_name.map(str::to_owned),
                // AWS keeps it along a chain and refuses a change, not a repetition.
                source_identity: source_identity.map(str::to_owned),
                ..Role::default()
            })
        })
        .collect()
}

/// The flags that say something about the last role: the one whose set the container gets.
struct RoleFlags<'a> {
    external_id: Option<&'a str>,
    policy: Option<&'a str>,
    policy_arns: &'a [String],
    tags: &'a [String],
    transitive_tag_keys: &'a [String],
}

impl RoleFlags<'_> {
    fn apply_to(&self, role: Option<&mut Role>) -> Result<(), CredentialsError> {
        let Some(role) = role else {
            return self.refuse_without_a_role();
        };
        if let Some(id) = self.external_id {
            role::check_external_id(id)?;
        }
        role.external_id = self.external_id.map(str::to_owned);
        role.policy = self.policy.map(role::read_policy).transpose()?;
        role.policy_arns = role::read_policy_arns(self.policy_arns)?;
        role.tags = session_tags::read(self.tags)?;
        session_tags::check_transitive(self.transitive_tag_keys, &role.tags)?;
        role.transitive_tag_keys = self.transitive_tag_keys.to_vec();
        Ok(())
    }

    fn refuse_without_a_role(&self) -> Result<(), CredentialsError> {
        only_with_a_role("--external-id", self.external_id.is_some())?;
        only_with_a_role("--policy", self.policy.is_some())?;
        only_with_a_role("--policy-arns", !self.policy_arns.is_empty())?;
        only_with_a_role("--tags", !self.tags.is_empty())?;
        only_with_a_role(
            "--transitive-tag-keys",
            !self.transitive_tag_keys.is_empty(),
        )
    }
}

fn only_with_a_role(flag: &'static str, misses_one: bool) -> Result<(), CredentialsError> {
    if misses_one {
        return Err(flag_error(
            flag,
            "it says something about a role, and there is none",
            "name the role with --role-arn",
        ));
    }
    Ok(())
}

fn flag_error(flag: &'static str, problem: &str, hint: &str) -> CredentialsError {
    CredentialsError::Flag {
        flag,
        problem: problem.to_owned(),
        hint: Some(hint.to_owned()),
    }
}

#[cfg(test)]
mod tests;
