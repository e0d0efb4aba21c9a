//! The container's process: its streams, its environment, whom it runs as.

use clap::Args;

use crate::container::grammar::env::{self, EnvEntry};
use crate::container::grammar::stream::{self, Stream};

/// Process, streams and environment.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Process, streams and environment")]
pub struct ProcessArgs {
    /// Keep stdin open and send this terminal's or pipe's input there
    #[arg(short, long)]
    pub interactive: bool,

    /// Allocate a pseudo-terminal
    #[arg(short, long)]
    pub tty: bool,

    /// Run in the background and print the container's ID
    #[arg(short, long)]
    pub detach: bool,

    /// Attach to this stream only: stdin, stdout or stderr
    #[arg(short, long, value_name = "STREAM", value_parser = stream::parse_stream)]
    pub attach: Vec<Stream>,

    /// Keys that detach from the container [default: ctrl-p,ctrl-q]
    #[arg(long, value_name = "KEYS")]
    pub detach_keys: Option<String>,

    /// Pass signals on to the container's process [default: true]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true)]
    pub sig_proxy: Option<bool>,

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

    /// Join another group
    #[arg(long, value_name = "GROUP|GID")]
    pub group_add: Vec<String>,

    /// Run this instead of the image's ENTRYPOINT
    #[arg(long, value_name = "PROGRAM")]
    pub entrypoint: Option<String>,

    /// Run an init that forwards signals and reaps processes
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true)]
    pub init: Option<bool>,
}
