//! `credrun run`: which image, with what, how.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Arg, ArgAction, Args, Command};

use super::aws::AwsArgs;
use super::container::ContainerArgs;
use super::engine::EngineArgs;
use super::log::LogArgs;
use crate::container::FlagError;
use crate::container::grammar::duration;
use crate::iam::pattern::{BadPattern, Pattern};

/// The arguments of a run. IMAGE and what follows it are no flags; [`super::parse`] fills them in.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The credentials that go in.
    #[command(flatten)]
    pub aws: AwsArgs,
    /// How they go in, and what else credrun does that docker does not.
    #[command(flatten)]
    pub delivery: DeliveryArgs,
    /// The container, in docker's flags.
    #[command(flatten)]
    pub container: ContainerArgs,
    /// The Engine that runs it.
    #[command(flatten)]
    pub engine: EngineArgs,
    /// What credrun says about itself.
    #[command(flatten)]
    pub diagnostics: DiagnosticArgs,
    /// The image, as typed.
    #[arg(skip)]
    pub image: String,
    /// Whether the word `run` was left out, so that IMAGE stands where a command may stand.
    #[arg(skip)]
    pub run_left_out: bool,
    /// What follows the image: the container's command and arguments, untouched.
    #[arg(skip)]
    pub command: Vec<String>,
}

/// How credentials reach the container.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Delivery")]
pub struct DeliveryArgs {
    /// Renew credentials inside the container for as long as it runs
    #[arg(long)]
    pub live: bool,

    /// Give the container no credentials: credrun signs and sends its AWS calls, for as long as it runs
    #[arg(long)]
    pub keyless: bool,

    /// With --keyless, send only calls that need no other IAM actions than these: SERVICE:ACTION with wildcards, or read-only; may be given again
    #[arg(long, value_name = "PATTERN", value_parser = pattern)]
    pub allow: Vec<Pattern>,

    /// With --keyless, send no call that needs one of these IAM actions; may be given again
    #[arg(long, value_name = "PATTERN", value_parser = pattern)]
    pub deny: Vec<Pattern>,

    /// With --keyless, write each AWS call to this file, as a line of JSON; with --live, those that SDKs tell of
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,

    /// Start only with credentials that last at least this long (10m, 1h30m)
    #[arg(long, value_name = "DURATION", value_parser = duration::positive)]
    pub min_ttl: Option<Duration>,

    /// Use this image as the relay of --live or --keyless instead of credrun's own
    #[arg(long, value_name = "IMAGE")]
    pub relay_image: Option<String>,

    /// Log in to Amazon ECR with these credentials to pull an image from there [default: true]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true)]
    pub ecr_login: Option<bool>,
}

/// What is said on the way.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "credrun")]
pub struct DiagnosticArgs {
    /// Print the create request as JSON, without credentials and without the values of your variables, and start nothing
    #[arg(long)]
    pub dry_run: bool,

    /// Write a report of the run to this file, as JSON
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,

    /// How much is logged.
    #[command(flatten)]
    pub log: LogArgs,

    /// Print this help
    #[arg(long, action = ArgAction::HelpShort)]
    pub help: Option<bool>,
}

pub(super) fn pattern(typed: &str) -> Result<Pattern, FlagError> {
    typed.parse().map_err(|bad: BadPattern| match bad.hint() {
        Some(hint) => FlagError::with_hint(bad.to_string(), hint),
        None => FlagError::new(bad.to_string()),
    })
}

/// Whether `flag` is one of a run's that docker does not have. Those that the AWS CLI has for every
/// command are left out: after an image, they are often its own.
#[must_use]
pub(crate) fn is_own_flag(flag: &str) -> bool {
    const OF_THE_AWS_CLI: [&str; 2] = ["profile", "region"];
    // Of every program's.
    const OF_ANY: [&str; 4] = ["help", "log-level", "record", "report"];
    let Some(name) = flag.strip_prefix("--") else {
        return false;
    };
    let command = DiagnosticArgs::augment_args(DeliveryArgs::augment_args(AwsArgs::augment_args(
        Command::new("credrun"),
    )));
    let mut own = command.get_arguments().filter_map(Arg::get_long);
    !OF_THE_AWS_CLI.contains(&name) && !OF_ANY.contains(&name) && own.any(|own| own == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_is_credruns_own_where_docker_and_the_aws_cli_do_not_have_it() {
        for flag in [
            "--role-arn",
            "--policy",
            "--policy-arns",
            "--live",
            "--keyless",
            "--allow",
            "--deny",
            "--dry-run",
            "--long-lived",
        ] {
            assert!(is_own_flag(flag), "{flag}");
        }
        for flag in [
            "--profile",
            "--region",
            "--name",
            "--help",
            "-e",
            "policy",
            "--",
        ] {
            assert!(!is_own_flag(flag), "{flag}");
        }
    }
}
