//! `credrun role-template`: prints a role that has just the rights that a container needs.
//!
//! Owns what such a role consists of, and who is trusted where `--trusted-principal` is not given:
//! who asks. How the role is written is left to `document` (CloudFormation, as YAML or JSON) and
//! `terraform`.

mod document;
mod terraform;
mod validation;

use std::borrow::Cow;

use crate::cli::role_template::{RoleTemplateArgs, TemplateFormat};
use crate::credentials::Source;
use crate::exit::ExitStatus;
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::vars::Environment;
use crate::waits::Waits;
use document::{Node, list, map, text};

/// A role that cannot be made as asked for.
#[derive(Debug, thiserror::Error)]
pub enum RoleTemplateError {
    /// Neither actions nor managed policies were given.
    #[error("the role would have no rights")]
    NoRights,
    /// An `--action` is not one.
    #[error("{0:?} is not an IAM action")]
    Action(String),
    /// A `--managed-policy` is not the ARN of one.
    #[error("{0:?} is not the ARN of a managed policy")]
    ManagedPolicy(String),
    /// The principal cannot be trusted by a role.
    #[error("{0:?} is not the ARN of a principal that can assume a role")]
    Principal(String),
    /// IAM would refuse the name.
    #[error("{0:?} is not a role name")]
    RoleName(String),
}

impl RoleTemplateError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NoRights => {
                "give --action SERVICE:NAME or --managed-policy ARN, each as often as needed"
            }
            Self::Action(_) => "an action is SERVICE:NAME, as in s3:GetObject or ec2:Describe*",
            Self::ManagedPolicy(_) => {
                "it looks like arn:aws:iam::aws:policy/ReadOnlyAccess or \
                 arn:aws:iam::123456789012:policy/NAME"
            }
            Self::Principal(_) => {
                "it looks like arn:aws:iam::123456789012:user/NAME, …:role/NAME, …:root or \
                 arn:aws:sts::123456789012:assumed-role/NAME/SESSION"
            }
            Self::RoleName(_) => "a role name has 1 to 64 letters, digits and +=,.@_-",
        }
        .to_owned()
    }
}

/// A role, every part of which IAM would take.
struct Role<'a> {
    actions: &'a [String],
    managed_policies: &'a [String],
    principal: &'a str,
    name: Option<&'a str>,
}

/// Commands for the outputs: what they do, and what they are with `ROLE_ARN` for the role's ARN.
const COMMANDS: [(&str, &str, &str); 3] = [
    (
        "RunCommand",
        "Runs a container with this role",
        "credrun --role-arn ROLE_ARN IMAGE COMMAND",
    ),
    (
        "ExportCommand",
        "Puts credentials of this role into the shell",
        "eval \"$(credrun export --role-arn ROLE_ARN --format env)\"",
    ),
    (
        "DockerCommand",
        "Runs a container with this role by docker itself",
        "docker run --rm --env-file <(credrun export --role-arn ROLE_ARN --format env-no-export) \
         IMAGE COMMAND",
    ),
];

/// Prints the template. AWS is asked only who asks, and only where that matters.
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
            // What is wrong with the rest is said before anybody is asked.
            render(args, ANYBODY)?;
            let (notices, waits) = (Notices::new(false), Waits::default());
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
    super::print(&template)
}

/// Stands for whoever asks until that is known.
const ANYBODY: &str = "arn:aws:iam::123456789012:root";

/// Whom a role trusts that is made by the identity `arn`: of a role's session the role, since the
/// next session may have another name.
///
/// Not so with the roles of IAM Identity Center: their ARN has a path that a session's lacks, and
/// IAM refuses it without. There the session is its user's name, and can be trusted as it is.
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

/// The template that `args` asks for; `principal` is the ARN of who may assume the role.
///
/// # Errors
///
/// Where IAM would refuse a part of the role, or the role would have no rights.
pub fn render(args: &RoleTemplateArgs, principal: &str) -> Result<String, RoleTemplateError> {
    let RoleTemplateArgs {
        actions,
        managed_policies,
        trusted_principal: _,
        role_name,
        format,
        aws: _,
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
    // Naming a role takes the stronger of the two.
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
