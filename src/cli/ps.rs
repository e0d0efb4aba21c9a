//! `credrun ps` and `credrun stop`: what may be typed.

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::engine::EngineArgs;
use super::log::LogArgs;
use super::quiet::QuietArgs;
use crate::container::FlagError;

/// The containers that a credrun serves, and those whose credrun is gone.
#[derive(Debug, Default, Args)]
pub struct PsArgs {
    /// Print only the IDs of the containers, one per line
    #[arg(short, long)]
    pub quiet: bool,

    /// How to print the list
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: PsFormat,

    /// Show IDs and names in full, and the relay and the process that renews
    #[arg(long)]
    pub no_trunc: bool,

    /// The Engine.
    #[command(flatten)]
    pub engine: EngineArgs,

    /// What credrun says about itself.
    #[command(flatten)]
    pub log: LogArgs,
}

/// The formats that `docker ps` has by name.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PsFormat {
    /// A table for people
    #[default]
    Table,
    /// JSON for programs: an object for each container, on a line of its own
    Json,
}

/// Which of them to stop.
#[derive(Debug, Default, Args)]
pub struct StopArgs {
    /// Names, IDs or beginnings of IDs, as `credrun ps` shows them
    #[arg(value_name = "CONTAINER", required_unless_present = "all")]
    pub containers: Vec<String>,

    /// Stop all containers that `credrun ps` shows
    #[arg(long, conflicts_with = "containers")]
    pub all: bool,

    /// Seconds to wait before the container is killed; -1 waits forever
    #[arg(
        short,
        long,
        value_name = "SECONDS",
        default_value = "10",
        value_parser = Patience::parse,
        allow_hyphen_values = true
    )]
    pub time: Patience,

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

/// How long a container that is to stop may take for it, in seconds.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Patience(i32);

impl Patience {
    /// As docker's `--time`: a negative number waits for ever.
    fn parse(value: &str) -> Result<Self, FlagError> {
        let seconds = value.parse().map(Self);
        seconds.map_err(|_| FlagError::new("it takes a number of seconds, or -1 to wait forever"))
    }

    /// For ever is the most that the Engine's API takes, 68 years.
    #[must_use]
    pub fn grace(self) -> Duration {
        let seconds = u32::try_from(self.0).unwrap_or(i32::MAX.unsigned_abs());
        Duration::from_secs(u64::from(seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_time_is_told_what_one_is() {
        for wrong in ["foo", "", "1.5", "10s", "99999999999"] {
            let refused = Patience::parse(wrong).expect_err(wrong).to_string();
            assert!(refused.contains("a number of seconds"), "{refused}");
        }
    }

    #[test]
    fn a_negative_time_is_longer_than_anybody_waits() {
        let grace = |typed| Patience::parse(typed).expect("a time").grace();
        assert_eq!(grace("7"), Duration::from_secs(7));
        assert!(grace("-1") > Duration::from_secs(60 * 60 * 24 * 365 * 60));
        assert_eq!(grace("-2"), grace("-1"));
    }
}
