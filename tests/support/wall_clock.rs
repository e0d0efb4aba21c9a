//! A wall clock of a program's own. Set ahead while the program runs, it is as after a laptop's
//! sleep, during which the monotonic clock has not gone on.
//!
//! libfaketime, a library that is loaded ahead of libc, adds to the wall clock what a file says.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Ends with the program's need of it: its file goes when this is dropped.
pub struct WallClock(tempfile::TempDir);

impl WallClock {
    /// The clock of what `command` starts. It shows the right time at first.
    pub fn of(command: &mut Command) -> Self {
        let clock = Self(tempfile::tempdir().expect("a directory"));
        clock.set(0);
        command
            .envs([
                // Where Debian has it; the dynamic linker knows what `$LIB` is here.
                ("LD_PRELOAD", "/usr/$LIB/faketime/libfaketimeMT.so.1"),
                ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
                ("FAKETIME_NO_CACHE", "1"),
            ])
            .env("FAKETIME_TIMESTAMP_FILE", clock.file());
        clock
    }

    /// Sets it so many seconds ahead of the right time or, negative, behind.
    pub fn set(&self, ahead: i64) {
        let next = self.0.path().join("next");
        fs::write(&next, format!("{ahead:+}\n")).expect("written");
        // At once, as the program reads the file at any time.
        fs::rename(next, self.file()).expect("renamed");
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("ahead")
    }
}
