//! `--log-level`, which every command has.

use clap::Args;

/// How much credrun logs.
#[derive(Debug, Default, Clone, Copy, Args)]
#[command(next_help_heading = "credrun")]
pub struct LogArgs {
    /// How much to log on stderr: error, warn, info, debug or trace
    #[arg(long, value_name = "LEVEL")]
    pub log_level: Option<tracing::Level>,
}
