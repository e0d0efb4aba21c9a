//! A command line that may be unfinished, or in which the command's name is not the first word.

use clap::{Command, FromArgMatches};

use super::engine::EngineArgs;
use super::{program, tokens};

/// Where a command's name stands behind options of a run. After `--`, a word is an image's name.
pub(super) fn command_behind_options<'a>(
    program: &'a Command,
    words: &[String],
) -> Option<(usize, &'a Command)> {
    let run = program.find_subcommand("run")?;
    let tokens = tokens::read(run, words.to_vec()).ok()?;
    let command = program.find_subcommand(tokens.rest.first()?)?;
    (!tokens.separated).then_some((words.len() - tokens.rest.len(), command))
}

/// Whether the command of this line has the flags of an Engine.
#[must_use]
pub fn takes_engine(words: &[String]) -> bool {
    let program = program();
    let (command, _) = command_of(&program, words);
    command.get_arguments().any(|flag| flag.get_id() == "host")
}

/// The Engine that is named in the line: what can be read of it.
pub(crate) fn engine_in(words: &[String]) -> EngineArgs {
    let program = program();
    let (command, words) = command_of(&program, words);
    let tokens = tokens::read_mixed(command, words).ok();
    let argv = tokens.into_iter().flat_map(|tokens| tokens.flags);
    let matches = command
        .clone()
        .ignore_errors(true)
        .try_get_matches_from(std::iter::once("credrun".to_owned()).chain(argv));
    let args = matches.and_then(|matches| EngineArgs::from_arg_matches(&matches));
    args.unwrap_or_default()
}

/// Whether what follows these words is no option of credrun's, but a container's command or that of
/// `env` and `compose-env`.
pub(crate) fn begins_foreign_words(words: &[String]) -> bool {
    let program = program();
    let (command, words) = command_of(&program, words);
    let is_followed = ["run", "exec", "env", "compose-env"].contains(&command.get_name());
    is_followed && tokens::read(command, words).is_ok_and(|tokens| !tokens.rest.is_empty())
}

/// The command that these words are for, and the words without its name.
fn command_of<'a>(program: &'a Command, words: &[String]) -> (&'a Command, Vec<String>) {
    match command_behind_options(program, words) {
        Some((at, command)) => (command, [&words[..at], &words[at + 1..]].concat()),
        None => {
            let run = program.find_subcommand("run").unwrap_or(program);
            (run, words.to_vec())
        }
    }
}
