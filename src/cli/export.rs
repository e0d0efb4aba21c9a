//! `credrun export`: what may be typed.

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::aws::AwsArgs;
use super::log::LogArgs;
use crate::container::grammar::duration;

/// Print a set of credentials for another program.
#[derive(Debug, Default, Clone, Args)]
pub struct ExportArgs {
    /// The credentials to print.
    #[command(flatten)]
    pub aws: AwsArgs,

    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "process")]
    pub format: ExportFormat,

    /// Print a set that lives this long at least, like 10m
    #[arg(long, value_name = "DURATION", value_parser = duration::positive)]
    pub min_ttl: Option<Duration>,

    /// What credrun says about itself.
    #[command(flatten)]
    pub log: LogArgs,
}

/// The formats of `aws configure export-credentials`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// JSON for credential_process
    #[default]
    Process,
    /// export AWS_ACCESS_KEY_ID=EXAMPLE
    Env,
    /// AWS_ACCESS_KEY_ID=EXAMPLE, also for docker run --env-file
    EnvNoExport,
    /// $Env:AWS_ACCESS_KEY_ID="EXAMPLE"
    Powershell,
    /// set AWS_ACCESS_KEY_ID=EXAMPLE
    WindowsCmd,
    /// set -gx AWS_ACCESS_KEY_ID "EXAMPLE"
    Fish,
}
