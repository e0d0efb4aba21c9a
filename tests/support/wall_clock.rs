//! A wall clock of a program's own. Set ahead while the program runs, it is as after a laptop's
//! sleep, during which the monotonic clock has not gone on.
//!
//! libfaketime, a library that is loaded ahead of libc, adds to the wall clock what a file says.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Where Debian has it; the dynamic linker knows what `$LIB` is here.
const LIBRARY: &str = "/usr/$LIB/faketime/libfaketimeMT.so.1";

/// Ends with the program's need of it: its file goes when this is dropped.
pub struct WallClock(tempfile::TempDir);

impl WallClock {
    /// The clock of what `command` starts. It shows the right time at first.
    pub fn of(command: &mut Command) -> Self {
        let clock = Self::right();
        clock.give(command);
        clock
    }

    /// A clock that nobody has yet, and that shows the right time.
    pub fn right() -> Self {
        let clock = Self(tempfile::tempdir().expect("a directory"));
        clock.set(0);
        clock
    }

    /// Gives another program the same clock.
    pub fn give(&self, command: &mut Command) {
        command.envs(self.variables());
    }

    /// Gives a container with this machine's `/usr` the same clock.
    pub fn flags(&self) -> Vec<String> {
        let directory = self.0.path().display();
        let mut flags = vec![format!("--volume={directory}:{directory}:ro")];
        let variables = self.variables();
        flags.extend(variables.map(|(name, value)| format!("--env={name}={value}")));
        flags
    }

    fn variables(&self) -> [(&'static str, String); 4] {
        let file = self.file().to_str().expect("UTF-8").to_owned();
        [
            ("LD_PRELOAD", LIBRARY.to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
            ("FAKETIME_NO_CACHE", "1".to_owned()),
            ("FAKETIME_TIMESTAMP_FILE", file),
        ]
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
