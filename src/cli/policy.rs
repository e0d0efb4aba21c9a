//! The flags of `credrun policy`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::log::LogArgs;
use super::quiet::QuietArgs;

/// Which records, and what to make of them.
#[derive(Debug, Default, Args)]
pub struct PolicyArgs {
    /// A record that --record wrote, or - for stdin; several runs become one policy
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,

    /// What the policy allows.
    #[command(flatten)]
    pub what: WhatArgs,

    /// Write no policy: tell of each call whether this one, or - for stdin, would have allowed it; exit with 1
    /// if not all are
    #[arg(
        long,
        value_name = "POLICY",
        conflicts_with_all = ["resource_level", "include_denied"]
    )]
    pub check: Vec<PathBuf>,

    /// What to print. Default: json (with --check: summary, or json for programs)
    #[arg(long, alias = "format", value_enum, value_name = "FORMAT")]
    pub output: Option<PolicyOutput>,

    /// Whether it is quiet.
    #[command(flatten)]
    pub quiet: QuietArgs,

    /// What credrun says about itself.
    #[command(flatten)]
    pub log: LogArgs,
}

/// What a policy from a record allows.
#[derive(Debug, Default, Clone, Copy, Args)]
pub struct WhatArgs {
    /// How precise resources are
    #[arg(long, value_enum, default_value_t, value_name = "LEVEL")]
    pub resource_level: ResourceLevel,

    /// Allow what was denied, too: by AWS, or by --allow and --deny
    #[arg(long)]
    pub include_denied: bool,
}

/// How precise the resources of a policy are.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ResourceLevel {
    /// As the calls named them
    Exact,
    /// Keys of a bucket by their common prefix; what differs from run to run by *
    #[default]
    Prefix,
    /// All resources: only actions are limited
    Any,
}

/// The form of a policy.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PolicyOutput {
    /// The policy document
    #[default]
    Json,
    /// A CloudFormation template in YAML, with a managed policy
    Cloudformation,
    /// A Terraform configuration, with a managed policy
    Terraform,
    /// A page for people: what was called how often, on what, and what was denied
    Summary,
}
