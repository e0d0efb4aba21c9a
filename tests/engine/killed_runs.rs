//! What a credrun that is killed leaves, without `--live`: nothing that the next run does not
//! remove, or that `credrun ps` does not show.

use crate::support::engine::{IMAGE, Removed, docker, engine, unique_name};
use crate::support::moments::kill_at_each;
use crate::support::process::{credrun_with_keys, run};
use crate::support::until;
use credrun::relay::owner::Owner;

fn state(container: &str) -> Option<String> {
    let state = docker(&["inspect", "--format", "{{.State.Status}}", container]);
    let is_there = state.status.success();
    is_there.then(|| state.out().trim().to_owned())
}

/// A run without `--live`, and its container.
fn plain(purpose: &str, arguments: &[&str]) -> (std::process::Command, Removed) {
    engine();
    let name = unique_name(purpose);
    let mut command = credrun_with_keys();
    command.args(["run", "--name", &name]).args(arguments);
    (command, Removed(name))
}

fn next_run() {
    let (mut next, _container) = plain("killed-next", &[IMAGE, "true"]);
    run(&mut next).success();
}

fn ps() -> String {
    run(credrun_with_keys().arg("ps")).success().out()
}

/// A container that was created and never started, by an owner of this process's host.
fn created(purpose: &str, process: &str) -> Removed {
    engine();
    let container = Removed(unique_name(purpose));
    let [host, _] = Owner::this_process().expect("/proc").labels();
    let host = format!("{}={}", host.0, host.1);
    let process = format!("credrun.process={process}");
    docker(&[
        "create",
        "--name",
        &container.0,
        "--label",
        &host,
        "--label",
        &process,
        IMAGE,
    ])
    .success();
    container
}

#[test]
fn a_run_that_is_killed_at_any_moment_leaves_what_the_next_removes_or_ps_shows() {
    const MOMENTS: u32 = 16;
    let command = [IMAGE, "sh", "-c", "echo up; sleep 600"];
    let left = kill_at_each(MOMENTS, MOMENTS, || plain("killed-moment", &command));
    // A create that was under way is carried out by the Engine after the client's end.
    until("the next run has tidied up", || {
        next_run();
        let state = |container: &Removed| state(&container.0);
        left.iter()
            .map(state)
            .all(|state| state.is_none_or(|state| state == "running"))
    });
    let listed = ps();
    let running = left
        .iter()
        .filter(|container| state(&container.0).is_some());
    let names: Vec<&str> = running.map(|container| &*container.0).collect();
    assert!(!names.is_empty());
    for name in &names {
        let row = listed.lines().find(|line| line.contains(name));
        assert!(
            row.is_some_and(|row| row.ends_with("not renewed")),
            "{name}:\n{listed}"
        );
    }
    run(credrun_with_keys().args(["stop", "-t", "0"]).args(&names)).success();
    until("they are gone", || {
        names.iter().all(|name| state(name).is_none())
    });
}

#[test]
fn the_name_of_a_killed_run_is_free_for_the_next() {
    let left = created("killed-name", "1/1");
    let mut again = credrun_with_keys();
    let ran = run(again.args(["--name", &left.0, IMAGE, "echo", "again"])).success();
    assert_eq!(ran.out(), "again\n");
}

#[test]
fn what_a_live_process_has_created_is_left_alone() {
    let [_, process] = Owner::this_process().expect("/proc").labels();
    let own = created("killed-own", &process.1);
    let (_, start) = process.1.split_once('/').expect("two numbers");
    let detached = created(
        "killed-detached",
        &format!("{}/{start}/detached", std::process::id()),
    );
    next_run();
    for container in [&own, &detached] {
        assert_eq!(state(&container.0).as_deref(), Some("created"));
    }
}

#[test]
fn what_runs_without_its_credrun_by_intention_is_not_shown() {
    let (mut credrun, container) = plain("killed-not", &["-d", IMAGE, "sleep", "600"]);
    run(&mut credrun).success();
    let listed = ps();
    assert!(!listed.contains(&container.0), "{listed}");
    let refused = run(credrun_with_keys().args(["stop", &container.0]));
    assert_eq!(refused.code(), 125, "{refused:?}");
}
