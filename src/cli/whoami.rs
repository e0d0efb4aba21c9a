//! `credrun whoami`: what may be typed.

use clap::Args;

use super::aws::AwsArgs;
use super::log::LogArgs;
use super::output::OutputFormat;
use super::quiet::QuietArgs;

/// Whose credentials a run would use.
#[derive(Debug, Default, Args)]
pub struct WhoamiArgs {
    /// The credentials.
    #[command(flatten)]
    pub aws: AwsArgs,

    /// How to print it
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub output: OutputFormat,

    /// Whether it is quiet.
    #[command(flatten)]
    pub quiet: QuietArgs,

    /// What credrun says about itself.
    #[command(flatten)]
    pub log: LogArgs,
}
