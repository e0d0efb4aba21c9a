//! `credrun login`: what may be typed.

use clap::Args;

use super::log::LogArgs;
use super::quiet::QuietArgs;

/// Whom to log in.
#[derive(Debug, Default, Args)]
pub struct LoginArgs {
    /// Log in for this profile of the shared config files, instead of AWS_PROFILE
    #[arg(long, value_name = "NAME", help_heading = "AWS credentials")]
    pub profile: Option<String>,

    /// Options for `aws sso login` or `aws login`, such as --no-browser
    #[arg(last = true, value_name = "OPTION")]
    pub options: Vec<String>,

    /// Whether it is quiet.
    #[command(flatten)]
    pub quiet: QuietArgs,

    /// What credrun says about itself.
    #[command(flatten)]
    pub log: LogArgs,
}
