//! `-d --live`: what the caller, the one that stays behind, and the sources of credentials do.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::engine::{IMAGE, Removed, docker, engine, unique_name};
use crate::support::live::{self, ASK, live, nothing_is_left, relays, runs};
use crate::support::process::{credrun, finish, run_with_stdin, signal, start};
use crate::support::sts::Sts;
use crate::support::terminal::Terminal;
use crate::support::until;
use rustix::process::{Pid, Signal, test_kill_process};
use tempfile::TempDir;

const ROLE: &str = "arn:aws:iam::123456789012:role/deploy";
const DEVICE: &str = "arn:aws:iam::123456789012:mfa/me";

/// `credrun run -d --live --name NAME`, without credentials yet.
fn detached(purpose: &str) -> (Command, Removed) {
    engine();
    let name = unique_name(purpose);
    let mut command = credrun();
    command.args(["run", "-d", "--live", "--name", &name]);
    (command, Removed(name))
}

/// A container that asks once the test wants it to.
fn asking() -> [String; 4] {
    let script = format!("until [ -e /go ]; do sleep 0.05; done; {ASK}; echo; sleep 600");
    [IMAGE, "sh", "-c", &script].map(str::to_owned)
}

fn is_answered_with(container: &str, key: &str) {
    docker(&["exec", container, "touch", "/go"]).success();
    until("the container has its credentials", || {
        docker(&["logs", container]).out().contains(key)
    });
}

#[test]
fn a_code_is_asked_for_while_there_is_a_terminal() {
    let sts = Sts::start();
    sts.device(DEVICE, &["123456"]);
    sts.want_mfa(ROLE);
    let (mut credrun, container) = detached("live-mfa");
    credrun
        .envs(sts.user())
        .env("AWS_REGION", "eu-west-1")
        .args([
            "--long-lived",
            "--role-arn",
            ROLE,
            "--serial-number",
            DEVICE,
        ])
        .args(asking());
    let mut terminal = Terminal::start(&credrun);
    terminal.read_until(DEVICE);
    terminal.type_in("123456\r");
    terminal.read_until("--live renews these credentials until ");
    terminal.read_until("; after that, a new MFA code is needed");
    terminal.read_until("serves the container; its log: ");
    assert_eq!(terminal.wait().0, 0);
    is_answered_with(&container.0, "\"AccessKeyId\":\"ASIA");
    docker(&["kill", &container.0]).success();
    nothing_is_left(&container.0);
}

/// A run whose source of credentials takes its time.
struct Slow {
    home: TempDir,
    credrun: Command,
    container: Removed,
}

impl Slow {
    fn new(purpose: &str) -> Self {
        let home = tempfile::tempdir().expect("a directory");
        let config = home.path().join("config");
        let process = format!(
            "sh -c 'touch {} && sleep 50'",
            home.path().join("asked").display()
        );
        let text = format!("[default]\ncredential_process = {process}\n");
        fs::write(&config, text).expect("written");
        let (mut credrun, container) = detached(purpose);
        credrun
            .env("AWS_CONFIG_FILE", &config)
            .args([IMAGE, "sleep", "600"]);
        Self {
            home,
            credrun,
            container,
        }
    }

    /// Waits until the caller's other process waits for credentials, and gives its number.
    fn supervisor(&self, caller: u32) -> Pid {
        let asked = self.home.path().join("asked");
        until("credentials are asked for", || asked.exists());
        let list = fs::read_to_string(format!("/proc/{caller}/task/{caller}/children"));
        let list = list.expect("a process");
        let only = list.trim().parse().ok().and_then(Pid::from_raw);
        only.unwrap_or_else(|| panic!("{list:?}"))
    }
}

#[test]
fn a_caller_that_is_killed_before_the_start_ends_the_run() {
    let mut slow = Slow::new("live-caller");
    let child = start(&mut slow.credrun);
    let supervisor = slow.supervisor(child.id());
    signal(&child, Signal::KILL);
    let ended = finish(child);
    assert_eq!(ended.out(), "");
    until("the other has ended", || {
        test_kill_process(supervisor).is_err()
    });
    nothing_is_left(&slow.container.0);
}

#[test]
fn a_signal_before_the_start_ends_both_and_the_caller_last() {
    for sent in [Signal::INT, Signal::TERM, Signal::HUP] {
        let mut slow = Slow::new("live-interrupted");
        let child = start(&mut slow.credrun);
        let supervisor = slow.supervisor(child.id());
        signal(&child, sent);
        let ended = finish(child);
        assert!(test_kill_process(supervisor).is_err());
        assert_eq!(ended.code(), 128 + sent.as_raw(), "{}", ended.stderr);
        let told = ended.stderr.matches("nothing is left behind").count();
        assert_eq!(told, 1, "{}", ended.stderr);
    }
}

#[test]
fn a_key_before_the_start_ends_both_and_the_caller_last() {
    let slow = Slow::new("live-key");
    let mut terminal = Terminal::start(&slow.credrun);
    let supervisor = slow.supervisor(terminal.process().id());
    terminal.type_in("\x03");
    let (status, rest) = terminal.wait();
    assert!(test_kill_process(supervisor).is_err());
    assert_eq!(status, 130, "{rest}");
    assert!(rest.contains("nothing is left behind"), "{rest}");
}

#[test]
fn a_state_directory_that_cannot_be_made_has_a_hint() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let (mut credrun, _container) = detached("live-no-state");
    credrun
        .env("HOME", file.path())
        .env_remove("XDG_STATE_HOME")
        .args([IMAGE, "true"]);
    let ran = finish(start(&mut credrun));
    assert_eq!(ran.code(), 125);
    let state = file.path().join(".local/state/credrun");
    let told = format!("credrun: cannot make {}\ncaused by: ", state.display());
    assert!(ran.stderr.starts_with(&told), "{ran:?}");
    assert_eq!(ran.stderr.matches("caused by").count(), 1, "{ran:?}");
    assert!(ran.stderr.contains("hint: ") && ran.stderr.contains("set XDG_STATE_HOME"));
}

#[test]
fn nothing_of_the_callers_is_held_open() {
    let (mut credrun, container) = detached("live-pipes");
    credrun
        .envs([
            ("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_SESSION_TOKEN", "token"),
        ])
        .args([IMAGE, "sleep", "600"]);
    // This returns at the end of both pipes, as `$(credrun -d …)` does in a shell.
    let ended = finish(start(&mut credrun)).success();
    assert_eq!(ended.out().trim().len(), 64, "{ended:?}");
    docker(&["kill", &container.0]).success();
    until("the relay is gone", || relays(&container.0).is_empty());
}

/// `credrun -d --live …` with keys, started by a shell that has set something up before.
fn through_a_shell(purpose: &str, script: &str, arguments: &[&str]) -> (Command, Removed) {
    let (mut with_keys, container) = live(purpose, &[&["-d"], arguments].concat());
    with_keys.env("SCRIPT", script);
    let mut shell = Command::new("sh");
    shell.args(["-c", "eval \"$SCRIPT\"", "sh"]);
    shell
        .arg(with_keys.get_program())
        .args(with_keys.get_args());
    shell.env_clear();
    let variables = with_keys.get_envs();
    shell.envs(variables.filter_map(|(name, value)| Some((name, value?))));
    (shell, container)
}

#[test]
fn nobody_sees_the_command_line_while_the_container_runs() {
    let arguments = [
        "-e",
        "PASSWORD=hush-hush",
        IMAGE,
        "sh",
        "-c",
        "echo up; sleep 600",
    ];
    let (ran, container) = live::detached("live-cmdline", &arguments);
    let ran = ran.success();
    runs(&container.0);
    let number = live::supervisor(&ran);
    let shown = fs::read(format!("/proc/{number}/cmdline")).expect("it runs");
    let shown = String::from_utf8_lossy(&shown);
    assert!(shown.ends_with("/credrun\0--supervisor\0"), "{shown}");
    let inspected = live::inspected(&container.0);
    assert!(inspected.contains("PASSWORD=hush-hush"), "{inspected}");
    docker(&["kill", &container.0]).success();
    nothing_is_left(&container.0);
}

#[test]
fn a_lock_of_the_callers_is_not_held_while_the_container_runs() {
    let directory = tempfile::tempdir().expect("a directory");
    let lock = directory.path().join("lock");
    let script = "exec 9>\"$LOCK\" && flock --nonblock 9 && exec \"$@\"";
    let (mut credrun, container) = through_a_shell("live-lock", script, &[IMAGE, "sleep", "600"]);
    finish(start(credrun.env("LOCK", &lock))).success();
    let mut again = Command::new("flock");
    let again = finish(start(again.arg("--nonblock").arg(&lock).arg("true")));
    again.success();
    docker(&["kill", &container.0]).success();
    nothing_is_left(&container.0);
}

#[test]
fn files_are_read_from_descriptors_of_the_callers() {
    let script = "exec 7<<END && exec \"$@\"\nSEVEN=seven\nEND";
    let flags = ["--env-file", "/dev/stdin", "--env-file", "/dev/fd/7"];
    let command = [IMAGE, "sh", "-c", "env; echo up; sleep 600"];
    let arguments = [&flags[..], &command].concat();
    let (mut credrun, container) = through_a_shell("live-stdin", script, &arguments);
    run_with_stdin(&mut credrun, b"ZERO=zero\n").success();
    runs(&container.0);
    let shown = docker(&["logs", &container.0]).out();
    for line in ["ZERO=zero\n", "SEVEN=seven\n"] {
        assert!(shown.contains(line), "{shown}");
    }
    docker(&["kill", &container.0]).success();
    nothing_is_left(&container.0);
}

#[test]
fn a_report_goes_to_the_callers_pipe_when_the_container_has_ended() {
    let script = "exec \"$@\" 3>&1 >/dev/null";
    let arguments = ["--report", "/dev/fd/3", IMAGE, "sh", "-c", "exit 7"];
    let (mut credrun, container) = through_a_shell("live-report", script, &arguments);
    // This returns when the last has closed the pipe.
    let ended = finish(start(&mut credrun)).success();
    let report: serde_json::Value = serde_json::from_slice(&ended.stdout).expect("JSON");
    assert_eq!(report["ExitStatus"], 7);
    nothing_is_left(&container.0);
}

#[test]
fn a_directory_of_somebody_elses_choice_takes_no_log() {
    let home = tempfile::tempdir().expect("a directory");
    let elsewhere = tempfile::tempdir().expect("a directory");
    let state = home.path().join("credrun");
    std::os::unix::fs::symlink(elsewhere.path(), &state).expect("a link");
    let (mut credrun, container) = detached("live-state-link");
    credrun.env("XDG_STATE_HOME", home.path());
    let ran = finish(start(credrun.args([IMAGE, "true"])));
    assert_eq!(ran.code(), 125, "{ran:?}");
    let told = format!(
        "credrun: cannot use {}\ncaused by: it is a symbolic link\nhint: ",
        state.display()
    );
    assert!(ran.stderr.starts_with(&told), "{ran:?}");
    assert_eq!(fs::read_dir(elsewhere.path()).expect("it").count(), 0);
    nothing_is_left(&container.0);
}

#[test]
fn a_profile_without_an_end_is_said_to_be_read_again() {
    let home = tempfile::tempdir().expect("a directory");
    let write = |key: &str| {
        let text = format!(
            "[default]\naws_access_key_id = {key}\naws_secret_access_key = s\n\
             aws_session_token = t\n"
        );
        fs::write(home.path().join("credentials"), text).expect("written");
    };
    write("ASIAFIRST");
    let (mut credrun, container) = detached("live-file");
    credrun
        .env(
            "AWS_SHARED_CREDENTIALS_FILE",
            home.path().join("credentials"),
        )
        .env("AWS_REGION", "eu-west-1")
        .args(asking());
    let ran = crate::support::process::run(&mut credrun).success();
    assert!(
        ran.stderr.contains(
            "these credentials have no known expiry, so credrun reads them again every minute"
        ),
        "{ran:?}"
    );
    is_answered_with(&container.0, "ASIAFIRST");
    let (_, log) = ran.stderr.split_once("its log: ").expect("a log");
    assert!(Path::new(log.trim()).exists());
    docker(&["kill", &container.0]).success();
    nothing_is_left(&container.0);
}
