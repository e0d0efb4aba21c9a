//! credrun's stdin → container.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::{Shutdown, shutdown};
use tokio::sync::oneshot;

use crate::terminal::{DetachKeys, is_in_background, is_terminal};

const BUFFER: usize = 64 * 1024;
/// How soon a job that moves to the foreground reads what is typed.
const LOOK: Duration = Duration::from_millis(100);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InputEnd {
    /// End of file, which has been passed on to the container.
    EndOfFile,
    /// The detach keys were typed.
    Detached,
    /// The container takes no more.
    Closed,
}

/// A running copy of credrun's stdin.
#[derive(Debug)]
pub(crate) struct Input {
    ended: oneshot::Receiver<InputEnd>,
}

impl Input {
    /// Starts copying stdin to `to`, looking for `detach` where given.
    #[must_use]
    pub(crate) fn start(to: OwnedFd, detach: Option<DetachKeys>) -> Self {
        let (done, ended) = oneshot::channel();
        std::thread::spawn(move || {
            let _ = done.send(copy(&to, detach));
        });
        Self { ended }
    }

    /// Waits for the end of the input.
    pub(crate) async fn ended(&mut self) -> InputEnd {
        (&mut self.ended).await.unwrap_or(InputEnd::Closed)
    }
}

fn copy(to: &OwnedFd, mut detach: Option<DetachKeys>) -> InputEnd {
    let mut buffer = vec![0; BUFFER];
    let mut passed = Vec::new();
    let is_terminal = is_terminal(rustix::stdio::stdin());
    loop {
        if is_terminal {
            wait_for_foreground();
        }
        let length = match rustix::io::read(rustix::stdio::stdin(), &mut buffer) {
            // A closed stdin (`<&-`) reads like one at end of file.
            Ok(0) | Err(Errno::BADF | Errno::IO) => {
                let _ = shutdown(to, Shutdown::Write);
                return InputEnd::EndOfFile;
            }
            Ok(length) => length,
            Err(Errno::INTR) => continue,
            Err(Errno::AGAIN) => {
                wait_until_readable();
                continue;
            }
            Err(_) => return InputEnd::Closed,
        };
        let mut typed = &buffer[..length];
        let mut detached = false;
        if let Some(keys) = &mut detach {
            passed.clear();
            detached = keys.pass(typed, &mut passed);
            typed = &passed;
        }
        if write_all(to, typed).is_err() {
            return InputEnd::Closed;
        }
        if detached {
            return InputEnd::Detached;
        }
    }
}

/// A background job (`credrun -i … &`) gets SIGTTIN for each attempt to read. credrun passes that
/// on to the container, so it does not stop, and the kernel would restart the read endlessly.
fn wait_for_foreground() {
    while is_in_background() {
        std::thread::sleep(LOOK);
    }
}

fn write_all(to: &OwnedFd, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(to, bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Another process that shares this terminal or pipe has made it non-blocking.
fn wait_until_readable() {
    use rustix::event::{PollFd, PollFlags, poll};
    let stdin = rustix::stdio::stdin();
    let _ = poll(&mut [PollFd::new(&stdin, PollFlags::IN)], None);
}
