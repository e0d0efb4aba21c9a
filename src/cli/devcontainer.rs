//! `credrun devcontainer`: what may be typed.

use std::time::Duration;

use clap::{Args, value_parser};

use super::aws::AwsArgs;
use super::engine::EngineArgs;
use super::log::LogArgs;
use super::quiet::QuietArgs;
use super::run::pattern;
use crate::container::grammar::duration;
use crate::iam::pattern::Pattern;

const DELIVERY: &str = "Delivery";

/// Which credentials the dev container of this folder gets.
#[derive(Debug, Default, Args)]
pub struct DevcontainerArgs {
    /// Which credentials.
    #[command(flatten)]
    pub aws: AwsArgs,

    /// Give the container no credentials: credrun signs and sends its AWS calls
    #[arg(long, help_heading = DELIVERY)]
    pub keyless: bool,

    /// With --keyless, send only calls that need no other IAM actions than these: SERVICE:ACTION with wildcards, or read-only; may be given again
    #[arg(long, value_name = "PATTERN", value_parser = pattern, requires = "keyless", help_heading = DELIVERY)]
    pub allow: Vec<Pattern>,

    /// With --keyless, send no call that needs one of these IAM actions; may be given again
    #[arg(long, value_name = "PATTERN", value_parser = pattern, requires = "keyless", help_heading = DELIVERY)]
    pub deny: Vec<Pattern>,

    /// Start only with credentials that last at least this long (10m, 1h30m)
    #[arg(long, value_name = "DURATION", value_parser = duration::positive, help_heading = DELIVERY)]
    pub min_ttl: Option<Duration>,

    /// The port on the container's own loopback where credrun answers
    #[arg(long, value_name = "PORT", default_value_t = crate::relay::request::FIRST_PORT, value_parser = value_parser!(u16).range(1..), help_heading = DELIVERY)]
    pub port: u16,

    /// The Engine.
    #[command(flatten)]
    pub engine: EngineArgs,

    /// Whether it is quiet.
    #[command(flatten)]
    pub quiet: QuietArgs,

    /// What credrun says about itself.
    #[command(flatten)]
    pub log: LogArgs,
}
