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
//! The file appears whole or not at all, whatever becomes of the run short of SIGKILL. It holds
//! no secret.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::record::{Facts, Phase, PhaseTime, Record};
use crate::credentials::iso8601;
use crate::error::{Error, Failure};
use crate::exit::ExitStatus;

/// The report, as it is written.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Report {
    /// credrun's own version.
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

/// A file that can be written. Until it is, what was there before stays.
#[derive(Debug)]
pub struct ReportFile {
    path: PathBuf,
    /// A new file beside it, which takes its place. None where it is no regular file, but a
    /// terminal or a pipe, which is written to as it is.
    draft: Option<PathBuf>,
    file: File,
}

impl ReportFile {
    /// Makes sure that the report can be written, before there is anything to report.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn reserve(path: &Path) -> Result<Self, Error> {
        Self::open(path).map_err(|source| Error::Local {
            action: format!("write the report to {}", path.display()),
            source,
        })
    }

    fn open(path: &Path) -> io::Result<Self> {
        // A symbolic link stays one.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if fs::metadata(&path).is_ok_and(|what| !what.is_file()) {
            let file = OpenOptions::new().write(true).open(&path)?;
            return Ok(Self {
                path,
                draft: None,
                file,
            });
        }
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let draft = format!(".{}.{}", name.to_string_lossy(), std::process::id());
        let draft = path.with_file_name(draft);
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .open(&draft)?;
        Ok(Self {
            path,
            draft: Some(draft),
            file,
        })
    }

    /// Writes what `record` and `outcome` say.
    ///
    /// # Errors
    /// What the operating system says. The run's own outcome is not changed by that.
    pub async fn write(
        mut self,
        record: Record,
        outcome: &Result<ExitStatus, Error>,
    ) -> io::Result<()> {
        let mut json = serde_json::to_vec_pretty(&report(record, outcome).await)?;
        json.push(b'\n');
        self.file.write_all(&json)?;
        if let Some(draft) = &self.draft {
            fs::rename(draft, &self.path)?;
            self.draft = None;
        }
        Ok(())
    }
}

impl Drop for ReportFile {
    fn drop(&mut self) {
        if let Some(draft) = &self.draft {
            let _ = fs::remove_file(draft);
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
