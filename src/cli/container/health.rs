//! How the Engine finds out whether the container is well.

use clap::Args;

use crate::container::grammar::{duration, number};

/// Health checks.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Health")]
pub struct HealthArgs {
    /// Command that checks health
    #[arg(long, value_name = "COMMAND")]
    pub health_cmd: Option<String>,

    /// Time between two checks
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    pub health_interval: Option<i64>,

    /// Time after which a check has failed
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    pub health_timeout: Option<i64>,

    /// Failures in a row that make the container unhealthy
    #[arg(long, value_name = "N", value_parser = number::parse_int)]
    pub health_retries: Option<i64>,

    /// Time in which failures do not count
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    pub health_start_period: Option<i64>,

    /// Time between two checks in the start period
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    pub health_start_interval: Option<i64>,

    /// Ignore the image's HEALTHCHECK
    #[arg(long)]
    pub no_healthcheck: bool,
}
