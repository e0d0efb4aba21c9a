//! `credrun compose down`: ends the process that serves the project.
//!
//! It sets no variables: Compose 2 panics at one here.

use crate::cli::engine::EngineArgs;
use crate::commands::project::PidFile;
use crate::exit::ExitStatus;
use crate::messages::error::Error;
use crate::plan::EnginePlan;
use crate::vars::Environment;

pub(super) async fn down(
    project: &str,
    service: &str,
    environment: &Environment,
) -> Result<ExitStatus, Error> {
    let engine = EnginePlan::resolve(&EngineArgs::default(), environment)?.endpoint;
    let pid_file = PidFile::of(environment, &engine, project, service)?;
    pid_file.end_current().await?;
    pid_file.tidy();
    Ok(ExitStatus::SUCCESS)
}
