//! `credrun doctor`: what a run would do here, and what is in its way.
//!
//! Asks whatever a run would ask, creates nothing, pulls nothing, and goes on where a run would
//! stop. [`credentials`] and [`engine`] find out; [`page`] writes it for people, and JSON has the
//! same findings under the names of the structures' fields. Nothing here holds a secret: the
//! answer may be pasted into an issue.

mod credentials;
mod engine;
mod page;

pub(crate) mod findings;

use crate::cli::doctor::DoctorArgs;
use crate::cli::output::OutputFormat;
use crate::exit::ExitStatus;
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::vars::Environment;
use crate::waits::Waits;

use findings::Findings;

/// Looks at everything and prints it. The status is 0 only if a run would work.
///
/// # Errors
/// [`Error`], where the answer cannot be written. What is in a run's way is the answer.
pub async fn doctor(args: &DoctorArgs, environment: &Environment) -> Result<ExitStatus, Error> {
    let DoctorArgs {
        image,
        aws,
        engine,
        output,
        log: _,
    } = args;
    let waits = Waits::default();
    let examine = async {
        let (credentials, set) = credentials::examine(aws, environment, &waits).await;
        let set = set.as_ref();
        let engine = engine::examine(engine, image.as_deref(), set, environment, &waits).await;
        (credentials, engine)
    };
    let (credentials, engine) = Notices::new(false).telling(&waits, examine).await;
    let findings = Findings {
        works: credentials.works() && engine.works(),
        version: env!("CARGO_PKG_VERSION"),
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
