//! A registry on loopback that wants a login.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::engine::{IMAGE, docker};
use super::guarded::{Guarded, free_port};
use super::process::{run, run_with_stdin};

/// The registry. Its directory is a docker configuration directory that is logged in.
pub struct Registry {
    server: Guarded,
    port: u16,
}

impl Registry {
    /// Starts one that knows one user.
    pub fn start(user: &str, password: &str) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path();
        let port = free_port();
        let users = run_with_stdin(
            Command::new("htpasswd").args(["-inB", user]),
            password.as_bytes(),
        );
        fs::write(path.join("htpasswd"), users.success().out()).expect("written");
        let config = format!(
            "version: 0.1\n\
             log: {{level: warn}}\n\
             storage: {{filesystem: {{rootdirectory: {here}/data}}, delete: {{enabled: true}}}}\n\
             http: {{addr: \"127.0.0.1:{port}\"}}\n\
             auth: {{htpasswd: {{realm: test, path: {here}/htpasswd}}}}\n",
            here = path.display(),
        );
        fs::write(path.join("registry.yml"), config).expect("written");
        let mut registry = Command::new("docker-registry");
        registry.arg("serve").arg(path.join("registry.yml"));
        let registry = Self {
            server: Guarded::start(directory, &registry).listens_on(port),
            port,
        };
        let mut login = registry.docker();
        login.args([
            "login",
            "--username",
            user,
            "--password-stdin",
            &registry.domain(),
        ]);
        run_with_stdin(&mut login, password.as_bytes()).success();
        registry
    }

    /// `127.0.0.1:port`, as it stands before an image's name.
    pub fn domain(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The docker configuration directory that `docker login` wrote.
    pub fn config_directory(&self) -> &Path {
        self.server.directory()
    }

    /// A docker client that is logged in.
    pub fn docker(&self) -> Command {
        let mut docker = Command::new("docker");
        docker.env("DOCKER_CONFIG", self.config_directory());
        docker
    }

    /// Pushes an image of several layers as `name`, which the Engine then does not have.
    ///
    /// The first layer is [`IMAGE`]'s; the others are of `megabytes` each that do not compress.
    pub fn push(&self, name: &str, layers: usize, megabytes: usize) -> PushedImage {
        let reference = format!("{}/{name}:latest", self.domain());
        let mut dockerfile = format!("FROM {IMAGE}\n");
        for layer in 0..layers {
            dockerfile.push_str(&format!(
                "RUN dd if=/dev/urandom of=/layer-{layer} bs=1M count={megabytes} 2>&1\n"
            ));
        }
        let mut build = Command::new("docker");
        build.env("DOCKER_BUILDKIT", "0").args([
            "build",
            "--no-cache",
            "--quiet",
            "--tag",
            &reference,
            "-",
        ]);
        run_with_stdin(&mut build, dockerfile.as_bytes()).success();
        run(self.docker().args(["push", "--quiet", &reference])).success();
        let image = PushedImage { reference };
        image.forget();
        image
    }
}

/// An image in the registry; the Engine's copy goes with this value.
pub struct PushedImage {
    pub reference: String,
}

impl PushedImage {
    /// Removes the Engine's copy, so that it has to be pulled again.
    pub fn forget(&self) {
        docker(&["rmi", "--force", &self.reference]).success();
    }
}

impl Drop for PushedImage {
    fn drop(&mut self) {
        let _ = docker(&["rmi", "--force", &self.reference]);
    }
}
