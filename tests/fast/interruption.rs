//! Before the container runs, a signal ends the run and leaves nothing.

use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::process::Signal;

use crate::support::http_server::{HttpServer, Reply};
use crate::support::process::{ENDING, Lines, credrun, credrun_with_keys, finish, signal, start};
use crate::support::scripted_engine::{Cue, ScriptedEngine, Step};
use crate::support::until;

#[test]
fn a_signal_during_the_fetch_ends_the_run() {
    for number in ENDING {
        let asked = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&asked);
        let endpoint = HttpServer::start(move |_| {
            flag.store(true, Ordering::SeqCst);
            Reply::Hang
        });
        let engine = ScriptedEngine::start([]);
        let uri = format!("http://{}/", endpoint.address());
        let child = start(
            credrun()
                .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", uri)
                .env("DOCKER_HOST", engine.host())
                .arg("an/image"),
        );
        until("credentials are asked for", || asked.load(Ordering::SeqCst));
        ends_without_a_container(child, number, &engine);
    }
}

/// ^C reaches both. Here the command has ended by it before credrun gets it: credrun is stopped
/// meanwhile.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_that_also_ends_the_command_of_a_profile_is_no_failure_of_the_command() {
    let directory = tempfile::tempdir().expect("a directory");
    let config = directory.path().join("config");
    let script = directory.path().join("interrupted.sh");
    std::fs::write(
        &script,
        "kill -STOP $PPID
         kill -INT $PPID
         (until grep -q '^State:.Z' /proc/$$/status; do :; done; kill -CONT $PPID) >/dev/null 2>&1 &
         kill -INT $$\n",
    )
    .expect("written");
    let profile = format!(
        "[profile slow]\ncredential_process = sh {}\n",
        script.display()
    );
    std::fs::write(&config, profile).expect("written");
    let ended = crate::support::process::run(
        credrun()
            .args(["export", "--profile", "slow"])
            .env("AWS_CONFIG_FILE", &config),
    );
    assert_eq!(ended.code(), 130, "{}", ended.stderr);
}

#[test]
fn a_signal_during_a_pull_ends_the_run() {
    for number in ENDING {
        let missing = (Step::Image, Cue::Refuse(404, "No such image"));
        let engine = ScriptedEngine::start([missing, (Step::Pull, Cue::Stall)]);
        let child = credrun_on(&engine);
        engine.wait_for("POST /images/create");
        ends_without_a_container(child, number, &engine);
    }
}

fn credrun_on(engine: &ScriptedEngine) -> Child {
    start(
        credrun_with_keys()
            .env("DOCKER_HOST", engine.host())
            .arg("an/image"),
    )
}

/// Sends the signal, after which credrun must end, and say so.
fn is_ended_by(child: Child, number: Signal) {
    signal(&child, number);
    let finished = finish(child);
    let stderr = &finished.stderr;
    assert_eq!(finished.code(), 128 + number.as_raw(), "{stderr}");
    assert!(stderr.contains("credrun: interrupted by SIG"), "{stderr}");
}

/// The same, and credrun must not have created anything.
fn ends_without_a_container(child: Child, number: Signal, engine: &ScriptedEngine) {
    is_ended_by(child, number);
    assert!(
        !engine.has_seen("POST /containers/create"),
        "{:?}",
        engine.lines()
    );
}

#[test]
fn a_signal_between_create_and_start_removes_the_container() {
    for (step, request) in [
        (Step::Attach, "POST /containers/ID/attach"),
        (Step::Wait, "POST /containers/ID/wait"),
    ] {
        for number in ENDING {
            let engine = ScriptedEngine::start([(step, Cue::Stall)]);
            let child = credrun_on(&engine);
            engine.wait_for(request);
            is_ended_by(child, number);
            assert_removed_at_last(&engine);
        }
    }
}

fn assert_removed_at_last(engine: &ScriptedEngine) {
    let last = engine.lines().pop().unwrap_or_default();
    let removal = "DELETE /containers/ID?v=true&force=true";
    assert!(last.starts_with(removal), "{last}");
}

#[test]
fn the_third_signal_gives_up_a_start_that_stalls() {
    let engine = ScriptedEngine::start([(Step::Start, Cue::Stall)]);
    let mut child = credrun_on(&engine);
    engine.wait_for("POST /containers/ID/start");
    let mut status = None;
    // Signals of one kind that come at once count as one.
    until("patience is lost", || {
        signal(&child, Signal::INT);
        status = child.try_wait().expect("a child");
        status.is_some()
    });
    assert_eq!(status.and_then(|status| status.code()), Some(130));
    assert_removed_at_last(&engine);
}

#[test]
fn a_signal_during_a_start_that_takes_its_time_is_told_and_then_the_containers() {
    let engine = ScriptedEngine::running_on([(Step::Start, Cue::Hold)]);
    let mut child = credrun_on(&engine);
    engine.wait_for("POST /containers/ID/start");
    let told = Lines::of(child.stderr.take().expect("a pipe"));
    signal(&child, Signal::INT);
    let warning = "credrun: warning: SIGINT: the Engine is starting the container";
    until("it is told", || told.next().starts_with(warning));
    engine.release();
    engine.wait_for("POST /containers/ID/kill");
    engine.end(7);
    assert_eq!(finish(child).code(), 7);
}

#[test]
fn a_container_that_cannot_be_removed_is_not_said_to_be_gone() {
    let engine = ScriptedEngine::start([
        (Step::Wait, Cue::Stall),
        (Step::Remove, Cue::Refuse(500, "driver failed")),
    ]);
    let child = credrun_on(&engine);
    engine.wait_for("POST /containers/ID/wait");
    signal(&child, Signal::INT);
    let finished = finish(child);
    assert_eq!(finished.code(), 130);
    let told = finished
        .stderr
        .split_once("credrun: interrupted")
        .expect("told")
        .1;
    assert_eq!(
        told,
        " by SIGINT; the container c0ffee00c0ff may be left behind\n\
         caused by: the Docker Engine could not remove the container\n\
         caused by: driver failed\n\
         hint: docker rm -f c0ffee00c0ff removes it\n"
    );
}

#[test]
fn a_container_that_is_to_be_kept_is_not_kept_where_it_never_started() {
    let engine = ScriptedEngine::start([(Step::Wait, Cue::Stall)]);
    let mut credrun = credrun_with_keys();
    credrun.env("DOCKER_HOST", engine.host());
    let child = start(credrun.args(["--rm=false", "an/image"]));
    engine.wait_for("POST /containers/ID/wait");
    signal(&child, Signal::TERM);
    assert_eq!(finish(child).code(), 143);
    assert!(engine.has_seen("DELETE /containers/ID"));
}

#[test]
fn a_signal_while_the_container_is_created_waits_for_it_to_remove_it() {
    let engine = ScriptedEngine::start([(Step::Create, Cue::Hold)]);
    let child = credrun_on(&engine);
    engine.wait_for("POST /containers/create");
    signal(&child, Signal::INT);
    engine.release();
    assert_eq!(finish(child).code(), 130);
    assert_removed_at_last(&engine);
    assert!(!engine.has_seen("POST /containers/ID/start"));
}

#[test]
fn the_third_signal_gives_up_a_create_that_stalls() {
    let engine = ScriptedEngine::start([(Step::Create, Cue::Stall)]);
    let mut child = credrun_on(&engine);
    engine.wait_for("POST /containers/create");
    let stderr = Lines::of(child.stderr.take().expect("a pipe"));
    signal(&child, Signal::INT);
    until_line(&stderr, "waiting, so that none is left behind");
    until("patience is lost", || {
        signal(&child, Signal::INT);
        child.try_wait().expect("a child").is_some()
    });
    assert_eq!(finish(child).code(), 130);
    until_line(&stderr, "which may be left");
}

fn until_line(lines: &Lines, text: &str) {
    while !lines.next().contains(text) {}
}
