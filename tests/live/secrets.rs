//! With `--live`, credentials are in credrun's memory and in the container's, where an SDK has
//! asked for them, and nowhere else on this machine.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use crate::support::engine::{IMAGE, Removed, docker, engine, unique_name};
use crate::support::live::{ASK, relays, runs};
use crate::support::process::{Finished, credrun, finish, run, start};
use crate::support::until;

/// The beginning of a secret that no other run has: tests beside this one have some of their own.
fn unique_secret(kind: &str) -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let nanoseconds = now.expect("a time").as_nanos();
    format!("{kind}{nanoseconds}x{}", std::process::id())
}

/// A run with secrets of its own, in a directory that is all the room it has for files.
pub(crate) struct Run {
    pub(crate) room: tempfile::TempDir,
    secret: String,
    token: String,
    container: Removed,
}

impl Run {
    pub(crate) fn new(purpose: &str) -> Self {
        engine();
        Self {
            room: tempfile::tempdir().expect("a directory"),
            secret: unique_secret("secret"),
            token: unique_secret("token"),
            container: Removed(unique_name(purpose)),
        }
    }

    /// `credrun --live`, saying all that it can.
    pub(crate) fn credrun(&self, arguments: &[&str]) -> Command {
        let mut command = credrun();
        let room = self.room.path();
        command
            .current_dir(room)
            .env("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", &self.secret)
            .env("AWS_SESSION_TOKEN", &self.token)
            .env("AWS_REGION", "eu-west-1");
        for variable in ["HOME", "TMPDIR", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"] {
            command.env(variable, room);
        }
        command
            .args(["run", "--log-level=trace", "--live"])
            .args(["--name", &self.container.0])
            .args(arguments);
        command
    }

    fn assert_clean(&self, content: &[u8], what: &str) {
        for secret in [&self.secret, &self.token] {
            let found = content
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} is in {what}");
        }
    }

    /// What the Engine shows of both containers, of the relay's image, and in its events.
    fn assert_engine_is_clean(&self, since: &str) {
        let relay = relays(&self.container.0).remove(0);
        let inspected = docker(&["inspect", &relay]).success();
        let relay_image: serde_json::Value = serde_json::from_str(&inspected.out()).expect("JSON");
        let relay_image = relay_image[0]["Config"]["Image"].as_str().expect("a name");
        let until = seconds_now();
        for arguments in [
            &["inspect", &self.container.0][..],
            &["inspect", &relay],
            &["top", &self.container.0],
            &["top", &relay],
            &["diff", &self.container.0],
            &["image", "inspect", relay_image],
            &["history", "--no-trunc", relay_image],
            &["events", "--since", since, "--until", &until],
        ] {
            let shown = docker(arguments).success();
            self.assert_clean(&shown.stdout, &arguments.join(" "));
        }
    }

    /// Arguments and environment of every process but those whose memory may hold secrets.
    fn assert_processes_are_clean(&self, credrun: u32) {
        let mut seen = BTreeSet::new();
        for entry in fs::read_dir("/proc").expect("/proc").flatten() {
            let name = entry.file_name();
            let Some(process) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else {
                continue;
            };
            let read = |file: &str| fs::read(entry.path().join(file)).unwrap_or_default();
            self.assert_clean(&read("cmdline"), &format!("arguments of {process}"));
            if process != credrun {
                // A process that has ended since, or is of the kernel, has an empty one.
                self.assert_clean(&read("environ"), &format!("environment of {process}"));
            }
            seen.insert(String::from_utf8_lossy(&read("comm")).trim().to_owned());
        }
        assert!(seen.contains("credrun-relay"), "{seen:?}");
    }

    pub(crate) fn assert_files_are_clean(&self) {
        fn look(run: &Run, directory: &Path) {
            for entry in fs::read_dir(directory).expect("a directory") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    look(run, &path);
                } else if let Ok(content) = fs::read(&path) {
                    run.assert_clean(&content, &path.display().to_string());
                }
            }
        }
        look(self, self.room.path());
    }

    pub(crate) fn assert_output_is_clean(&self, ended: &Finished) {
        assert!(ended.stderr.contains("DEBUG credrun::"), "{ended:?}");
        self.assert_clean(ended.stderr.as_bytes(), "stderr");
        self.assert_clean(&ended.stdout, "stdout");
    }
}

fn seconds_now() -> String {
    let now = SystemTime::now() + Duration::from_secs(1);
    let now = now.duration_since(SystemTime::UNIX_EPOCH);
    now.expect("a time").as_secs().to_string()
}

/// Asks as an SDK does, and keeps the answer to itself.
fn ask_silently() -> String {
    format!("{ASK} | grep -q SecretAccessKey && echo up")
}

#[test]
fn no_secret_is_anywhere_while_a_container_has_its_credentials() {
    let attached = Run::new("live-secret");
    let since = seconds_now();
    let script = format!("{}; cat", ask_silently());
    let mut child = start(&mut attached.credrun(&["-i", IMAGE, "sh", "-c", &script]));
    let mut input = child.stdin.take().expect("a pipe");
    runs(&attached.container.0);

    attached.assert_engine_is_clean(&since);
    attached.assert_processes_are_clean(child.id());
    attached.assert_files_are_clean();
    input.write_all(b"done\n").expect("a reader");
    drop(input);
    let ended = finish(child).success();
    assert!(ended.out().ends_with("done\n"), "{ended:?}");
    attached.assert_output_is_clean(&ended);
    attached.assert_files_are_clean();
}

#[test]
fn no_secret_is_anywhere_while_a_supervisor_renews() {
    let detached = Run::new("live-secret-d");
    let since = seconds_now();
    let script = format!("{}; sleep 600", ask_silently());
    let ran = run(&mut detached.credrun(&["-d", IMAGE, "sh", "-c", &script])).success();
    runs(&detached.container.0);

    let (_, rest) = ran
        .stderr
        .split_once("credrun: process ")
        .expect("a process");
    let supervisor = rest.split(' ').next().and_then(|text| text.parse().ok());
    detached.assert_engine_is_clean(&since);
    detached.assert_processes_are_clean(supervisor.expect("a number"));
    docker(&["kill", &detached.container.0]).success();
    until("the relay is gone", || {
        relays(&detached.container.0).is_empty()
    });
    detached.assert_output_is_clean(&ran);
    let (_, log) = ran.stderr.split_once("its log: ").expect("a log");
    let mut logged = String::new();
    let mut log = fs::File::open(log.trim()).expect("a log");
    log.read_to_string(&mut logged).expect("text");
    assert!(logged.contains("ended with status"), "{logged}");
    detached.assert_files_are_clean();
}

#[test]
fn a_log_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let detached = Run::new("live-log");
    let ran = run(&mut detached.credrun(&["-d", IMAGE, "true"])).success();
    let (_, log) = ran.stderr.split_once("its log: ").expect("a log");
    let log = Path::new(log.trim());
    let mode = |path: &Path| {
        fs::metadata(path)
            .expect("it is there")
            .permissions()
            .mode()
    };
    assert_eq!(mode(log) & 0o777, 0o600);
    assert_eq!(mode(log.parent().expect("a directory")) & 0o777, 0o700);
}
