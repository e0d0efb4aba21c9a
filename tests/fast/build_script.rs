//! The build script says why there is no relay.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::support::process::run;

const TARGET: &str = "x86_64-unknown-linux-gnu";

/// A compiler that fails with this message.
const BROKEN: &str =
    "#!/bin/sh\nprintf 'error: what is wrong\\n --> relay/src/main.rs:1\\n' >&2\nexit 1\n";
const WITHOUT_A_TARGET: &str =
    "#!/bin/sh\necho 'error[E0463]: can'\"'\"'t find crate for `std`' >&2\nexit 1\n";

/// What the build script prints where `rustc` is this script.
fn built_with(rustc: &str) -> String {
    let directory = tempfile::tempdir().expect("a directory");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let broken = directory.path().join("rustc");
    fs::write(&broken, rustc).expect("written");
    fs::set_permissions(&broken, fs::Permissions::from_mode(0o755)).expect("executable");
    let built = run(Command::new(env!("BUILD_SCRIPT"))
        .env("RUSTC", &broken)
        .env("TARGET", TARGET)
        .env("HOST", TARGET)
        .env("OUT_DIR", directory.path())
        .env("CARGO_MANIFEST_DIR", root)
        .env("CARGO_CFG_TARGET_ARCH", "x86_64"))
    .success();
    built.out()
}

#[test]
fn what_the_compiler_says_against_a_relay_is_a_warning_of_the_build() {
    let told = built_with(BROKEN);
    for line in [
        "cargo::warning=there is no relay for amd64: on an Engine there, --live will need --relay-image",
        "cargo::warning=rustc for x86_64-unknown-linux-musl: exit status: 1",
        "cargo::warning=rustc for x86_64-unknown-linux-gnu: exit status: 1",
        "cargo::warning=there is no relay for arm64: on an Engine there, --live will need --relay-image",
        "cargo::warning=rustc for aarch64-unknown-linux-musl: exit status: 1",
        "cargo::warning=error: what is wrong",
        "cargo::warning= --> relay/src/main.rs:1",
        "cargo::rustc-env=BUILD_RELAY_LIBRARY=none",
    ] {
        assert!(told.lines().any(|told| told == line), "{line}\n{told}");
    }
}

#[test]
fn a_target_that_is_not_installed_is_told_by_the_command_that_installs_it() {
    let told = built_with(WITHOUT_A_TARGET);
    for target in ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl"] {
        let line = format!("cargo::warning=to install the target: rustup target add {target}");
        assert!(told.lines().any(|told| told == line), "{line}\n{told}");
    }
    assert!(!told.contains("E0463"), "{told}");
}
