//! `credrun doctor`: what a run would do here, and what would stop it.
//!
//! It makes the same requests as a run, but creates and pulls nothing, and goes on where a run
//! would stop. [`credentials`] and [`engine`] collect the findings; [`page`] formats them for
//! people. The JSON has the same findings under the structures' field names. Nothing here holds a
//! secret: users may paste the output into an issue.

mod credentials;
mod engine;
mod page;

pub(crate) mod findings;

use crate::cli::output::OutputFormat;
use crate::cli::{self, doctor::DoctorArgs};
use crate::exit::ExitStatus;
use crate::messages::error::{Error, Failure};
use crate::messages::notices::Notices;
use crate::vars::Environment;
use crate::waits::Waits;

use findings::Findings;

/// Checks everything and prints the findings. The status is 0 only if a run would work.
///
/// # Errors
/// [`Error`] if the findings cannot be written. Whatever would stop a run is a finding, not an
/// error.
pub async fn doctor(args: &DoctorArgs, environment: &Environment) -> Result<ExitStatus, Error> {
    let DoctorArgs {
        image,
        aws,
        engine,
        output,
        quiet,
        log: _,
    } = args;
    let waits = Waits::default();
    let examine = async {
        let (credentials, set) = credentials::examine(aws, environment, &waits).await;
        let set = set.as_ref();
        let engine = engine::examine(engine, image.as_deref(), set, environment, &waits).await;
        (credentials, engine)
    };
    let (credentials, engine) = Notices::new(quiet.quiet).telling(&waits, examine).await;
    let defaults_problem = cli::refusal_of_defaults(environment).map(Error::from);
    let findings = Findings {
        works: defaults_problem.is_none() && credentials.works() && engine.works(),
        defaults_problem: defaults_problem.as_ref().map(Failure::from),
        version: env!("CARGO_PKG_VERSION"),
        defaults: cli::defaults_set_in(environment),
        credentials,
        engine,
    };
    let text = match output {
        OutputFormat::Text => page::write(&findings, page::Style::of(environment)),
        OutputFormat::Json => crate::stdout::json(&findings),
    };
    match crate::stdout::print(&text)? {
        ExitStatus::SUCCESS if !findings.works => Ok(ExitStatus::FAILED),
        status => Ok(status),
    }
}
