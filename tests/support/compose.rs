//! A project of Docker Compose, with credrun as its provider and sets that a command makes.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use rustix::process::Pid;

use super::engine::{docker, engine, unique_name};
use super::process::{Finished, clean, finish_within, program, run, start};
use super::script;

/// Compose pulls nothing here, but it stops and starts containers one after the other.
const LIMIT: Duration = Duration::from_secs(120);

/// A project in a directory of its own, and a user whose state nobody else has.
pub struct Project {
    pub name: String,
    pub home: tempfile::TempDir,
    /// Variables of whoever calls Compose.
    variables: BTreeMap<String, String>,
}

impl Project {
    /// With this text as its `compose.yaml`. The profiles `app` and `worker` give sets that live for
    /// `seconds`; their key IDs begin with `ASIAAPP` and `ASIAWRK`, and their secrets are
    /// [`SECRET`].
    ///
    /// # Panics
    ///
    /// Where there is no Engine or no Compose.
    pub fn new(purpose: &str, seconds: u32, yaml: &str) -> Self {
        engine();
        let home = tempfile::tempdir().expect("a directory");
        let path = home.path();
        fs::create_dir_all(path.join(".docker/cli-plugins")).expect("made");
        symlink(plugin(), path.join(".docker/cli-plugins/docker-compose")).expect("a link");
        fs::create_dir(path.join("bin")).expect("made");
        symlink(program(), path.join("bin/credrun")).expect("a link");
        let sets = path.join("sets");
        fs::write(
            &sets,
            format!(
                "#!/bin/sh\nprintf '{{\"Version\":1,\"AccessKeyId\":\"ASIA%s%s\",\
                 \"SecretAccessKey\":\"{SECRET}\",\"SessionToken\":\"{SECRET}\",\
                 \"Expiration\":\"%s\"}}' \"$1\" \"$(date +%s)\" \
                 \"$(date -u -d '+{seconds} seconds' +%Y-%m-%dT%H:%M:%SZ)\"\n"
            ),
        )
        .expect("written");
        fs::set_permissions(&sets, fs::Permissions::from_mode(0o755)).expect("a mode");
        fs::create_dir(path.join(".aws")).expect("made");
        let profile = |name: &str, mark: &str| {
            let sets = sets.display();
            format!("[profile {name}]\nregion = eu-west-1\ncredential_process = {sets} {mark}\n")
        };
        let profiles = profile("app", "APP") + &profile("worker", "WRK");
        fs::write(path.join(".aws/config"), profiles).expect("written");
        let project = Self {
            name: unique_name(purpose),
            home,
            variables: BTreeMap::new(),
        };
        project.write(yaml);
        project
    }

    /// Called by someone with these variables.
    #[must_use]
    pub fn with(mut self, variables: &BTreeMap<String, String>) -> Self {
        self.variables.extend(variables.clone());
        self
    }

    /// With this variable.
    #[must_use]
    pub fn env(self, name: &str, value: &str) -> Self {
        self.with(&BTreeMap::from([(name.to_owned(), value.to_owned())]))
    }

    /// Replaces its `compose.yaml`.
    pub fn write(&self, yaml: &str) {
        self.write_to("compose.yaml", yaml);
    }

    /// Writes a file, by its path from the project's home.
    pub fn write_to(&self, path: &str, text: &str) {
        let path = self.home.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("made");
        fs::write(path, text).expect("written");
    }

    /// Adds to `~/.aws/config`.
    pub fn profiles(self, text: &str) -> Self {
        let path = self.home.path().join(".aws/config");
        let before = fs::read_to_string(&path).expect("a file");
        fs::write(path, before + text).expect("written");
        self
    }

    /// What `credrun logs` says of it.
    pub fn log(&self) -> String {
        let name = format!("{}/aws", self.name);
        self.credrun(&["logs", &name]).success().out()
    }

    /// Makes its network. Engines before 23 let two `up` make two networks of one name, also one after the
    /// other where the first is killed, and then no `up` can use them.
    ///
    /// # Panics
    ///
    /// Where the Engine does not.
    pub fn make_network(&self) {
        let project = format!("--label=com.docker.compose.project={}", self.name);
        let network = "--label=com.docker.compose.network=default";
        let name = format!("{}_default", self.name);
        docker(&["network", "create", &project, network, &name]).success();
    }

    /// The command line `docker compose`, with these arguments.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.user("docker");
        command
            .env("COMPOSE_PROJECT_NAME", &self.name)
            .args(["compose", "--progress", "plain"])
            .args(arguments);
        command
    }

    /// Runs it.
    pub fn compose(&self, arguments: &[&str]) -> Finished {
        let mut child = start(&mut self.command(arguments));
        drop(child.stdin.take());
        finish_within(LIMIT, child)
    }

    /// With Compose 1.29 as `docker-compose`.
    #[must_use]
    pub fn with_version_1(self) -> Self {
        let link = self.home.path().join("bin/docker-compose");
        symlink(version_1(), link).expect("a link");
        self
    }

    /// Runs what the project's user types at a shell.
    pub fn shell(&self, line: &str) -> Finished {
        let mut child = start(self.user("sh").args(["-c", line]));
        drop(child.stdin.take());
        finish_within(LIMIT, child)
    }

    /// Runs credrun as the project's user.
    pub fn credrun(&self, arguments: &[&str]) -> Finished {
        run(self.user("credrun").args(arguments))
    }

    /// A program, run by the user in whose home the project is.
    pub fn user(&self, program: &str) -> Command {
        let mut command = clean(Command::new(program));
        let path = std::env::var("PATH").unwrap_or_default();
        let bin = self.home.path().join("bin");
        command
            .env("HOME", self.home.path())
            .env("PATH", format!("{}:{path}", bin.display()))
            .envs(&self.variables)
            .current_dir(self.home.path());
        command
    }

    /// What its services have written, each line with the service's name.
    pub fn output(&self) -> String {
        self.compose(&["logs", "--no-color"]).success().out()
    }

    /// The container of a service.
    pub fn container(&self, service: &str, number: u32) -> String {
        format!("{}-{service}-{number}", self.name)
    }

    /// What the Engine says of it, by this template.
    pub fn inspected(&self, container: &str, format: &str) -> String {
        let said = docker(&["inspect", "--format", format, container]);
        said.success().out().trim().to_owned()
    }

    /// The relays of its containers, by ID.
    pub fn relays(&self) -> Vec<String> {
        let filter = "label=credrun.relay.for";
        let format = "{{.ID}} {{.Label \"credrun.relay.for\"}}";
        let list = docker(&["ps", "--all", "--filter", filter, "--format", format]);
        let list = list.success().out();
        let own = list.lines().filter(|line| line.contains(&self.name));
        own.map(str::to_owned).collect()
    }

    /// The PID file of the process that serves it.
    pub fn pid_file(&self) -> Option<PathBuf> {
        let files = fs::read_dir(self.state()).ok()?.flatten();
        let mut files = files.map(|file| file.path());
        files.find(|file| file.extension().is_some_and(|end| end == "compose"))
    }

    /// All processes of this user, and what they are called with.
    pub fn processes(&self) -> Vec<(Pid, Vec<String>)> {
        let home = format!("HOME={}", self.home.path().display());
        let words = |path: PathBuf| {
            let bytes = fs::read(path).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            text.split_terminator('\0')
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let of_user = |path: PathBuf| {
            let number = path.file_name()?.to_str()?.parse().ok()?;
            let is_ours = words(path.join("environ")).contains(&home);
            is_ours.then_some((Pid::from_raw(number)?, words(path.join("cmdline"))))
        };
        let processes = fs::read_dir("/proc").expect("/proc").flatten();
        processes.filter_map(|one| of_user(one.path())).collect()
    }

    /// How many processes have stayed behind.
    pub fn supervisors(&self) -> usize {
        let processes = self.processes().into_iter();
        processes
            .filter(|(_, words)| words.last().is_some_and(|last| last == "--supervisor"))
            .count()
    }

    /// The process that serves it, if there is one.
    pub fn supervisor(&self) -> Option<i32> {
        let file = self.pid_file()?;
        let note: serde_json::Value = serde_json::from_str(&fs::read_to_string(file).ok()?).ok()?;
        let process = i32::try_from(note["process"].as_i64()?).ok()?;
        let runs = Path::new(&format!("/proc/{process}")).exists();
        runs.then_some(process)
    }

    /// Where credrun keeps its state.
    pub fn state(&self) -> PathBuf {
        self.home.path().join(".local/state/credrun")
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let mut down = self.command(&["down", "--volumes", "--remove-orphans", "--timeout", "1"]);
        let _ = down.output();
    }
}

/// In each set; it must be nowhere else.
pub const SECRET: &str = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY";

/// The client plugin of Compose 2.40.
fn plugin() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| unpacked("v2"))
}

fn version_1() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| unpacked("v1"))
}

fn unpacked(version: &str) -> PathBuf {
    let mut unpack = Command::new(script("compose.sh"));
    let child = start(unpack.arg(version));
    let path = finish_within(Duration::from_secs(300), child)
        .success()
        .out();
    PathBuf::from(path.trim())
}
