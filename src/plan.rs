//! What a command line means, decided without a network.
//!
//! Whatever can be refused here is refused here. Each argument is destructured by name: a new
//! argument of the command line does not compile until it has a meaning here.

mod content_trust;
mod delivery;

use std::time::Duration;

use crate::cli::engine::EngineArgs;
use crate::cli::run::{DiagnosticArgs, RunArgs, is_own_flag};
use crate::container::{ContainerPlan, Host};
use crate::credentials::SourcePlan;
use crate::engine::Endpoint;
use crate::engine::reach::config_file::DockerConfig;
use crate::engine::reach::context;
use crate::messages::error::Error;
use crate::terminal::WindowSize;
use crate::vars::Environment;

use delivery::{DeliveryPlan, check_record_is_not_read};

pub use delivery::Delivery;

/// Everything that a run needs to know.
#[derive(Debug)]
pub struct RunPlan {
    /// Where credentials come from.
    pub source: SourcePlan,
    /// The shortest remaining life of a set that is accepted; none accepts any.
    pub min_ttl: Option<Duration>,
    /// How they get into the container.
    pub delivery: Delivery,
    pub container: ContainerPlan,
    /// The Engine that runs it.
    pub endpoint: Endpoint,
    /// docker's configuration: logins, proxies.
    pub docker: DockerConfig,
    /// Log in to Amazon ECR with the run's own credentials.
    pub ecr_login: bool,
    /// Print the create request and start nothing.
    pub dry_run: bool,
    /// Problems that do not stop the run.
    pub warnings: Vec<String>,
}

impl RunPlan {
    /// Resolves a command line. It reads the files that flags name, and docker's and AWS's own, but
    /// contacts no server and does not prompt.
    ///
    /// # Errors
    /// [`Error`], naming the flag, variable or file.
    pub fn resolve(args: &RunArgs, environment: &Environment) -> Result<Self, Error> {
        let RunArgs {
            aws,
            delivery,
            container,
            engine,
            diagnostics:
                DiagnosticArgs {
                    dry_run,
                    // The report is written even for a command line that has no plan.
                    report: _,
                    log: _,
                    help: _,
                },
            image,
            run_left_out: _,
            command,
        } = args;
        check_record_is_not_read(delivery.record.as_deref(), &aws.policy_from)?;
        let source = SourcePlan::resolve(aws, environment)?;
        let EnginePlan {
            endpoint,
            docker,
            mut warnings,
        } = EnginePlan::resolve(engine, environment)?;
        warnings.extend(endpoint.exposure().map(|exposure| exposure.to_string()));
        let host = host(environment, &endpoint, &docker)?;
        let disables_trust = container.lifecycle.disable_content_trust;
        let container = ContainerPlan::new(image, command, container, &host)?;
        warnings.extend(container.warnings.iter().copied().map(str::to_owned));
        let DeliveryPlan {
            delivery,
            min_ttl,
            ecr_login,
        } = DeliveryPlan::resolve(delivery, &container)?;
        warnings.extend(content_trust::deprecation(disables_trust, environment));
        content_trust::check(&container.image, disables_trust, environment)?;
        if let Some(relay_image) = delivery.relay_image() {
            content_trust::check(relay_image, disables_trust, environment)?;
        }
        Ok(Self {
            source,
            min_ttl,
            delivery,
            container,
            endpoint,
            docker,
            ecr_login,
            dry_run: *dry_run,
            warnings,
        })
    }
}

impl RunPlan {
    /// One of credrun's own flags as the first word after IMAGE: it decides whose credentials go
    /// in, and with which rights, and is hardly meant for the container.
    #[must_use]
    pub fn misplaced_flag(&self) -> Option<&str> {
        let first = self.container.command().first()?;
        let flag = first.split('=').next()?;
        is_own_flag(flag).then_some(flag)
    }
}

/// Which Engine to use, for every command that talks to one.
#[derive(Debug)]
pub struct EnginePlan {
    pub endpoint: Endpoint,
    pub docker: DockerConfig,
    /// Problems in that configuration that stop nothing.
    pub warnings: Vec<String>,
}

impl EnginePlan {
    /// Resolves the flags of an Engine.
    ///
    /// # Errors
    /// [`Error`], naming the flag, variable, context or file.
    pub fn resolve(args: &EngineArgs, environment: &Environment) -> Result<Self, Error> {
        let (docker, warnings) = DockerConfig::load(args, environment);
        let endpoint = Endpoint::resolve(args, environment, &docker)?;
        Ok(Self {
            endpoint,
            docker,
            warnings: warnings.iter().map(ToString::to_string).collect(),
        })
    }

    /// The names of the docker contexts, in alphabetical order.
    #[must_use]
    pub fn contexts(args: &EngineArgs, environment: &Environment) -> Vec<String> {
        let (docker, _) = DockerConfig::load(args, environment);
        let directory = docker.directory.as_deref();
        directory.map(context::names).unwrap_or_default()
    }
}

/// What a container takes from this host.
///
/// # Errors
/// No working directory.
pub fn host(
    environment: &Environment,
    endpoint: &Endpoint,
    docker: &DockerConfig,
) -> Result<Host, Error> {
    let working_directory = std::env::current_dir().map_err(|source| Error::Local {
        action: "find the working directory".to_owned(),
        source,
    })?;
    Ok(Host {
        environment: environment.clone(),
        working_directory,
        proxies: docker.proxy_variables(&endpoint.address),
        console_size: WindowSize::of(rustix::stdio::stdout()).map(|size| (size.rows, size.columns)),
        detach_keys: Some(docker.detach_keys.clone()).filter(|keys| !keys.is_empty()),
    })
}
