//! `credrun export`: what may be typed.

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::aws::AwsArgs;
use super::log::LogArgs;
use super::quiet::QuietArgs;
use crate::container::grammar::duration;

/// Print credentials for another program.
#[derive(Debug, Default, Clone, Args)]
pub struct ExportArgs {
    /// The credentials to print.
    #[command(flatten)]
    pub aws: AwsArgs,

    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "process")]
    pub format: ExportFormat,

    /// Print only credentials that last at least this long (10m, 1h30m)
    #[arg(long, value_name = "DURATION", value_parser = duration::positive)]
    pub min_ttl: Option<Duration>,

    /// Whether it is quiet.
    #[command(flatten)]
    pub quiet: QuietArgs,

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
