//! `credrun version`: what may be typed.

use clap::Args;

use super::engine::EngineArgs;
use super::log::LogArgs;
use super::output::OutputFormat;

/// This program, and the Engine that it would use.
#[derive(Debug, Default, Args)]
pub struct VersionArgs {
    /// How to print it
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub output: OutputFormat,

    /// The Engine.
    #[command(flatten)]
    pub engine: EngineArgs,

    /// What credrun says about itself.
    #[command(flatten)]
    pub log: LogArgs,
}
