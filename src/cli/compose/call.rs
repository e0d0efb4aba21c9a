//! Reads what Compose types, and the options of single services in it.

use std::collections::BTreeMap;

use clap::{Arg, Args as _, Command, Parser as _};

use super::options::options;
use super::refusal::refusal;
use super::words::{USAGE, UpWords, Verb, Words, name_of};
use super::{ComposeCall, ProviderArgs, ProviderOptions, ServiceOptions};
use crate::cli::aws::AwsArgs;
use crate::container::FlagError;

/// The only name of a provider service with which variables have the names that SDKs read.
pub(crate) const PROVIDER: &str = "aws";

impl ProviderArgs {
    /// `words` are what Compose types, from `up` on.
    pub(in crate::cli) fn new(
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
    pub(super) fn read(words: &[String]) -> Result<Self, FlagError> {
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

/// Whether a call was refused because Compose makes none like it: somebody has typed it.
#[must_use]
pub fn is_typed(error: &FlagError) -> bool {
    error.hint().is_some_and(|hint| hint == USAGE)
}

type OfServices = BTreeMap<String, Vec<String>>;

/// Takes out `--SERVICE.OPTION=VALUE`. No option has a dot in its name; services may.
fn parted(words: &[String]) -> (Vec<String>, OfServices) {
    let mut own = Vec::new();
    let mut of_services = OfServices::new();
    for word in words {
        let dot = name_of(word).and_then(|name| name.rsplit_once('.'));
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
    if options.iter().any(|one| name_of(one) == Some("region")) {
        return Err(FlagError::with_hint(
            "no option of a single service: region",
            "Compose gives all services the same AWS_REGION; the service's program can choose another",
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
    let words = match words.iter().find(|word| !word.starts_with("--")) {
        // What is there must go, whatever the options are.
        Some(verb) if verb == "down" => words.to_vec(),
        _ => with_plain_switches(words)?,
    };
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
