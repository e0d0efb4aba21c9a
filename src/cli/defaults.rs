//! Defaults of credrun's own options from the environment: `CREDRUN_ROLE_ARN` for `--role-arn`.
//!
//! A directory (direnv) or a CI job sets them once. An option that is typed replaces its default,
//! `--live=false` too. docker's options have no such defaults, because a container must not differ
//! by what is set around it; neither have those of one command alone, such as `--format`.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::process;
use std::sync::LazyLock;

use clap::{Arg, ArgAction, Args as _, Command};

use super::aws::AwsArgs;
use super::quiet::QuietArgs;
use super::run::{DeliveryArgs, DiagnosticArgs};
use super::tokens::{self, Tokens};
use crate::container::FlagError;
use crate::container::grammar::number;
use crate::vars::{self, Environment};

/// What the variables begin with.
const PREFIX: &str = "CREDRUN_";

/// A code of an MFA device is valid once, and help is no setting.
const WITHOUT: [&str; 2] = ["token-code", "help"];

/// The long names of the options that have a variable.
static NAMES: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let own = Command::new("credrun");
    let own = DiagnosticArgs::augment_args(DeliveryArgs::augment_args(own));
    let own = QuietArgs::augment_args(AwsArgs::augment_args(own));
    let names = own.get_arguments().filter_map(Arg::get_long);
    let named = names.filter(|name| !WITHOUT.contains(name));
    named.map(str::to_owned).collect()
});

/// Variables of this prefix with another meaning: of credrun itself, of `install.sh` and of the build.
const OTHERS: [&str; 5] = [
    vars::CREDRUN_COMPOSE_ENV,
    vars::CREDRUN_PROFILE_CHAIN,
    "CREDRUN_RELEASES",
    "CREDRUN_REPOSITORY",
    "CREDRUN_COMMIT",
];

/// Pairs that a command refuses together, although clap knows nothing of it.
const CONTRADICTIONS: [(&str, &str); 2] = [
    ("profile", "credential-source"),
    ("duration-seconds", "long-lived"),
];

/// Options that are refused without one of these.
const WITH_ANOTHER: [(&str, &[&str]); 4] = [
    ("relay-image", &["live", "keyless"]),
    ("allow", &["keyless"]),
    ("deny", &["keyless"]),
    ("record", &["live", "keyless"]),
];

/// Defaults that are set, as flags for clap.
#[derive(Debug, Default)]
pub(super) struct Defaults {
    pub(super) flags: Vec<String>,
    /// The long names of these flags.
    names: Vec<String>,
}

impl Defaults {
    /// Those of `command`, without the flags that were typed, those that contradict them, and those
    /// that mean nothing without another.
    pub(super) fn of(
        command: &Command,
        tokens: &Tokens,
        environment: &Environment,
    ) -> Result<Self, FlagError> {
        let typed = &tokens.typed;
        let mut defaults = Self::default();
        // Whoever asks for help gets it, whatever is set.
        if typed.contains("help") {
            return Ok(defaults);
        }
        for arg in command.get_arguments() {
            let Some(name) = named(command, arg) else {
                continue;
            };
            if typed.contains(name) || contradicts(command, name, typed) {
                continue;
            }
            if let Some(value) = environment.non_empty(&variable_of(name)) {
                defaults.add(command, arg, name, &value)?;
            }
        }
        defaults.drop_what_needs_another(&tokens.flags);
        Ok(defaults)
    }

    fn add(
        &mut self,
        command: &Command,
        arg: &Arg,
        name: &str,
        value: &str,
    ) -> Result<(), FlagError> {
        let variable = variable_of(name);
        if tokens::is_bool(arg) {
            let truth = number::parse_bool(value).map_err(|_| {
                FlagError::new(format!(
                    "invalid value {value:?} of {variable}: not true or false"
                ))
            })?;
            match (arg.is_require_equals_set(), truth) {
                (true, truth) => self.flags.push(format!("--{name}={truth}")),
                (false, true) => self.flags.push(format!("--{name}")),
                (false, false) => return Ok(()),
            }
        } else if matches!(arg.get_action(), ArgAction::Append) {
            let values = value.lines().map(str::trim).filter(|line| !line.is_empty());
            self.flags
                .extend(values.map(|value| format!("--{name}={value}")));
        } else {
            self.flags.push(format!("--{name}={value}"));
        }
        let mut earlier = self.names.iter();
        if let Some(other) = earlier.find(|other| exclude_each_other(command, other, name)) {
            let other = variable_of(other);
            return Err(FlagError::with_hint(
                format!("{variable} and {other} are both set, and contradict each other"),
                "unset one of the two",
            ));
        }
        self.names.push(name.to_owned());
        Ok(())
    }

    /// `typed` has the flags that are on: `--live=false` is none of them.
    fn drop_what_needs_another(&mut self, typed: &[String]) {
        for (name, others) in WITH_ANOTHER {
            let is_given = |other: &&str| {
                let (flag, delivery) = (format!("--{other}"), format!("--delivery={other}"));
                typed.contains(&flag) || typed.contains(&delivery) || self.flags.contains(&flag)
            };
            if !others.iter().any(is_given) {
                self.names.retain(|own| own != name);
                let begins = format!("--{name}=");
                self.flags.retain(|flag| !flag.starts_with(&begins));
            }
        }
    }

    /// The variable that `flag` (`--min-ttl <DURATION>`) has its value from.
    pub(super) fn variable_of(&self, flag: &str) -> Option<String> {
        let name = flag.trim_start_matches('-').split([' ', '=']).next()?;
        let is_it = self.names.iter().any(|own| own == name);
        is_it.then(|| variable_of(name))
    }
}

/// Whether clap refuses the two options together. It knows each conflict in one direction.
fn exclude_each_other(command: &Command, one: &str, other: &str) -> bool {
    let excludes = |one: &str, other: &str| {
        let mut args = command.get_arguments();
        let arg = args.find(|arg| arg.get_long() == Some(one));
        let excluded = arg.map(|arg| command.get_arg_conflicts_with(arg));
        let mut excluded = excluded.into_iter().flatten();
        excluded.any(|arg| arg.get_long() == Some(other))
    };
    excludes(one, other) || excludes(other, one)
}

/// Whether one of the typed flags excludes the option `name`.
fn contradicts(command: &Command, name: &str, typed: &BTreeSet<String>) -> bool {
    let is_known = |other: &String| {
        let pairs = [(name, other.as_str()), (other.as_str(), name)];
        pairs.iter().any(|pair| CONTRADICTIONS.contains(pair))
    };
    let mut typed = typed.iter();
    typed.any(|other| is_known(other) || exclude_each_other(command, name, other))
}

/// The variables that are set and give options of any command their defaults.
#[must_use]
pub fn defaults_set_in(environment: &Environment) -> Vec<String> {
    let variables = NAMES.iter().map(|name| variable_of(name));
    variables
        .filter(|variable| environment.non_empty(variable).is_some())
        .collect()
}

/// What to say of each variable that looks like a default and is none: a slip in a name must not
/// take a role's place silently.
#[must_use]
pub fn unknown_defaults_in(environment: &Environment) -> Vec<String> {
    let names = environment.names_with(PREFIX).into_iter();
    let is_known = |name: &String| {
        OTHERS.contains(&name.as_str()) || NAMES.iter().any(|own| variable_of(own) == *name)
    };
    names
        .filter(|name| !is_known(name))
        .map(|name| {
            let all = NAMES.iter().map(|own| variable_of(own));
            let nearest = all
                .map(|own| (strsim::osa_distance(&name, &own), own))
                .filter(|(slips, _)| *slips <= 3)
                .min();
            match nearest {
                Some((_, own)) => format!("{name} sets no option; did you mean {own}?"),
                None => format!("{name} sets no option"),
            }
        })
        .collect()
}

/// Leaves the defaults out of a program's environment. They are for the credrun that the user
/// starts, and for no credrun that is run on the way to its credentials or with them: that one would
/// assume the role once more.
pub(crate) fn remove_from(program: &mut process::Command) {
    for name in NAMES.iter() {
        program.env_remove(variable_of(name));
    }
}

/// What to add to an error about options that nobody has typed: which variables set them.
#[must_use]
pub fn defaults_named_in(error: &str, argv: &[OsString], environment: &Environment) -> String {
    let words = argv.iter().map(|word| word.to_string_lossy());
    let typed: Vec<String> = words
        .map(|word| word.split('=').next().unwrap_or_default().to_owned())
        .collect();
    let is_typed = |flag: &String| typed.contains(flag);
    let is_named = |flag: &str| {
        let is_end = |c: char| !(c.is_ascii_alphanumeric() || c == '-');
        error.split(is_end).any(|word| word == flag)
    };
    let flags = NAMES
        .iter()
        .map(|name| (format!("--{name}"), variable_of(name)));
    flags
        .filter(|(flag, variable)| {
            environment.non_empty(variable).is_some() && is_named(flag) && !is_typed(flag)
        })
        .map(|(flag, variable)| format!("hint: {variable} sets {flag} here\n"))
        .collect()
}

/// Names the variable in the option's help.
pub(super) fn show(command: Command) -> Command {
    let names: BTreeSet<String> = command
        .get_arguments()
        .filter_map(|arg| named(&command, arg))
        .map(str::to_owned)
        .collect();
    command.mut_args(|arg| {
        let name = arg.get_long().filter(|name| names.contains(*name));
        match (name.map(variable_of), arg.get_help()) {
            (Some(variable), Some(help)) => {
                let help = format!("{help} [env: {variable}]");
                arg.help(help)
            }
            _ => arg,
        }
    })
}

/// The long name of an option that has a variable. A hidden option has none, and `-q` of `ps` prints
/// IDs.
fn named<'a>(command: &Command, arg: &'a Arg) -> Option<&'a str> {
    let name = arg.get_long().filter(|name| NAMES.contains(*name))?;
    let is_another = name == "quiet" && command.get_name() == "ps";
    (!arg.is_hide_set() && !is_another).then_some(name)
}

fn variable_of(name: &str) -> String {
    format!("{PREFIX}{}", name.to_uppercase().replace('-', "_"))
}
