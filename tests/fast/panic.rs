//! A panic, which is a bug, ends a run as any error does.
//!
//! The one that is provoked here is Rust's own: a thread that cannot be had. The process is given
//! no room for one when its container has been created, and is about to be started.

use std::fs;
use std::process::{Child, Command};

use crate::support::process::{credrun_with_keys, finish, start};
use crate::support::scripted_engine::{Cue, ScriptedEngine, Step};
use crate::support::terminal::Terminal;
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use rustix::termios::LocalModes;
use serde_json::Value;

/// An Engine that has created a container and holds back the answer before its start.
fn before_the_start() -> ScriptedEngine {
    ScriptedEngine::start([(Step::Wait, Cue::Hold)])
}

/// credrun, which keeps no stacks of threads that have ended: another would take one over.
fn credrun_on(engine: &ScriptedEngine) -> Command {
    let mut credrun = credrun_with_keys();
    credrun
        .env("DOCKER_HOST", engine.host())
        .env("GLIBC_TUNABLES", "glibc.pthread.stack_cache_size=0");
    credrun
}

/// Lets a process go on without room for another thread, whose stack takes 2 MiB.
fn goes_on_without_threads(process: &Child, engine: &ScriptedEngine) {
    engine.wait_for("POST /containers/ID/wait");
    let status = fs::read_to_string(format!("/proc/{}/status", process.id())).expect("it runs");
    let size = status.lines().find_map(|line| line.strip_prefix("VmSize:"));
    let kib = size.and_then(|size| size.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    let limit = Some((kib.expect("a size") + 1024) * 1024);
    let limit = Rlimit {
        current: limit,
        maximum: limit,
    };
    prlimit(Some(Pid::from_child(process)), Resource::As, limit).expect("a limit");
    engine.release();
}

fn assert_told(told: &str) {
    let (_, told) = told.split_once("credrun: internal error").expect(told);
    let lines: Vec<&str> = told.lines().map(str::trim).skip(1).collect();
    // The words of this one are made from an error, so that only its place is told.
    assert!(lines[0].starts_with("caused by: a panic at "), "{told}");
    assert!(lines[1].starts_with("hint: this is a bug"), "{told}");
}

fn assert_removed(engine: &ScriptedEngine) {
    assert!(!engine.has_seen("POST /containers/ID/start"));
    let removal = "DELETE /containers/ID?v=true&force=true";
    assert!(engine.has_seen(removal), "{:?}", engine.lines());
}

#[test]
fn a_panic_leaves_no_container_and_the_report_is_written() {
    let engine = before_the_start();
    let directory = tempfile::tempdir().expect("a directory");
    let report = directory.path().join("report.json");
    let mut credrun = credrun_on(&engine);
    // Threads for stdin and stdout, of which one may find room that another has left.
    let child = start(
        credrun
            .arg("--report")
            .arg(&report)
            .args(["-i", "an/image"]),
    );
    goes_on_without_threads(&child, &engine);
    let ended = finish(child);
    assert_eq!(ended.code(), 125, "{ended:?}");
    assert_told(&ended.stderr);
    assert_removed(&engine);
    let report: Value = serde_json::from_slice(&fs::read(report).expect("a report")).expect("JSON");
    assert_eq!(report["ExitStatus"], 125);
    assert_eq!(report["Failure"]["Message"], "internal error");
}

#[test]
fn a_panic_gives_the_terminal_back() {
    let engine = before_the_start();
    let mut credrun = credrun_on(&engine);
    credrun.args(["run", "-it", "an/image"]);
    let mut terminal = Terminal::start(&credrun);
    goes_on_without_threads(terminal.process(), &engine);
    let (status, told) = terminal.wait();
    assert_eq!(status, 125, "{told}");
    assert_told(&told);
    let canonical = LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG;
    assert!(terminal.modes().local_modes.contains(canonical));
    assert_removed(&engine);
}
