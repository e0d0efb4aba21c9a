//! Signals are the container's while it runs.

use std::io::Write as _;
use std::process::{Child, Command};

use rustix::process::Signal;

use crate::support::engine::{IMAGE, Removed, docker, engine, no_container_is_left, unique_name};
use crate::support::process::{ENDING, Lines, credrun_with_keys, finish, run, signal, start};
use crate::support::scripted_engine::{Cue, ScriptedEngine, Step};
use crate::support::until;

/// A run on the real Engine.
struct Running {
    credrun: Child,
    container: Removed,
    lines: Lines,
}

impl Running {
    /// Returns once the container has said `ready`.
    fn start(flags: &[&str], command: &[&str]) -> Self {
        engine();
        let container = Removed(unique_name("signals"));
        let mut credrun = credrun_with_keys();
        credrun.args(["--name", &container.0]).args(flags);
        let mut credrun = start(credrun.arg(IMAGE).args(command));
        let lines = Lines::of(credrun.stdout.take().expect("a pipe"));
        assert_eq!(lines.next(), "ready");
        Self {
            credrun,
            container,
            lines,
        }
    }

    /// Waits for credrun's end; the status must be this one. What it wrote to stderr.
    fn ends_with(self, status: i32) -> (Removed, String) {
        let finished = finish(self.credrun);
        assert_eq!(finished.code(), status, "{}", finished.stderr);
        (self.container, finished.stderr)
    }
}

fn runs(container: &Removed) -> bool {
    let inspected = docker(&["inspect", "--format", "{{.State.Running}}", &container.0]);
    inspected.status.success() && inspected.out() == "true\n"
}

#[test]
fn signals_reach_the_container_by_name() {
    let names = [
        ("HUP", Signal::HUP),
        ("INT", Signal::INT),
        ("QUIT", Signal::QUIT),
        ("USR1", Signal::USR1),
        ("USR2", Signal::USR2),
        ("TERM", Signal::TERM),
        ("WINCH", Signal::WINCH),
        ("CONT", Signal::CONT),
    ];
    let run = Running::start(&[], &["probe", "signals", "8"]);
    for (name, number) in names {
        signal(&run.credrun, number);
        assert_eq!(run.lines.next(), name);
    }
    let (container, _) = run.ends_with(0);
    no_container_is_left(&container.0);
}

/// The names of the signals that a client passes on, of those it is sent.
fn passed_on(mut client: Command, sent: &[Signal], expected: usize) -> Vec<String> {
    let engine = ScriptedEngine::running_on([]);
    let child = start(client.env("DOCKER_HOST", engine.host()).arg("an/image"));
    engine.wait_for("POST /containers/ID/start");
    let kills = || {
        let lines = engine.lines().into_iter();
        lines
            .filter_map(|line| Some(one_name(line.split_once("/kill?signal=")?.1)))
            .collect::<Vec<_>>()
    };
    for (index, number) in sent.iter().enumerate() {
        signal(&child, *number);
        // One after the other: only of signals of one kind the order is kept.
        until(&format!("{number:?} is passed on"), || {
            kills().len() > index || index >= expected
        });
    }
    engine.end(0);
    finish(child).success();
    kills()
}

/// Two signals have two names each, and docker takes one of them at random.
fn one_name(name: &str) -> String {
    match name {
        "IOT" => "ABRT",
        "POLL" => "IO",
        name => name,
    }
    .to_owned()
}

#[test]
fn the_signals_that_docker_passes_on_are_passed_on() {
    let sent = [
        Signal::HUP,
        Signal::INT,
        Signal::QUIT,
        Signal::ABORT,
        Signal::USR1,
        Signal::USR2,
        Signal::ALARM,
        Signal::TERM,
        Signal::CONT,
        Signal::TSTP,
        Signal::TTIN,
        Signal::TTOU,
        Signal::XCPU,
        Signal::XFSZ,
        Signal::VTALARM,
        Signal::WINCH,
        Signal::IO,
        Signal::POWER,
    ];
    let mut docker = Command::new("docker");
    docker.arg("run");
    let ours = passed_on(credrun_with_keys(), &sent, sent.len());
    assert_eq!(ours, passed_on(docker, &sent, sent.len()));
    assert_eq!(ours.len(), sent.len());
}

#[test]
fn a_real_time_signal_goes_by_its_number() {
    let engine = ScriptedEngine::running_on([]);
    let child = credrun_on(&engine);
    engine.wait_for("POST /containers/ID/start");
    let pid = child.id().to_string();
    run(Command::new("kill").args(["-37", &pid])).success();
    engine.wait_for("POST /containers/ID/kill?signal=37");
    engine.end(0);
    finish(child).success();
}

fn credrun_on(engine: &ScriptedEngine) -> Child {
    start(
        credrun_with_keys()
            .env("DOCKER_HOST", engine.host())
            .arg("an/image"),
    )
}

#[test]
fn signals_about_credruns_own_process_are_not_passed_on() {
    let own = [Signal::CHILD, Signal::PIPE, Signal::URG];
    for signal in own {
        // The one after it comes through, so the first one had its time.
        let sent = [signal, Signal::USR1];
        let engine = ScriptedEngine::running_on([]);
        let child = start(
            credrun_with_keys()
                .env("DOCKER_HOST", engine.host())
                .arg("an/image"),
        );
        engine.wait_for("POST /containers/ID/start");
        for number in sent {
            crate::support::process::signal(&child, number);
        }
        engine.wait_for("POST /containers/ID/kill?signal=USR1");
        engine.end(0);
        finish(child).success();
        let lines = engine.lines();
        let kills = lines.iter().filter(|line| line.contains("/kill?"));
        assert_eq!(kills.count(), 1, "{signal:?}: {lines:?}");
    }
}

#[test]
fn the_first_process_of_a_container_ignores_what_it_does_not_catch() {
    engine();
    let container = Removed(unique_name("signals"));
    let mut credrun = credrun_with_keys();
    let mut child = start(credrun.args(["--name", &container.0, "-i", IMAGE, "cat"]));
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(b"ready\n").expect("room");
    let lines = Lines::of(child.stdout.take().expect("a pipe"));
    assert_eq!(lines.next(), "ready");
    for number in [Signal::INT, Signal::TERM] {
        signal(&child, number);
        until(&format!("{number:?} has arrived"), || {
            signals_sent_to(&container).contains(&number.as_raw().to_string())
        });
    }
    drop(stdin);
    assert_eq!(finish(child).code(), 0);
    no_container_is_left(&container.0);
}

/// The numbers of the signals that the Engine has sent to a container.
fn signals_sent_to(container: &Removed) -> Vec<String> {
    let of = format!("container={}", container.0);
    let which = ["--filter", &of, "--filter", "event=kill"];
    let when = ["events", "--since", "10m", "--until", "0s"];
    let how = ["--format", "{{.Actor.Attributes.signal}}"];
    let events = docker(&[&when[..], &which, &how].concat());
    events.success().out().lines().map(str::to_owned).collect()
}

#[test]
fn with_an_init_a_signal_ends_the_command() {
    let script = "echo ready; exec sleep 3600";
    let run = Running::start(&["--init"], &["sh", "-c", script]);
    signal(&run.credrun, Signal::INT);
    let (container, _) = run.ends_with(130);
    no_container_is_left(&container.0);
}

#[test]
fn the_third_sigint_or_sigterm_ends_credrun_and_leaves_the_container() {
    let run = Running::start(&[], &["probe", "signals", "9"]);
    for (name, number) in [("INT", Signal::INT), ("TERM", Signal::TERM)] {
        signal(&run.credrun, number);
        assert_eq!(run.lines.next(), name);
    }
    signal(&run.credrun, Signal::INT);
    let (container, stderr) = run.ends_with(130);
    assert!(runs(&container));
    assert!(
        stderr.contains("credrun: ended by SIGINT; the container "),
        "{stderr}"
    );
    assert!(stderr.contains("hint: docker rm -f "), "{stderr}");
}

#[test]
fn without_sig_proxy_a_signal_ends_credrun_and_leaves_the_container() {
    for number in ENDING {
        let run = Running::start(&["--sig-proxy=false"], &["probe", "signals", "9"]);
        signal(&run.credrun, number);
        let (container, stderr) = run.ends_with(128 + number.as_raw());
        assert!(runs(&container), "{number:?}");
        assert!(stderr.contains("is still running"), "{stderr}");
    }
}

#[test]
fn a_signal_that_ends_no_program_waits_until_the_container_runs() {
    let engine = ScriptedEngine::running_on([(Step::Attach, Cue::Hold)]);
    let child = credrun_on(&engine);
    engine.wait_for("POST /containers/ID/attach");
    signal(&child, Signal::WINCH);
    signal(&child, Signal::USR1);
    engine.release();
    engine.wait_for("POST /containers/ID/kill?signal=USR1");
    engine.wait_for("POST /containers/ID/kill?signal=WINCH");
    engine.end(0);
    finish(child).success();
    let lines = engine.lines();
    let position = |text: &str| lines.iter().position(|line| line.starts_with(text));
    assert!(position("POST /containers/ID/start") < position("POST /containers/ID/kill"));
}
