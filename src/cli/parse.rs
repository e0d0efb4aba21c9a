//! Reads a whole command line. The first word decides which command it is for.

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{Arg, Command, FromArgMatches};

use super::defaults::Defaults;
use super::env::EnvArgs;
use super::exec::ExecArgs;
use super::run::RunArgs;
use super::{Cli, CommandLine, defaults, help, program, refusal, tokens};
use crate::container::FlagError;
use crate::vars::Environment;

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

/// Reads a whole command line, the program's name included. Options of credrun's own that are not
/// typed have the defaults that `environment` sets.
///
/// Words that are not UTF-8 have the offending bytes replaced: they could not pass through the
/// Engine's JSON either. The command of `env` never gets there, and is kept byte for byte.
///
/// # Errors
/// See [`ParseOutcome`].
pub fn parse(
    argv: impl IntoIterator<Item = OsString>,
    environment: &Environment,
) -> Result<Cli, ParseOutcome> {
    let typed: Vec<OsString> = argv.into_iter().skip(1).collect();
    let words: Vec<String> = typed
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let program = program();
    let reader = Reader {
        program: &program,
        environment,
    };
    match words.first().map(String::as_str) {
        None | Some("--help") => Err(ParseOutcome::Print(help::page(&program))),
        // Nobody means an image of that name; it runs with `credrun run help`.
        Some("help") => {
            let text = help::on(&program, words.get(1).map(String::as_str))?;
            Err(ParseOutcome::Print(text))
        }
        Some("--version") => Err(ParseOutcome::Print(program.render_version())),
        Some(name) if program.find_subcommand(name).is_some() => {
            let name = name.to_owned();
            reader.command(&name, words[1..].to_vec(), typed)
        }
        Some(_) => reader.implied_run(words, typed),
    }
}

/// The variables that are set and give options of a run their defaults.
#[must_use]
pub fn defaults_set_in(environment: &Environment) -> Vec<String> {
    let program = program();
    let run = program.find_subcommand("run").unwrap_or(&program);
    defaults::set_in(run, environment)
}

/// What a command line is read with.
#[derive(Clone, Copy)]
struct Reader<'a> {
    program: &'a Command,
    environment: &'a Environment,
}

impl Reader<'_> {
    /// The command of this name. `typed` ends with `words` as they were typed.
    fn command(
        self,
        name: &str,
        words: Vec<String>,
        typed: Vec<OsString>,
    ) -> Result<Cli, ParseOutcome> {
        match name {
            "run" => self.run(words).map(Cli::Run),
            "exec" => self.exec(words),
            "env" => self.env(words, typed),
            _ => self.other(name, words),
        }
    }

    /// A run whose `run` was left out, or a command behind options.
    fn implied_run(self, words: Vec<String>, typed: Vec<OsString>) -> Result<Cli, ParseOutcome> {
        let run = self.named("run");
        let tokens =
            tokens::read(run, words.clone()).map_err(|error| refusal::of_token(run, error))?;
        let first = tokens.rest.first();
        let Some(command) = first.and_then(|first| self.program.find_subcommand(first)) else {
            return self.run(words).map(Cli::Run);
        };
        if let Some(flag) = tokens.typed.iter().find(|flag| !has_flag(command, flag)) {
            return Err(refusal::flag_of_run(command, flag).into());
        }
        let words = tokens
            .flags
            .into_iter()
            .chain(tokens.rest[1..].iter().cloned());
        self.command(command.get_name(), words.collect(), typed)
    }

    fn run(self, words: Vec<String>) -> Result<Box<RunArgs>, ParseOutcome> {
        let (mut args, rest) = self.up_to_words::<RunArgs>("run", words)?;
        let mut rest = rest.into_iter();
        args.image = rest.next().ok_or_else(refusal::no_image)?;
        args.command = rest.collect();
        Ok(Box::new(args))
    }

    fn exec(self, words: Vec<String>) -> Result<Cli, ParseOutcome> {
        const USAGE: &str =
            "credrun exec [OPTIONS] CONTAINER COMMAND [ARG...]; see credrun exec --help";
        let (mut args, rest) = self.up_to_words::<ExecArgs>("exec", words)?;
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

    fn env(self, words: Vec<String>, mut typed: Vec<OsString>) -> Result<Cli, ParseOutcome> {
        const USAGE: &str = "credrun env [OPTIONS] [--] COMMAND [ARG...]; see credrun env --help";
        let (mut args, rest) = self.up_to_words::<EnvArgs>("env", words)?;
        // What is not read is the end of what was typed.
        args.command = typed.split_off(typed.len() - rest.len());
        if args.command.is_empty() {
            return Err(refusal::missing("command", USAGE).into());
        }
        Ok(Cli::Env(Box::new(args)))
    }

    /// Any other command. Its flags may stand between its words.
    fn other(self, name: &str, words: Vec<String>) -> Result<Cli, ParseOutcome> {
        let command = self.named(name);
        let tokens = tokens::read_mixed(command, words)
            .map_err(|error| refusal::of_token(command, error))?;
        let defaults = Defaults::of(command, &tokens.typed, self.environment)?;
        let names = ["credrun", name].map(str::to_owned);
        let argv = names
            .into_iter()
            .chain(defaults.flags.iter().cloned())
            .chain(tokens.flags)
            .chain(["--".to_owned()])
            .chain(tokens.rest);
        self.program
            .clone()
            .try_get_matches_from(argv)
            .and_then(|matches| CommandLine::from_arg_matches(&matches))
            .map(|line| line.command)
            .map_err(|error| outcome(command, &error, &defaults))
    }

    /// Flags up to the first word that is none; that word and the rest are somebody else's.
    fn up_to_words<A: FromArgMatches>(
        self,
        name: &str,
        words: Vec<String>,
    ) -> Result<(A, Vec<String>), ParseOutcome> {
        let command = self.named(name);
        let tokens =
            tokens::read(command, words).map_err(|error| refusal::of_token(command, error))?;
        let defaults = Defaults::of(command, &tokens.typed, self.environment)?;
        let argv = std::iter::once("credrun".to_owned())
            .chain(defaults.flags.iter().cloned())
            .chain(tokens.flags);
        let args = command
            .clone()
            .try_get_matches_from(argv)
            .and_then(|matches| A::from_arg_matches(&matches))
            .map_err(|error| outcome(command, &error, &defaults))?;
        Ok((args, tokens.rest))
    }

    fn named(&self, name: &str) -> &Command {
        self.program.find_subcommand(name).unwrap_or(self.program)
    }
}

fn has_flag(command: &Command, name: &str) -> bool {
    let mut flags = command.get_arguments().filter_map(Arg::get_long);
    flags.any(|flag| flag == name)
}

fn outcome(command: &Command, error: &clap::Error, defaults: &Defaults) -> ParseOutcome {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            ParseOutcome::Print(error.render().to_string())
        }
        _ => ParseOutcome::Refused(refusal::of_value(command, error, defaults)),
    }
}
