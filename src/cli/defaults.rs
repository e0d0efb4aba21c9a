//! Defaults of credrun's own options from the environment: `CREDRUN_ROLE_ARN` for `--role-arn`.
//!
//! A directory (direnv) or a CI job sets them once. An option that is typed replaces its default,
//! `--live=false` too. docker's options have no such defaults, because a container must not differ
//! by what is set around it.

use std::collections::BTreeSet;

use clap::{Arg, ArgAction, Command};

use super::tokens;
use crate::container::FlagError;
use crate::container::grammar::number;
use crate::vars::{DEFAULT_PREFIX, Environment};

/// The headings in `--help` of the options that are credrun's own. An option of one command alone,
/// such as `--format`, stands below none of them.
const HEADINGS: [&str; 3] = ["AWS credentials", "Delivery", "credrun"];

/// A code of an MFA device is valid once, and help is no setting.
const WITHOUT: [&str; 2] = ["token-code", "help"];

/// Defaults that are set, as flags for clap.
#[derive(Debug, Default)]
pub(super) struct Defaults {
    pub(super) flags: Vec<String>,
    /// The long names of these flags.
    names: Vec<String>,
}

impl Defaults {
    /// Those of `command`, without the flags in `typed` and those that contradict them.
    pub(super) fn of(
        command: &Command,
        typed: &BTreeSet<String>,
        environment: &Environment,
    ) -> Result<Self, FlagError> {
        let mut defaults = Self::default();
        for arg in command.get_arguments() {
            let Some((name, variable)) = named(arg) else {
                continue;
            };
            let contradicts = |other: &&Arg| other.get_long().is_some_and(|o| typed.contains(o));
            let conflicts = command.get_arg_conflicts_with(arg);
            if typed.contains(name) || conflicts.iter().any(contradicts) {
                continue;
            }
            if let Some(value) = environment.non_empty(&variable) {
                defaults.add(arg, name, &variable, &value)?;
            }
        }
        Ok(defaults)
    }

    fn add(&mut self, arg: &Arg, name: &str, variable: &str, value: &str) -> Result<(), FlagError> {
        self.names.push(name.to_owned());
        if tokens::is_bool(arg) {
            let truth = number::parse_bool(value).map_err(|_| {
                FlagError::new(format!(
                    "invalid value {value:?} of {variable}: not true or false"
                ))
            })?;
            match (arg.is_require_equals_set(), truth) {
                (true, truth) => self.flags.push(format!("--{name}={truth}")),
                (false, true) => self.flags.push(format!("--{name}")),
                (false, false) => {}
            }
        } else if matches!(arg.get_action(), ArgAction::Append) {
            let values = value.lines().map(str::trim).filter(|line| !line.is_empty());
            self.flags
                .extend(values.map(|value| format!("--{name}={value}")));
        } else {
            self.flags.push(format!("--{name}={value}"));
        }
        Ok(())
    }

    /// The variable that `flag` (`--min-ttl <DURATION>`) has its value from.
    pub(super) fn variable_of(&self, flag: &str) -> Option<String> {
        let name = flag.trim_start_matches('-').split([' ', '=']).next()?;
        let is_it = self.names.iter().any(|own| own == name);
        is_it.then(|| variable_of(name))
    }
}

/// The variables of `command`'s options that are set here.
pub(super) fn set_in(command: &Command, environment: &Environment) -> Vec<String> {
    let variables = command.get_arguments().filter_map(named);
    variables
        .map(|(_, variable)| variable)
        .filter(|variable| environment.non_empty(variable).is_some())
        .collect()
}

/// Names the variable in the option's help.
pub(super) fn show(arg: Arg) -> Arg {
    match (named(&arg), arg.get_help()) {
        (Some((_, variable)), Some(help)) => {
            let help = format!("{help} [env: {variable}]");
            arg.help(help)
        }
        _ => arg,
    }
}

/// The option's long name and its variable, if it has one.
fn named(arg: &Arg) -> Option<(&str, String)> {
    let heading = arg.get_help_heading()?;
    let name = arg.get_long()?;
    // For a run, docker has this one, too.
    let is_own = HEADINGS.contains(&heading) || name == "quiet";
    (is_own && !WITHOUT.contains(&name)).then(|| (name, variable_of(name)))
}

fn variable_of(name: &str) -> String {
    format!("{DEFAULT_PREFIX}{}", name.to_uppercase().replace('-', "_"))
}
