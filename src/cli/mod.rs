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
pub(crate) mod container;
pub(crate) mod doctor;
pub mod engine;
pub(crate) mod env;
pub(crate) mod exec;
pub(crate) mod export;
pub(crate) mod log;
pub(crate) mod login;
pub(crate) mod logs;
pub(crate) mod output;
pub(crate) mod ps;
pub(crate) mod quiet;
mod refusal;
pub mod role_template;
pub(crate) mod run;
mod tokens;
pub(crate) mod whoami;

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, Command, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::container::FlagError;
use doctor::DoctorArgs;
use env::EnvArgs;
use exec::ExecArgs;
use export::ExportArgs;
use login::LoginArgs;
use logs::LogsArgs;
use ps::{PsArgs, StopArgs};
use role_template::RoleTemplateArgs;
use run::RunArgs;
use whoami::WhoamiArgs;

/// What the user asks for.
#[derive(Debug, Subcommand)]
pub enum Cli {
    /// Run an image with fresh, temporary AWS credentials (may be left out)
    #[command(
        override_usage = "credrun [run] [OPTIONS] IMAGE [COMMAND] [ARG...]",
        disable_help_flag = true,
        args_override_self = true
    )]
    Run(Box<RunArgs>),

    /// Run a command in a running container, with credentials for it alone
    #[command(
        override_usage = "credrun exec [OPTIONS] CONTAINER COMMAND [ARG...]",
        args_override_self = true
    )]
    Exec(Box<ExecArgs>),

    /// Run a command on this machine, with credentials in its environment
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

    /// List the containers of --live, also those whose credrun has ended
    #[command(args_override_self = true)]
    Ps(Box<PsArgs>),

    /// Stop containers of --live
    #[command(args_override_self = true)]
    Stop(Box<StopArgs>),

    /// Print the log of a credrun that stays behind with -d --live
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

    /// Print a template for a role with only the permissions that a container needs
    #[command(args_override_self = true)]
    RoleTemplate(Box<RoleTemplateArgs>),

    /// Check whether a run would work here, and show what it would use
    #[command(args_override_self = true)]
    Doctor(Box<DoctorArgs>),
}

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
            Self::RoleTemplate(args) => args.log.log_level,
            Self::Doctor(args) => args.log.log_level,
        }
    }
}

impl Cli {
    /// `-d --live`: the container goes on without its caller, and needs someone who renews.
    #[must_use]
    pub fn stays_behind(&self) -> bool {
        matches!(self, Self::Run(args)
            if args.delivery.live && args.container.process.detach && !args.diagnostics.dry_run)
    }
}

/// Run containers with fresh, temporary AWS credentials
#[derive(Debug, Parser)]
#[command(name = "credrun", version, disable_help_subcommand = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Cli,
}

/// Whether the command of this name has the flags of an Engine; none where there is no such
/// command.
#[must_use]
pub fn takes_engine(name: &str) -> Option<bool> {
    let program = program();
    let command = program.find_subcommand(name)?;
    Some(command.get_arguments().any(|flag| flag.get_id() == "host"))
}

/// docker's commands that its users may look for here, as credrun has `run`, `exec`, `ps` and
/// others.
const OF_DOCKER: [&str; 11] = [
    "attach", "build", "cp", "images", "inspect", "kill", "pull", "restart", "rm", "start", "top",
];

/// What was most likely meant by a word that is no command: one of docker's commands, or one of
/// credrun's with a slip of one letter or two. The word has none of what marks an image's name.
#[must_use]
pub fn mistyped_command(word: &str) -> Option<String> {
    if word.contains(['/', ':', '.', '@']) {
        return None;
    }
    if OF_DOCKER.contains(&word) {
        return Some(format!("`docker {word}`"));
    }
    // docker has these behind `docker container` alone.
    if ["ls", "list"].contains(&word) {
        return Some("`docker ps`, or credrun ps for the containers of --live".to_owned());
    }
    let program = program();
    let commands = program.get_subcommands().map(Command::get_name);
    commands
        // Two letters make any other word of `ps`.
        .map(|name| (strsim::osa_distance(word, name), name))
        .filter(|(slips, name)| (1..=(name.len() / 2).min(2)).contains(slips))
        .min()
        .map(|(_, name)| format!("credrun {name}"))
}

/// Why [`parse`] has no command to carry out.
#[derive(Debug)]
pub enum ParseOutcome {
    /// `--help` or `--version`: text for stdout, and status 0.
    Print(String),
    /// What was typed cannot be meant: status 125.
    Refused(FlagError),
}

impl From<FlagError> for ParseOutcome {
    fn from(error: FlagError) -> Self {
        Self::Refused(error)
    }
}

/// Reads a whole command line, the program's name included.
///
/// Words that are not UTF-8 have the offending bytes replaced: they could not pass through the
/// Engine's JSON either. The command of `env` never gets there, and is kept byte for byte.
///
/// # Errors
/// See [`ParseOutcome`].
pub fn parse(argv: impl IntoIterator<Item = OsString>) -> Result<Cli, ParseOutcome> {
    let typed: Vec<OsString> = argv.into_iter().skip(1).collect();
    let mut words: Vec<String> = typed
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let program = program();

    match words.first().map(String::as_str) {
        Some("run") => {
            words.remove(0);
            parse_run(&program, words).map(Cli::Run)
        }
        Some("exec") => parse_exec(&program, words.split_off(1)),
        Some("env") => parse_env(&program, words.split_off(1), typed),
        Some("--version" | "version") => Err(print(&program, "--version")),
        Some("--help") => Err(print(&program, "--help")),
        // Nobody means an image of that name; it runs with `credrun run help`.
        Some("help") => Err(help_on(&program, words.get(1).map(String::as_str))),
        Some(name) if program.find_subcommand(name).is_some() => parse_command(&program, &words),
        _ => parse_implied_run(&program, words),
    }
}

/// The whole command line, built so that subcommands have their usage and version lines too. All
/// help is of the short kind, a line or two a flag, whichever way it is asked for.
fn program() -> Command {
    let short_help = || {
        Arg::new("help")
            .short('h')
            .long("help")
            .help("Print this help")
            .help_heading("credrun")
            .action(ArgAction::HelpShort)
    };
    let names: Vec<String> = CommandLine::command()
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .filter(|name| name != "run")
        .collect();
    let mut program = CommandLine::command();
    for name in names {
        program = program.mut_subcommand(name, |command| {
            command.disable_help_flag(true).arg(short_help())
        });
    }
    program = program.mut_subcommand("role-template", |command| {
        command.mut_args(role_template::show)
    });
    program.build();
    program
}

/// `help` and `help COMMAND`, for those who are used to it.
fn help_on(program: &Command, name: Option<&str>) -> ParseOutcome {
    match name.and_then(|name| program.find_subcommand(name)) {
        Some(command) if command.get_name() != "run" => {
            ParseOutcome::Print(command.clone().render_help().to_string())
        }
        _ => print(program, "--help"),
    }
}

/// `--help` at the top is the help of a run, and the commands beside it.
fn print(program: &Command, word: &str) -> ParseOutcome {
    if word == "--version" {
        return ParseOutcome::Print(program.render_version());
    }
    let mut run = program
        .find_subcommand("run")
        .cloned()
        .unwrap_or_default()
        .after_help(commands_help(program));
    if let Some(about) = program.get_about() {
        run = run.about(about.clone());
    }
    ParseOutcome::Print(run.render_help().to_string())
}

fn commands_help(program: &Command) -> String {
    let lines: Vec<String> = program
        .get_subcommands()
        .map(|command| {
            let about = command.get_about().map(ToString::to_string);
            format!("  {:<14} {}", command.get_name(), about.unwrap_or_default())
        })
        .collect();
    format!(
        "Commands:\n{}\n\nHelp on one of them: credrun COMMAND --help",
        lines.join("\n")
    )
}

/// A run whose `run` was left out: nobody said that this is no command, so a command's name
/// behind flags is most likely meant as one.
fn parse_implied_run(program: &Command, words: Vec<String>) -> Result<Cli, ParseOutcome> {
    let mut args = parse_run(program, words)?;
    args.run_left_out = true;
    if program.find_subcommand(&args.image).is_some() {
        let name = &args.image;
        return Err(FlagError::with_hint(
            format!("{name:?} is a command, but flags come before it"),
            format!(
                "flags go after the command: credrun {name} [OPTIONS]. \
                 An image of that name runs with: credrun run [OPTIONS] {name}"
            ),
        )
        .into());
    }
    Ok(Cli::Run(args))
}

fn parse_run(program: &Command, words: Vec<String>) -> Result<Box<RunArgs>, ParseOutcome> {
    let (mut args, rest) = parse_up_to_words::<RunArgs>(program, "run", words)?;
    let mut rest = rest.into_iter();
    args.image = rest.next().ok_or_else(refusal::no_image)?;
    args.command = rest.collect();
    Ok(Box::new(args))
}

fn parse_exec(program: &Command, words: Vec<String>) -> Result<Cli, ParseOutcome> {
    const USAGE: &str =
        "credrun exec [OPTIONS] CONTAINER COMMAND [ARG...]; see credrun exec --help";
    let (mut args, rest) = parse_up_to_words::<ExecArgs>(program, "exec", words)?;
    let mut rest = rest.into_iter();
    args.container = rest
        .next()
        .ok_or_else(|| refusal::missing("container", USAGE))?;
    args.command = rest.collect();
    if args.command.is_empty() {
        return Err(refusal::missing("command", USAGE).into());
    }
    Ok(Cli::Exec(Box::new(args)))
}

fn parse_env(
    program: &Command,
    words: Vec<String>,
    mut typed: Vec<OsString>,
) -> Result<Cli, ParseOutcome> {
    const USAGE: &str = "credrun env [OPTIONS] [--] COMMAND [ARG...]; see credrun env --help";
    let (mut args, rest) = parse_up_to_words::<EnvArgs>(program, "env", words)?;
    // What is not read is the end of what was typed.
    args.command = typed.split_off(typed.len() - rest.len());
    if args.command.is_empty() {
        return Err(refusal::missing("command", USAGE).into());
    }
    Ok(Cli::Env(Box::new(args)))
}

/// Flags up to the first word that is none; that word and the rest are somebody else's.
fn parse_up_to_words<A: FromArgMatches>(
    program: &Command,
    name: &str,
    words: Vec<String>,
) -> Result<(A, Vec<String>), ParseOutcome> {
    let command = program.find_subcommand(name).unwrap_or(program);
    let tokens = tokens::read(command, words).map_err(|error| refusal::of_token(command, error))?;
    let argv = std::iter::once("credrun".to_owned()).chain(tokens.flags);
    let args = command
        .clone()
        .try_get_matches_from(argv)
        .and_then(|matches| A::from_arg_matches(&matches))
        .map_err(|error| outcome(command, &error))?;
    Ok((args, tokens.rest))
}

fn parse_command(program: &Command, words: &[String]) -> Result<Cli, ParseOutcome> {
    let command = program.find_subcommand(&words[0]).unwrap_or(program);
    let argv = std::iter::once("credrun").chain(words.iter().map(String::as_str));
    program
        .clone()
        .try_get_matches_from(argv)
        .and_then(|matches| CommandLine::from_arg_matches(&matches))
        .map(|line| line.command)
        .map_err(|error| outcome(command, &error))
}

fn outcome(command: &Command, error: &clap::Error) -> ParseOutcome {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            ParseOutcome::Print(error.render().to_string())
        }
        _ => ParseOutcome::Refused(refusal::of_value(command, error)),
    }
}

#[cfg(test)]
mod tests;
