//! The command line with what fits in each place.

use std::ffi::OsStr;
use std::sync::Arc;

use clap::{Arg, Command, ValueHint};
use clap_complete::engine::{ArgValueCandidates, ArgValueCompleter, CompletionCandidate};

use super::candidates::Candidates;
use super::line::{Line, PROGRAM};
use crate::cli;
use crate::vars::Environment;

type List = fn(&Candidates) -> Vec<String>;

/// credrun's commands and options; behind the image, files.
pub(super) fn tree(line: &Line, environment: &Environment) -> Command {
    if line.is_past_the_image() {
        return of_foreign_words();
    }
    let places = Places {
        candidates: Arc::new(Candidates::new(line.before(), environment.clone())),
        wants_options: line.word().starts_with('-'),
    };
    let mut program = cli::program();
    let names: Vec<String> = program
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .collect();
    for name in &names {
        program = program.mut_subcommand(name, |command| {
            let command = command.mut_args(|arg| places.filled(arg));
            places.with_words(command, &names)
        });
    }
    // `run` may be left out.
    let run = program.find_subcommand("run").cloned().unwrap_or_default();
    let options = run.get_arguments().cloned();
    program
        .disable_help_flag(true)
        .mut_arg("version", |arg| arg.short(None))
        .args(options)
}

fn of_foreign_words() -> Command {
    let words = Arg::new("words")
        .num_args(0..)
        .allow_hyphen_values(true)
        .value_hint(ValueHint::AnyPath);
    Command::new(PROGRAM).disable_help_flag(true).arg(words)
}

struct Places {
    candidates: Arc<Candidates>,
    /// Whether the word at the cursor begins with a dash.
    wants_options: bool,
}

impl Places {
    /// An option or a word of a command, with what fits there.
    fn filled(&self, arg: Arg) -> Arg {
        // clap offers what is hidden only if nothing else fits.
        let is_hidden = arg.is_hide_set() || !(arg.is_positional() || self.wants_options);
        let arg = arg.hide(is_hidden);
        match arg.get_id().as_str() {
            "profile" => self.values(arg, Candidates::profiles),
            "region" => self.values(arg, Candidates::regions),
            "context" => self.values(arg, Candidates::contexts),
            "allow" | "deny" => arg.add(ArgValueCompleter::new(|begun: &OsStr| {
                let begun = begun.to_string_lossy();
                let offered = Candidates::patterns(&begun).into_iter();
                let fitting = offered.filter(|one| one.starts_with(&*begun));
                fitting.map(CompletionCandidate::new).collect()
            })),
            "network" => self.values(arg, Candidates::networks),
            "relay_image" | "image" => self.values(arg, Candidates::images),
            // Of `stop`, and of `logs`.
            "containers" | "container" => self.values(arg, Candidates::live_containers),
            _ => with_paths(arg),
        }
    }

    /// The words that [`cli::parse`] reads by itself, so that clap does not know them.
    fn with_words(&self, command: Command, names: &[String]) -> Command {
        // The program is built, so that nothing numbers these any more.
        let word = |name: &'static str| Arg::new(name).index(1).num_args(1);
        match command.get_name() {
            "run" => command.arg(self.values(word("image"), Candidates::images)),
            "exec" => command.arg(self.values(word("container"), Candidates::containers)),
            "help" | "man" => {
                let names = names.to_vec();
                command.mut_arg("command", |arg| {
                    arg.add(ArgValueCandidates::new(move || {
                        names.iter().map(CompletionCandidate::new).collect()
                    }))
                })
            }
            _ => command,
        }
    }

    /// Nobody is asked for words while an option is being typed.
    fn values(&self, arg: Arg, list: List) -> Arg {
        if arg.is_positional() && self.wants_options {
            return arg;
        }
        let candidates = Arc::clone(&self.candidates);
        arg.add(ArgValueCandidates::new(move || {
            let names = list(&candidates);
            names.into_iter().map(CompletionCandidate::new).collect()
        }))
    }
}

fn with_paths(arg: Arg) -> Arg {
    let names = arg.get_value_names().unwrap_or_default();
    let hint = match (
        arg.get_id().as_str(),
        names.first().map(|name| name.as_str()),
    ) {
        ("volume" | "device" | "mount", _) => ValueHint::AnyPath,
        (_, Some("FILE" | "PATH")) => ValueHint::FilePath,
        (_, Some("DIR")) => ValueHint::DirPath,
        _ => return arg,
    };
    arg.value_hint(hint)
}
