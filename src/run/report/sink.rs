//! Writes reports to what a new file cannot replace.
//!
//! It is opened only when there is something to write, because its reader waits for the end of
//! file. The reader may be slow; a pipe without a reader is given up after a while.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags, fcntl_setfl, open};
use rustix::io::Errno;

use crate::signals::Signals;
use crate::sinks;

/// How long to wait for a pipe's reader when the run is over.
const READER_COMES: Duration = Duration::from_secs(5);
/// How often to check for one.
const LOOK: Duration = Duration::from_millis(20);

/// Writes `report` to `path`.
///
/// # Errors
/// What the operating system says; a pipe without a reader; a signal that ends a program.
pub(super) async fn write(path: PathBuf, report: Vec<u8>) -> io::Result<()> {
    let mut signals = Signals::ending()?;
    tokio::select! {
        biased;
        signal = signals.next() => Err(io::Error::other(format!(
            "SIG{} came before it was read", signal.name()
        ))),
        written = write_all(path, report) => written,
    }
}

async fn write_all(path: PathBuf, report: Vec<u8>) -> io::Result<()> {
    let pipe = match sinks::is_pipe(&path) {
        true => Some(open_pipe(&path).await?),
        false => None,
    };
    // A thread may be left in it: credrun exits without waiting for it.
    let write = tokio::task::spawn_blocking(move || {
        let mut to = match pipe {
            Some(pipe) => pipe,
            None => OpenOptions::new().append(true).open(&path)?,
        };
        to.write_all(&report)
    });
    write.await?
}

/// Opens a pipe for writing. For a named pipe the kernel would wait without limit for a reader
/// (fifo(7)); an unnamed one, as behind `/dev/stdout`, opens at once.
async fn open_pipe(path: &Path) -> io::Result<File> {
    let began = Instant::now();
    loop {
        let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        match open(path, flags, Mode::empty()) {
            Ok(pipe) => {
                fcntl_setfl(&pipe, OFlags::empty())?;
                return Ok(pipe.into());
            }
            Err(Errno::NXIO) if began.elapsed() < READER_COMES => {
                tokio::time::sleep(LOOK).await;
            }
            Err(Errno::NXIO) => {
                let why = format!("no reader opened the pipe within {READER_COMES:?}");
                return Err(io::Error::other(why));
            }
            Err(error) => return Err(error.into()),
        }
    }
}
