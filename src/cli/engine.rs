//! The flags that say which Engine, named as docker's global options.

use clap::Args;

/// Which Docker Engine.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Docker Engine")]
pub struct EngineArgs {
    /// The Engine to connect to, instead of DOCKER_HOST
    #[arg(short = 'H', long, value_name = "URL")]
    pub host: Option<String>,

    /// The docker context to use, instead of DOCKER_CONTEXT
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
}
