//! The options of the Compose file, for those who ask which there are.

use clap::{Arg, ArgAction, CommandFactory as _};

use super::words::Words;

/// An option.
#[derive(Debug)]
pub(crate) struct ProviderOption {
    pub(crate) name: String,
    pub(crate) help: String,
    /// `string`, `integer` or `boolean`.
    pub(crate) kind: &'static str,
    pub(crate) default: Option<String>,
    pub(crate) values: Vec<String>,
}

/// All options, in the order of their definition.
pub(crate) fn options() -> Vec<ProviderOption> {
    let words = Words::command();
    let up = words.find_subcommand("up").cloned().unwrap_or_default();
    let flags = up
        .get_arguments()
        .filter_map(|arg| Some((arg.get_long()?, arg)));
    flags.map(|(name, arg)| option(name, arg)).collect()
}

fn option(name: &str, arg: &Arg) -> ProviderOption {
    let values = arg.get_possible_values();
    ProviderOption {
        name: name.to_owned(),
        help: arg.get_help().map(ToString::to_string).unwrap_or_default(),
        kind: match (arg.get_action(), name) {
            (ArgAction::SetTrue, _) => "boolean",
            (_, "duration-seconds" | "port") => "integer",
            _ => "string",
        },
        default: arg
            .get_default_values()
            .first()
            .map(|value| value.to_string_lossy().into_owned())
            .filter(|_| !matches!(arg.get_action(), ArgAction::SetTrue)),
        values: match arg.get_action() {
            ArgAction::SetTrue => Vec::new(),
            _ => values
                .iter()
                .map(|value| value.get_name().to_owned())
                .collect(),
        },
    }
}
