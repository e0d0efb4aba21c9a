//! Compiles the relay (`relay/`) into static binaries that credrun carries as bytes.
//!
//! The relay runs inside the Engine: on Linux, and on the Engine's architecture, whatever credrun
//! runs on. So each credrun carries it for amd64 and arm64, and for the architecture that credrun
//! is built for. Rust's musl targets bring their own C library, and the toolchain's own linker
//! links them, so no C toolchain is needed. Without the musl target of this machine, its glibc is
//! used: the binary is three times as large then (an empty C program linked with a static glibc
//! already has 660 KiB). Where no target can be built, credrun carries no relay for that
//! architecture, and `--live` asks for `--relay-image` there.
//!
//! They are deflated, which is half of their size.

#[path = "src/architecture.rs"]
#[allow(unreachable_pub, reason = "it is the library's module, too")]
mod architecture;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use architecture::{docker_name, relay_target};
use miniz_oxide::deflate::{CompressionLevel, compress_to_vec};

/// The largest size that docs/cost.md allows the relay.
const PROMISED_KIB: u64 = 600;

/// Architectures that every credrun carries a relay for, in Rust's words.
const COMMON: [&str; 2] = ["x86_64", "aarch64"];

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
    println!("cargo::rerun-if-changed=src/architecture.rs");
    println!("cargo::rerun-if-env-changed=RUSTC");
    rerun_after_rustup();
    let directory = PathBuf::from(variable("OUT_DIR"));
    let own = variable("CARGO_CFG_TARGET_ARCH");
    let mut architectures = COMMON.to_vec();
    if !architectures.contains(&own.as_str()) {
        architectures.push(&own);
    }
    let mut table = String::new();
    let mut own_library = "none";
    for arch in architectures {
        let relay = directory.join(format!("relay-{arch}"));
        match compile_static(arch, &relay) {
            Ok(library) => {
                add_to(&mut table, arch, &relay);
                if arch == own {
                    own_library = library;
                }
            }
            Err(said) => tell_of_failure(arch, &said),
        }
    }
    let table = format!("static RELAYS: &[Relay] = &[{table}];\n");
    fs::write(directory.join("relays.rs"), table).expect("OUT_DIR can be written");
    println!("cargo::rustc-env=BUILD_RELAY_LIBRARY={own_library}");
    println!("cargo::rustc-env=BUILD_TARGET={}", variable("TARGET"));
    tell_tests_of_this_program();
    tell_commit();
}

/// `tests/fast/build_script.rs` runs it once more, with a compiler that fails.
fn tell_tests_of_this_program() {
    let program = env::current_exe().expect("a program has a path");
    println!("cargo::rustc-env=BUILD_SCRIPT={}", program.display());
}

/// The revision that this is built from: what `CREDRUN_COMMIT` says, or else the one that the
/// package was made of, or that git has here. Only a release asks, because any commit would build
/// the program again.
fn tell_commit() {
    println!("cargo::rerun-if-env-changed=CREDRUN_COMMIT");
    if env::var("CREDRUN_COMMIT").is_ok_and(|commit| !commit.is_empty())
        || env::var("PROFILE").is_ok_and(|profile| profile != "release")
    {
        return;
    }
    if let Some(commit) = packaged_commit().or_else(commit_of_git) {
        println!("cargo::rustc-env=CREDRUN_COMMIT={commit}");
    }
}

/// `cargo package` writes `"sha1": "…"` into this file, and `"dirty": true` where the source differs
/// from that revision.
fn packaged_commit() -> Option<String> {
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    let info = fs::read_to_string(root.join(".cargo_vcs_info.json")).ok()?;
    let (_, rest) = info.split_once("\"sha1\": \"")?;
    let (commit, rest) = rest.split_once('"')?;
    Some(marked(commit, rest.contains("\"dirty\": true")))
}

fn commit_of_git() -> Option<String> {
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    // Of this repository, and not of another one that the source lies in.
    if !root.join(".git").exists() {
        return None;
    }
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            .current_dir(&root)
            .args(arguments)
            .output()
            .ok()?;
        let said = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| said.trim().to_owned())
    };
    let logs = git(&["rev-parse", "--git-path", "logs/HEAD"])?;
    // Of a file that is missing, cargo thinks that it has changed.
    if root.join(&logs).exists() {
        println!("cargo::rerun-if-changed={logs}");
    }
    let changed = git(&["status", "--porcelain", "--untracked-files=no"])?;
    Some(marked(&git(&["rev-parse", "HEAD"])?, !changed.is_empty()))
}

fn marked(commit: &str, is_dirty: bool) -> String {
    let mark = if is_dirty { "-dirty" } else { "" };
    format!("{commit}{mark}")
}

fn add_to(table: &mut String, arch: &str, relay: &Path) {
    let architecture = docker_name(arch);
    let binary = fs::read(relay).expect("it was just written");
    let length = binary.len();
    let deflated = relay.with_extension("deflated");
    let level = CompressionLevel::BestCompression as u8;
    fs::write(&deflated, compress_to_vec(&binary, level)).expect("OUT_DIR can be written");
    write!(
        table,
        "Relay {{ architecture: {architecture:?}, length: {length}, deflated: include_bytes!({deflated:?}) }}, "
    )
    .expect("a string takes all");
}

/// Returns the C library that it was linked with, or what the compiler said for each one tried.
fn compile_static(arch: &str, relay: &Path) -> Result<&'static str, Vec<String>> {
    let mut said = Vec::new();
    if let Some(target) = relay_target(docker_name(arch)) {
        match with_musl(target, relay) {
            Ok(()) => return Ok("musl"),
            Err(error) => said.push(error),
        }
    }
    let target = variable("TARGET");
    let is_this_machine = arch == variable("CARGO_CFG_TARGET_ARCH") && target == variable("HOST");
    if is_this_machine && target.ends_with("-linux-gnu") {
        match with_glibc(&target, relay) {
            Ok(()) => {
                tell_of_size(arch, relay);
                return Ok("glibc");
            }
            Err(error) => said.push(error),
        }
    }
    Err(said)
}

/// Works on any system, because it needs no C toolchain.
fn with_musl(target: &str, relay: &Path) -> Result<(), String> {
    let linker = ["-Clinker=rust-lld", "-Clink-self-contained=yes"];
    compile(target, &linker, relay)
}

/// Works only where this system has the target's C library.
fn with_glibc(target: &str, relay: &Path) -> Result<(), String> {
    let flags = ["-Ctarget-feature=+crt-static", "-Crelocation-model=static"];
    compile(target, &flags, relay)
}

/// credrun builds without a relay, and says so where it needs one. What to do comes first, then
/// the compiler's own words, which alone tell other causes.
fn tell_of_failure(arch: &str, said: &[String]) {
    let architecture = docker_name(arch);
    println!(
        "cargo::warning=there is no relay for {architecture}: on an Engine there, --live will need \
         --relay-image"
    );
    // E0463 is a missing crate: the target is not installed.
    let is_missing = said.iter().any(|text| text.contains("E0463"));
    if let Some(target) = relay_target(architecture).filter(|_| is_missing) {
        println!("cargo::warning=to install the target: rustup target add {target}");
        return;
    }
    let lines = said.iter().flat_map(|text| text.lines());
    for line in lines.filter(|line| !line.trim().is_empty()) {
        println!("cargo::warning={line}");
    }
}

/// A static glibc alone exceeds the size promised for the relay.
fn tell_of_size(arch: &str, relay: &Path) {
    let kib = fs::metadata(relay).map_or(0, |file| file.len() / 1024);
    if let Some(target) = relay_target(docker_name(arch)).filter(|_| kib > PROMISED_KIB) {
        println!(
            "cargo::warning=the relay of --live has {kib} KiB with glibc, a third of it with \
             musl: rustup target add {target}"
        );
    }
}

/// Once a missing target has been installed, the relay is compiled again.
fn rerun_after_rustup() {
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

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"))
}
