//! The same commit gives the same bytes. `make dist-check` compares two releases in full; here the
//! packages are made twice, and `crate_file.rs` compiles from another path.

use std::fs;

use crate::support::dist::{make_release, release, unpacked};
use crate::support::process::target_directory;
use crate::support::repository;

#[test]
fn packages_that_are_made_twice_are_the_same_byte_for_byte() {
    let first = fs::read_to_string(release().join("SHA256SUMS")).expect("checksums");
    let directory = target_directory().join("dist-again");
    make_release(&directory);
    let second = fs::read_to_string(directory.join("SHA256SUMS")).expect("checksums");
    assert_eq!(first, second);
    fs::remove_dir_all(directory).expect("removed");
}

#[test]
fn no_path_of_the_machine_that_built_it_is_in_the_binary() {
    let home = std::env::var("HOME").expect("a home directory");
    let checkout = repository("");
    for arch in ["x86_64", "aarch64"] {
        let bytes = fs::read(unpacked(arch).path().join("credrun")).expect("the program");
        for path in [home.as_str(), &checkout.to_string_lossy()] {
            let path = path.trim_end_matches('/').as_bytes();
            // In a container, root's home may be the root directory.
            let is_there = bytes.windows(path.len()).any(|window| window == path);
            assert!(
                path.len() < 2 || !is_there,
                "{} in {arch}",
                String::from_utf8_lossy(path)
            );
        }
    }
}
