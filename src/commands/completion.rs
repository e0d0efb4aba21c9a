//! Shell completion.
//!
//! `credrun completion SHELL` prints a script, which calls credrun again at each key: with
//! `_CREDRUN_COMPLETE` set to the shell's name, and the line behind `--`. That call ends here, too.
//! docker's own completion of `docker credrun` calls the plugin with `__complete` instead.

mod candidates;
mod line;
mod tree;

use std::ffi::OsString;
use std::io;

use clap_complete::engine::{CompletionCandidate, complete};
use clap_complete::env::{Bash, Elvish, EnvCompleter, Fish, Powershell, Zsh};

use crate::cli::completion::{CompletionArgs, Shell};
use crate::exit::ExitStatus;
use crate::messages::error::Error;
use crate::vars::{self, Environment};

use line::Line;

const PROGRAM: &str = "credrun";

/// Prints the script for a shell.
///
/// # Errors
/// [`Error`] if it cannot be written.
pub fn completion(args: &CompletionArgs) -> Result<ExitStatus, Error> {
    let CompletionArgs { shell, log: _ } = args;
    let mut script = Vec::new();
    of(*shell)
        .write_registration(vars::COMPLETE, PROGRAM, PROGRAM, PROGRAM, &mut script)
        .map_err(failed)?;
    crate::stdout::print(&String::from_utf8_lossy(&script))
}

fn of(shell: Shell) -> &'static dyn EnvCompleter {
    match shell {
        Shell::Bash => &Bash,
        Shell::Zsh => &Zsh,
        Shell::Fish => &Fish,
        Shell::Powershell => &Powershell,
        Shell::Elvish => &Elvish,
    }
}

/// Answers a completion script, if one has called.
///
/// # Errors
/// [`Error`] if the answer cannot be written.
#[must_use]
pub fn answer(argv: &[OsString], environment: &Environment) -> Option<Result<ExitStatus, Error>> {
    let shell = Shell::of_name(&environment.non_empty(vars::COMPLETE)?)?;
    let typed = argv.iter().skip_while(|word| *word != "--").skip(1);
    let words: Vec<OsString> = typed.cloned().collect();
    Some(answer_to(shell, words, environment))
}

fn answer_to(
    shell: Shell,
    words: Vec<OsString>,
    environment: &Environment,
) -> Result<ExitStatus, Error> {
    let mut text = Vec::new();
    let index = environment
        .non_empty(INDEX)
        .and_then(|index| index.parse().ok());
    let line = Line::of(words.clone(), index);
    if shell == Shell::Bash {
        let separator = environment.get(SEPARATOR).unwrap_or("\n".to_owned());
        let values: Vec<String> = bash_values(words, index, environment);
        return crate::stdout::print(&values.join(&separator));
    }
    if !line.is_past_the_image() {
        let mut tree = tree::tree(&line, environment);
        of(shell)
            .write_complete(&mut tree, words, directory().as_deref(), &mut text)
            .map_err(failed)?;
    }
    crate::stdout::print(&String::from_utf8_lossy(&text))
}

/// Variables of clap's scripts: the number of the word at the cursor, and bash's `IFS`.
const INDEX: &str = "_CLAP_COMPLETE_INDEX";
const SEPARATOR: &str = "_CLAP_IFS";

/// bash breaks a word at `:` and `=`, and replaces only what is behind the last of them.
fn bash_values(
    words: Vec<OsString>,
    index: Option<usize>,
    environment: &Environment,
) -> Vec<String> {
    let line = Line::rejoined(words, index);
    let kept = line.broken_off();
    let fitting = candidates_for(&line, environment);
    fitting
        .iter()
        .filter_map(|candidate| candidate.get_value().to_str()?.get(kept..))
        .map(str::to_owned)
        .collect()
}

/// The candidates in the format of docker's completion, for the words after `docker credrun`.
#[must_use]
pub fn answer_docker(words: &[OsString], environment: &Environment) -> String {
    let program = std::iter::once(OsString::from(PROGRAM));
    let line = Line::of(program.chain(words.iter().cloned()).collect(), None);
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
    if line.is_past_the_image() {
        return Vec::new();
    }
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
