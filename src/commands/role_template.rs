//! `credrun role-template`: prints a role that has just the rights that a container needs.
//!
//! This module defines the parts of the role. Without `--trusted-principal`, the role trusts the
//! caller. This file (CloudFormation, as YAML or JSON) and `terraform` write the role.

mod terraform;
mod validation;

pub(crate) mod error;
pub(crate) mod role;

use std::borrow::Cow;

use super::policy::wish;
use crate::cli::role_template::{RoleTemplateArgs, TemplateFormat};
use crate::credentials::{CredentialsError, Source};
use crate::exit::ExitStatus;
use crate::files;
use crate::iam::pattern::Pattern;
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::policy::document::{Statement, characters};
use crate::policy::error::PolicyError;
use crate::policy::limit::Limit;
use crate::policy::output::tree::{Node, list, map, text};
use crate::policy::{Policy, output};
use crate::vars::Environment;
use crate::waits::Waits;

use error::RoleTemplateError;
use role::{COMMANDS, Role, allow};

/// Prints the template. AWS is only asked for the caller's identity, and only if it is needed.
///
/// # Errors
/// [`Error`], with nothing printed.
pub async fn role_template(
    args: &RoleTemplateArgs,
    environment: &Environment,
) -> Result<ExitStatus, Error> {
    let notices = Notices::new(args.quiet.quiet);
    let recorded = Recorded::read(args, notices).await?;
    let template = match &args.trusted_principal {
        Some(principal) => render(args, &recorded, principal)?,
        None => {
            // Other mistakes are reported before the request.
            render(args, &recorded, ANYBODY)?;
            let waits = Waits::default();
            let ask = async {
                let source = Source::of_args(&args.aws, environment, &waits).await?;
                let set = source.fetch().await?;
                source.caller_identity(&set).await
            };
            let identity = notices.telling(&waits, ask).await.map_err(not_told)?;
            let principal = lasting_principal(&identity.arn);
            let template = render(args, &recorded, &principal)?;
            notices.trusted_principal(&principal);
            template
        }
    };
    warn_of_slips(&args.actions, notices);
    crate::stdout::print(&template)
}

fn warn_of_slips(actions: &[String], notices: Notices) {
    for action in actions {
        if let Err(bad) = action.parse::<Pattern>() {
            notices.unknown_action(action, bad.hint().as_deref());
        }
    }
}

/// What the role may do because runs did it.
#[derive(Debug, Default)]
pub struct Recorded(Vec<Statement>);

impl Recorded {
    /// Reads the records of `--from`.
    async fn read(args: &RoleTemplateArgs, notices: Notices) -> Result<Self, Error> {
        if args.from.is_empty() {
            return Ok(Self::default());
        }
        let (files, wish) = (args.from.clone(), wish(args.what, Limit::OfRole));
        // A pipe may let it wait.
        let policy = files::off_thread(move || Policy::of_files(&files, wish)).await?;
        notices.policy(&policy.remarks);
        Ok(Self(policy.document.statements))
    }
}

/// Why it is not known who calls.
fn not_told(error: CredentialsError) -> Error {
    match error {
        CredentialsError::NotFound { .. } => RoleTemplateError::Nobody(Box::new(error)).into(),
        other => other.into(),
    }
}

/// A placeholder until the caller's identity is known.
const ANYBODY: &str = "arn:aws:iam::123456789012:root";

/// The principal that a role made by the identity `arn` should trust. For a role's session it is
/// the role, since the next session may have another name.
///
/// The roles of IAM Identity Center are an exception: their ARN has a path that a session's lacks,
/// and IAM refuses it without the path. Such a session has its user's name and can be trusted as it
/// is.
fn lasting_principal(arn: &str) -> Cow<'_, str> {
    const IDENTITY_CENTER: &str = "AWSReservedSSO_";
    let role = arn.split_once(":sts::").and_then(|(partition, rest)| {
        let (account, session) = rest.split_once(":assumed-role/")?;
        let (role, _) = session.split_once('/')?;
        (!role.starts_with(IDENTITY_CENTER))
            .then(|| format!("{partition}:iam::{account}:role/{role}"))
    });
    role.map_or(Cow::Borrowed(arn), Cow::Owned)
}

/// The template for `args`; `principal` is the ARN that may assume the role.
///
/// # Errors
///
/// IAM would refuse a part of the role, or the role would have no rights.
pub fn render(
    args: &RoleTemplateArgs,
    recorded: &Recorded,
    principal: &str,
) -> Result<String, RoleTemplateError> {
    let RoleTemplateArgs {
        actions,
        managed_policies,
        trusted_principal: _,
        role_name,
        format,
        from: _,
        what: _,
        aws: _,
        quiet: _,
        log: _,
    } = args;
    let role = Role {
        actions,
        recorded: &recorded.0,
        managed_policies,
        principal,
        name: role_name.as_deref(),
    };
    validation::check(&role)?;
    check_size(&role)?;
    Ok(match format {
        TemplateFormat::Cloudformation => cloudformation(&role).to_yaml(),
        TemplateFormat::Json => cloudformation(&role).to_json(),
        TemplateFormat::Terraform => terraform::render(&role),
    })
}

/// What is recorded fits by itself; with the actions of `--action`, it need not.
fn check_size(role: &Role<'_>) -> Result<(), RoleTemplateError> {
    let limit = Limit::OfRole;
    let policy = role.policy();
    let characters = policy.map_or(0, |policy| characters(&policy.to_json()));
    match characters > limit.characters() {
        true => Err(PolicyError::TooLarge { characters, limit }.into()),
        false => Ok(()),
    }
}

fn cloudformation(role: &Role<'_>) -> Node {
    // A role with a name needs the stronger of the two capabilities.
    let capability = match role.name {
        Some(_) => "CAPABILITY_NAMED_IAM",
        None => "CAPABILITY_IAM",
    };
    map([
        ("AWSTemplateFormatVersion", text("2010-09-09")),
        (
            "Description",
            text(format!(
                "A role for containers. Deploy it with: aws cloudformation deploy --stack-name NAME \
                 --template-file FILE --capabilities {capability}"
            )),
        ),
        ("Resources", map([("Role", role_resource(role))])),
        ("Outputs", outputs()),
    ])
}

fn role_resource(role: &Role<'_>) -> Node {
    let mut properties = Vec::new();
    if let Some(name) = role.name {
        properties.push(("RoleName", text(name)));
    }
    properties.push((
        "AssumeRolePolicyDocument",
        policy([
            ("Principal", map([("AWS", text(role.principal))])),
            ("Action", text("sts:AssumeRole")),
        ]),
    ));
    if let Some(document) = role.policy() {
        properties.push((
            "Policies",
            list([map([
                ("PolicyName", text("AllowedActions")),
                ("PolicyDocument", document),
            ])]),
        ));
    }
    if !role.managed_policies.is_empty() {
        properties.push((
            "ManagedPolicyArns",
            list(role.managed_policies.iter().map(text)),
        ));
    }
    map([
        ("Type", text("AWS::IAM::Role")),
        ("Properties", map(properties)),
    ])
}

fn policy(statement: [(&'static str, Node); 2]) -> Node {
    output::policy([allow(statement)])
}

fn outputs() -> Node {
    let arn = map([
        ("Description", text("The role's ARN")),
        (
            "Value",
            map([("Fn::GetAtt", list([text("Role"), text("Arn")]))]),
        ),
    ]);
    let commands = COMMANDS.map(|(name, what, command)| {
        let command = command.replace("ROLE_ARN", "${Role.Arn}");
        let output = map([
            ("Description", text(what)),
            ("Value", map([("Fn::Sub", text(command))])),
        ]);
        (name, output)
    });
    map([("RoleArn", arn)].into_iter().chain(commands))
}

#[cfg(test)]
mod tests;
