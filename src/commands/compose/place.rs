//! Which process serves a provider service: a file in the state directory, held for as long as that
//! process lives. It has no secret in it.

use std::fs::File;
use std::io::{self, Write as _};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};

use crate::digest::sha256_hex;
use crate::engine::reach::endpoint::Endpoint;
use crate::messages::error::Error;
use crate::run::state::{self, StateDirectory};
use crate::vars::Environment;

/// How long a process that was asked to end may take.
const END_LIMIT: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(20);

/// A provider service of a project on an Engine.
#[derive(Debug)]
pub(super) struct Place {
    directory: StateDirectory,
    file: String,
}

/// What the process has written about itself.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Note {
    pub(super) process: i32,
    /// A digest of what it was started with.
    pub(super) options: String,
    pub(super) region: Option<String>,
}

impl Place {
    /// # Errors
    /// There is no place for state.
    pub(super) fn of(
        environment: &Environment,
        engine: &Endpoint,
        project: &str,
        service: &str,
    ) -> Result<Self, Error> {
        let directory = StateDirectory::make(environment)?;
        directory.tidy();
        let digest = sha256_hex([&engine.address, project, service].join("\0"));
        Ok(Self {
            directory,
            file: format!("{}.{}", &digest[..32], state::COMPOSE),
        })
    }

    /// The process that serves it, if one does.
    pub(super) fn current(&self) -> Option<Note> {
        let file = self.directory.open_to_read(&self.file).ok()?;
        if state::is_abandoned(&file) {
            return None;
        }
        serde_json::from_str(&self.directory.read(&self.file).ok()?).ok()
    }

    /// Makes this process the one that serves it, for as long as the returned file is open. `None`
    /// where another is.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn claim(&self, note: &Note) -> Result<Option<File>, Error> {
        if self.current().is_some() {
            return Ok(None);
        }
        let claimed = || -> io::Result<Option<File>> {
            // A killed process has left it.
            let _ = self.directory.remove(&self.file);
            let mut file = match self.directory.create(&self.file) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(None),
                created => created?,
            };
            file.write_all(serde_json::to_string(note)?.as_bytes())?;
            Ok(Some(file))
        };
        claimed().map_err(|source| self.failed("write", source))
    }

    /// Asks the process that serves it to end, and waits until it has.
    ///
    /// # Errors
    /// It does not end.
    pub(super) async fn end_current(&self) -> Result<(), Error> {
        let began = Instant::now();
        let mut asked = None;
        while let Some(note) = self.current() {
            if began.elapsed() > END_LIMIT {
                let late = io::Error::from(io::ErrorKind::TimedOut);
                return Err(self.failed("end the process of", late));
            }
            if asked != Some(note.process) {
                asked = Some(note.process);
                if let Some(process) = Pid::from_raw(note.process) {
                    // It may have ended since.
                    let _ = kill_process(process, Signal::TERM);
                }
            }
            sleep(LOOK).await;
        }
        Ok(())
    }

    /// Nobody serves it any more.
    pub(super) fn leave(&self) {
        let _ = self.directory.remove(&self.file);
    }

    fn failed(&self, what: &str, source: io::Error) -> Error {
        Error::Local {
            action: format!("{what} {}", self.directory.path_of(&self.file).display()),
            source,
        }
    }
}

impl Note {
    /// About this process.
    pub(super) fn of_this_process(options: String, region: Option<String>) -> Self {
        Self {
            process: rustix::process::getpid().as_raw_nonzero().get(),
            options,
            region,
        }
    }
}
