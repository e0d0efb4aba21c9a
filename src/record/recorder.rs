//! Counts calls, and writes their lines beside the run: no call waits for a disk or a reader.

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::time::timeout;

use super::Call;
use super::file::RecordFile;
use super::line::line;
use super::summary::Summary;

/// As many lines wait for a slow reader. Few are longer than a kilobyte.
const QUEUE: usize = 1024;
/// They have as many bytes together.
const ROOM: usize = 16 * 1024 * 1024;
/// How long to wait for a reader when the run is over.
const PATIENCE: Duration = Duration::from_secs(5);

/// Takes note of a run's calls.
pub(crate) struct Recorder {
    summary: Mutex<Summary>,
    lines: Option<Lines>,
    /// Calls that go on.
    open: watch::Sender<usize>,
}

impl Recorder {
    /// Counts calls, and writes them to `file` if there is one.
    ///
    /// # Errors
    /// No thread can be started.
    pub(crate) fn new(file: Option<RecordFile>) -> io::Result<Self> {
        Ok(Self {
            summary: Mutex::default(),
            open: watch::Sender::new(0),
            lines: file.map(Lines::to).transpose()?,
        })
    }

    /// The run has begun: the record of an earlier one ends here.
    pub(crate) fn run_begins(&self) {
        if let Some(lines) = &self.lines {
            lines.begin();
        }
    }

    /// A call has begun, and will be noted.
    pub(crate) fn begin(&self) {
        self.open.send_modify(|open| *open += 1);
    }

    /// Takes note of a call that has begun. It does not block.
    pub(crate) fn note(&self, call: &Call) {
        locked(&self.summary).add(call);
        if let Some(lines) = &self.lines {
            lines.add(line(call));
        }
        self.open.send_modify(|open| *open = open.saturating_sub(1));
    }

    /// The counts so far.
    pub(crate) fn summary(&self) -> Summary {
        locked(&self.summary).clone()
    }

    /// Waits a while until all lines are written.
    ///
    /// # Errors
    /// Some are not, or the record of an earlier run is still there.
    pub(crate) async fn finish(&self) -> Result<(), Missing> {
        // Calls that the end of the run has cut are noted when their tasks end.
        let mut open = self.open.subscribe();
        let _ = timeout(PATIENCE, open.wait_for(|open| *open == 0)).await;
        match &self.lines {
            Some(lines) => lines.finish().await,
            None => Ok(()),
        }
    }
}

/// Why the file is not the record of the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// Lines of calls are not in it.
    Calls { lines: u64, why: String },
    /// It has that of an earlier run, and this run has no call.
    Begin { why: String },
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Calls { lines: 1, why } => {
                write!(f, "is not complete: 1 call is missing ({why})")
            }
            Self::Calls { lines, why } => {
                write!(f, "is not complete: {lines} calls are missing ({why})")
            }
            Self::Begin { why } => write!(
                f,
                "is still the one of an earlier run: it could not be emptied ({why})"
            ),
        }
    }
}

/// The lines on their way to the file.
struct Lines {
    queue: Mutex<Option<SyncSender<Vec<u8>>>>,
    added: AtomicU64,
    /// The record of an earlier run is in the file.
    replaces: bool,
    written: Arc<Written>,
    ended: Mutex<Option<oneshot::Receiver<()>>>,
}

#[derive(Default)]
struct Written {
    lines: AtomicU64,
    /// Bytes of lines that wait.
    waiting: AtomicUsize,
    /// Why the first that is missing could not be written, or the file not be emptied.
    failure: Mutex<Option<String>>,
}

impl Lines {
    fn to(file: RecordFile) -> io::Result<Self> {
        let (queue, lines) = sync_channel(QUEUE);
        let (end, ended) = oneshot::channel();
        let replaces = file.replaces();
        let written = Arc::<Written>::default();
        let writer = Arc::clone(&written);
        thread::Builder::new()
            .name("record".to_owned())
            .spawn(move || {
                write(file, &lines, &writer);
                let _ = end.send(());
            })?;
        Ok(Self {
            queue: Mutex::new(Some(queue)),
            added: AtomicU64::default(),
            replaces,
            written,
            ended: Mutex::new(Some(ended)),
        })
    }

    /// An empty line stands for it, which comes before the lines of calls.
    fn begin(&self) {
        if self.replaces
            && let Some(queue) = &*locked(&self.queue)
        {
            let _ = queue.try_send(Vec::new());
        }
    }

    fn add(&self, line: Vec<u8>) {
        self.added.fetch_add(1, Ordering::Relaxed);
        let waiting = &self.written.waiting;
        // A line for which there is no room is counted as missing at the end.
        if let Some(queue) = &*locked(&self.queue) {
            let length = line.len();
            if waiting.fetch_add(length, Ordering::Relaxed) + length > ROOM
                || queue.try_send(line).is_err()
            {
                waiting.fetch_sub(length, Ordering::Relaxed);
            }
        }
    }

    async fn finish(&self) -> Result<(), Missing> {
        locked(&self.queue).take();
        // The reader of a pipe may not come.
        if self.added.load(Ordering::Relaxed) == 0 && !self.replaces {
            return Ok(());
        }
        let ended = locked(&self.ended).take();
        let in_time = match ended {
            Some(ended) => tokio::time::timeout(PATIENCE, ended).await.is_ok(),
            None => true,
        };
        let written = self.written.lines.load(Ordering::Relaxed);
        let added = self.added.load(Ordering::Relaxed);
        let lines = added.saturating_sub(written);
        let failure = locked(&self.written.failure).clone();
        if lines == 0 {
            return match failure.filter(|_| added == 0) {
                Some(why) => Err(Missing::Begin { why }),
                None => Ok(()),
            };
        }
        let slow = || match in_time {
            true => "it was read more slowly than calls came".to_owned(),
            false => format!("it was not read within {} s", PATIENCE.as_secs()),
        };
        let why = failure.unwrap_or_else(slow);
        Err(Missing::Calls { lines, why })
    }
}

fn write(mut file: RecordFile, lines: &Receiver<Vec<u8>>, written: &Written) {
    let mut is_ready = file.wait_for_reader();
    for line in lines {
        written.waiting.fetch_sub(line.len(), Ordering::Relaxed);
        if line.is_empty() {
            if let Err(error) = file.begin() {
                locked(&written.failure).get_or_insert_with(|| error.to_string());
            }
            continue;
        }
        let done = std::mem::replace(&mut is_ready, Ok(()));
        match done.and_then(|()| file.write(&line)) {
            Ok(()) => {
                written.lines.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) => {
                locked(&written.failure).get_or_insert_with(|| error.to_string());
            }
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
