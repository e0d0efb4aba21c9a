//! `credrun version`: this program, what it carries, and the Engine that it would use.

use serde::Serialize;

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
        EngineAnswer::of(&Engine::connect_telling(endpoint, &waits).await?).await
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
    /// The architectures of Engines that `--live` has a relay for.
    relays: Vec<&'static str>,
    engine: Option<EngineAnswer>,
    /// Why there is no answer from an Engine.
    engine_problem: Option<Failure>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct EngineAnswer {
    version: String,
    /// The version that credrun and the Engine agree on.
    api_version: String,
    os: String,
    architecture: String,
    podman: bool,
}

impl EngineAnswer {
    async fn of(engine: &Engine) -> Result<Self, Error> {
        let version = engine.version().await?;
        Ok(Self {
            version: version.version,
            api_version: engine.api_version().to_string(),
            os: engine.os().to_owned(),
            architecture: version.architecture,
            podman: engine.is_podman(),
        })
    }
}

impl Answer {
    fn text(&self) -> String {
        let engine = match (&self.engine, &self.engine_problem) {
            (Some(engine), _) => engine.text(),
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

impl EngineAnswer {
    fn text(&self) -> String {
        let name = if self.podman { "Podman " } else { "" };
        let Self {
            version,
            api_version,
            os,
            architecture,
            ..
        } = self;
        format!("{name}{version}, API {api_version}, {os}/{architecture}")
    }
}
