//! Container → credrun's stdout and stderr.

use std::io::{self, IoSlice};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rustix::io::Errno;
use rustix::net::{Shutdown, shutdown};
use tokio::sync::oneshot;

use super::demultiplex::{DemultiplexError, Demultiplexer, Sink, Target};

/// The Engine's socket buffer holds about this much, so one read can empty it.
const BUFFER: usize = 256 * 1024;

/// How the Engine sends output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// Unframed: a terminal has one stream.
    Raw,
    /// In frames that tell stdout from stderr.
    Multiplexed,
}

pub(crate) type OutputEnd = Result<(), DemultiplexError>;

/// A running copy of a container's output.
#[derive(Debug)]
pub(crate) struct Output {
    ended: oneshot::Receiver<OutputEnd>,
    progress: Arc<Progress>,
}

/// The copying thread's progress, for detecting a stalled Engine.
#[derive(Debug, Default)]
struct Progress {
    bytes: AtomicU64,
    writing: AtomicBool,
}

impl Output {
    /// Starts copying `from`, whose first bytes may have arrived already.
    #[must_use]
    pub(crate) fn start(from: OwnedFd, first: bytes::Bytes, framing: Framing) -> Self {
        let (done, ended) = oneshot::channel();
        let progress = Arc::new(Progress::default());
        let copy = Copy {
            from,
            demultiplexer: (framing == Framing::Multiplexed).then(Demultiplexer::default),
            progress: Arc::clone(&progress),
        };
        std::thread::spawn(move || {
            // The receiver is gone when credrun is about to exit.
            let _ = done.send(copy.run(&first));
        });
        Self { ended, progress }
    }

    /// Waits for the end of the output.
    pub(crate) async fn ended(&mut self) -> OutputEnd {
        (&mut self.ended).await.unwrap_or(Ok(()))
    }

    /// Grows with each byte, and stays constant while the Engine sends nothing. None while a reader
    /// of credrun's own output holds it up.
    #[must_use]
    pub(crate) fn bytes_while_reading(&self) -> Option<u64> {
        (!self.progress.writing.load(Ordering::Relaxed))
            .then(|| self.progress.bytes.load(Ordering::Relaxed))
    }
}

struct Copy {
    from: OwnedFd,
    demultiplexer: Option<Demultiplexer>,
    progress: Arc<Progress>,
}

impl Copy {
    /// When output can no longer be passed on, the connection ends here, for stdin too: if a client
    /// does not read, a Docker Engine does not stop a container that writes.
    fn run(mut self, first: &[u8]) -> OutputEnd {
        let end = self.copy(first);
        if end.is_err() {
            let _ = shutdown(&self.from, Shutdown::Both);
        }
        end
    }

    fn copy(&mut self, first: &[u8]) -> OutputEnd {
        self.pass(first)?;
        let mut buffer = vec![0; BUFFER];
        loop {
            match rustix::io::read(&self.from, &mut buffer) {
                Ok(0) => return Ok(()),
                Ok(length) => self.pass(&buffer[..length])?,
                Err(Errno::INTR) => {}
                // The Engine is gone. The wait reports that, with a better message.
                Err(_) => return Ok(()),
            }
        }
    }

    fn pass(&mut self, bytes: &[u8]) -> OutputEnd {
        if bytes.is_empty() {
            return Ok(());
        }
        self.progress
            .bytes
            .fetch_add(bytes.len() as u64, Ordering::Relaxed);
        self.progress.writing.store(true, Ordering::Relaxed);
        match &mut self.demultiplexer {
            Some(demultiplexer) => demultiplexer.pass(bytes, &mut Standard)?,
            None => Standard
                .write(Target::Stdout, &mut [IoSlice::new(bytes)])
                .map_err(|source| DemultiplexError::Write {
                    target: Target::Stdout,
                    source,
                })?,
        }
        self.progress.writing.store(false, Ordering::Relaxed);
        Ok(())
    }
}

/// credrun's own stdout and stderr, unbuffered.
struct Standard;

impl Sink for Standard {
    fn write(&mut self, target: Target, mut pieces: &mut [IoSlice<'_>]) -> io::Result<()> {
        let to = match target {
            Target::Stdout => rustix::stdio::stdout(),
            Target::Stderr => rustix::stdio::stderr(),
        };
        while !pieces.is_empty() {
            match rustix::io::writev(to, pieces) {
                Ok(written) => IoSlice::advance_slices(&mut pieces, written),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => wait_until_writable(to)?,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// Writes all of `bytes`, however long that takes.
///
/// # Errors
/// What the operating system says.
pub(crate) fn write_to_stderr(bytes: &[u8]) -> io::Result<()> {
    Standard.write(Target::Stderr, &mut [IoSlice::new(bytes)])
}

/// Another process that shares this terminal or pipe has made it non-blocking.
fn wait_until_writable(fd: BorrowedFd<'_>) -> io::Result<()> {
    use rustix::event::{PollFd, PollFlags, poll};
    let fd = fd.as_fd();
    match poll(&mut [PollFd::new(&fd, PollFlags::OUT)], None) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
