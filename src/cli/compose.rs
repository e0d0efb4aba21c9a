//! `credrun compose`: how Docker Compose calls a provider, and the options of the Compose file.
//!
//! [`words`] has the words of the call, [`call`] reads them.

mod call;
mod options;
mod refusal;
mod words;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum, value_parser};

use super::aws::AwsArgs;
use super::run::pattern;
use crate::container::FlagError;
use crate::container::grammar::duration;
use crate::iam::pattern::Pattern;

pub use call::is_typed;
pub(crate) use call::{PROVIDER, options_of_aws};
pub(crate) use options::{ProviderOption, options};

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

#[cfg(test)]
mod tests;
