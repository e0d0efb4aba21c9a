//! The build script says why there is no relay.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::support::process::run;

#[test]
fn what_the_compiler_says_against_the_relay_is_a_warning_of_the_build() {
    let directory = tempfile::tempdir().expect("a directory");
    let program = directory.path().join("build-script");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut compile = Command::new(rustc);
    compile
        .arg("--edition=2024")
        .arg(root.join("build.rs"))
        .arg("-o")
        .arg(&program);
    run(&mut compile).success();

    let broken = directory.path().join("rustc");
    let script =
        "#!/bin/sh\nprintf 'error: what is wrong\\n --> relay/src/main.rs:1\\n' >&2\nexit 1\n";
    fs::write(&broken, script).expect("written");
    fs::set_permissions(&broken, fs::Permissions::from_mode(0o755)).expect("executable");
    let target = "x86_64-unknown-linux-gnu";
    let built = run(Command::new(&program)
        .env("RUSTC", &broken)
        .env("TARGET", target)
        .env("HOST", target)
        .env("OUT_DIR", directory.path())
        .env("CARGO_MANIFEST_DIR", root)
        .env("CARGO_CFG_TARGET_ARCH", "x86_64"))
    .success();
    let told = built.out();
    for line in [
        "cargo::warning=the relay could not be compiled for x86_64-unknown-linux-gnu: --live will need --relay-image",
        "cargo::warning=rustc for x86_64-unknown-linux-musl: exit status: 1",
        "cargo::warning=rustc for x86_64-unknown-linux-gnu: exit status: 1",
        "cargo::warning=error: what is wrong",
        "cargo::warning= --> relay/src/main.rs:1",
        "cargo::rustc-env=CREDRUN_RELAY_LIBRARY=none",
    ] {
        assert!(told.lines().any(|told| told == line), "{line}\n{told}");
    }
}
