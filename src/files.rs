//! Reads files that may block: a FIFO without a writer, a file server that does not respond.
//!
//! Such a read cannot be cancelled. Each one therefore runs on its own thread and is abandoned
//! after a while. Code on the runtime's only thread uses [`off_thread`] to read.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

/// The limit for a file. Process substitution (`<(command)`) takes as long as its command.
const PATIENCE: Duration = Duration::from_secs(10);
/// More than any configuration file has; `/dev/zero` has no end.
const LARGEST: u64 = 16 * 1024 * 1024;

type Outcome = io::Result<Zeroizing<Vec<u8>>>;

/// Abandoned reads that have not ended, by path.
static GIVEN_UP: Mutex<BTreeMap<PathBuf, Receiver<Outcome>>> = Mutex::new(BTreeMap::new());

/// Reads a whole file, with a time limit.
///
/// # Errors
/// The operating system's error; [`io::ErrorKind::TimedOut`] if the file does not respond.
pub(crate) fn read(path: &Path) -> Outcome {
    let began = Instant::now();
    let outcome = within(path, PATIENCE);
    let (path, ms) = (path.display(), began.elapsed().as_millis());
    match &outcome {
        Ok(content) => tracing::debug!(%path, bytes = content.len(), ms, "file read"),
        Err(error) => tracing::debug!(%path, %error, ms, "file not read"),
    }
    outcome
}

/// Opens a file, with a time limit: a pipe without a writer does not open. Later reads have none.
///
/// # Errors
/// The operating system's error; [`io::ErrorKind::TimedOut`] if it does not open.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let (send, opened) = channel();
    let owned = path.to_owned();
    std::thread::Builder::new()
        .name("file".to_owned())
        .spawn(move || send.send(File::open(&owned)))?;
    match opened.recv_timeout(PATIENCE) {
        Ok(opened) => opened,
        Err(RecvTimeoutError::Timeout) => Err(io::Error::new(
            io::ErrorKind::TimedOut,
            format!(
                "opening it did not end within {} s: a pipe without a writer, or a file server that does not respond",
                PATIENCE.as_secs()
            ),
        )),
        Err(RecvTimeoutError::Disconnected) => Err(io::ErrorKind::Other.into()),
    }
}

/// The same as [`read`], as text.
///
/// # Errors
/// As [`read`]; [`io::ErrorKind::InvalidData`] if it is not UTF-8.
pub(crate) fn read_to_string(path: &Path) -> io::Result<Zeroizing<String>> {
    let bytes = read(path)?;
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(_) => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "it is not UTF-8",
        )),
    }
}

/// Does `work`, which reads files, on another thread than the runtime's. Dropping this future does
/// not cancel the work.
pub(crate) async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is shutting down, and the result is not needed.
            Err(_) => std::future::pending().await,
        },
    }
}

/// An abandoned read of the same path is resumed. Repeated reads therefore never leave more than
/// one blocked thread per concurrent reader of a file.
fn within(path: &Path, patience: Duration) -> Outcome {
    let outcome = match given_up().remove(path) {
        Some(outcome) => outcome,
        None => begin(path)?,
    };
    match outcome.recv_timeout(patience) {
        Ok(outcome) => outcome,
        Err(RecvTimeoutError::Timeout) => {
            given_up().insert(path.to_owned(), outcome);
            Err(io::Error::new(
                io::ErrorKind::TimedOut,
                format!(
                    "reading it did not end within {} s: a pipe without a writer, or a file server that does not respond",
                    patience.as_secs()
                ),
            ))
        }
        Err(RecvTimeoutError::Disconnected) => Err(io::ErrorKind::Other.into()),
    }
}

fn given_up() -> std::sync::MutexGuard<'static, BTreeMap<PathBuf, Receiver<Outcome>>> {
    GIVEN_UP.lock().unwrap_or_else(PoisonError::into_inner)
}

fn begin(path: &Path) -> io::Result<Receiver<Outcome>> {
    let (send, outcome) = channel();
    let path = path.to_owned();
    std::thread::Builder::new()
        .name("file".to_owned())
        .spawn(move || send.send(whole(&path)))?;
    Ok(outcome)
}

fn whole(path: &Path) -> Outcome {
    let file = File::open(path)?;
    // Allocated in full, since a growing buffer leaves copies behind.
    let size = file.metadata().map_or(0, |about| about.len()).min(LARGEST);
    let room = usize::try_from(size).unwrap_or_default() + 1;
    let mut content = Zeroizing::new(Vec::with_capacity(room));
    file.take(LARGEST + 1).read_to_end(&mut content)?;
    if content.len() as u64 > LARGEST {
        let problem = format!("it is larger than {} MiB", LARGEST / 1024 / 1024);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, problem));
    }
    Ok(content)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    const SHORTLY: Duration = Duration::from_millis(50);
    const LONG: Duration = Duration::from_secs(30);

    fn fifo() -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("fifo");
        // rustix has no call for it on macOS.
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.expect("mkfifo").success());
        (directory, path)
    }

    #[test]
    fn a_file_is_read_whole_and_one_that_is_not_there_is_said_to_be_missing() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), "text").expect("written");
        assert_eq!(read(file.path()).expect("readable").as_slice(), b"text");
        let missing = read(Path::new("/nonexistent/file")).expect_err("missing");
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_pipe_without_a_writer_is_given_up_and_what_is_written_later_is_not_lost() {
        let (_directory, path) = fifo();
        for _ in 0..3 {
            let error = within(&path, SHORTLY).expect_err("nobody writes");
            assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        }
        let mut writer = File::options().write(true).open(&path).expect("a reader");
        writer.write_all(b"late").expect("a reader");
        drop(writer);
        assert_eq!(within(&path, LONG).expect("readable").as_slice(), b"late");
    }

    #[test]
    fn a_file_without_an_end_is_refused() {
        let error = read(Path::new("/dev/zero")).expect_err("too large");
        assert_eq!(error.to_string(), "it is larger than 16 MiB");
    }
}
