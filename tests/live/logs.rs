//! `credrun logs`: the log of a credrun that stays behind, while its container runs and after that.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::engine::{IMAGE, Removed, docker};
use crate::support::live::{live, log, nothing_is_left, supervisor};
use crate::support::process::{Finished, Lines, credrun, credrun_with_keys, finish, run, start};
use crate::support::until;
use rustix::process::{Signal, kill_process};

/// `credrun -d --live`, which keeps its state there.
fn detached(state: &Path, name: &str) -> (Finished, Removed) {
    let (mut credrun, container) = live(name, &["-d", IMAGE, "sleep", "600"]);
    credrun.env("XDG_STATE_HOME", state);
    (run(&mut credrun).success(), container)
}

fn logs(state: &Path, arguments: &[&str]) -> Command {
    let mut logs = credrun();
    logs.arg("logs")
        .args(arguments)
        .env("XDG_STATE_HOME", state);
    logs
}

fn end(container: &Removed) {
    docker(&["kill", &container.0]).success();
    nothing_is_left(&container.0);
}

#[test]
fn a_log_is_followed_to_its_end_and_is_still_found_by_name_and_id_then() {
    let state = tempfile::tempdir().expect("a directory");
    let (ran, container) = detached(state.path(), "live-logs");
    let id = ran.out().trim().to_owned();
    let mut following = start(&mut logs(state.path(), &["--follow", &container.0]));
    let lines = Lines::of(following.stdout.take().expect("a pipe"));
    let first = lines.next();
    let serves = format!("credrun: serves {} {id}", container.0);
    assert!(first.ends_with(&serves), "{first}");
    assert!(following.try_wait().expect("a child").is_none());

    end(&container);
    let last = lines.next();
    assert!(last.ends_with("ended with status 137"), "{last}");
    finish(following).success();

    let whole = fs::read_to_string(log(&ran)).expect("a log");
    assert_eq!(whole, format!("{first}\n{last}\n"));
    for wanted in [&container.0, &id, &id[..12]] {
        let printed = run(&mut logs(state.path(), &[wanted])).success();
        assert_eq!(printed.out(), whole, "{wanted}");
    }
    let tail = run(&mut logs(state.path(), &["-f", "-n", "1", &container.0])).success();
    assert_eq!(tail.out(), format!("{last}\n"));
    let mut unreachable = logs(state.path(), &[&container.0]);
    unreachable.env("DOCKER_HOST", "unix:///nonexistent/engine.sock");
    assert_eq!(run(&mut unreachable).success().out(), whole);
}

#[test]
fn a_container_gets_its_own_log_and_not_that_of_an_earlier_one_with_its_name() {
    let state = tempfile::tempdir().expect("a directory");
    let (_, container) = detached(state.path(), "live-logs-again");
    end(&container);

    // Without -d there is none.
    let mut in_front = credrun_with_keys();
    in_front
        .args(["run", "--live", "--name", &container.0, IMAGE])
        .args(["sh", "-c", "echo up; sleep 600"])
        .env("XDG_STATE_HOME", state.path());
    let mut child = start(&mut in_front);
    let output = Lines::of(child.stdout.take().expect("a pipe"));
    assert_eq!(output.next(), "up");
    let refused = run(&mut logs(state.path(), &[&container.0]));
    assert_eq!(refused.code(), 125, "{refused:?}");
    let told = format!("credrun: no log found for \"{}\"\nhint: ", container.0);
    assert!(refused.stderr.starts_with(&told), "{refused:?}");
    let instead = format!("`docker logs {}`", container.0);
    assert!(refused.stderr.contains(&instead), "{refused:?}");
    docker(&["kill", &container.0]).success();
    finish(child);

    // docker's own has none, either.
    nothing_is_left(&container.0);
    docker(&["run", "-d", "--name", &container.0, IMAGE, "sleep", "600"]).success();
    let refused = run(&mut logs(state.path(), &[&container.0]));
    assert!(refused.stderr.starts_with(&told), "{refused:?}");
}

#[test]
fn a_container_that_was_renamed_is_found_by_its_new_name() {
    let state = tempfile::tempdir().expect("a directory");
    let (ran, container) = detached(state.path(), "live-logs-named");
    let renamed = Removed(format!("{}-anew", container.0));
    docker(&["rename", &container.0, &renamed.0]).success();
    let printed = run(&mut logs(state.path(), &[&renamed.0])).success();
    assert!(printed.out().contains(ran.out().trim()), "{printed:?}");
    end(&renamed);
}

#[test]
fn following_ends_with_a_supervisor_that_is_killed() {
    let state = tempfile::tempdir().expect("a directory");
    let (ran, container) = detached(state.path(), "live-logs-killed");
    let mut following = start(&mut logs(state.path(), &["-f", &container.0]));
    let lines = Lines::of(following.stdout.take().expect("a pipe"));
    lines.next();
    kill_process(supervisor(&ran), Signal::KILL).expect("it runs");
    until("the follower ends", || {
        following.try_wait().expect("a child").is_some()
    });
    finish(following).success();
    // The container runs on, and its log is found.
    run(&mut logs(state.path(), &[&container.0])).success();
    let mut stop = credrun_with_keys();
    run(stop.args(["stop", "--time", "0", &container.0])).success();
    nothing_is_left(&container.0);
}
