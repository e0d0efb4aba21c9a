//! A FIFO: a file that does not answer.

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::fs::OFlags;

use super::process::run;
use super::until;

/// A FIFO in a directory of its own.
pub struct Fifo {
    _directory: tempfile::TempDir,
    path: PathBuf,
}

impl Fifo {
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("fifo");
        // rustix has no call for it on macOS.
        run(Command::new("mkfifo").arg(&path)).success();
        Self {
            _directory: directory,
            path,
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Waits until somebody reads, and keeps the other end open: the reader waits from now on.
    pub fn hold_reader(&self) -> File {
        let nonblocking = OFlags::NONBLOCK.bits().cast_signed();
        let open = || {
            let mut options = File::options();
            options.write(true).custom_flags(nonblocking);
            options.open(&self.path)
        };
        let mut writer = None;
        until("the FIFO is read", || {
            writer = open().ok();
            writer.is_some()
        });
        writer.expect("a reader")
    }
}
