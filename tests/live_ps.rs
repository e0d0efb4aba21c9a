//! `credrun ps` and `credrun stop`: what they show and end. And whose containers they, and the
//! tidying after killed runs, take for credrun's: never one that somebody made from an image of
//! `docker commit`, which has the labels of what was committed.

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use rustix::process::{Pid, test_kill_process};
use support::engine::{IMAGE, Removed, docker, engine, unique_name};
use support::live::{detached, live, nothing_is_left, runs};
use support::process::{Finished, Lines, credrun_with_keys, finish, run, start};
use support::until;

/// An image that is removed again.
struct OwnImage(String);

impl OwnImage {
    fn committed(container: &str) -> Self {
        let image = Self(unique_name("committed"));
        docker(&["commit", container, &image.0]).success();
        image
    }

    fn tagged() -> Self {
        engine();
        let image = Self(unique_name("tagged"));
        docker(&["tag", IMAGE, &image.0]).success();
        image
    }
}

impl Drop for OwnImage {
    fn drop(&mut self) {
        docker(&["rmi", "--force", &self.0]);
    }
}

/// What `ps` says, on a machine that keeps its state there.
fn ps(state: &Path) -> String {
    let mut ps = credrun_with_keys();
    run(ps.arg("ps").env("XDG_STATE_HOME", state))
        .success()
        .out()
}

/// The line about a container.
fn row<'a>(listed: &'a str, name: &str) -> &'a str {
    let row = listed.lines().find(|line| line.contains(name));
    row.unwrap_or_else(|| panic!("{name} is not in\n{listed}"))
}

fn stop(wanted: &[&str]) -> Finished {
    run(credrun_with_keys()
        .args(["stop", "--time", "0"])
        .args(wanted))
}

fn is_running(container: &str) -> bool {
    let state = docker(&["inspect", "--format", "{{.State.Status}}", container]);
    state.out().trim() == "running"
}

#[test]
fn a_container_of_a_committed_image_is_nobodys_leftover() {
    let (ran, container) = detached("live-commit", &[IMAGE, "sleep", "60"]);
    let ran = ran.success();
    let image = OwnImage::committed(&container.0);
    docker(&["kill", &container.0]).success();
    nothing_is_left(&container.0);
    let (_, process) = ran.stderr.split_once("process ").expect("a process");
    let number = process.split(' ').next().and_then(|text| text.parse().ok());
    let supervisor = number.and_then(Pid::from_raw).expect("a number");
    until("the owner is gone", || {
        test_kill_process(supervisor).is_err()
    });

    let made = Removed(unique_name("live-of-commit"));
    docker(&["create", "--name", &made.0, &image.0]).success();
    let label = "{{index .Config.Labels \"credrun.process\"}}";
    let labels = docker(&["inspect", "--format", label, &made.0]).success();
    assert!(
        labels.out().starts_with(&supervisor.to_string()),
        "{labels:?}"
    );
    let (mut next, _next) = live("live-after-commit", &[IMAGE, "true"]);
    run(&mut next).success();
    docker(&["inspect", &made.0]).success();
}

#[test]
fn a_container_of_a_committed_image_does_not_pass_for_what_was_committed() {
    let network = ["--network", "host"];
    let (ran, container) = detached(
        "live-original",
        &[&network[..], &[IMAGE, "sleep", "60"]].concat(),
    );
    ran.success();
    let image = OwnImage::committed(&container.0);
    let made = Removed(unique_name("live-copy"));
    docker(&["run", "--detach", "--name", &made.0, &image.0]).success();
    let listed = run(credrun_with_keys().arg("ps")).success().out();
    row(&listed, &container.0);
    assert!(!listed.contains(&made.0), "{listed}");
    stop(&[&container.0]).success();
    nothing_is_left(&container.0);
    assert!(is_running(&made.0));
}

#[test]
fn ps_shows_until_when_the_set_is_valid_to_the_machine_that_renews_it() {
    let here = tempfile::tempdir().expect("a directory");
    let elsewhere = tempfile::tempdir().expect("a directory");
    let ending = |command: &mut Command| {
        command
            .env("XDG_STATE_HOME", here.path())
            .env("AWS_CREDENTIAL_EXPIRATION", "2099-01-02T03:04:05Z");
    };
    let (mut in_front, container) = live("live-until", &[IMAGE, "sh", "-c", "echo up; sleep 60"]);
    ending(&mut in_front);
    let mut child = start(&mut in_front);
    let lines = Lines::of(child.stdout.take().expect("a pipe"));
    assert_eq!(lines.next(), "up");
    let (mut behind, left) = live("live-until-d", &["-d", IMAGE, "sleep", "60"]);
    ending(&mut behind);
    run(&mut behind).success();

    for name in [&container.0, &left.0] {
        until("the end is shown", || {
            row(&ps(here.path()), name).contains("   2099-01-02T03:04:05Z (")
        });
        let unknown = ps(elsewhere.path());
        assert!(row(&unknown, name).contains("   -   "), "{unknown}");
    }
    stop(&[&container.0, &left.0]).success();
    finish(child);
    until("only the log is left", || {
        let entries = fs::read_dir(here.path().join("credrun")).expect("a directory");
        let names = entries.map(|entry| entry.expect("a file").path());
        names
            .collect::<Vec<_>>()
            .iter()
            .all(|path| path.extension().is_some_and(|end| end == "log"))
    });
}

#[test]
fn stop_tells_of_each_that_it_cannot_stop_and_stops_the_others() {
    let (ran, container) = detached("live-several", &[IMAGE, "sh", "-c", "echo up; sleep 60"]);
    ran.success();
    runs(&container.0);
    let stopped = stop(&["nobody-1", &container.0, "nobody-2"]);
    assert_eq!(stopped.code(), 125, "{stopped:?}");
    assert_eq!(stopped.out(), format!("{}\n", container.0));
    for nobody in ["nobody-1", "nobody-2"] {
        let what = format!("credrun: no container with --live is called \"{nobody}\"\n");
        assert!(stopped.stderr.contains(&what), "{stopped:?}");
    }
    nothing_is_left(&container.0);
}

#[test]
fn an_image_that_several_containers_run_stops_none_of_them() {
    let image = OwnImage::tagged();
    let unnamed = || {
        let mut command = credrun_with_keys();
        command.args(["run", "-d", "--live", &image.0, "sleep", "60"]);
        Removed(run(&mut command).success().out().trim().to_owned())
    };
    let (one, other) = (unnamed(), unnamed());
    let refused = stop(&[&image.0]);
    assert_eq!(refused.code(), 125, "{refused:?}");
    for container in [&one, &other] {
        assert!(refused.stderr.contains(&container.0[..12]), "{refused:?}");
        assert!(is_running(&container.0));
    }
    stop(&[&one.0[..12]]).success();
    until("it is gone", || !is_running(&one.0));
    until("the image names one container", || {
        stop(&[&image.0]).status.success()
    });
    until("it is gone", || !is_running(&other.0));
}
