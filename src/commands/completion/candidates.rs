//! Values that fit: names from the config files and from the Engine. What cannot be read, or does
//! not answer soon, offers nothing.

use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use crate::cli;
use crate::credentials::{REGIONS, profile_names};
use crate::engine::Engine;
use crate::iam::pattern::Pattern;
use crate::plan::EnginePlan;
use crate::vars::Environment;

/// A person waits for the answer after a key.
const PATIENCE: Duration = Duration::from_secs(1);

/// What may be offered on one line.
pub(super) struct Candidates {
    /// The words before the cursor, which may name the Engine.
    typed: Vec<String>,
    environment: Environment,
}

impl Candidates {
    pub(super) fn new(typed: Vec<String>, environment: Environment) -> Self {
        Self { typed, environment }
    }

    pub(super) fn profiles(&self) -> Vec<String> {
        let environment = self.environment.clone();
        soon(move || profile_names(&environment)).unwrap_or_default()
    }

    pub(super) fn regions(&self) -> Vec<String> {
        REGIONS.iter().copied().map(str::to_owned).collect()
    }

    /// Of `--allow` and `--deny`.
    pub(super) fn patterns(begun: &str) -> Vec<String> {
        Pattern::offered(begun)
    }

    pub(super) fn contexts(&self) -> Vec<String> {
        let engine = cli::engine_in(&self.typed);
        let environment = self.environment.clone();
        soon(move || EnginePlan::contexts(&engine, &environment)).unwrap_or_default()
    }

    pub(super) fn images(&self) -> Vec<String> {
        self.ask(async |engine| engine.image_names().await)
    }

    pub(super) fn networks(&self) -> Vec<String> {
        self.ask(async |engine| engine.network_names().await)
    }

    /// Those that run.
    pub(super) fn containers(&self) -> Vec<String> {
        self.ask(async |engine| {
            let all = engine.containers().await.unwrap_or_default();
            let active = all.into_iter().filter(|one| one.is_active());
            active.map(|one| one.name).collect()
        })
    }

    /// Those of `credrun ps`.
    pub(super) fn live_containers(&self) -> Vec<String> {
        self.ask(async |engine| {
            let runs = crate::commands::run_containers::all(&engine).await;
            let targets = runs.unwrap_or_default().into_iter();
            targets.filter_map(|run| Some(run.target?.name)).collect()
        })
    }

    fn ask(&self, question: impl AsyncFnOnce(Engine) -> Vec<String>) -> Vec<String> {
        let args = cli::engine_in(&self.typed);
        let environment = self.environment.clone();
        let Some(Ok(plan)) = soon(move || EnginePlan::resolve(&args, &environment)) else {
            return Vec::new();
        };
        if plan.endpoint.address.starts_with("ssh://") {
            // ssh may ask for a password, in a window of its own.
            return Vec::new();
        }
        let answer = async {
            let engine = Engine::connect(plan.endpoint).await.ok()?;
            Some(question(engine).await)
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let Ok(runtime) = runtime else {
            return Vec::new();
        };
        let answer = runtime.block_on(async { tokio::time::timeout(PATIENCE, answer).await });
        runtime.shutdown_background();
        answer.ok().flatten().unwrap_or_default()
    }
}

/// What is read from files, unless one of them does not answer: a FIFO, or a file server.
fn soon<T: Send + 'static>(read: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (sender, receiver) = channel();
    thread::spawn(move || sender.send(read()));
    receiver.recv_timeout(PATIENCE).ok()
}
