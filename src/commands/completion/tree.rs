//! The command line with what fits in each place.

use std::sync::Arc;

use clap::{Arg, Command, ValueHint};
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};

use super::candidates::Candidates;
use super::line::Line;
use crate::cli;
use crate::vars::Environment;

type List = fn(&Candidates) -> Vec<String>;

/// credrun's commands and options. `run` may be left out, so its options are the program's, too.
pub(super) fn tree(line: &Line, environment: &Environment) -> Command {
    let candidates = Arc::new(Candidates::new(line.before(), environment.clone()));
    let mut program = cli::program();
    let names: Vec<String> = program
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .collect();
    for name in &names {
        program = program.mut_subcommand(name, |command| {
            let command = with_words(command, name, &candidates);
            command.mut_args(|arg| with_values(arg, &candidates))
        });
    }
    let wants_options = line.word().starts_with('-');
    let hide = move |arg: Arg| {
        // clap offers what is hidden only if nothing else fits.
        let is_hidden = !arg.is_positional() && !wants_options;
        arg.hide(is_hidden)
    };
    for name in names {
        program = program.mut_subcommand(&name, |command| command.mut_args(hide));
    }
    let run = program.find_subcommand("run").cloned().unwrap_or_default();
    let options = run.get_arguments().cloned();
    program
        .disable_help_flag(true)
        .args(options)
        .subcommand(Command::new("help").about("Show the options of a command"))
}

/// The words that [`cli::parse`] reads by itself, so that clap does not know them.
fn with_words(command: Command, name: &str, candidates: &Arc<Candidates>) -> Command {
    let word = |name: &'static str, list| values(Arg::new(name), candidates, list);
    match name {
        "run" => command.arg(word("image", Candidates::images)),
        "exec" => command.arg(word("container", Candidates::containers)),
        _ => command,
    }
}

fn with_values(arg: Arg, candidates: &Arc<Candidates>) -> Arg {
    let list: List = match arg.get_id().as_str() {
        "profile" => Candidates::profiles,
        "region" => Candidates::regions,
        "context" => Candidates::contexts,
        "network" => Candidates::networks,
        "relay_image" | "image" => Candidates::images,
        "containers" => Candidates::live_containers,
        _ => return with_paths(arg),
    };
    values(arg, candidates, list)
}

fn values(arg: Arg, candidates: &Arc<Candidates>, list: List) -> Arg {
    let candidates = Arc::clone(candidates);
    arg.add(ArgValueCandidates::new(move || {
        let names = list(&candidates);
        names.into_iter().map(CompletionCandidate::new).collect()
    }))
}

fn with_paths(arg: Arg) -> Arg {
    let names = arg.get_value_names().unwrap_or_default();
    let hint = match names.first().map(|name| name.as_str()) {
        Some("FILE" | "PATH") => ValueHint::FilePath,
        Some("DIR") => ValueHint::DirPath,
        _ => return arg,
    };
    arg.value_hint(hint)
}
