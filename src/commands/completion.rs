//! Shell completion.
//!
//! `credrun completion SHELL` prints a script, which calls credrun again at each TAB: with
//! `_CREDRUN_COMPLETE` set to the shell's name. That call ends here, too. docker's own completion of
//! `docker credrun` calls the plugin with `__complete` instead.

mod candidates;
mod line;
mod scripts;
mod tree;

use std::ffi::OsString;
use std::io;

use clap_complete::engine::{CompletionCandidate, complete};
use clap_complete::env::EnvCompleter;

use crate::cli::completion::{CompletionArgs, Shell};
use crate::exit::ExitStatus;
use crate::messages::error::Error;
use crate::vars::{self, Environment};

use line::{Line, PROGRAM};
use scripts::{Script, script};

/// Prints the script for a shell.
///
/// # Errors
/// [`Error`] if it cannot be written.
pub fn completion(args: &CompletionArgs) -> Result<ExitStatus, Error> {
    let CompletionArgs {
        shell,
        quiet: _,
        log: _,
    } = args;
    let text = script(*shell).text().map_err(failed)?;
    crate::stdout::print(&text)
}

/// Answers a completion script, if one has called.
///
/// # Errors
/// [`Error`] if the answer cannot be written.
#[must_use]
pub fn answer(argv: &[OsString], environment: &Environment) -> Option<Result<ExitStatus, Error>> {
    let shell = Shell::of_name(&environment.non_empty(vars::COMPLETE)?)?;
    let text = match script(shell) {
        Script::Clap(completer) => {
            let typed = argv.iter().skip_while(|word| *word != "--").skip(1);
            answer_clap(completer, typed.cloned().collect(), environment)
        }
        Script::Own(_) => Ok(answer_own(argv, environment)),
    };
    let printed = text.map_err(failed);
    Some(printed.and_then(|text| crate::stdout::print(&text)))
}

/// Answers a script of clap's: it passes all words, and in most shells the number of the one at the
/// cursor.
fn answer_clap(
    completer: &dyn EnvCompleter,
    words: Vec<OsString>,
    environment: &Environment,
) -> io::Result<String> {
    if words.is_empty() {
        return Ok(String::new());
    }
    let index = environment
        .non_empty("_CLAP_COMPLETE_INDEX")
        .and_then(|index| index.parse().ok());
    let line = Line::of(words.clone(), index);
    let mut tree = tree::tree(&line, environment);
    let mut text = Vec::new();
    completer.write_complete(&mut tree, words, directory().as_deref(), &mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// Answers an own script: it passes the line up to the cursor, and the word that the shell replaces.
/// That is the end of what credrun takes for a word, because shells break words at `:` and others.
fn answer_own(argv: &[OsString], environment: &Environment) -> String {
    let [_, line, replaced] = argv else {
        return String::new();
    };
    let line = Line::typed(&line.to_string_lossy());
    let word = line.word();
    let kept = word.strip_suffix(&*replaced.to_string_lossy());
    let kept = kept.map_or(0, str::len);
    candidates_for(&line, environment)
        .iter()
        .filter_map(|candidate| {
            let value = candidate.get_value().to_str()?.get(kept..)?;
            let help = candidate.get_help().map(ToString::to_string);
            let help = help.unwrap_or_default();
            Some(format!(
                "{value}\t{}\n",
                help.lines().next().unwrap_or_default()
            ))
        })
        .collect()
}

/// The candidates in the format of docker's completion, for the words after `docker credrun`.
#[must_use]
pub fn answer_docker(words: &[OsString], environment: &Environment) -> String {
    let program = std::iter::once(OsString::from(PROGRAM));
    let line = Line::of(program.chain(words.iter().cloned()).collect(), None);
    if line.is_past_the_image() {
        // Files, which the shell completes.
        return ":0\n".to_owned();
    }
    let lines: String = candidates_for(&line, environment)
        .iter()
        .map(|candidate| {
            let value = candidate.get_value().to_string_lossy();
            let help = candidate.get_help().map(ToString::to_string);
            format!("{value}\t{}\n", help.unwrap_or_default())
        })
        .collect();
    // Cobra's directives: 4 is no files besides the candidates; 0 leaves it to the shell.
    let directive = if lines.is_empty() { 0 } else { 4 };
    format!("{lines}:{directive}\n")
}

fn candidates_for(line: &Line, environment: &Environment) -> Vec<CompletionCandidate> {
    let mut tree = tree::tree(line, environment);
    let words = line.words().to_vec();
    complete(&mut tree, words, line.index(), directory().as_deref()).unwrap_or_default()
}

fn directory() -> Option<std::path::PathBuf> {
    std::env::current_dir().ok()
}

fn failed(source: io::Error) -> Error {
    Error::Local {
        action: "complete the command line".to_owned(),
        source,
    }
}
