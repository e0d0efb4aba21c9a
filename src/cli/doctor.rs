//! `credrun doctor`: what may be typed.

use clap::Args;

use super::aws::AwsArgs;
use super::engine::EngineArgs;
use super::log::LogArgs;
use super::output::OutputFormat;
use super::quiet::QuietArgs;

/// What a run would meet.
#[derive(Debug, Default, Args)]
pub struct DoctorArgs {
    /// Check this image too: does the Engine have it, and where would it be pulled from?
    #[arg(value_name = "IMAGE")]
    pub image: Option<String>,

    /// The credentials.
    #[command(flatten)]
    pub aws: AwsArgs,

    /// The Engine.
    #[command(flatten)]
    pub engine: EngineArgs,

    /// How to print it
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        help_heading = "credrun"
    )]
    pub output: OutputFormat,

    /// Whether it is quiet.
    #[command(flatten)]
    pub quiet: QuietArgs,

    /// What credrun says about itself.
    #[command(flatten)]
    pub log: LogArgs,
}
