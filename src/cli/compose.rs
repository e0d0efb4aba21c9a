//! `credrun compose`: how Docker Compose calls a provider, and the options of the Compose file.
//!
//! Compose calls `credrun compose --project-name=P up --OPTION=VALUE... SERVICE`, with the options in
//! any order. An option that begins with the name of a service and a dot is for that service alone.

use std::collections::BTreeMap;
use std::num::ParseIntError;
use std::path::PathBuf;
use std::time::Duration;

use clap::{
    Arg, ArgAction, Args, Command, CommandFactory as _, Parser, Subcommand, ValueEnum, value_parser,
};

use super::aws::AwsArgs;
use super::run::pattern;
use crate::container::FlagError;
use crate::container::grammar::duration;
use crate::iam::pattern::Pattern;

/// The words after `compose`. Compose types them, so they have no help of their own.
#[derive(Debug, Args)]
pub struct ComposeArgs {
    /// What Compose asks for
    #[arg(hide = true, trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<String>,

    /// What they mean. [`super::parse`] fills it in.
    #[arg(skip)]
    pub call: ComposeCall,
}

impl ComposeArgs {
    pub(crate) fn of(words: Vec<String>) -> Result<Self, FlagError> {
        let call = ComposeCall::read(&words)?;
        Ok(Self { words, call })
    }
}

/// What Compose asks for.
#[derive(Debug, Default)]
pub enum ComposeCall {
    /// Which options there are.
    #[default]
    Metadata,
    /// Credentials for the services that depend on this one.
    Up(Box<ProviderArgs>),
    /// No more credentials.
    Down {
        /// The project's name.
        project: String,
        /// The name of the service that credrun provides.
        service: String,
    },
}

/// A provider service of a Compose file.
#[derive(Debug)]
pub struct ProviderArgs {
    /// The project's name.
    pub project: String,
    /// Its own name.
    pub service: String,
    /// What stands under `options`.
    pub options: ProviderOptions,
    /// The options of services that have some of their own.
    pub of_services: BTreeMap<String, ServiceOptions>,
    /// What Compose has typed: the same words in the same order for the same options.
    pub typed: Vec<String>,
}

/// `options` in a Compose file.
#[derive(Debug, Clone, Args)]
pub struct ProviderOptions {
    /// How services get credentials: env, a set that ends; live, credentials that renew; keyless, none: credrun signs and sends their AWS calls
    #[arg(
        long,
        value_name = "WAY",
        default_value = "env",
        help_heading = "Delivery"
    )]
    pub delivery: ComposeDelivery,

    /// Those of all services.
    #[command(flatten)]
    pub common: ServiceOptions,

    /// Write each AWS call to this file, as a line of JSON: with keyless, all of them; with live, those that SDKs tell of
    #[arg(long, value_name = "FILE", help_heading = "Delivery")]
    pub record: Option<PathBuf>,

    /// Start only with credentials that last at least this long (10m, 1h30m)
    #[arg(long, value_name = "DURATION", value_parser = duration::positive, help_heading = "Delivery")]
    pub min_ttl: Option<Duration>,

    /// The port of live and keyless on each container's own loopback
    #[arg(long, value_name = "PORT", default_value_t = crate::relay::request::FIRST_PORT, value_parser = value_parser!(u16).range(1..), help_heading = "Delivery")]
    pub port: u16,
}

/// Options that a single service may have of its own.
#[derive(Debug, Default, Clone, Args)]
pub struct ServiceOptions {
    /// Which credentials.
    #[command(flatten)]
    pub aws: AwsArgs,

    /// With keyless, send only calls that need no other IAM actions than these: SERVICE:ACTION with wildcards, or read-only
    #[arg(long, value_name = "PATTERN", value_parser = pattern, help_heading = "Delivery")]
    pub allow: Vec<Pattern>,

    /// With keyless, send no call that needs one of these IAM actions
    #[arg(long, value_name = "PATTERN", value_parser = pattern, help_heading = "Delivery")]
    pub deny: Vec<Pattern>,
}

/// How the services of a project get credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ComposeDelivery {
    /// A set as variables.
    Env,
    /// An endpoint on each container's loopback.
    Live,
    /// None: a proxy on each container's loopback signs and sends calls.
    Keyless,
}

impl ComposeDelivery {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Env => "env",
            Self::Live => "live",
            Self::Keyless => "keyless",
        }
    }

    /// Whether containers are served for as long as they run.
    #[must_use]
    pub fn stays_behind(self) -> bool {
        self != Self::Env
    }
}

#[derive(Debug, Parser)]
#[command(name = "compose", no_binary_name = true, disable_help_flag = true)]
struct Words {
    #[arg(long, value_name = "NAME")]
    project_name: Option<String>,
    #[command(subcommand)]
    command: Verb,
}

#[derive(Debug, Args)]
struct UpWords {
    #[command(flatten)]
    options: ProviderOptions,
    #[arg(value_name = "SERVICE")]
    service: String,
}

#[derive(Debug, Subcommand)]
#[command(disable_help_subcommand = true)]
enum Verb {
    #[command(disable_help_flag = true)]
    Metadata,
    #[command(disable_help_flag = true, args_override_self = true)]
    Up(Box<UpWords>),
    /// Compose passes the options of `up`, which may be wrong: what is there must go all the same.
    #[command(disable_help_flag = true)]
    Down {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
}

impl ProviderArgs {
    /// `words` are what Compose types, from `up` on.
    pub(super) fn new(
        project: String,
        service: String,
        options: ProviderOptions,
        words: &[String],
    ) -> Result<Self, FlagError> {
        let (own, of_services) = parted(words);
        let of_services = of_services
            .into_iter()
            .map(|(service, options)| Ok((service, of_service(&own, &options)?)))
            .collect::<Result<_, FlagError>>()?;
        let mut typed = words.to_vec();
        // Compose keeps the order of a list, not that of options.
        typed.sort_by(|one, other| name_of(one).cmp(&name_of(other)));
        Ok(Self {
            project,
            service,
            options,
            of_services,
            typed,
        })
    }
}

impl ComposeCall {
    fn read(words: &[String]) -> Result<Self, FlagError> {
        let (own, _) = parted(words);
        let Words {
            project_name,
            command,
        } = parsed(&own)?;
        let project = || {
            let named = project_name.clone().filter(|name| !name.is_empty());
            named.ok_or_else(|| FlagError::with_hint("no --project-name", USAGE))
        };
        Ok(match command {
            Verb::Metadata => Self::Metadata,
            Verb::Up(up) => {
                let UpWords { options, service } = *up;
                let up = ProviderArgs::new(project()?, service, options, words)?;
                Self::Up(Box::new(up))
            }
            Verb::Down { words } => Self::Down {
                project: project()?,
                service: words
                    .last()
                    .cloned()
                    .ok_or_else(|| FlagError::with_hint("no service given", USAGE))?,
            },
        })
    }
}

/// The only name of a provider service with which variables have the names that SDKs read.
pub(crate) const PROVIDER: &str = "aws";

const USAGE: &str = "Docker Compose calls this command, for a service with `provider: {type: credrun}` in compose.yaml";

type OfServices = BTreeMap<String, Vec<String>>;

/// Takes out `--SERVICE.OPTION=VALUE`. No option has a dot in its name; services may.
fn parted(words: &[String]) -> (Vec<String>, OfServices) {
    let mut own = Vec::new();
    let mut of_services = OfServices::new();
    for word in words {
        let dot = name_of(word)
            .filter(|_| word.starts_with("--"))
            .and_then(|name| name.rsplit_once('.'));
        match dot {
            Some((service, option)) => {
                let value = word.split_once('=').map_or("", |(_, value)| value);
                let options = of_services.entry(service.to_owned()).or_default();
                options.push(format!("--{option}={value}"));
            }
            None => own.push(word.clone()),
        }
    }
    (own, of_services)
}

/// The option's name in `--NAME=VALUE`.
fn name_of(word: &str) -> Option<&str> {
    let flag = word.strip_prefix("--")?;
    Some(flag.split_once('=').map_or(flag, |(name, _)| name))
}

/// The options among these words that say which credentials, as another command takes them.
pub(crate) fn options_of_aws(words: &[String]) -> Vec<String> {
    let aws = AwsArgs::augment_args(Command::new("aws"));
    let is_of_aws = |name: &str| {
        let mut known = aws.get_arguments().filter_map(Arg::get_long);
        known.any(|known| known == name)
    };
    let plain = with_plain_switches(words).unwrap_or_default();
    let wanted = plain
        .iter()
        .filter(|word| name_of(word).is_some_and(is_of_aws));
    wanted
        .flat_map(|word| word.splitn(2, '='))
        .map(str::to_owned)
        .collect()
}

/// The service's own options replace those of the same name. Only what `deny` names adds up: what no
/// service may do, a single one may not either.
fn of_service(own: &[String], options: &[String]) -> Result<ServiceOptions, FlagError> {
    let known = ServiceOptions::augment_args(Command::new("service"));
    let is_known = |name: &str| {
        let mut known = known.get_arguments();
        known.any(|arg| arg.get_long() == Some(name))
    };
    if let Some(other) = options
        .iter()
        .find(|one| !name_of(one).is_some_and(is_known))
    {
        let name = name_of(other).unwrap_or_default();
        return Err(FlagError::with_hint(
            format!("no option of a single service: {name}"),
            "only options that say which credentials, allow and deny may begin with a service's name",
        ));
    }
    let is_replaced = |word: &&String| {
        let name = name_of(word).filter(|name| *name != "deny");
        name.is_some() && options.iter().any(|one| name_of(one) == name)
    };
    let mut words: Vec<String> = own
        .iter()
        .filter(|word| !is_replaced(word))
        .cloned()
        .collect();
    // Before the name of the provider service, which is last.
    let at = words.len().saturating_sub(1);
    words.splice(at..at, options.iter().cloned());
    match parsed(&words)?.command {
        Verb::Up(up) => Ok(up.options.common),
        Verb::Metadata | Verb::Down { .. } => Ok(ServiceOptions::default()),
    }
}

fn parsed(words: &[String]) -> Result<Words, FlagError> {
    let words = with_plain_switches(words)?;
    Words::try_parse_from(words).map_err(|error| refusal(&error))
}

/// Compose has a value for each option; that of a switch is true or false.
fn with_plain_switches(words: &[String]) -> Result<Vec<String>, FlagError> {
    let options = options();
    let is_switch = |name: &str| {
        let mut switches = options.iter().filter(|option| option.kind == "boolean");
        switches.any(|option| option.name == name)
    };
    let mut plain = Vec::new();
    for word in words {
        match name_of(word).filter(|name| is_switch(name)) {
            None => plain.push(word.clone()),
            Some(name) => match word.split_once('=') {
                None | Some((_, "true")) => plain.push(format!("--{name}")),
                Some((_, "false")) => {}
                Some((_, other)) => {
                    return Err(FlagError::with_hint(
                        format!("invalid value {other:?} of the option {name}"),
                        "true or false",
                    ));
                }
            },
        }
    }
    Ok(plain)
}

fn refusal(error: &clap::Error) -> FlagError {
    use clap::error::{ContextKind, ContextValue, ErrorKind};
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
            let nearest = known
                .iter()
                .min_by_key(|known| strsim::osa_distance(known, name))
                .map(|nearest| format!("is {nearest} meant? "))
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
                true => ": it is not a whole number in digits".to_owned(),
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

/// An option of the Compose file, for those who ask which there are.
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

#[cfg(test)]
mod tests;
