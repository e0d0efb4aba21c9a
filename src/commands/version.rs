//! `credrun version`: this program, what it carries, and the Engine that it would use.

use serde::Serialize;

use super::server::Server;
use crate::cli::output::OutputFormat;
use crate::cli::version::VersionArgs;
use crate::engine::Engine;
use crate::exit::ExitStatus;
use crate::messages::error::{Error, Failure};
use crate::messages::notices::Notices;
use crate::plan::EnginePlan;
use crate::relay::image::relay_architectures;
use crate::vars::Environment;
use crate::waits::Waits;

/// Prints the versions. An Engine that does not answer is part of the answer, and no failure.
///
/// # Errors
/// [`Error`] if the answer cannot be written.
pub async fn version(args: &VersionArgs, environment: &Environment) -> Result<ExitStatus, Error> {
    let VersionArgs {
        output,
        engine,
        quiet,
        log: _,
    } = args;
    let waits = Waits::default();
    let ask = async {
        let endpoint = EnginePlan::resolve(engine, environment)?.endpoint;
        let engine = Engine::connect_telling(endpoint, &waits).await?;
        Ok::<_, Error>(Server::of(&engine).await?)
    };
    let engine = Notices::new(quiet.quiet).telling(&waits, ask).await;
    let answer = Answer {
        version: env!("CARGO_PKG_VERSION"),
        commit: option_env!("CREDRUN_COMMIT").filter(|commit| !commit.is_empty()),
        target: env!("BUILD_TARGET"),
        relays: relay_architectures().collect(),
        engine_problem: engine.as_ref().err().map(Failure::from),
        engine: engine.ok(),
    };
    crate::stdout::print(&match output {
        OutputFormat::Text => answer.text(),
        OutputFormat::Json => crate::stdout::json(&answer),
    })
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    version: &'static str,
    /// The revision of the source; null where the build was not told.
    commit: Option<&'static str>,
    /// Rust's name of the machine that it is built for.
    target: &'static str,
    /// The architectures of Engines that `--live` and `--keyless` have a relay for.
    relays: Vec<&'static str>,
    engine: Option<Server>,
    /// Why there is no answer from an Engine.
    engine_problem: Option<Failure>,
}

impl Answer {
    fn text(&self) -> String {
        let engine = match (&self.engine, &self.engine_problem) {
            (Some(engine), _) => engine.to_string(),
            (None, problem) => problem
                .as_ref()
                .map_or_else(String::new, |failure| failure.message.clone()),
        };
        let relays = match self.relays.is_empty() {
            true => "none".to_owned(),
            false => self.relays.join(", "),
        };
        format!(
            "credrun {}\ncommit:  {}\ntarget:  {}\nrelays:  {relays}\nEngine:  {engine}\n",
            self.version,
            self.commit.unwrap_or("unknown"),
            self.target,
        )
    }
}
