//! What Compose types: `credrun compose --project-name=P up --OPTION=VALUE... SERVICE`, with the options
//! in any order. An option that begins with the name of a service and a dot is for that service alone.

use clap::{Args, Parser, Subcommand};

use super::ProviderOptions;

pub(super) const USAGE: &str = "Docker Compose calls this command, for a service with `provider: {type: credrun}` in compose.yaml";

#[derive(Debug, Parser)]
#[command(name = "compose", no_binary_name = true, disable_help_flag = true)]
pub(super) struct Words {
    #[arg(long, value_name = "NAME")]
    pub(super) project_name: Option<String>,
    #[command(subcommand)]
    pub(super) command: Verb,
}

#[derive(Debug, Args)]
pub(super) struct UpWords {
    #[command(flatten)]
    pub(super) options: ProviderOptions,
    #[arg(value_name = "SERVICE")]
    pub(super) service: String,
}

#[derive(Debug, Subcommand)]
#[command(disable_help_subcommand = true)]
pub(super) enum Verb {
    #[command(disable_help_flag = true)]
    Metadata,
    #[command(disable_help_flag = true, args_override_self = true)]
    Up(Box<UpWords>),
    /// Compose passes the options of `up`, which may be wrong: what is there must go all the same.
    #[command(disable_help_flag = true)]
    Down {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
}

/// The option's name in `--NAME=VALUE`.
pub(super) fn name_of(word: &str) -> Option<&str> {
    let flag = word.strip_prefix("--")?;
    Some(flag.split_once('=').map_or(flag, |(name, _)| name))
}
