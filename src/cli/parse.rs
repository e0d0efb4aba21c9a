//! Reads a whole command line. The first word decides which command it is for.

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{Arg, Command, FromArgMatches};

use super::compose::ComposeArgs;
use super::compose_env::ComposeEnvArgs;
use super::defaults::Defaults;
use super::env::EnvArgs;
use super::exec::ExecArgs;
use super::run::RunArgs;
use super::unfinished::command_behind_options;
use super::{Cli, CommandLine, help, program, refusal, tokens};
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

const VERSION: &str = concat!("credrun ", env!("CARGO_PKG_VERSION"), "\n");

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
    if words.first().is_some_and(|word| word == "--version") {
        // Before the program is built from its hundred options, which takes longer than all else.
        return Err(ParseOutcome::Print(VERSION.to_owned()));
    }
    let program = program();
    let reader = Reader {
        program: &program,
        environment,
    };
    if words.first().is_none_or(|word| word == "--help") {
        return Err(ParseOutcome::Print(help::page(&program)));
    }
    match command_behind_options(&program, &words) {
        Some((at, command)) => reader.command(at, command, &words, typed),
        None => {
            let mut args = reader.run(words)?;
            args.run_left_out = true;
            Ok(Cli::Run(args))
        }
    }
}

/// What is wrong with the variables that give options their defaults, as far as a run would refuse
/// them.
#[must_use]
pub fn refusal_of_defaults(environment: &Environment) -> Option<FlagError> {
    let argv = ["credrun", "run", "image"].map(OsString::from);
    match parse(argv, environment) {
        Err(ParseOutcome::Refused(error)) => Some(error),
        _ => None,
    }
}

/// What a command line is read with.
#[derive(Clone, Copy)]
struct Reader<'a> {
    program: &'a Command,
    environment: &'a Environment,
}

impl Reader<'_> {
    /// The command whose name stands at `at`. Options before it are its own.
    fn command(
        self,
        at: usize,
        command: &Command,
        words: &[String],
        typed: Vec<OsString>,
    ) -> Result<Cli, ParseOutcome> {
        let (before, rest) = (&words[..at], &words[at + 1..]);
        if command.get_name() == "help" {
            let name = rest.first().filter(|name| !name.starts_with('-'));
            let text = help::on(self.program, name.map(String::as_str))?;
            return Err(ParseOutcome::Print(text));
        }
        let run = self.named("run");
        let tokens = tokens::read(run, before.to_vec());
        let tokens = tokens.map_err(|error| refusal::of_token(run, error))?;
        if let Some(flag) = tokens.typed.iter().find(|flag| !has_flag(command, flag)) {
            return Err(refusal::flag_of_run(command, flag).into());
        }
        let words = [before, rest].concat();
        match command.get_name() {
            "run" => self.run(words).map(Cli::Run),
            "exec" => self.exec(words),
            "env" => self.env(words, typed),
            "compose-env" => self.compose_env(words, typed),
            "compose" if is_question(&words) => {
                let page = command.clone().render_help();
                Err(ParseOutcome::Print(page.to_string()))
            }
            "compose" => {
                let args = ComposeArgs::of(words)?;
                Ok(Cli::Compose(Box::new(args)))
            }
            name => self.other(name, words),
        }
    }

    fn run(self, words: Vec<String>) -> Result<Box<RunArgs>, ParseOutcome> {
        let (mut args, _, rest) = self.up_to_words::<RunArgs>("run", words)?;
        let mut rest = rest.into_iter();
        args.image = rest.next().ok_or_else(refusal::no_image)?;
        args.command = rest.collect();
        Ok(Box::new(args))
    }

    fn exec(self, words: Vec<String>) -> Result<Cli, ParseOutcome> {
        const USAGE: &str =
            "credrun exec [OPTIONS] CONTAINER COMMAND [ARG...]; see credrun exec --help";
        let (mut args, _, rest) = self.up_to_words::<ExecArgs>("exec", words)?;
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
        let (mut args, _, rest) = self.up_to_words::<EnvArgs>("env", words)?;
        // What is not read is the end of what was typed.
        args.command = typed.split_off(typed.len() - rest.len());
        if args.command.is_empty() {
            return Err(refusal::missing("command", USAGE).into());
        }
        Ok(Cli::Env(Box::new(args)))
    }

    fn compose_env(
        self,
        words: Vec<String>,
        mut typed: Vec<OsString>,
    ) -> Result<Cli, ParseOutcome> {
        const USAGE: &str =
            "credrun compose-env [OPTIONS] [--] COMMAND [ARG...]; see credrun compose-env --help";
        let (mut args, flags, rest) = self.up_to_words::<ComposeEnvArgs>("compose-env", words)?;
        args.flags = flags;
        args.command = typed.split_off(typed.len() - rest.len());
        if args.command.is_empty() {
            return Err(refusal::missing("command", USAGE).into());
        }
        Ok(Cli::ComposeEnv(Box::new(args)))
    }

    /// Any other command. Its flags may stand between its words.
    fn other(self, name: &str, words: Vec<String>) -> Result<Cli, ParseOutcome> {
        let command = self.named(name);
        let tokens = tokens::read_mixed(command, words)
            .map_err(|error| refusal::of_token(command, error))?;
        let defaults = Defaults::of(command, &tokens, self.environment)?;
        let names = ["credrun", name].map(str::to_owned);
        let argv = names
            .into_iter()
            .chain(defaults.flags.iter().cloned())
            .chain(tokens.flags)
            .chain(tokens.rest);
        self.program
            .clone()
            .try_get_matches_from(argv)
            .and_then(|matches| CommandLine::from_arg_matches(&matches))
            .map(|line| line.command)
            .map_err(|error| outcome(command, &error, &defaults))
    }

    /// Flags up to the first word that is none; that word and the rest are somebody else's. The flags are
    /// returned as clap has read them, too.
    fn up_to_words<A: FromArgMatches>(
        self,
        name: &str,
        words: Vec<String>,
    ) -> Result<(A, Vec<String>, Vec<String>), ParseOutcome> {
        let command = self.named(name);
        let tokens =
            tokens::read(command, words).map_err(|error| refusal::of_token(command, error))?;
        let defaults = Defaults::of(command, &tokens, self.environment)?;
        let flags = [&defaults.flags[..], &tokens.flags].concat();
        let argv = std::iter::once("credrun".to_owned()).chain(flags.iter().cloned());
        let args = command
            .clone()
            .try_get_matches_from(argv)
            .and_then(|matches| A::from_arg_matches(&matches))
            .map_err(|error| outcome(command, &error, &defaults))?;
        Ok((args, flags, tokens.rest))
    }

    fn named(&self, name: &str) -> &Command {
        self.program.find_subcommand(name).unwrap_or(self.program)
    }
}

/// Whether a user has typed it, to see what it is: Compose never calls it so.
fn is_question(words: &[String]) -> bool {
    words
        .first()
        .is_none_or(|word| ["--help", "-h"].contains(&word.as_str()))
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
