//! What is said of a call that cannot be read. Its reader has typed a Compose file, and no flags.

use std::num::ParseIntError;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::options::options;
use super::words::{USAGE, name_of};
use crate::cli::refusal::NO_NUMBER;
use crate::container::FlagError;

/// So many wrong letters still look like a slip.
const MOST_SLIPS: usize = 3;

pub(super) fn refusal(error: &clap::Error) -> FlagError {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let argument = context(ContextKind::InvalidArg).unwrap_or_default();
    let name = name_of(argument).unwrap_or(argument);
    let name = name.split(' ').next().unwrap_or(name);
    match error.kind() {
        ErrorKind::UnknownArgument => {
            let known = option_names();
            let slips = known
                .iter()
                .map(|known| (strsim::osa_distance(known, name), known));
            let nearest = slips
                .filter(|(slips, _)| *slips <= MOST_SLIPS)
                .min()
                .map(|(_, nearest)| format!("is {nearest} meant? "))
                .unwrap_or_default();
            FlagError::with_hint(
                format!("unknown option in compose.yaml: {name}"),
                format!("{nearest}`credrun compose metadata` lists all"),
            )
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let value = context(ContextKind::InvalidValue).unwrap_or_default();
            let source = std::error::Error::source(error);
            let why = source.map_or_else(String::new, |why| match why.is::<ParseIntError>() {
                true => format!(": {NO_NUMBER}"),
                false => format!(": {why}"),
            });
            let what = format!("invalid value {value:?} of the option {name}{why}");
            let hint = source.and_then(|why| why.downcast_ref::<FlagError>()?.hint());
            match (hint, error.get(ContextKind::ValidValue)) {
                (Some(hint), _) => FlagError::with_hint(what, hint),
                (None, Some(ContextValue::Strings(valid))) => {
                    FlagError::with_hint(what, format!("one of {}", valid.join(", ")))
                }
                _ => FlagError::new(what),
            }
        }
        ErrorKind::InvalidSubcommand => {
            let typed = context(ContextKind::InvalidSubcommand).unwrap_or_default();
            FlagError::with_hint(format!("no command of credrun compose: {typed}"), USAGE)
        }
        ErrorKind::MissingRequiredArgument => FlagError::with_hint("no service given", USAGE),
        _ => {
            let text = error.render().to_string();
            let what = text.trim().lines().next().unwrap_or_default();
            FlagError::with_hint(what.trim_start_matches("error: ").to_owned(), USAGE)
        }
    }
}

fn option_names() -> Vec<String> {
    options().into_iter().map(|option| option.name).collect()
}
