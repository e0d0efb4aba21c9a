//! What `make dist` makes, compiled without optimization.

use std::env::consts::ARCH;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use credrun::architecture::docker_name;
use tempfile::TempDir;

use super::process::run;
use super::{repository, script};

/// What a release is made for, in Rust's words.
pub const ARCHITECTURES: [&str; 2] = ["x86_64", "aarch64"];

/// The directory of the release, made once for all tests of a program.
///
/// # Panics
///
/// Where `scripts/dist.sh` fails.
pub fn release() -> &'static Path {
    static RELEASE: OnceLock<PathBuf> = OnceLock::new();
    RELEASE.get_or_init(|| {
        let directory = repository("target/dist-dev");
        make_release(&directory, &ARCHITECTURES);
        directory
    })
}

/// Runs `scripts/dist.sh` for these architectures.
///
/// # Panics
///
/// Where it fails.
pub fn make_release(directory: &Path, architectures: &[&str]) {
    let targets = architectures
        .iter()
        .map(|arch| format!("{arch}-unknown-linux-musl"));
    // Not under the tests' deadline: where nothing is compiled yet, it takes minutes.
    let made = Command::new(script("dist.sh"))
        .env("DIST_PROFILE", "dev")
        .env("DIST_DIR", directory)
        // Flags of cargo's own, which would keep the machine's paths in the binaries.
        .env("CARGO_ENCODED_RUSTFLAGS", "")
        .env("DIST_TARGETS", targets.collect::<Vec<_>>().join(" "))
        .output()
        .expect("scripts/dist.sh");
    let said = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "{said}");
}

/// What is in the archive for an architecture, in Rust's words: `credrun`, `man/`, …
pub fn unpacked(arch: &str) -> TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    unpack(&Package::Archive.of(arch), directory.path());
    directory
}

/// Unpacks an archive that has all in one folder, without that.
pub fn unpack(archive: &Path, directory: &Path) {
    let mut tar = Command::new("tar");
    tar.arg("xzf").arg(archive).arg("--strip-components=1");
    run(tar.arg("-C").arg(directory)).success();
}

/// The packages that a release has for each architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Package {
    Archive,
    Deb,
    Rpm,
    Wheel,
}

impl Package {
    /// The one for this machine.
    pub fn path(self) -> PathBuf {
        self.of(ARCH)
    }

    /// The one for an architecture, in Rust's words.
    ///
    /// # Panics
    ///
    /// Where there is none, or more than one.
    pub fn of(self, arch: &str) -> PathBuf {
        let end = match self {
            Self::Archive => format!("-{arch}-unknown-linux-musl.tar.gz"),
            Self::Deb => format!("_{}.deb", docker_name(arch)),
            Self::Rpm => format!(".{arch}.rpm"),
            Self::Wheel => format!(".musllinux_1_1_{arch}.whl"),
        };
        let files = fs::read_dir(release()).expect("a release");
        let mut found = files
            .map(|file| file.expect("a file").path())
            .filter(|path| path.to_string_lossy().ends_with(&end));
        let path = found
            .next()
            .unwrap_or_else(|| panic!("no *{end} in the release"));
        assert_eq!(found.next(), None, "one *{end}");
        path
    }
}
