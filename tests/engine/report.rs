//! `--report FILE`: what a run was, for machines, whatever came of it.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::support::credential_endpoint::{Behaviour, CredentialEndpoint};
use crate::support::engine::{IMAGE, Removed, containers, docker, engine, unique_name};
use crate::support::process::{Finished, credrun, credrun_with_keys, finish, run, signal, start};
use crate::support::scripted_engine::ScriptedEngine;
use crate::support::sts::{self, ACCOUNT, Sts};
use crate::support::until;
use rustix::fs::{OFlags, fcntl_setfl};
use rustix::process::Signal;
use serde_json::{Value, json};

/// A directory for reports, and AWS.
struct Stage {
    directory: tempfile::TempDir,
    sts: Sts,
}

impl Stage {
    fn new() -> Self {
        engine();
        Self {
            directory: tempfile::tempdir().expect("a directory"),
            sts: Sts::start(),
        }
    }

    fn file(&self) -> PathBuf {
        self.directory.path().join("report.json")
    }

    /// `credrun --rm --network none --report FILE ARGUMENTS`.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = credrun();
        command
            .envs(self.sts.user())
            .args(["-q", "--rm", "--network", "none", "--report"])
            .arg(self.file())
            .args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> (Finished, Value) {
        (run(&mut self.command(arguments)), self.report())
    }

    /// The report, which is alone in its directory.
    fn report(&self) -> Value {
        let names: Vec<_> = fs::read_dir(self.directory.path())
            .expect("a directory")
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        assert_eq!(names, ["report.json"]);
        let text = fs::read_to_string(self.file()).expect("a report");
        for secret in [sts::SECRET, sts::SESSION_TOKEN, Sts::USER_SECRET] {
            assert!(!text.contains(secret), "{text}");
        }
        serde_json::from_str(&text).expect("JSON")
    }
}

fn phases(report: &Value) -> Vec<&str> {
    let phases = report["Phases"].as_array().expect("a list");
    phases
        .iter()
        .map(|phase| phase["Name"].as_str().expect("a name"))
        .collect()
}

#[test]
fn a_run_is_told_from_its_credentials_to_its_status() {
    let stage = Stage::new();
    fs::write(stage.file(), "what was there before").expect("written");
    let (finished, report) = stage.run(&["--live", IMAGE, "sh", "-c", "exit 7"]);
    assert_eq!(finished.code(), 7, "{}", finished.stderr);
    assert_eq!(report["ExitStatus"], 7);
    assert_eq!(report["Failure"], Value::Null);
    assert_eq!(report["Version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(report["Source"], "session of environment");
    assert_eq!(
        report["Identity"],
        format!("arn:aws:iam::{ACCOUNT}:user/me")
    );
    assert_eq!(report["Region"], "eu-west-1");
    assert_eq!(report["Delivery"], "live");
    assert_eq!(report["Image"], IMAGE);
    let id = docker(&["image", "inspect", "--format", "{{.Id}}", IMAGE]).success();
    assert_eq!(report["ImageId"], id.out().trim());
    assert_eq!(report["ContainerId"].as_str().expect("an ID").len(), 64);
    assert!(
        report["Expiration"]
            .as_str()
            .expect("a time")
            .ends_with('Z')
    );
    assert!(report["SecondsLeft"].as_u64().expect("a number") > 3600);

    let mut names = phases(&report);
    assert_eq!(names.split_off(4), ["create", "attach", "start", "run"]);
    names.sort_unstable();
    assert_eq!(names, ["connect", "fetch", "image", "resolve"]);
    let total = report["Milliseconds"].as_u64().expect("a number");
    for phase in report["Phases"].as_array().expect("a list") {
        let number = |name: &str| phase[name].as_u64().expect("a number");
        assert!(number("StartMilliseconds") + number("Milliseconds") <= total);
    }
}

#[test]
fn an_identity_that_nobody_tells_is_no_reason_to_fail() {
    let stage = Stage::new();
    let role = "arn:aws:iam::123456789012:role/deploy";
    let assumed = [
        "--role-arn",
        role,
        "--role-session-name",
        "me",
        IMAGE,
        "true",
    ];
    let (_, report) = stage.run(&assumed);
    let session = format!("arn:aws:sts::{ACCOUNT}:assumed-role/deploy/me");
    assert_eq!(report["Identity"], session);
    assert_eq!(stage.sts.actions(), ["AssumeRole"]);

    stage.sts.refuse_all(403, "AccessDenied", "no");
    let mut command = stage.command(&[IMAGE, "true"]);
    let temporary = [
        ("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE"),
        ("AWS_SESSION_TOKEN", "token"),
    ];
    assert_eq!(run(command.envs(temporary)).code(), 0);
    assert_eq!(stage.report()["Identity"], Value::Null);
}

#[test]
fn the_phase_in_which_a_run_failed_is_told() {
    let stage = Stage::new();
    let failed = |arguments: &[&str]| {
        let (finished, report) = stage.run(arguments);
        assert_eq!(report["ExitStatus"], finished.code());
        let failure = &report["Failure"];
        let message = failure["Message"].as_str().expect("a message");
        assert!(finished.stderr.contains(message), "{}", finished.stderr);
        (failure["Phase"].clone(), finished.code())
    };
    let port = ["--publish", "http", IMAGE];
    assert_eq!(failed(&port), (json!("resolve"), 125));
    let profile = ["--profile", "no-such-profile", IMAGE];
    assert_eq!(failed(&profile), (json!("resolve"), 125));
    let image = ["--pull", "never", "credrun-no-such-image"];
    assert_eq!(failed(&image), (json!("image"), 125));
    let pull = ["127.0.0.1:1/credrun-no-such-image"];
    assert_eq!(failed(&pull), (json!("pull"), 125));
    let create = ["--mount", "type=volume,src=a/b,dst=/x", IMAGE];
    assert_eq!(failed(&create), (json!("create"), 125));
    assert_eq!(failed(&[IMAGE, "no-such-command"]), (json!("start"), 127));
    stage.sts.refuse_all(403, "AccessDenied", "no");
    assert_eq!(failed(&[IMAGE]), (json!("fetch"), 125));
}

#[test]
fn a_run_that_a_signal_interrupts_is_told() {
    let stage = Stage::new();
    let endpoint = CredentialEndpoint::behaving(Behaviour::Hang);
    let mut command = stage.command(&[IMAGE, "true"]);
    command
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_SECRET_ACCESS_KEY")
        .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", endpoint.url())
        .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", endpoint.token());
    let child = start(&mut command);
    until("credentials are asked for", || {
        !endpoint.requests().is_empty()
    });
    signal(&child, Signal::TERM);
    assert_eq!(finish(child).code(), 143);
    let report = stage.report();
    assert_eq!(report["ExitStatus"], 143);
    assert_eq!(report["Failure"]["Phase"], "fetch");
    assert_eq!(report["ContainerId"], Value::Null);

    let name = unique_name("report");
    let _removed = Removed(name.clone());
    let child = start(&mut stage.command(&["--name", &name, IMAGE, "probe", "signals", "1"]));
    let ready = || docker(&["logs", &name]).stdout == b"ready\n";
    until("the container runs", ready);
    signal(&child, Signal::TERM);
    assert_eq!(finish(child).code(), 0);
    let report = stage.report();
    assert_eq!(
        (&report["ExitStatus"], &report["Failure"]),
        (&json!(0), &Value::Null)
    );
}

#[test]
fn a_report_that_cannot_be_written_is_refused_before_anything_is_started() {
    engine();
    let name = unique_name("report");
    let sts = Sts::start();
    let refused = run(credrun()
        .envs(sts.user())
        .args(["--report", "/no/such/directory/report.json"])
        .args(["--name", &name, IMAGE, "true"]));
    assert_eq!(refused.code(), 125);
    assert!(
        refused
            .stderr
            .contains("cannot write the report to /no/such/directory/report.json"),
        "{}",
        refused.stderr
    );
    assert!(containers(&name).is_empty());
    assert!(sts.actions().is_empty());
}

#[test]
fn a_pipe_is_written_to_as_it_is() {
    let stage = Stage::new();
    let mut command = credrun();
    command.envs(stage.sts.user()).args([
        "-q",
        "--rm",
        "--network",
        "none",
        "--report",
        "/dev/stdout",
        IMAGE,
        "true",
    ]);
    let finished = run(&mut command).success();
    let report: Value = serde_json::from_str(&finished.out()).expect("JSON");
    assert_eq!(report["Delivery"], "env");
}

/// `credrun --report FILE an/image` on a scripted Engine.
fn reporting_to(engine: &ScriptedEngine, file: &Path) -> Command {
    let mut credrun = credrun_with_keys();
    credrun.env("DOCKER_HOST", engine.host());
    credrun.args(["-q", "--report"]).arg(file).arg("an/image");
    credrun
}

/// Starts a run, and returns when its container has said all.
fn over(command: &mut Command) -> Child {
    let mut child = start(command);
    let mut said = [0; 6];
    let stdout = child.stdout.as_mut().expect("a pipe");
    stdout.read_exact(&mut said).expect("output");
    assert_eq!(&said, b"hello\n");
    child
}

fn named_pipe(directory: &tempfile::TempDir) -> PathBuf {
    let pipe = directory.path().join("pipe");
    run(Command::new("mkfifo").arg(&pipe)).success();
    pipe
}

#[test]
fn a_pipe_that_nobody_reads_is_given_up_and_changes_no_status() {
    let directory = tempfile::tempdir().expect("a directory");
    let engine = ScriptedEngine::start([]);
    let finished = run(&mut reporting_to(&engine, &named_pipe(&directory)));
    assert_eq!(
        finished.success().stderr,
        "credrun: warning: the report could not be written: \
         no reader opened the pipe within 5s\n"
    );
}

/// How often a process has waited for something.
fn rests(child: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).expect("a process");
    let mut lines = status.lines();
    let number = lines.find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
    number.expect("a line").trim().parse().expect("a number")
}

#[test]
fn a_pipe_whose_reader_comes_late_is_waited_for() {
    let directory = tempfile::tempdir().expect("a directory");
    let pipe = named_pipe(&directory);
    let engine = ScriptedEngine::start([]);
    let child = over(&mut reporting_to(&engine, &pipe));
    // It looks for a reader, and rests in between.
    let before = rests(&child);
    until("it has looked for a reader", || rests(&child) > before + 20);
    let text = fs::read_to_string(&pipe).expect("a report");
    let report: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(report["ExitStatus"], 0);
    finish(child).success();
}

#[test]
fn a_signal_ends_the_wait_for_a_reader() {
    let directory = tempfile::tempdir().expect("a directory");
    let engine = ScriptedEngine::start([]);
    let pipe = named_pipe(&directory);
    // Its buffer is full, and this reader takes nothing.
    let reader = OpenOptions::new()
        .read(true)
        .write(true)
        .open(&pipe)
        .expect("a pipe");
    fcntl_setfl(&reader, OFlags::NONBLOCK).expect("set");
    while (&reader).write(b".").is_ok() {}
    let mut child = over(&mut reporting_to(&engine, &pipe));
    // The first ones may come before it waits.
    until("it waits no longer", || {
        signal(&child, Signal::TERM);
        child.try_wait().expect("a child").is_some()
    });
    assert!(
        finish(child)
            .stderr
            .contains("SIGTERM came before it was read")
    );
}

#[test]
fn a_file_that_stdout_goes_to_keeps_the_containers_output() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("out");
    let engine = ScriptedEngine::start([]);
    let mut credrun = reporting_to(&engine, Path::new("/dev/stdout"));
    let file = File::create(&path).expect("a file");
    let child = credrun
        .stdout(file)
        .stderr(Stdio::piped())
        .spawn()
        .expect("started");
    finish(child).success();
    let text = fs::read_to_string(&path).expect("text");
    let report = text
        .strip_prefix("hello\n")
        .unwrap_or_else(|| panic!("{text}"));
    let report: Value = serde_json::from_str(report).expect("JSON");
    assert_eq!(report["ExitStatus"], 0);
}
