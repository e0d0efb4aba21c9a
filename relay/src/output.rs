//! Stdout: frames, kept until they are written.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;

use crate::connection;
use crate::frame::{Frame, MAX_FRAME};
use crate::queue::Queue;

/// How many bytes may wait for stdout before clients are no longer read. One more frame may come
/// on top, and frames that carry no bytes.
const MAX_WAITING: usize = MAX_FRAME;

pub(crate) struct Output {
    // A file, because std's own stdout keeps a buffer that `poll` cannot see.
    file: File,
    waiting: Queue,
}

impl Output {
    pub(crate) fn new(stdout: OwnedFd) -> io::Result<Self> {
        // std sets the mode for sockets only, but by a call that all descriptors know.
        let socket = UnixStream::from(stdout);
        socket.set_nonblocking(true)?;
        Ok(Self {
            file: File::from(OwnedFd::from(socket)),
            waiting: Queue::default(),
        })
    }

    pub(crate) fn put(&mut self, frame: Frame<'_>) {
        frame.encode(self.waiting.back());
    }

    pub(crate) fn has_room(&self) -> bool {
        self.waiting.len() < MAX_WAITING
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Writes as much as stdout takes now: what a pipe does not take whole has filled it.
    pub(crate) fn write(&mut self) -> io::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        match self.file.write(self.waiting.front()) {
            Ok(count) => {
                self.waiting.advance(count);
                Ok(())
            }
            Err(error) if connection::is_temporary(&error) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

impl AsRawFd for Output {
    fn as_raw_fd(&self) -> RawFd {
        self.file.as_raw_fd()
    }
}
