//! `credrun man`: what may be typed.

use std::path::PathBuf;

use clap::Args;

use super::log::LogArgs;

/// Which page, or where to write all.
#[derive(Debug, Default, Args)]
pub struct ManArgs {
    /// The command that the page is about [default: credrun itself]
    #[arg(value_name = "COMMAND", conflicts_with = "output_dir")]
    pub command: Option<String>,

    /// Write all pages into this directory
    #[arg(long, value_name = "DIR")]
    pub output_dir: Option<PathBuf>,

    /// What credrun says about itself.
    #[command(flatten)]
    pub log: LogArgs,
}
