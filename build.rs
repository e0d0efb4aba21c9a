//! Compiles the relay (`relay/`) into a static binary that credrun carries as bytes.
//!
//! The relay runs inside the engine, on Linux, so it is compiled for Linux on the build's
//! architecture, whatever system the build runs on. musl is tried first: Rust's musl target brings
//! its own C library, is linked by the toolchain's own linker, and makes the binary a third of the
//! size (an empty C program linked with a static glibc already has 660 KiB). Where neither target
//! can be built, credrun carries no relay and `--live` asks for `--relay-image`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The largest size that docs/cost.md allows the relay.
const PROMISED_KIB: u64 = 600;

/// These make the binary small, and the same on every build with the same toolchain.
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
    let library = compile_static(&target, &relay).unwrap_or_else(|said| {
        tell_of_failure(&target, &said);
        fs::write(&relay, []).expect("OUT_DIR can be written");
        "none"
    });
    println!("cargo::rustc-env=CREDRUN_RELAY={}", relay.display());
    println!("cargo::rustc-env=CREDRUN_RELAY_LIBRARY={library}");
    println!(
        "cargo::rustc-env=CREDRUN_RELAY_ARCHITECTURE={}",
        docker_name(&variable("CARGO_CFG_TARGET_ARCH"))
    );
}

/// Returns the C library that it was linked with, or the compiler's message for each one tried.
fn compile_static(target: &str, relay: &Path) -> Result<&'static str, [String; 2]> {
    let Err(musl) = with_musl(target, relay) else {
        return Ok("musl");
    };
    let Err(glibc) = with_glibc(target, relay) else {
        tell_of_musl(target, relay);
        return Ok("glibc");
    };
    Err([musl, glibc])
}

/// Works on any system, because it needs no C toolchain.
fn with_musl(target: &str, relay: &Path) -> Result<(), String> {
    let arch = target.split('-').next().unwrap_or_default();
    let linker = ["-Clinker=rust-lld", "-Clink-self-contained=yes"];
    compile(&format!("{arch}-unknown-linux-musl"), &linker, relay)
}

/// Works only where this system has the target's C library.
fn with_glibc(target: &str, relay: &Path) -> Result<(), String> {
    let flags = ["-Ctarget-feature=+crt-static", "-Crelocation-model=static"];
    if target != variable("HOST") || !target.ends_with("-linux-gnu") {
        return Err(format!("{target} is not this machine's own glibc"));
    }
    compile(target, &flags, relay)
}

/// credrun builds without a relay, and says so where it needs one. Only the compiler's message
/// tells why there is none.
fn tell_of_failure(target: &str, said: &[String]) {
    println!(
        "cargo::warning=the relay could not be compiled for {target}: --live will need --relay-image"
    );
    let lines = said.iter().flat_map(|text| text.lines());
    for line in lines.filter(|line| !line.trim().is_empty()) {
        println!("cargo::warning={line}");
    }
}

/// A static glibc alone exceeds the size promised for the relay. This warns and names the fix, and
/// cargo compiles the relay again once it is applied.
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
        // rustup's list of installed components.
        let installed = Path::new(&sysroot).join("lib/rustlib/components");
        if installed.exists() {
            println!("cargo::rerun-if-changed={}", installed.display());
        }
    }
}

/// The error is the compiler's message.
fn compile(target: &str, flags: &[&str], relay: &Path) -> Result<(), String> {
    let output = Command::new(variable("RUSTC"))
        .current_dir(variable("CARGO_MANIFEST_DIR"))
        .args(FLAGS)
        .args(flags)
        .args(["--target", target, "-o"])
        .arg(relay)
        .arg("relay/src/main.rs")
        .output()
        .map_err(|error| format!("{}: {error}", variable("RUSTC")))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("rustc for {target}: {}\n{said}", output.status))
}

/// The name of an architecture in the Engine API and in image configs.
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
