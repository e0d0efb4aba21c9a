//! The package for Rust's registry.

use std::env::consts::ARCH;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::dist::{release, unpack, unpacked};
use crate::support::script;

/// From another path than the checkout, without git and without the tests: nothing that the build
/// needs is outside of the package, and no path of the checkout changes the binary. The relays are
/// in it, since they are in the release.
#[test]
fn a_build_from_the_crate_file_is_the_release_byte_for_byte() {
    let source = tempfile::tempdir().expect("a directory");
    unpack(&crate_file(), source.path());
    let target = format!("{ARCH}-unknown-linux-musl");
    // Not under the tests' deadline: it compiles.
    let built = Command::new(script("dist/build.sh"))
        .arg(target)
        .arg(source.path())
        .env("DIST_PROFILE", "dev")
        .env("CREDRUN_COMMIT", commit(source.path()))
        .output()
        .expect("scripts/dist/build.sh");
    let said = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "{said}");
    let program = String::from_utf8(built.stdout).expect("a path");
    let own = fs::read(program.trim_end()).expect("the program");
    let released = fs::read(unpacked(ARCH).path().join("credrun")).expect("the program");
    assert!(
        own == released,
        "{} and {} bytes",
        own.len(),
        released.len()
    );
}

fn crate_file() -> PathBuf {
    let files = fs::read_dir(release()).expect("a release");
    let mut paths = files.map(|file| file.expect("a file").path());
    let found = paths.find(|path| path.extension().is_some_and(|end| end == "crate"));
    found.expect("a .crate in the release")
}

/// cargo writes it into the package.
fn commit(source: &Path) -> String {
    let text = fs::read(source.join(".cargo_vcs_info.json")).expect("written by cargo");
    let info: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
    info["git"]["sha1"].as_str().expect("a commit").to_owned()
}
