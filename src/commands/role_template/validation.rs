//! What IAM accepts as an action, a policy, a principal and a role name.
//!
//! Only the form is checked: credrun does not know every service's actions.

use crate::commands::role_template::error::RoleTemplateError;
use crate::commands::role_template::role::Role;
use crate::iam::arn::{Arn, is_account};

pub(super) fn check(role: &Role<'_>) -> Result<(), RoleTemplateError> {
    let has_actions = !(role.actions.is_empty() && role.recorded.is_empty());
    if !has_actions && role.managed_policies.is_empty() {
        return Err(RoleTemplateError::NoRights);
    }
    if let Some(action) = role.actions.iter().find(|action| !is_action(action)) {
        return Err(RoleTemplateError::Action(action.clone()));
    }
    if let Some(arn) = role.managed_policies.iter().find(|arn| !is_policy(arn)) {
        return Err(RoleTemplateError::ManagedPolicy(arn.clone()));
    }
    if !is_principal(role.principal) {
        return Err(RoleTemplateError::Principal(role.principal.to_owned()));
    }
    match role.name {
        Some(name) if !is_name(name, 64) => Err(RoleTemplateError::RoleName(name.to_owned())),
        _ => Ok(()),
    }
}

/// `SERVICE:NAME`; the name may contain wildcards. A lone `*` allows everything.
fn is_action(action: &str) -> bool {
    let Some((service, name)) = action.split_once(':') else {
        return action == "*";
    };
    let in_service = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let in_name = |c: char| c.is_ascii_alphanumeric() || c == '*' || c == '?';
    !service.is_empty()
        && service.chars().all(in_service)
        && !name.is_empty()
        && name.chars().all(in_name)
}

fn is_policy(arn: &str) -> bool {
    match global(arn) {
        Some(Arn {
            service: "iam",
            account,
            resource,
            ..
        }) => {
            (account == "aws" || is_account(account))
                && resource
                    .strip_prefix("policy/")
                    .is_some_and(|path| is_path(path, 128))
        }
        _ => false,
    }
}

/// Roles, users, accounts and sessions. Services and identity providers assume roles too, but not
/// with the calls that credrun makes.
fn is_principal(arn: &str) -> bool {
    let Some(arn) = global(arn) else {
        return false;
    };
    if !is_account(arn.account) {
        return false;
    }
    let (kind, path) = arn.resource.split_once('/').unwrap_or((arn.resource, ""));
    match (arn.service, kind) {
        ("iam", "root") => arn.resource == "root",
        ("iam", "user" | "role") | ("sts", "federated-user") => is_path(path, 64),
        ("sts", "assumed-role") => path
            .split_once('/')
            .is_some_and(|(role, session)| is_name(role, 64) && is_name(session, 64)),
        _ => false,
    }
}

/// An ARN of IAM or STS. Both are global: their ARNs have no region.
fn global(arn: &str) -> Option<Arn<'_>> {
    Arn::parse(arn).filter(|arn| arn.partition.starts_with("aws") && arn.region.is_empty())
}

/// A name with IAM's optional path before it, whose segments may hold any visible ASCII.
fn is_path(path: &str, longest_name: usize) -> bool {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    folders.bytes().all(|byte| byte.is_ascii_graphic()) && is_name(name, longest_name)
}

fn is_name(name: &str, longest: usize) -> bool {
    (1..=longest).contains(&name.len())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c))
}
