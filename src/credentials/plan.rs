//! Which credentials were asked for: the parsed flags and environment.
//!
//! Whatever can be refused without a request is refused here. The only files read are those of
//! `--policy file://…` and `--policy-from`.

use std::path::PathBuf;

use secrecy::SecretString;

use super::error::CredentialsError;
use super::from::environment;
use super::region::Region;
use super::sts::mfa::{Mfa, SessionCache};
use super::sts::role::{self, Role};
use super::sts::session_policy;
use super::sts::session_tags::{self, SessionTag};
use crate::cli::aws::{AwsArgs, CredentialSource};
use crate::cli::policy::ResourceLevel;
use crate::policy::denied::Denied;
use crate::policy::limit::Limit;
use crate::policy::remark::Remark;
use crate::policy::{Policy, Wish};
use crate::vars::{self, Environment};

/// What was asked for, free of contradictions.
#[derive(Debug, Clone)]
pub struct SourcePlan {
    pub(crate) pick: Pick,
    pub(crate) profile: ProfileName,
    /// The roles of `--role-arn`.
    pub(crate) roles: Vec<Role>,
    /// Settings for the last role, whether a flag or a profile names it.
    pub(crate) about_role: AboutRole,
    pub(crate) duration: Option<u32>,
    pub(crate) mfa: MfaPlan,
    pub(crate) region: Option<Region>,
    pub(crate) long_lived: bool,
    /// What to say of the session policy of `--policy-from`.
    pub(crate) remarks: Vec<Remark>,
}

/// Which sources to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pick {
    /// The AWS CLI's order.
    Chain,
    Only(CredentialSource),
}

/// The profile, and what named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProfileName {
    pub(crate) name: String,
    pub(crate) named_by: NamedBy,
}

/// What named the profile. A profile named explicitly must exist.
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
    /// Where sessions are saved for later runs, if that is enabled.
    pub(crate) cache: Option<SessionCache>,
}

impl SourcePlan {
    /// Parses `args` in `environment`.
    ///
    /// # Errors
    /// What AWS would refuse, or what is contradictory; the error names the flag or variable.
    pub fn resolve(args: &AwsArgs, environment: &Environment) -> Result<Self, CredentialsError> {
        // Destructured, so that a new flag that is not handled here does not compile.
        let AwsArgs {
            profile,
            credential_source,
            region,
            role_arn,
            role_session_name,
            external_id,
            duration_seconds,
            policy,
            policy_from,
            policy_arns,
            tags,
            transitive_tag_keys,
            source_identity,
            serial_number,
            token_code,
            mfa_session_cache,
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
        check_duration(*duration_seconds, role_arn.len())?;
        let (recorded, remarks) = recorded(policy_from)?;
        let about_role = AboutRole {
            session_name: role_session_name.clone(),
            external_id: external_id.clone(),
            policy: match policy {
                Some(policy) => Some(session_policy::read_policy(policy)?),
                None => recorded,
            },
            policy_flag: match policy_from.is_empty() {
                true => "--policy",
                false => "--policy-from",
            },
            policy_arns: session_policy::read_policy_arns(policy_arns)?,
            tags: session_tags::read(tags)?,
            transitive_tag_keys: transitive_tag_keys.clone(),
            source_identity: source_identity.clone(),
        };
        about_role.check()?;
        if role_arn.is_empty() && !profile_may_matter(pick) {
            about_role.refuse_without_a_role()?;
        }
        let mfa = MfaPlan::resolve(
            serial_number.as_deref(),
            token_code.clone(),
            *mfa_in_assume_role,
            pick,
        )?;
        let cache = mfa_session_cache.then(|| SessionCache::of(environment));
        Ok(Self {
            pick,
            mfa: MfaPlan {
                cache: cache.transpose()?,
                ..mfa
            },
            profile,
            roles: roles(role_arn, &about_role)?,
            about_role,
            duration: *duration_seconds,
            region: Region::named(region.as_deref(), environment)?,
            long_lived: *long_lived,
            remarks,
        })
    }
}

impl SourcePlan {
    /// The policy of `--policy` or `--policy-from`.
    pub(crate) fn session_policy(&self) -> Option<&str> {
        self.about_role.policy.as_deref()
    }
}

impl ProfileName {
    pub(super) fn resolve(
        flag: Option<&str>,
        pick: Pick,
        environment: &Environment,
    ) -> Result<Self, CredentialsError> {
        if let Some(name) = flag {
            if let Pick::Only(source) = pick
                && source != CredentialSource::Profile
            {
                return Err(CredentialsError::flag(
                    "--profile",
                    "it conflicts with --credential-source",
                    "use only one of the two",
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
            super::sts::mfa::check_code(code).map_err(|problem| {
                CredentialsError::flag(
                    "--token-code",
                    problem,
                    "a code is the six digits that the device shows",
                )
            })?;
        }
        if code.is_some() && serial.is_none() && !profile_may_matter(pick) {
            return Err(CredentialsError::flag(
                "--token-code",
                "no MFA device is set",
                "set it with --serial-number",
            ));
        }
        Ok(Self {
            device: serial.map(Mfa::device),
            code,
            in_assume_role,
            cache: None,
        })
    }
}

/// Whether the environment's keys are considered. A profile given by flag excludes them, as in the
/// AWS CLI.
fn needs_environment(pick: Pick, profile: &ProfileName) -> bool {
    match pick {
        Pick::Chain => profile.named_by != NamedBy::Flag,
        Pick::Only(source) => source == CredentialSource::Environment,
    }
}

/// Whether a profile may supply what the flags leave open.
fn profile_may_matter(pick: Pick) -> bool {
    match pick {
        Pick::Chain => true,
        Pick::Only(source) => source == CredentialSource::Profile,
    }
}

fn check_duration(seconds: Option<u32>, roles: usize) -> Result<(), CredentialsError> {
    match (seconds, roles) {
        (None, _) => Ok(()),
        (Some(seconds), 0) => role::check_session_duration(seconds),
        (Some(seconds), _) => role::check_duration(seconds, roles > 1),
    }
}

/// The session policy that records of `--policy-from` show, and what to say of it. Calls that AWS denied
/// because nothing allowed them are in it: it takes a record of a role without rights, too.
fn recorded(files: &[PathBuf]) -> Result<(Option<String>, Vec<Remark>), CredentialsError> {
    if files.is_empty() {
        return Ok((None, Vec::new()));
    }
    if files.iter().any(|file| file.as_os_str() == "-") {
        return Err(CredentialsError::flag(
            "--policy-from",
            "it cannot read stdin, which is the program's",
            "write the record to a file",
        ));
    }
    let policy = Policy::of_files(
        files,
        Wish {
            level: ResourceLevel::Prefix,
            denied: Denied::ForWantOfRights,
            limit: Limit::Session,
        },
    )?;
    Ok((Some(policy.document.compact()), policy.remarks))
}

fn roles(arns: &[String], about: &AboutRole) -> Result<Vec<Role>, CredentialsError> {
    arns.iter()
        .map(|arn| {
            role::check_role_arn(arn)?;
            Ok(Role {
                arn: arn.clone(),
                session_name: about.session_name.clone(),
                // AWS keeps it along a chain. It refuses a change, but not a repetition.
                source_identity: about.source_identity.clone(),
                ..Role::default()
            })
        })
        .collect()
}

/// The flags' settings for the last role: the one whose set the container gets.
#[derive(Debug, Clone, Default)]
pub(crate) struct AboutRole {
    session_name: Option<String>,
    external_id: Option<String>,
    policy: Option<String>,
    /// The flag that it comes from.
    policy_flag: &'static str,
    policy_arns: Vec<String>,
    tags: Vec<SessionTag>,
    transitive_tag_keys: Vec<String>,
    source_identity: Option<String>,
}

impl AboutRole {
    fn check(&self) -> Result<(), CredentialsError> {
        if let Some(name) = &self.session_name {
            role::check_session_name("--role-session-name", name)?;
        }
        if let Some(id) = &self.external_id {
            role::check_external_id(id)?;
        }
        if let Some(name) = &self.source_identity {
            role::check_source_identity(name)?;
        }
        session_tags::check_transitive(&self.transitive_tag_keys, &self.tags)
    }

    /// Applies the settings to `role`; they override the profile's.
    pub(crate) fn apply_to(&self, role: &mut Role) {
        let over = |mine: &Option<String>, theirs: &mut Option<String>| {
            if mine.is_some() {
                theirs.clone_from(mine);
            }
        };
        over(&self.session_name, &mut role.session_name);
        over(&self.external_id, &mut role.external_id);
        over(&self.source_identity, &mut role.source_identity);
        role.policy.clone_from(&self.policy);
        role.policy_arns.clone_from(&self.policy_arns);
        role.tags.clone_from(&self.tags);
        role.transitive_tag_keys
            .clone_from(&self.transitive_tag_keys);
    }

    /// Refuses settings for a role if there is no role.
    pub(crate) fn refuse_without_a_role(&self) -> Result<(), CredentialsError> {
        let said = [
            ("--role-session-name", self.session_name.is_some()),
            ("--external-id", self.external_id.is_some()),
            (self.policy_flag, self.policy.is_some()),
            ("--policy-arns", !self.policy_arns.is_empty()),
            ("--tags", !self.tags.is_empty()),
            (
                "--transitive-tag-keys",
                !self.transitive_tag_keys.is_empty(),
            ),
            ("--source-identity", self.source_identity.is_some()),
        ];
        match said.iter().find(|(_, is_said)| *is_said) {
            None => Ok(()),
            Some((flag, _)) => Err(CredentialsError::flag(
                flag,
                "it is for a role, but no role is assumed",
                "name the role with --role-arn, or a profile that has one with --profile",
            )),
        }
    }
}

#[cfg(test)]
mod tests;
