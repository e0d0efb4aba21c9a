//! `credrun role-template`: prints a role that has just the rights that a container needs.
//!
//! This module defines the parts of the role. Without `--trusted-principal`, the role trusts the
//! caller. This file (CloudFormation, as YAML or JSON) and `terraform` write the role.

mod terraform;
mod validation;

pub(crate) mod error;
pub(crate) mod role;

use std::borrow::Cow;

use crate::cli::role_template::{RoleTemplateArgs, TemplateFormat};
use crate::credentials::Source;
use crate::exit::ExitStatus;
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::policy::output::tree::{Node, list, map, text};
use crate::vars::Environment;
use crate::waits::Waits;

use error::RoleTemplateError;
use role::{COMMANDS, Role};

/// Prints the template. AWS is only asked for the caller's identity, and only if it is needed.
///
/// # Errors
/// [`Error`], with nothing printed.
pub async fn role_template(
    args: &RoleTemplateArgs,
    environment: &Environment,
) -> Result<ExitStatus, Error> {
    let template = match &args.trusted_principal {
        Some(principal) => render(args, principal)?,
        None => {
            // Other mistakes are reported before the request.
            render(args, ANYBODY)?;
            let (notices, waits) = (Notices::new(args.quiet.quiet), Waits::default());
            let ask = async {
                let source = Source::of_args(&args.aws, environment, &waits).await?;
                let set = source.fetch().await?;
                source.caller_identity(&set).await
            };
            let identity = notices.telling(&waits, ask).await?;
            let principal = lasting_principal(&identity.arn);
            notices.trusted_principal(&principal);
            render(args, &principal)?
        }
    };
    crate::stdout::print(&template)
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
pub fn render(args: &RoleTemplateArgs, principal: &str) -> Result<String, RoleTemplateError> {
    let RoleTemplateArgs {
        actions,
        managed_policies,
        trusted_principal: _,
        role_name,
        format,
        aws: _,
        quiet: _,
        log: _,
    } = args;
    let role = Role {
        actions,
        managed_policies,
        principal,
        name: role_name.as_deref(),
    };
    validation::check(&role)?;
    Ok(match format {
        TemplateFormat::Cloudformation => cloudformation(&role).to_yaml(),
        TemplateFormat::Json => cloudformation(&role).to_json(),
        TemplateFormat::Terraform => terraform::render(&role),
    })
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
    if !role.actions.is_empty() {
        let document = policy([
            ("Action", list(role.actions.iter().map(text))),
            ("Resource", text("*")),
        ]);
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
    let statement = [("Effect", text("Allow"))].into_iter().chain(statement);
    map([
        ("Version", text("2012-10-17")),
        ("Statement", list([map(statement)])),
    ])
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
