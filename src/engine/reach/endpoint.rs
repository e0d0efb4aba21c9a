//! Chooses the Engine: `--host`, `--context`, `DOCKER_HOST`, `DOCKER_CONTEXT`, `currentContext`.
//!
//! Docker's rules, in docker's order. This connects to nothing, but reads every file that a
//! connection will need, so that errors are found early.

mod exposure;
mod requests;
mod tls_choice;

pub(crate) mod error;

use http::HeaderMap;

use super::address::{Address, host_and_port};
use super::config_file::DockerConfig;
use super::connect::Connector;
use super::context::{ContextError, DockerContext};
use super::program;
use super::ssh::SshDialer;
use super::tls::TlsClient;
use crate::cli::engine::EngineArgs;
use crate::engine::limits::Limits;
use crate::engine::reach::tls::error::TlsError;
use crate::vars::{self, Environment};

pub use error::EndpointError;
use tls_choice::{DefaultTls, Tls};

/// A chosen Engine that has not been contacted yet.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// How to reach it.
    pub connector: Connector,
    /// Its address as a user writes it: `unix:///var/run/docker.sock`.
    pub address: String,
    /// What chose it: `DOCKER_HOST`, `context "build"`, `default`.
    pub chosen_by: String,
    /// A path prefix of every request; empty except in odd `tcp://host/path` addresses.
    pub base_path: String,
    /// The API version that the user pinned, such as `1.41`; negotiated if none.
    pub api_version: Option<String>,
    /// Headers of every request: `HttpHeaders` of config.json, `DOCKER_CUSTOM_HEADERS`.
    pub headers: HeaderMap,
    /// The time limits for its steps.
    pub limits: Limits,
}

/// What the flags, variables and config.json point to, by docker's order of precedence.
#[derive(Debug, PartialEq, Eq)]
enum Choice {
    /// The default context: an address, or none for the default one.
    Host(Option<String>, &'static str),
    /// A context by name.
    Context(String, &'static str),
}

impl Endpoint {
    /// Chooses an Engine as docker's client does, and reads what a connection to it needs.
    ///
    /// # Errors
    /// See [`EndpointError`].
    pub fn resolve(
        arguments: &EngineArgs,
        environment: &Environment,
        config: &DockerConfig,
    ) -> Result<Self, EndpointError> {
        let reached = match choose(arguments, environment, config)? {
            Choice::Host(host, chosen_by) => {
                let tls = DefaultTls::new(arguments, environment, config);
                of_host(host.as_deref(), chosen_by, tls)?
            }
            Choice::Context(name, chosen_by) => of_context(&name, chosen_by, config)?,
        };
        let base_path = match &reached.address {
            Address::Tcp { base_path, .. } => base_path.clone(),
            Address::Unix(_) | Address::Ssh(_) => String::new(),
        };
        Ok(Self {
            address: reached.address.to_string(),
            connector: reached.connector(environment)?,
            chosen_by: reached.chosen_by,
            base_path,
            api_version: requests::api_version(environment)?,
            headers: requests::headers(environment, config)?,
            limits: Limits::default(),
        })
    }
}

fn choose(
    arguments: &EngineArgs,
    environment: &Environment,
    config: &DockerConfig,
) -> Result<Choice, EndpointError> {
    let set = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let (host, context) = (set(&arguments.host), set(&arguments.context));
    if host.is_some() && context.is_some() {
        return Err(EndpointError::Conflict);
    }
    let current = Some(config.current_context.clone()).filter(|name| !name.is_empty());
    let choice = if let Some(name) = context {
        Choice::Context(name, "--context")
    } else if let Some(host) = host {
        Choice::Host(Some(host), "--host")
    } else if let Some(host) = environment.non_empty(vars::DOCKER_HOST) {
        Choice::Host(Some(host), vars::DOCKER_HOST)
    } else if let Some(name) = environment.non_empty(vars::DOCKER_CONTEXT) {
        Choice::Context(name, vars::DOCKER_CONTEXT)
    } else if let Some(name) = current {
        Choice::Context(name, "currentContext of config.json")
    } else {
        Choice::Host(None, "default")
    };
    Ok(match choice {
        // The context of this name is not on disk; the variables define it.
        Choice::Context(name, _) if name == "default" => {
            match environment.non_empty(vars::DOCKER_HOST) {
                Some(host) => Choice::Host(Some(host), vars::DOCKER_HOST),
                None => Choice::Host(None, "default"),
            }
        }
        other => other,
    })
}

/// An address, and how to talk to it.
struct Reached {
    address: Address,
    chosen_by: String,
    tls: Option<Tls>,
}

impl Reached {
    fn connector(&self, environment: &Environment) -> Result<Connector, EndpointError> {
        Ok(match (&self.address, &self.tls) {
            (Address::Unix(path), _) => Connector::Unix(path.clone()),
            (Address::Ssh(target), _) => match program::find("ssh", environment) {
                Some(ssh) => Connector::Ssh(SshDialer::new(ssh, target)),
                None => {
                    let address = self.address.to_string();
                    return Err(EndpointError::NoSsh { address });
                }
            },
            (Address::Tcp { host, port, .. }, None) => Connector::Tcp(host_and_port(host, *port)),
            (Address::Tcp { host, port, .. }, Some(tls)) => {
                let client = TlsClient::new(host, &tls.files, tls.verify)
                    .map_err(|source| tls_error(&self.chosen_by, source))?;
                Connector::Tls(host_and_port(host, *port), client)
            }
        })
    }
}

fn tls_error(chosen_by: &str, source: TlsError) -> EndpointError {
    EndpointError::Tls {
        chosen_by: chosen_by.to_owned(),
        source,
    }
}

fn of_host(
    host: Option<&str>,
    chosen_by: &str,
    tls: Option<DefaultTls>,
) -> Result<Reached, EndpointError> {
    let address = match host.map(str::trim).filter(|host| !host.is_empty()) {
        None => Address::default_of(tls.is_some()),
        Some(host) => Address::parse(host).map_err(|source| EndpointError::Address {
            address: host.to_owned(),
            chosen_by: chosen_by.to_owned(),
            source,
        })?,
    };
    // The files are read for a Unix socket as well, as docker does, because the user asked for TLS.
    let tls = tls
        .map(|tls| tls.read())
        .transpose()
        .map_err(|source| tls_error(chosen_by, source))?;
    Ok(Reached {
        address,
        chosen_by: chosen_by.to_owned(),
        tls,
    })
}

fn of_context(
    name: &str,
    chosen_by: &'static str,
    config: &DockerConfig,
) -> Result<Reached, EndpointError> {
    let context = match &config.directory {
        Some(directory) => DockerContext::read(directory, name),
        None => Err(ContextError::NotFound),
    }
    .map_err(|source| EndpointError::Context {
        name: name.to_owned(),
        chosen_by,
        source,
    })?;
    let chosen_by = format!("context \"{name}\"");
    let address = if context.host.is_empty() {
        Address::default_of(false)
    } else {
        Address::of_context(&context.host).map_err(|source| EndpointError::Address {
            address: context.host.clone(),
            chosen_by: chosen_by.clone(),
            source,
        })?
    };
    let tls = match address {
        Address::Tcp { .. } => {
            tls_choice::of_context(&context).map_err(|source| tls_error(&chosen_by, source))?
        }
        Address::Unix(_) | Address::Ssh(_) => None,
    };
    Ok(Reached {
        address,
        chosen_by,
        tls,
    })
}

#[cfg(test)]
mod tests;
