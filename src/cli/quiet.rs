//! `-q`, of every command but `run` and `ps`: these have docker's own.

use clap::Args;

/// Whether notices are hidden.
#[derive(Debug, Default, Clone, Copy, Args)]
#[command(next_help_heading = "credrun")]
pub struct QuietArgs {
    /// Print only warnings and errors
    #[arg(short, long)]
    pub quiet: bool,
}
