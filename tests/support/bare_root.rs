//! Bare root file systems, in which packages are installed and run by what a user would type there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::process::{Finished, finish_within, run, start, target_directory};
use super::script;

/// What there is before anything is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// A static busybox, its names, and nothing else.
    Busybox,
    /// The smallest Debian.
    Debian,
    /// The same with Python and pip.
    DebianWithPip,
}

/// How long `apt-get` or `pip` may take on a machine with other work.
const INSTALL: Duration = Duration::from_secs(120);

/// The machine's Engine, devices and processes are there too, as on a real system, for one command
/// at a time: they are mounted in a namespace that ends with it.
const ENTER: &str = r#"
    root=$1 socket=$2
    shift 2
    mount --rbind /dev "$root/dev"
    mount --rbind /proc "$root/proc"
    : >>"$root/run/docker.sock"
    mount --bind "$socket" "$root/run/docker.sock"
    cd "$root"
    exec chroot . "$@"
"#;

/// A root file system. It is removed when dropped.
pub struct BareRoot(TempDir);

impl BareRoot {
    /// Makes one. The first of a Debian takes minutes.
    ///
    /// # Panics
    ///
    /// Where it cannot be made.
    pub fn new(system: System) -> Self {
        let place = target_directory();
        fs::create_dir_all(&place).expect("a directory");
        let directory = TempDir::with_prefix_in("root-", place).expect("a directory");
        let name = match system {
            System::Busybox => "busybox",
            System::Debian => "debian",
            System::DebianWithPip => "debian-pip",
        };
        // Not under the tests' deadline: mmdebstrap takes its time.
        let made = Command::new(script("bare-root.sh"))
            .arg(name)
            .arg(directory.path())
            .output()
            .expect("scripts/bare-root.sh");
        assert!(made.status.success(), "{made:?}");
        Self(directory)
    }

    /// A path in it, as the machine sees it.
    pub fn path(&self, inside: &str) -> PathBuf {
        self.0.path().join(inside.trim_start_matches('/'))
    }

    /// Copies a file into it, and returns its path there.
    pub fn put(&self, file: &Path, directory: &str) -> String {
        let name = file.file_name().expect("a file").to_string_lossy();
        let inside = format!("{directory}/{name}");
        fs::create_dir_all(self.path(directory)).expect("a directory");
        fs::copy(file, self.path(&inside)).unwrap_or_else(|error| panic!("{file:?}: {error}"));
        inside
    }

    /// What root types in a shell, in a session without variables of the caller's.
    pub fn command(&self, typed: &str) -> Command {
        let mut command = Command::new("unshare");
        command
            .args(["--mount", "--propagation", "private", "sh", "-euc", ENTER])
            .arg("enter")
            .arg(self.0.path())
            .arg(engine_socket())
            .args(["/bin/sh", "-euc", typed])
            .env_clear()
            .env("HOME", "/root")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env(
                "PATH",
                "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            );
        command
    }

    /// Runs it.
    pub fn run(&self, typed: &str) -> Finished {
        run(&mut self.command(typed))
    }

    /// Runs what installs or removes something, with the time that it takes.
    ///
    /// # Panics
    ///
    /// Where it fails.
    pub fn install(&self, typed: &str) -> Finished {
        finish_within(INSTALL, start(&mut self.command(typed))).success()
    }

    /// All files and links, as paths inside. For what an installation leaves behind.
    pub fn files(&self) -> Vec<String> {
        let list = Command::new("find")
            .current_dir(self.0.path())
            .args([".", "-not", "-type", "d"])
            .output()
            .expect("find");
        let mut files: Vec<_> = String::from_utf8_lossy(&list.stdout)
            .lines()
            .map(|line| line.trim_start_matches('.').to_owned())
            .collect();
        files.sort();
        files
    }
}

/// Where the machine's Engine listens.
fn engine_socket() -> String {
    let host = std::env::var("DOCKER_HOST").unwrap_or_default();
    let path = host
        .strip_prefix("unix://")
        .unwrap_or("/var/run/docker.sock");
    path.to_owned()
}
