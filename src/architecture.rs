//! The names of machine architectures. Docker uses Go's names. Rust and the kernel (`uname -m`)
//! have others for some of them.
//!
//! build.rs uses this file, too.

/// Docker's name, which the Engine API and image configs use.
#[must_use]
pub fn docker_name(name: &str) -> &str {
    match name {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" | "i386" | "i686" => "386",
        "loongarch64" => "loong64",
        // Rust has one name for both byte orders; Docker supports one of them.
        "powerpc64" => "ppc64le",
        other => other,
    }
}
