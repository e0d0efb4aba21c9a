//! What a command line means, before anything is asked of a network.
//!
//! Whatever can be refused here is refused here. Each argument is taken by name: one that is
//! added to the command line does not compile until it has a meaning.

use std::path::PathBuf;
use std::time::Duration;

use crate::cli::engine::EngineArgs;
use crate::cli::run::{DeliveryArgs, DiagnosticArgs, RunArgs};
use crate::container::{ContainerPlan, Host};
use crate::credentials::SourcePlan;
use crate::engine::Endpoint;
use crate::engine::config_file::DockerConfig;
use crate::error::Error;
use crate::vars::Environment;

/// Everything that a run needs to know.
#[derive(Debug)]
pub struct RunPlan {
    /// Where credentials come from.
    pub source: SourcePlan,
    /// The shortest life that a set must have left; any, where there is none.
    pub min_ttl: Option<Duration>,
    /// How they get in.
    pub delivery: Delivery,
    /// The container.
    pub container: ContainerPlan,
    /// The Engine that runs it.
    pub endpoint: Endpoint,
    /// docker's configuration: logins, proxies.
    pub docker: DockerConfig,
    /// Log in to Amazon ECR with the run's own credentials.
    pub ecr_login: bool,
    /// Print the create request and start nothing.
    pub dry_run: bool,
    /// Where to write what happened, as JSON.
    pub report: Option<PathBuf>,
    /// What is odd about all this, but no reason to stop.
    pub warnings: Vec<String>,
}
