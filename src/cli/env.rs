//! `credrun env`: what may be typed.

use std::ffi::OsString;
use std::time::Duration;

use clap::Args;

use super::aws::AwsArgs;
use super::log::LogArgs;
use super::quiet::QuietArgs;
use crate::container::grammar::duration;

/// A local command, and the credentials in its environment.
#[derive(Debug, Default, Args)]
pub struct EnvArgs {
    /// The credentials.
    #[command(flatten)]
    pub aws: AwsArgs,

    /// Start only with credentials that last at least this long (10m, 1h30m)
    #[arg(long, value_name = "DURATION", value_parser = duration::positive, help_heading = "Delivery")]
    pub min_ttl: Option<Duration>,

    /// Whether it is quiet.
    #[command(flatten)]
    pub quiet: QuietArgs,

    /// What credrun says about itself.
    #[command(flatten)]
    pub log: LogArgs,

    /// The command and its arguments, byte for byte. It is no flag; [`super::parse`] fills it in.
    #[arg(skip)]
    pub command: Vec<OsString>,
}
