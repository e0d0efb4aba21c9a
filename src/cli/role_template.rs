//! The flags of `credrun role-template`.

use std::path::PathBuf;

use clap::{Arg, Args, ValueEnum};

use super::aws::AwsArgs;
use super::log::LogArgs;
use super::policy::WhatArgs;
use super::quiet::QuietArgs;

/// What the role may do, and who may assume it.
#[derive(Debug, Default, Args)]
pub struct RoleTemplateArgs {
    /// Allow this action, as in s3:GetObject or ec2:Describe*; may be given again
    #[arg(long = "action", value_name = "ACTION")]
    pub actions: Vec<String>,

    /// Allow what this record of --record shows, as credrun policy does; may be given again
    #[arg(long, value_name = "FILE")]
    pub from: Vec<PathBuf>,

    /// What of the records it allows.
    #[command(flatten)]
    pub what: WhatArgs,

    /// Attach this managed policy; may be given again
    #[arg(long = "managed-policy", value_name = "ARN")]
    pub managed_policies: Vec<String>,

    /// Who can assume the role [default: you]
    #[arg(long, value_name = "ARN")]
    pub trusted_principal: Option<String>,

    /// Name of the role [default: chosen by CloudFormation or Terraform]
    #[arg(long, value_name = "NAME")]
    pub role_name: Option<String>,

    /// What to print
    #[arg(
        long,
        alias = "output",
        value_enum,
        default_value_t,
        value_name = "FORMAT"
    )]
    pub format: TemplateFormat,

    /// Whose identity is the default of `--trusted-principal`.
    #[command(flatten)]
    pub aws: AwsArgs,

    /// Whether it is quiet.
    #[command(flatten)]
    pub quiet: QuietArgs,

    /// What credrun says about itself.
    #[command(flatten)]
    pub log: LogArgs,
}

/// Hides from the help what says how credentials are made: the template only wants to know who
/// asks. All of it is taken, so that the flags of a run need not be sorted.
pub(super) fn show(arg: Arg) -> Arg {
    // They mean nothing without a record.
    const OF_RECORDS: [&str; 2] = ["resource_level", "include_denied"];
    const SHOWN: [&str; 3] = ["profile", "credential_source", "region"];
    let is_aws = arg.get_help_heading() == Some("AWS credentials");
    let is_shown = SHOWN.contains(&arg.get_id().as_str());
    let arg = match OF_RECORDS.contains(&arg.get_id().as_str()) {
        true => arg.requires("from"),
        false => arg,
    };
    arg.hide(is_aws && !is_shown)
}

/// The language of the template.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TemplateFormat {
    /// A CloudFormation template in YAML
    #[default]
    Cloudformation,
    /// The same template in JSON
    Json,
    /// A Terraform configuration
    Terraform,
}
