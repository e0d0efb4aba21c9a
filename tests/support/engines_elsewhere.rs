//! Engines that are reached in another way than through the machine's own socket, or are not docker's.

use std::process::Command;

use super::engine::{docker, engine};
use super::podman::Podman;
use super::process::run;
use super::sshd::Sshd;
use super::tls_engine::TlsEngine;

/// Points a client of the Engine at one.
pub type PointAt = fn(&mut Command);

/// Each with its name, with `image` of the machine's own Engine loaded.
///
/// # Panics
///
/// Where one cannot be started.
pub fn engines_elsewhere(image: &str) -> [(&'static str, PointAt); 3] {
    engine();
    let directory = tempfile::tempdir().expect("a directory");
    let archive = directory.path().join("image.tar");
    let archive = archive.to_str().expect("UTF-8");
    docker(&["save", "--output", archive, image]).success();
    let mut load = Command::new("docker");
    over_tls(load.args(["load", "--input", archive]));
    run(&mut load).success();
    let podman = Podman::shared();
    podman.podman(&["load", "--input", archive]).success();
    [
        ("tls", over_tls),
        ("ssh", through_ssh),
        ("podman", on_podman),
    ]
}

fn over_tls(command: &mut Command) {
    let remote = TlsEngine::shared();
    command
        .env("DOCKER_HOST", remote.address())
        .env("DOCKER_TLS_VERIFY", "1")
        .env("DOCKER_CERT_PATH", remote.directory_name());
}

/// The machine's own Engine.
fn through_ssh(command: &mut Command) {
    command
        .env("DOCKER_HOST", Sshd::shared().address())
        .env("PATH", Sshd::shared().path());
}

fn on_podman(command: &mut Command) {
    command.env("DOCKER_HOST", Podman::shared().address());
}
