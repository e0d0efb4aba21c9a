//! The flags that say which Engine, named as docker's global options.

use std::path::PathBuf;

use clap::Args;

/// Which Docker Engine.
#[derive(Debug, Default, Clone, Args)]
#[command(next_help_heading = "Docker Engine")]
pub struct EngineArgs {
    /// The Engine to connect to, instead of DOCKER_HOST
    #[arg(short = 'H', long, value_name = "URL")]
    pub host: Option<String>,

    /// The docker context to use, instead of DOCKER_CONTEXT
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,

    /// The directory of docker's config.json, instead of DOCKER_CONFIG
    #[arg(long, value_name = "DIR")]
    pub config: Option<PathBuf>,

    /// Use TLS; implied by --tlsverify
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true)]
    pub tls: Option<bool>,

    /// Use TLS and verify the Engine's certificate
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true)]
    pub tlsverify: Option<bool>,

    /// Trust certificates signed by this CA only
    #[arg(long, value_name = "FILE")]
    pub tlscacert: Option<PathBuf>,

    /// The client certificate
    #[arg(long, value_name = "FILE")]
    pub tlscert: Option<PathBuf>,

    /// The client certificate's key
    #[arg(long, value_name = "FILE")]
    pub tlskey: Option<PathBuf>,
}
