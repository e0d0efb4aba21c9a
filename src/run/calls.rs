//! Takes note of the container's AWS calls, and says at the end what they came to.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::files;
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::plan::{Delivery, RunPlan};
use crate::record::{RecordFile, Recorder, Summary};

/// The calls of a run.
pub(crate) struct Calls {
    pub(super) recorder: Arc<Recorder>,
    /// With `--live`: how many of which credrun was told too fast.
    pub(super) lost: Arc<AtomicU64>,
    record: Option<PathBuf>,
    heard: Heard,
}

/// Of which calls credrun hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    None,
    /// `--live`: those that SDKs tell of.
    Told,
    /// `--keyless`: those that come through credrun.
    All,
}

impl fmt::Debug for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Calls").finish_non_exhaustive()
    }
}

/// Opens the file of `--record` before anything is done that takes time; with `--dry-run` it is left
/// alone.
///
/// # Errors
/// What the operating system says about the file.
pub(super) async fn open(plan: &RunPlan) -> Result<Calls, Error> {
    let (record, heard) = match &plan.delivery {
        Delivery::Env => (None, Heard::None),
        Delivery::Live { record, .. } => (record.clone(), Heard::Told),
        Delivery::Keyless { record, .. } => (record.clone(), Heard::All),
    };
    Calls::open(heard, record.filter(|_| !plan.dry_run)).await
}

impl Calls {
    /// Of one run, or of all containers of a project.
    ///
    /// # Errors
    /// What the operating system says about the file.
    pub(crate) async fn open(heard: Heard, record: Option<PathBuf>) -> Result<Self, Error> {
        let path = record.clone();
        let recorder = files::off_thread(move || {
            let file = path.map(|path| RecordFile::open(&path)).transpose()?;
            Recorder::new(file)
        });
        let recorder = recorder.await.map_err(|source| Error::Local {
            action: match &record {
                Some(path) => format!("write the record to {}", path.display()),
                None => "count calls".to_owned(),
            },
            source,
        })?;
        Ok(Self {
            recorder: Arc::new(recorder),
            lost: Arc::default(),
            record,
            heard,
        })
    }

    /// Whether their lines go to a file.
    pub(crate) fn are_recorded(&self) -> bool {
        self.record.is_some()
    }

    /// The record of earlier calls ends here.
    pub(crate) fn begin(&self) {
        self.recorder.run_begins();
    }

    /// Says what the calls came to, once there are no more. That there were none says something only
    /// of a container that has run. None where credrun cannot tell.
    pub(crate) async fn end(&self, notices: Notices, has_run: bool) -> Option<Summary> {
        let finished = self.recorder.finish().await;
        let summary = self.recorder.summary();
        let record = self.record.as_deref();
        match self.heard {
            Heard::None => return None,
            Heard::Told => self.tell_observed(notices, has_run, &summary, record),
            Heard::All if has_run || summary.calls > 0 => notices.calls(&summary, record),
            Heard::All => {}
        }
        if let (Err(missing), Some(path)) = (finished, record) {
            notices.calls_missing(path, &missing);
        }
        (self.heard == Heard::All || summary.calls > 0).then_some(summary)
    }

    /// Without a record, only denials are worth a line.
    fn tell_observed(
        &self,
        notices: Notices,
        has_run: bool,
        summary: &Summary,
        record: Option<&Path>,
    ) {
        let lost = self.lost.load(Ordering::Relaxed);
        if record.is_none() && summary.denials.calls == 0 {
            return;
        }
        if summary.calls > 0 {
            notices.observed_calls(summary, record);
        } else if has_run {
            notices.no_calls_observed();
        }
        if lost > 0 {
            notices.observations_lost(lost);
        }
    }
}
