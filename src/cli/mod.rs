//! What may be typed. No IO, no meaning: [`crate::plan`] gives it that.
//!
//! The first word decides. A command's name is that command; anything else is a run, so that
//! `credrun amazon/aws-cli s3 ls` is `credrun run amazon/aws-cli s3 ls`. To add a command, give
//! [`Cli`] a variant and its arguments a file.

#![allow(
    rustdoc::broken_intra_doc_links,
    rustdoc::invalid_html_tags,
    reason = "what clap prints as help is plain text, with [optional] and <placeholders>"
)]

pub mod aws;
pub(crate) mod completion;
pub mod compose;
pub(crate) mod container;
mod defaults;
pub mod devcontainer;
pub(crate) mod doctor;
pub mod engine;
pub(crate) mod env;
pub(crate) mod exec;
pub(crate) mod export;
mod help;
pub(crate) mod log;
pub(crate) mod login;
pub(crate) mod logs;
pub(crate) mod man;
mod names;
pub(crate) mod output;
mod parse;
pub mod policy;
mod program;
pub(crate) mod ps;
pub(crate) mod quiet;
mod refusal;
pub mod role_template;
pub(crate) mod run;
mod tokens;
mod unfinished;
pub(crate) mod version;
pub(crate) mod whoami;

pub(crate) use defaults::remove_from;
pub use defaults::{defaults_named_in, defaults_set_in, unknown_defaults_in};
pub(crate) use help::{EXAMPLES, no_command};
pub use names::mistyped_command;
pub use parse::{ParseOutcome, parse, refusal_of_defaults};
pub(crate) use program::build as program;
pub use unfinished::takes_engine;
pub(crate) use unfinished::{begins_foreign_words, engine_in};

use clap::{Parser, Subcommand};

use completion::CompletionArgs;
use compose::{ComposeArgs, ComposeCall};
use devcontainer::DevcontainerArgs;
use doctor::DoctorArgs;
use env::EnvArgs;
use exec::ExecArgs;
use export::ExportArgs;
use login::LoginArgs;
use logs::LogsArgs;
use man::ManArgs;
use policy::PolicyArgs;
use ps::{PsArgs, StopArgs};
use role_template::RoleTemplateArgs;
use run::RunArgs;
use version::VersionArgs;
use whoami::WhoamiArgs;

/// What the user asks for.
#[derive(Debug, Subcommand)]
pub enum Cli {
    /// Run an image with fresh AWS credentials (may be left out)
    #[command(
        override_usage = "credrun [run] [OPTIONS] IMAGE [COMMAND] [ARG...]",
        disable_help_flag = true,
        args_override_self = true
    )]
    Run(Box<RunArgs>),

    /// Run a command in a running container, with credentials
    #[command(
        override_usage = "credrun exec [OPTIONS] CONTAINER COMMAND [ARG...]",
        args_override_self = true
    )]
    Exec(Box<ExecArgs>),

    /// Run a command on this machine, with credentials
    #[command(
        override_usage = "credrun env [OPTIONS] [--] COMMAND [ARG...]",
        args_override_self = true
    )]
    Env(Box<EnvArgs>),

    /// Print credentials for another program
    #[command(args_override_self = true)]
    Export(Box<ExportArgs>),

    /// Show whose credentials a run would use
    #[command(args_override_self = true)]
    Whoami(Box<WhoamiArgs>),

    /// List containers of --live and --keyless, and abandoned ones
    #[command(args_override_self = true)]
    Ps(Box<PsArgs>),

    /// Stop containers of --live and --keyless
    #[command(args_override_self = true)]
    Stop(Box<StopArgs>),

    /// Print the log of a credrun that stays behind with -d
    #[command(
        after_help = "docker logs is something else: it prints what the container itself writes.",
        args_override_self = true
    )]
    Logs(Box<LogsArgs>),

    /// Log in for a profile, with the AWS CLI
    #[command(
        override_usage = "credrun login [OPTIONS] [-- OPTION...]",
        args_override_self = true
    )]
    Login(Box<LoginArgs>),

    /// Print the smallest policy for what runs called
    #[command(args_override_self = true)]
    Policy(Box<PolicyArgs>),

    /// Print a template for a role with only what a container needs
    #[command(args_override_self = true)]
    RoleTemplate(Box<RoleTemplateArgs>),

    /// Check whether a run would work here, and what it would use
    #[command(args_override_self = true)]
    Doctor(Box<DoctorArgs>),

    /// Give the services of a Docker Compose project credentials
    #[command(
        hide = true,
        override_usage = "credrun compose metadata\n       docker compose up, which calls credrun compose",
        after_help = COMPOSE_HELP
    )]
    Compose(Box<ComposeArgs>),

    /// Give a dev container credentials that renew (initializeCommand)
    #[command(hide = true, args_override_self = true)]
    Devcontainer(Box<DevcontainerArgs>),

    /// Print a shell's completion script
    #[command(args_override_self = true)]
    Completion(CompletionArgs),

    /// Print a man page, or write all of them
    #[command(args_override_self = true)]
    Man(ManArgs),

    /// Show the versions of credrun and of the Engine
    #[command(args_override_self = true)]
    Version(Box<VersionArgs>),
}

const COMPOSE_HELP: &str = "\
In compose.yaml, this gives app credentials that renew:

  services:
    aws:
      provider:
        type: credrun
        options:
          delivery: live
    app:
      image: myapp
      depends_on: [aws]

credrun compose metadata lists the options. They say which credentials, as those of credrun run.";

impl Cli {
    /// `--log-level`.
    #[must_use]
    pub fn log_level(&self) -> Option<tracing::Level> {
        match self {
            Self::Run(args) => args.diagnostics.log.log_level,
            Self::Exec(args) => args.log.log_level,
            Self::Env(args) => args.log.log_level,
            Self::Export(args) => args.log.log_level,
            Self::Whoami(args) => args.log.log_level,
            Self::Ps(args) => args.log.log_level,
            Self::Stop(args) => args.log.log_level,
            Self::Logs(args) => args.log.log_level,
            Self::Login(args) => args.log.log_level,
            Self::Policy(args) => args.log.log_level,
            Self::RoleTemplate(args) => args.log.log_level,
            Self::Doctor(args) => args.log.log_level,
            Self::Version(args) => args.log.log_level,
            Self::Compose(_) => None,
            Self::Devcontainer(args) => args.log.log_level,
            Self::Completion(args) => args.log.log_level,
            Self::Man(args) => args.log.log_level,
        }
    }
}

impl Cli {
    /// `-d` behind a relay: the container goes on without its caller, and needs someone who serves
    /// it.
    #[must_use]
    pub fn stays_behind(&self) -> bool {
        match self {
            Self::Run(args) => {
                (args.delivery.live || args.delivery.keyless)
                    && args.container.process.detach
                    && !args.diagnostics.dry_run
            }
            Self::Compose(args) => matches!(&args.call, ComposeCall::Up(provider)
                if provider.options.delivery.stays_behind()),
            Self::Devcontainer(_) => true,
            _ => false,
        }
    }
}

/// Run containers with fresh, temporary AWS credentials
#[derive(Debug, Parser)]
#[command(
    name = "credrun",
    version,
    disable_help_subcommand = true,
    subcommand_help_heading = "Commands",
    override_usage = "credrun [run] [OPTIONS] IMAGE [COMMAND] [ARG...]\n       credrun COMMAND [OPTIONS]"
)]
struct CommandLine {
    #[command(subcommand)]
    command: Cli,
}

#[cfg(test)]
mod tests;
