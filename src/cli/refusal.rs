//! What is said when a command line cannot be read. The words are docker's own, so that they
//! are found where people look for them.

use std::num::ParseIntError;

use clap::Command;
use clap::error::{ContextKind, ContextValue, Error};

use super::defaults::Defaults;
use super::program;
use super::tokens::TokenError;
use crate::container::FlagError;

/// Why a value is no number. Rust's own words for it speak of digits in a string.
pub(super) const NO_NUMBER: &str = "it is not a whole number in digits";

/// Where all flags of `command` are listed.
fn see_help(command: &Command) -> String {
    format!("see credrun {} --help", command.get_name())
}

/// A word that is no flag of `command`, or lacks its value.
pub(super) fn of_token(command: &Command, error: TokenError) -> FlagError {
    match error {
        TokenError::UnknownFlag(name) => FlagError::with_hint(
            format!("unknown flag: --{name}"),
            of_another_command(command, &name)
                .or_else(|| Some(format!("did you mean {}?", similar(command, &name)?)))
                .unwrap_or_else(|| see_help(command)),
        ),
        TokenError::UnknownShorthand(letter, cluster) => FlagError::with_hint(
            format!("unknown shorthand flag: {letter:?} in {cluster}"),
            see_help(command),
        ),
        TokenError::NeedsArgument(name) => FlagError::with_hint(
            format!("flag needs an argument: --{name}"),
            see_help(command),
        ),
        TokenError::ShorthandNeedsArgument(letter, cluster) => FlagError::with_hint(
            format!("flag needs an argument: {letter:?} in {cluster}"),
            match letter {
                'h' => "-h is --hostname, as in docker run; help is --help".to_owned(),
                _ => see_help(command),
            },
        ),
        TokenError::BadSyntax(word) => FlagError::new(format!("bad flag syntax: {word}")),
        TokenError::BadBool(flag, value, why) => {
            invalid_argument(command, &flag, &value, &why.to_string(), why.hint())
        }
    }
}

/// A flag of a run stands before another command's name.
pub(super) fn flag_of_run(command: &Command, flag: &str) -> FlagError {
    let name = command.get_name();
    FlagError::with_hint(
        format!("unknown flag of credrun {name}: --{flag}"),
        format!(
            "see credrun {name} --help. An image of that name runs with: \
             credrun run [OPTIONS] {name}"
        ),
    )
}

/// A value that its flag refuses, or anything else that clap has to say.
pub(super) fn of_value(command: &Command, error: &Error, defaults: &Defaults) -> FlagError {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let source = std::error::Error::source(error);
    if let (Some(flag), Some(value), Some(source)) = (
        context(ContextKind::InvalidArg),
        context(ContextKind::InvalidValue),
        source,
    ) {
        let (why, hint) = match source.downcast_ref::<FlagError>() {
            Some(own) => (own.to_string(), own.hint()),
            None if flag.ends_with("<SECONDS>") => not_seconds(value),
            None if source.is::<ParseIntError>() => (NO_NUMBER.to_owned(), None),
            None => (source.to_string(), None),
        };
        if let Some(variable) = defaults.variable_of(flag) {
            let what = format!("invalid value {value:?} of {variable}: {why}");
            return hint.map_or_else(
                || FlagError::new(what.clone()),
                |hint| FlagError::with_hint(what.clone(), hint),
            );
        }
        return invalid_argument(command, flag, value, &why, hint);
    }
    // clap's text is `error: <what>`, then blank lines, tips and the usage.
    let text = error.render().to_string();
    let mut paragraphs = text.trim().split("\n\n");
    let what = paragraphs.next().unwrap_or_default();
    FlagError::with_hint(
        what.trim_start_matches("error: ").to_owned(),
        see_help(command),
    )
}

/// In place of what Rust says about an integer that clap has read by itself.
fn not_seconds(value: &str) -> (String, Option<String>) {
    let is_number = value.bytes().all(|byte| byte.is_ascii_digit()) && !value.is_empty();
    let why = if is_number {
        "too many seconds"
    } else {
        "not a number of seconds"
    };
    let hint = "a whole number in digits, such as 3600 for an hour";
    (why.to_owned(), Some(hint.to_owned()))
}

/// No IMAGE at all.
pub(super) fn no_image() -> FlagError {
    FlagError::with_hint(
        "no image given",
        "credrun [OPTIONS] IMAGE [COMMAND] [ARG...]; for all options, credrun run --help",
    )
}

/// `credrun env` without a command, `credrun exec` without a container or a command.
pub(super) fn missing(what: &str, usage: &str) -> FlagError {
    FlagError::with_hint(format!("no {what} given"), usage)
}

fn invalid_argument(
    command: &Command,
    flag: &str,
    value: &str,
    why: &str,
    hint: Option<String>,
) -> FlagError {
    let flag = with_short_form(command, flag);
    let what = format!("invalid argument {value:?} for \"{flag}\" flag: {why}");
    match hint {
        Some(hint) => FlagError::with_hint(what, hint),
        None => FlagError::new(what),
    }
}

/// clap's `--memory <BYTES>`, as docker writes it: `-m, --memory`.
fn with_short_form(command: &Command, flag: &str) -> String {
    let long = flag.split([' ', '=', '[']).next().unwrap_or(flag);
    let name = long.trim_start_matches('-');
    command
        .get_arguments()
        .find(|arg| arg.get_long() == Some(name))
        .and_then(clap::Arg::get_short)
        .map_or(long.to_owned(), |short| format!("-{short}, {long}"))
}

/// Other commands that have the flag.
fn of_another_command(command: &Command, name: &str) -> Option<String> {
    let program = program();
    let having = program.get_subcommands().filter(|other| {
        let mut flags = other.get_arguments().filter_map(clap::Arg::get_long);
        other.get_name() != command.get_name() && flags.any(|flag| flag == name)
    });
    let names: Vec<&str> = having.map(Command::get_name).collect();
    let (first, others) = names.split_first()?;
    let all = others
        .iter()
        .fold(format!("credrun {first}"), |all, other| {
            format!("{all}, {other}")
        });
    let have = if others.is_empty() { "has" } else { "have" };
    // The word `run` can be left out, so that the flag may only be in the wrong place.
    Some(match command.get_name() {
        "run" => format!("{all} {have} this flag; it goes after the command's name"),
        own => format!("{all} {have} this flag, and credrun {own} does not"),
    })
}

/// The flag that was most likely meant, as clap sees it.
fn similar(command: &Command, name: &str) -> Option<String> {
    let error = command
        .clone()
        .try_get_matches_from(["credrun", &format!("--{name}")])
        .err()?;
    match error.get(ContextKind::SuggestedArg)? {
        ContextValue::String(flag) => Some(flag.clone()),
        _ => None,
    }
}
