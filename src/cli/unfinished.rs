//! A command line that is still being typed.

use clap::{Command, FromArgMatches};

use super::engine::EngineArgs;
use super::{program, tokens};

/// The Engine that is named in a line that may be unfinished or wrong: what can be read of it.
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
/// `env`.
pub(crate) fn begins_foreign_words(words: &[String]) -> bool {
    let program = program();
    let (command, words) = command_of(&program, words);
    let is_followed = ["run", "exec", "env"].contains(&command.get_name());
    is_followed && tokens::read(command, words).is_ok_and(|tokens| !tokens.rest.is_empty())
}

/// The command that these words are for, and the words without its name.
fn command_of<'a>(program: &'a Command, words: &[String]) -> (&'a Command, Vec<String>) {
    let run = program.find_subcommand("run").unwrap_or(program);
    let rest = tokens::read(run, words.to_vec()).map(|tokens| tokens.rest);
    let rest = rest.unwrap_or_default();
    let named = rest.first().and_then(|name| program.find_subcommand(name));
    let Some(command) = named else {
        return (run, words.to_vec());
    };
    let before = &words[..words.len() - rest.len()];
    (command, [before, &rest[1..]].concat())
}
