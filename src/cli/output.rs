//! `--output`, of the commands that tell something.

use clap::ValueEnum;

/// Who is to read it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// Lines for people
    #[default]
    Text,
    /// JSON for programs
    Json,
}
