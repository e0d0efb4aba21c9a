//! `--report FILE`: a run's facts for machines, as JSON.
//!
//! ```json
//! {
//!   "Version": "0.1.0",                    // credrun's
//!   "Began": "2024-10-10T08:30:00Z",
//!   "Milliseconds": 4211,                  // the whole run
//!   "ExitStatus": 0,                       // credrun's; the container's, where it ran
//!   "Failure": null,                       // or { "Phase", "Message", "Causes": […], "Hint" }
//!   "Phases": [ { "Name": "connect", "StartMilliseconds": 0, "Milliseconds": 3 } ],
//!   "Source": "CloudShell",                // …and the other fields of Facts
//! }
//! ```
//!
//! The file appears whole or not at all, however the run ends short of SIGKILL. It holds no secret.
//! Pipes, devices, and a file that stdout or stderr goes to are written to directly: see [`sinks`] and [`sink`].

mod sink;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Serialize;

use super::record::{Facts, Phase, PhaseTime, Record};
use crate::credentials::iso8601;
use crate::exit::ExitStatus;
use crate::messages::error::{Error, Failure};
use crate::sinks;

/// The report, as written.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Report {
    version: &'static str,
    began: String,
    milliseconds: u64,
    exit_status: u8,
    failure: Option<FailureInPhase>,
    phases: Vec<PhaseTime>,
    #[serde(flatten)]
    facts: Facts,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct FailureInPhase {
    phase: Option<Phase>,
    #[serde(flatten)]
    failure: Failure,
}

/// Where the report goes.
#[derive(Debug)]
pub(super) struct ReportFile {
    path: PathBuf,
    /// The file that will replace a regular file. None where replacing would be wrong.
    draft: Option<Draft>,
}

/// A new file beside the report. It is removed unless it replaces the report.
#[derive(Debug)]
struct Draft {
    path: PathBuf,
    file: File,
    has_moved: bool,
}

impl ReportFile {
    /// Makes sure that the report can be written, before the run begins.
    ///
    /// # Errors
    /// What the operating system says.
    pub(super) fn reserve(path: &Path) -> Result<Self, Error> {
        Self::open(path).map_err(|source| Error::Local {
            action: format!("write the report to {}", path.display()),
            source,
        })
    }

    fn open(path: &Path) -> io::Result<Self> {
        // A symbolic link stays a link.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if sinks::is_one(&path) {
            return Ok(Self { path, draft: None });
        }
        let draft = Some(Draft::beside(&path)?);
        Ok(Self { path, draft })
    }

    /// Writes the report from `record` and `outcome`.
    ///
    /// # Errors
    /// What the operating system says. That does not change the run's own outcome.
    pub(super) async fn write(
        self,
        record: Record,
        outcome: &Result<ExitStatus, Error>,
    ) -> io::Result<()> {
        let mut json = serde_json::to_vec_pretty(&report(record, outcome).await)?;
        json.push(b'\n');
        match self.draft {
            Some(draft) => draft.become_file(&self.path, &json),
            None => sink::write(self.path, json).await,
        }
    }
}

impl Draft {
    fn beside(path: &Path) -> io::Result<Self> {
        if path.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        // Drafts of two runs with one report, or one left after a SIGKILL, do not collide.
        let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let unique = since_epoch.unwrap_or_default().as_nanos();
        let draft = format!(".{}.{unique}", name.to_string_lossy());
        let path = path.with_file_name(draft);
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)?;
        Ok(Self {
            path,
            file,
            has_moved: false,
        })
    }

    fn become_file(mut self, path: &Path, content: &[u8]) -> io::Result<()> {
        self.file.write_all(content)?;
        fs::rename(&self.path, path)?;
        self.has_moved = true;
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.has_moved {
            let _ = fs::remove_file(&self.path);
        }
    }
}

async fn report(record: Record, outcome: &Result<ExitStatus, Error>) -> Report {
    let (began, milliseconds) = (record.began(), record.milliseconds());
    let (phases, facts, phase) = record.end().await;
    Report {
        version: env!("CARGO_PKG_VERSION"),
        began: iso8601(began),
        milliseconds,
        exit_status: match outcome {
            Ok(status) => *status,
            Err(error) => error.status(),
        }
        .code(),
        failure: outcome.as_ref().err().map(|error| FailureInPhase {
            phase,
            failure: error.into(),
        }),
        phases,
        facts,
    }
}
