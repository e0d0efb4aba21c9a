//! `credrun compose-file`: what may be typed.

use std::path::PathBuf;

use clap::Args;

use super::compose::ComposeDelivery;
use super::log::LogArgs;
use super::quiet::QuietArgs;
use crate::container::FlagError;

/// Which services of a project get credentials.
#[derive(Debug, Args)]
pub struct ComposeFileArgs {
    /// The services that get credentials
    #[arg(value_name = "SERVICE", required = true, value_parser = service)]
    pub services: Vec<String>,

    /// How: env, live or keyless, as for credrun compose-env
    #[arg(long, value_name = "WAY", default_value = "env")]
    pub delivery: ComposeDelivery,

    /// The project's own file, whose version the printed one needs [default: as Compose finds it]
    #[arg(short, long, value_name = "FILE")]
    pub file: Option<PathBuf>,

    /// Whether it is quiet.
    #[command(flatten)]
    pub quiet: QuietArgs,

    /// What credrun says about itself.
    #[command(flatten)]
    pub log: LogArgs,
}

/// Compose's own rule for names of services.
fn service(name: &str) -> Result<String, FlagError> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    match !name.is_empty() && name.chars().all(is_allowed) {
        true => Ok(name.to_owned()),
        false => Err(FlagError::new(
            "a service's name has letters, digits, dots, dashes and underscores",
        )),
    }
}
