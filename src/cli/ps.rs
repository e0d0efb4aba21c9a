//! `credrun ps` and `credrun stop`: what may be typed.

use clap::Args;

use super::engine::EngineArgs;
use super::log::LogArgs;

/// The containers that `--live` renews credentials in.
#[derive(Debug, Default, Args)]
pub struct PsArgs {
    /// The Engine.
    #[command(flatten)]
    pub engine: EngineArgs,

    /// What credrun says about itself.
    #[command(flatten)]
    pub log: LogArgs,
}

/// Which of them to stop.
#[derive(Debug, Default, Args)]
pub struct StopArgs {
    /// Names or IDs, as `credrun ps` shows them, or the image of an only run
    #[arg(value_name = "CONTAINER", required = true)]
    pub containers: Vec<String>,

    /// Seconds to wait before the container is killed
    #[arg(short, long, value_name = "SECONDS", default_value_t = 10)]
    pub time: u32,

    /// The Engine.
    #[command(flatten)]
    pub engine: EngineArgs,

    /// What credrun says about itself.
    #[command(flatten)]
    pub log: LogArgs,
}
