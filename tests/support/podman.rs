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
        SHARED.get_or_init(|| Self::start(None))
    }

    /// One that may make networks. Its own network is none of this machine's, and what it notes about
    /// them is not to be seen here.
    pub fn with_networks() -> Self {
        Self::start(Some(APART))
    }

    /// Started by this script, if there is one.
    fn start(by: Option<&str>) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path();
        // Podman's defaults are above what a container of CI may raise its own limits to.
        let config = format!(
            "[containers]\n\
             default_ulimits = [\"nofile=1024:1024\", \"nproc=1024:1024\"]\n\
             [engine]\n\
             cgroup_manager = \"cgroupfs\"\n\
             events_logger = \"file\"\n\
             [network]\n\
             network_config_dir = \"{}\"\n",
            path.join("networks").display()
        );
        fs::write(path.join("containers.conf"), config).expect("written");
        let archive = path.join("image.tar");
        docker(&["save", "--output", archive.to_str().expect("UTF-8"), IMAGE]).success();
        run(podman(path).args(["load", "--input"]).arg(archive)).success();

        let socket = path.join("podman.sock");
        let mut service = podman(path);
        service
            .args(["system", "service", "--time=0"])
            .arg(format!("unix://{}", socket.display()));
        let server = match by {
            Some(script) => started_by(script, &service),
            None => service,
        };
        let server = Guarded::start(directory, &server).listens_at(&socket);
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

/// In namespaces of its own. CNI keeps what it knows below `/var/lib`.
const APART: &str = "ip link set lo up && mount -t tmpfs none /var/lib && exec \"$@\"";

fn started_by(script: &str, program: &Command) -> Command {
    let mut apart = Command::new("unshare");
    apart
        .args(["--net", "--mount", "sh", "-c", script, "podman"])
        .arg(program.get_program())
        .args(program.get_args());
    for (name, value) in program.get_envs() {
        if let Some(value) = value {
            apart.env(name, value);
        }
    }
    apart
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
