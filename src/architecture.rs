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

/// Rust's target of the relay for an architecture, by Docker's name. Every credrun has a relay for
/// the ones that are named here.
#[must_use]
pub fn relay_target(architecture: &str) -> Option<&'static str> {
    match architecture {
        "amd64" => Some("x86_64-unknown-linux-musl"),
        "arm64" => Some("aarch64-unknown-linux-musl"),
        _ => None,
    }
}
