//! Compiles the relay (`relay/`) into a static binary that credrun carries as bytes.
//!
//! The relay runs inside the engine, on Linux, so it is compiled for Linux on this build's
//! architecture whatever this build's system is. musl comes first: Rust's musl target brings
//! its own C library, is linked by the toolchain's own linker, and gives a third of the size
//! (an empty C program linked with a static glibc already has 660 KiB). Where neither target
//! can be built, credrun carries no relay and `--live` asks for `--relay-image`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// What the relay may have at most (README).
const PROMISED_KIB: u64 = 600;

/// What makes the binary small, and the same on every build of the same toolchain.
const FLAGS: [&str; 10] = [
    "--edition=2024",
    "--crate-type=bin",
    "--crate-name=credrun_relay",
    "-Copt-level=z",
    "-Cpanic=abort",
    "-Clto=fat",
    "-Ccodegen-units=1",
    "-Cdebuginfo=0",
    "-Cstrip=symbols",
    "-Cforce-unwind-tables=no",
];

fn main() {
    println!("cargo::rerun-if-changed=relay");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=RUSTC");
    let target = variable("TARGET");
    let relay = PathBuf::from(variable("OUT_DIR")).join("relay");
    let library = if with_musl(&target, &relay) {
        "musl"
    } else if with_glibc(&target, &relay) {
        tell_of_musl(&target, &relay);
        "glibc"
    } else {
        println!(
            "cargo::warning=no static Linux target for {target}: --live will need --relay-image"
        );
        fs::write(&relay, []).expect("OUT_DIR can be written");
        "none"
    };
    println!("cargo::rustc-env=CREDRUN_RELAY={}", relay.display());
    println!("cargo::rustc-env=CREDRUN_RELAY_LIBRARY={library}");
    println!(
        "cargo::rustc-env=CREDRUN_RELAY_ARCHITECTURE={}",
        docker_name(&variable("CARGO_CFG_TARGET_ARCH"))
    );
}

/// From any system, as no C toolchain takes part.
fn with_musl(target: &str, relay: &Path) -> bool {
    let arch = target.split('-').next().unwrap_or_default();
    let linker = ["-Clinker=rust-lld", "-Clink-self-contained=yes"];
    compile(&format!("{arch}-unknown-linux-musl"), &linker, relay)
}

/// Only where this system has the target's C library.
fn with_glibc(target: &str, relay: &Path) -> bool {
    let flags = ["-Ctarget-feature=+crt-static", "-Crelocation-model=static"];
    target == variable("HOST") && target.ends_with("-linux-gnu") && compile(target, &flags, relay)
}

/// A static glibc alone is larger than what the relay is promised to be. What mends that is told,
/// and the relay compiled anew once it is done.
fn tell_of_musl(target: &str, relay: &Path) {
    let kib = fs::metadata(relay).map_or(0, |file| file.len() / 1024);
    if kib <= PROMISED_KIB {
        return;
    }
    let arch = target.split('-').next().unwrap_or_default();
    println!(
        "cargo::warning=the relay of --live has {kib} KiB with glibc, a third of it with musl: \
         rustup target add {arch}-unknown-linux-musl"
    );
    let sysroot = Command::new(variable("RUSTC"))
        .args(["--print", "sysroot"])
        .output();
    if let Ok(sysroot) = sysroot {
        let sysroot = String::from_utf8_lossy(&sysroot.stdout).trim().to_owned();
        // The list that rustup keeps of what is installed.
        let installed = Path::new(&sysroot).join("lib/rustlib/components");
        if installed.exists() {
            println!("cargo::rerun-if-changed={}", installed.display());
        }
    }
}

fn compile(target: &str, flags: &[&str], relay: &Path) -> bool {
    Command::new(variable("RUSTC"))
        .current_dir(variable("CARGO_MANIFEST_DIR"))
        .args(FLAGS)
        .args(flags)
        .args(["--target", target, "-o"])
        .arg(relay)
        .arg("relay/src/main.rs")
        .output()
        .is_ok_and(|output| output.status.success())
}

/// What the Engine and image configs call an architecture.
fn docker_name(arch: &str) -> &str {
    match arch {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "powerpc64" => "ppc64le",
        other => other,
    }
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"))
}
