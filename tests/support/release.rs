//! A release of credrun: archives of the real names and the real layout, with a small script or whatever a
//! test likes as the program.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::http_server::{HttpServer, Reply};
use super::process::run;

pub const TARGETS: [&str; 4] = [
    "x86_64-unknown-linux-musl",
    "aarch64-unknown-linux-musl",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
];

/// This machine's archive.
pub fn archive() -> String {
    let machine = std::env::consts::ARCH;
    format!("credrun-{machine}-unknown-linux-musl.tar.gz")
}

/// Answers what install.sh and docker ask a credrun.
pub fn program(version: &str) -> String {
    format!(
        r#"#!/bin/sh
case "$*" in
    *--version) echo 'credrun {version}' ;;
    docker-cli-plugin-metadata) echo '{{"SchemaVersion":"0.1.0","Vendor":"a stand-in"}}' ;;
esac
exit 0
"#
    )
}

/// Writes an executable file.
pub fn write_program(file: &Path, text: &[u8]) {
    fs::write(file, text).expect("a program");
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).expect("a program");
}

/// A directory with archives for all targets, and their checksums.
pub struct Release(TempDir);

impl Release {
    pub fn of(version: &str) -> Self {
        Self::with(program(version).as_bytes())
    }

    /// The same with something behind the program's end, that needs room.
    pub fn padded(version: &str, padding: &[u8]) -> Self {
        Self::with(&[program(version).as_bytes(), padding].concat())
    }

    pub fn with(program: &[u8]) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let root = directory.path();
        for target in TARGETS {
            let name = format!("credrun-{target}");
            fs::create_dir(root.join(&name)).expect("a directory");
            write_program(&root.join(&name).join("credrun"), program);
            let mut tar = Command::new("tar");
            tar.current_dir(root)
                .args(["-czf", &format!("{name}.tar.gz"), &name]);
            run(&mut tar).success();
            fs::remove_dir_all(root.join(&name)).expect("a directory");
        }
        let release = Self(directory);
        release.sum();
        release
    }

    /// Writes SHA256SUMS.
    pub fn sum(&self) {
        let mut sums = Command::new("sh");
        sums.current_dir(self.path())
            .args(["-c", "sha256sum *.tar.gz >SHA256SUMS"]);
        run(&mut sums).success();
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// Serves the files; what is not there is not found.
    pub fn serve(&self) -> HttpServer {
        let directory = self.path().to_owned();
        HttpServer::start(move |request| {
            let file = directory.join(request.target.trim_start_matches('/'));
            fs::read(file).map_or_else(|_| not_found(), Reply::File)
        })
    }
}

pub fn not_found() -> Reply {
    Reply::Answer {
        status: 404,
        headers: Vec::new(),
        body: String::new(),
    }
}

pub fn url(server: &HttpServer) -> String {
    format!("http://{}", server.address())
}
