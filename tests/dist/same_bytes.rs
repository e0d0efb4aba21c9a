//! The same commit gives the same bytes. `make dist-check` compares two releases in full; here the
//! packages are made twice, and `crate_file.rs` compiles from another path.

use std::env::consts::ARCH;
use std::fs;

use crate::support::dist::{ARCHITECTURES, make_release, release, unpacked};
use crate::support::process::target_directory;
use crate::support::repository;

#[test]
fn packages_that_are_made_twice_are_the_same_byte_for_byte() {
    let first = fs::read_to_string(release().join("SHA256SUMS")).expect("checksums");
    let directory = target_directory().join("dist-again");
    make_release(&directory, &[ARCH]);
    let second = fs::read_to_string(directory.join("SHA256SUMS")).expect("checksums");
    fs::remove_dir_all(directory).expect("removed");
    // Archive, .deb, .rpm, wheel, .crate, SBOM.
    assert!(second.lines().count() >= 6, "{second}");
    for line in second.lines() {
        assert!(first.lines().any(|other| other == line), "{line}\n{first}");
    }
}

#[test]
fn no_path_of_the_machine_that_built_it_is_in_the_binary() {
    let home = std::env::var("HOME").expect("a home directory");
    let tools = |variable: &str, folder: &str| {
        std::env::var(variable).unwrap_or_else(|_| format!("{home}/{folder}"))
    };
    let paths = [
        tools("CARGO_HOME", ".cargo"),
        tools("RUSTUP_HOME", ".rustup"),
        repository("").to_string_lossy().into_owned(),
    ];
    for arch in ARCHITECTURES {
        let program = fs::read(unpacked(arch).path().join("credrun")).expect("the program");
        for path in &paths {
            let bytes = path.as_bytes();
            let is_there = program.windows(bytes.len()).any(|part| part == bytes);
            assert!(!is_there, "{path} is in the program for {arch}");
        }
    }
}
