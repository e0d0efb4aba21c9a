//! What credrun says on stderr holds up nothing, comes in its order, and errors always come.

use std::process::Command;

use crate::support::engine::IMAGE;
use crate::support::full_pipe::start_with_full_stderr;
use crate::support::live::{ASK, live, nothing_is_left};
use crate::support::process::{credrun_with_keys, finish, run, signal};
use crate::support::scripted_engine::{Cue, ScriptedEngine, Step};
use crate::support::until;
use rustix::process::Signal;

#[test]
fn a_stderr_that_nobody_reads_holds_up_no_request_for_credentials() {
    // A request that is refused is warned of.
    let refused = ASK.replace("$AWS_CONTAINER_AUTHORIZATION_TOKEN", "wrong");
    let script = format!("{refused} 2>/dev/null; {ASK}");
    let arguments = ["--log-level", "trace", IMAGE, "sh", "-c", &script];
    let (credrun, container) = live("stderr", &arguments);
    let (child, _unread) = start_with_full_stderr(credrun);
    let ran = finish(child).success();
    assert!(ran.out().contains("wJalrXUtnFEMI"), "{ran:?}");
    nothing_is_left(&container.0);
}

fn on(engine: &ScriptedEngine, arguments: &[&str]) -> Command {
    let mut credrun = credrun_with_keys();
    credrun.env("DOCKER_HOST", engine.host()).args(arguments);
    credrun
}

#[test]
fn a_stderr_that_nobody_reads_holds_up_no_signal() {
    let engine = ScriptedEngine::running_on([]);
    let (child, _unread) = start_with_full_stderr(on(&engine, &["an/image"]));
    engine.wait_for("POST /containers/ID/start");
    signal(&child, Signal::USR1);
    engine.wait_for("POST /containers/ID/kill?signal=USR1");
    engine.end(3);
    assert_eq!(finish(child).code(), 3);
}

#[test]
fn one_signal_is_enough_where_nobody_reads_what_it_ended() {
    let engine = ScriptedEngine::start([(Step::Attach, Cue::Stall)]);
    let (child, _unread) = start_with_full_stderr(on(&engine, &["an/image"]));
    engine.wait_for("POST /containers/ID/attach");
    signal(&child, Signal::TERM);
    assert_eq!(finish(child).code(), 143);
}

/// credrun, as far as its error, which stderr does not take.
fn failed() -> (std::process::Child, crate::support::full_pipe::Unread) {
    let directory = tempfile::tempdir().expect("a directory");
    let report = directory.path().join("report.json");
    let engine = ScriptedEngine::start([(Step::Create, Cue::Refuse(500, "no room"))]);
    let mut credrun = on(&engine, &["--report"]);
    credrun.arg(&report).arg("an/image");
    let started = start_with_full_stderr(credrun);
    until("the report is written", || report.exists());
    started
}

#[test]
fn an_error_waits_for_its_reader_behind_all_notices() {
    let (child, unread) = failed();
    let told = unread.read();
    assert_eq!(finish(child).code(), 125);
    let told = told.join().expect("read");
    assert!(told.starts_with("credrun: credentials from "), "{told}");
    assert!(told.contains("\ncaused by: no room\n"), "{told}");
}

#[test]
fn a_signal_ends_the_wait_for_a_reader_of_an_error() {
    let (mut child, _unread) = failed();
    let mut status = None;
    // The first ones may come before it waits.
    until("it waits no longer", || {
        signal(&child, Signal::TERM);
        status = child.try_wait().expect("a child");
        status.is_some()
    });
    assert_eq!(status.and_then(|status| status.code()), Some(125));
}

#[test]
fn what_is_said_before_the_start_comes_before_the_containers_output() {
    let engine = ScriptedEngine::start([]);
    let credrun = on(&engine, &["an/image"]);
    let mut shell = Command::new("sh");
    shell.args(["-c", "exec \"$0\" \"$@\" 2>&1"]);
    shell.arg(credrun.get_program()).args(credrun.get_args());
    let variables = credrun.get_envs();
    shell.envs(variables.filter_map(|(name, value)| Some((name, value?))));
    let out = run(&mut shell).success().out();
    let lines: Vec<_> = out.lines().collect();
    assert!(lines[0].starts_with("credrun: credentials from "), "{out}");
    assert_eq!(lines[1..], ["hello"], "{out}");
}
