//! Podman's Docker-compatible service, with files of its own.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use super::engine::{IMAGE, docker};
use super::guarded::Guarded;
use super::process::{Finished, run};

/// A running service.
pub struct Podman {
    server: Guarded,
}

impl Podman {
    /// The one of this test process, with [`IMAGE`] in it.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Podman> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    fn start() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path();
        // Podman's defaults are above what a container of CI may raise its own limits to.
        let config = "[containers]\n\
                      default_ulimits = [\"nofile=1024:1024\", \"nproc=1024:1024\"]\n\
                      [engine]\n\
                      cgroup_manager = \"cgroupfs\"\n\
                      events_logger = \"file\"\n";
        fs::write(path.join("containers.conf"), config).expect("written");
        let archive = path.join("image.tar");
        docker(&["save", "--output", archive.to_str().expect("UTF-8"), IMAGE]).success();
        run(podman(path).args(["load", "--input"]).arg(archive)).success();

        let socket = path.join("podman.sock");
        let mut service = podman(path);
        service
            .args(["system", "service", "--time=0"])
            .arg(format!("unix://{}", socket.display()));
        let server = Guarded::start(directory, &service).listens_at(&socket);
        Self { server }
    }

    /// Where it listens.
    pub fn address(&self) -> String {
        let socket = self.server.directory().join("podman.sock");
        format!("unix://{}", socket.display())
    }

    /// The names of its containers.
    pub fn containers(&self) -> String {
        self.podman(&["ps", "--all", "--format", "{{.Names}}"])
            .success()
            .out()
    }

    /// Runs the client on it.
    pub fn podman(&self, arguments: &[&str]) -> Finished {
        run(podman(self.server.directory()).args(arguments))
    }
}

fn podman(directory: &Path) -> Command {
    let mut podman = Command::new("podman");
    podman
        .env("CONTAINERS_CONF", directory.join("containers.conf"))
        .arg("--root")
        .arg(directory.join("root"))
        .arg("--runroot")
        .arg(directory.join("run"));
    podman
}
