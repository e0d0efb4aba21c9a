//! `credrun exec`: what may be typed. The container's flags are those of `docker exec`.

use std::time::Duration;

use clap::Args;

use super::aws::AwsArgs;
use super::engine::EngineArgs;
use super::log::LogArgs;
use super::quiet::QuietArgs;
use crate::container::grammar::duration;
use crate::container::grammar::env::{self, EnvEntry};

/// A command in a running container, and the credentials in its environment.
#[derive(Debug, Default, Args)]
pub struct ExecArgs {
    /// The credentials.
    #[command(flatten)]
    pub aws: AwsArgs,

    /// Start only with credentials that last at least this long (10m, 1h30m)
    #[arg(long, value_name = "DURATION", value_parser = duration::positive, help_heading = "Delivery")]
    pub min_ttl: Option<Duration>,

    /// The command's process, in docker's flags.
    #[command(flatten)]
    pub process: ExecProcessArgs,

    /// The Engine that runs the container.
    #[command(flatten)]
    pub engine: EngineArgs,

    /// Whether it is quiet.
    #[command(flatten)]
    pub quiet: QuietArgs,

    /// What credrun says about itself.
    #[command(flatten)]
    pub log: LogArgs,

    /// The container, as typed.
    #[arg(skip)]
    pub container: String,

    /// What follows it: the command and its arguments, untouched.
    #[arg(skip)]
    pub command: Vec<String>,
}

/// `docker exec`'s own flags.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Process, streams and environment")]
pub struct ExecProcessArgs {
    /// Send this terminal's or pipe's input to the command
    #[arg(short, long)]
    pub interactive: bool,

    /// Allocate a pseudo-terminal
    #[arg(short, long)]
    pub tty: bool,

    /// Run in the background
    #[arg(short, long)]
    pub detach: bool,

    /// Keys that detach from the command [default: ctrl-p,ctrl-q]
    #[arg(long, value_name = "KEYS")]
    pub detach_keys: Option<String>,

    /// Set an environment variable; without a value, pass on the one here
    #[arg(short, long, value_name = "NAME[=VALUE]", value_parser = env::parse_variable)]
    pub env: Vec<EnvEntry>,

    /// Read environment variables from a file
    #[arg(long, value_name = "FILE")]
    pub env_file: Vec<String>,

    /// Working directory inside the container
    #[arg(short, long, value_name = "DIR")]
    pub workdir: Option<String>,

    /// User to run as
    #[arg(short, long, value_name = "NAME|UID[:GROUP|GID]")]
    pub user: Option<String>,

    /// Give the command all capabilities
    #[arg(long)]
    pub privileged: bool,
}
