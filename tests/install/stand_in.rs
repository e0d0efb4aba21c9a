//! A home directory, and a machine's programs.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::support::process::run;
use crate::support::release::{Release, program, write_program};
use crate::support::repository;

/// A home directory in which nothing is but what a test puts there.
pub(super) struct Home(TempDir);

impl Home {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory"))
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(super) fn program(&self) -> PathBuf {
        self.path().join(".local/bin/credrun")
    }

    pub(super) fn plugin(&self) -> PathBuf {
        self.path().join(".docker/cli-plugins/docker-credrun")
    }

    /// Puts an older version there.
    pub(super) fn with_program(version: &str) -> Self {
        let home = Self::new();
        let directory = home.path().join(".local/bin");
        fs::create_dir_all(&directory).expect("a directory");
        write_program(&home.program(), program(version).as_bytes());
        home
    }

    /// What the program that is installed says.
    pub(super) fn version(&self) -> String {
        run(Command::new(self.program()).arg("--version"))
            .success()
            .out()
    }

    /// All that is in it, in order.
    pub(super) fn content(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut directories = vec![self.path().to_owned()];
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(directory).expect("a directory") {
                let entry = entry.expect("an entry");
                let path = entry.path();
                let name = path.strip_prefix(self.path()).expect("inside");
                found.push(name.to_string_lossy().into_owned());
                if entry.file_type().expect("a type").is_dir() {
                    directories.push(path);
                }
            }
        }
        found.sort();
        found
    }
}

/// What install.sh calls, wherever it runs.
const NEEDED: [&str; 17] = [
    "cat", "chmod", "cp", "cut", "dirname", "grep", "gzip", "ln", "mkdir", "mktemp", "mv",
    "readlink", "rm", "rmdir", "tail", "tar", "uname",
];

/// A directory for PATH, with what is needed everywhere and the programs that are named.
pub(super) fn programs(names: &[&str]) -> TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    for name in NEEDED.iter().chain(names) {
        symlink(found(name), directory.path().join(name)).expect("a link");
    }
    directory
}

/// All that a machine has where busybox is the only program.
pub(super) fn busybox_alone() -> TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    let mut install = Command::new(found("busybox"));
    run(install.args(["--install", "-s"]).arg(directory.path())).success();
    directory
}

/// Where a program of this machine's is.
pub(super) fn found(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").expect("PATH");
    std::env::split_paths(&path)
        .map(|directory| directory.join(name))
        .find(|file| file.is_file())
        .unwrap_or_else(|| panic!("{name} is not on PATH"))
}

/// `install.sh` in a shell, with a home directory, programs, and nothing else.
pub(super) fn install_in(shell: &[&str], home: &Home, programs: &Path) -> Command {
    let mut command = Command::new(found(shell[0]));
    command
        .args(&shell[1..])
        .arg(repository("install.sh"))
        .current_dir(home.path())
        .env_clear()
        .env("HOME", home.path())
        .env("PATH", programs);
    command
}

/// The same in dash, with sha256sum and curl, and a release.
pub(super) fn install(home: &Home, release: &Release) -> Command {
    install_from(home, &release.path().to_string_lossy())
}

pub(super) fn install_from(home: &Home, releases: &str) -> Command {
    let shared = shared_programs();
    let mut command = install_in(&["dash"], home, shared);
    command.env("CREDRUN_RELEASES", releases);
    command
}

fn shared_programs() -> &'static Path {
    static SHARED: std::sync::OnceLock<TempDir> = std::sync::OnceLock::new();
    SHARED
        .get_or_init(|| programs(&["curl", "sha256sum"]))
        .path()
}
