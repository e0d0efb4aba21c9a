//! `credrun ps` and `credrun stop`: what they show and end. And whose containers they, and the
//! tidying after killed runs, take for credrun's: never one that somebody made from an image of
//! `docker commit`, which has the labels of what was committed.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::engine::{IMAGE, Removed, docker, engine, no_container_is_left, unique_name};
use crate::support::live::{detached, live, nothing_is_left, relays, runs};
use crate::support::process::{Finished, Lines, credrun_with_keys, finish, run, start};
use crate::support::until;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::Value;

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

/// What `ps --no-trunc` says, on a machine that keeps its state there.
fn ps(state: &Path) -> String {
    ps_with(state, &["--no-trunc"])
}

fn ps_with(state: &Path, flags: &[&str]) -> String {
    let mut ps = credrun_with_keys();
    ps.arg("ps").args(flags).env("XDG_STATE_HOME", state);
    run(&mut ps).success().out()
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

/// `credrun: process 17 serves the container; its log: /path`
fn supervisor(ran: &Finished) -> Pid {
    let (_, rest) = ran.stderr.split_once("process ").expect("a process");
    let number = rest.split(' ').next().and_then(|text| text.parse().ok());
    number.and_then(Pid::from_raw).expect("a number")
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
    let supervisor = supervisor(&ran);
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
fn programs_get_what_is_known_as_json() {
    let state = tempfile::tempdir().expect("a directory");
    let (mut behind, container) = live("live-json", &["-d", IMAGE, "sleep", "60"]);
    behind
        .env("XDG_STATE_HOME", state.path())
        .env("AWS_CREDENTIAL_EXPIRATION", "2099-01-02T03:04:05Z");
    let ran = run(&mut behind).success();
    let shown = || {
        let listed = ps_with(state.path(), &["--format", "json"]);
        let value: Value = serde_json::from_str(row(&listed, &container.0)).expect("JSON");
        value
    };
    until("the end is shown", || !shown()["Expiration"].is_null());
    let shown = shown();
    assert_eq!(shown["ID"], ran.out().trim());
    assert_eq!(shown["Names"], container.0);
    assert_eq!(shown["Image"], IMAGE);
    assert_eq!(shown["State"], "running");
    assert_eq!(shown["Expiration"], "2099-01-02T03:04:05Z");
    assert!(shown["SecondsLeft"].as_u64() > Some(3600), "{shown}");
    assert_eq!(shown["Renewed"], true);
    let number = supervisor(&ran).as_raw_nonzero().get();
    assert_eq!(shown["Process"], number);
    assert!(shown["Host"].is_string(), "{shown}");
    assert_eq!(shown["Relay"], relays(&container.0)[0]);
    let narrow = ps_with(state.path(), &[]);
    let line = row(&narrow, &container.0);
    assert!(
        line.starts_with(&ran.out()[..12]) && line.ends_with(" left"),
        "{line}"
    );
    stop(&[&container.0]).success();
    nothing_is_left(&container.0);
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
        let what = format!("credrun: credrun ps lists no container called \"{nobody}\"\n");
        assert!(stopped.stderr.contains(&what), "{stopped:?}");
    }
    nothing_is_left(&container.0);
}

#[test]
fn several_are_stopped_at_the_same_time_and_told_in_the_order_typed() {
    // Each ends by itself only once all of them have been asked to.
    let script = "trap 'touch /all/$ME; until [ $(ls /all | wc -l) = 3 ]; do sleep 0.05; done; \
                  echo together; exit 0' TERM; echo up; while :; do sleep 0.05; done";
    let all = tempfile::tempdir().expect("a directory");
    let mount = format!("{}:/all", all.path().display());
    let three = ["b", "c", "a"].map(|name| {
        let me = format!("ME={name}");
        let flags = ["-v", &mount, "-e", &me, IMAGE, "sh", "-c", script];
        let (mut in_front, container) = live("live-at-once", &flags);
        let mut child = start(&mut in_front);
        let lines = Lines::of(child.stdout.take().expect("a pipe"));
        assert_eq!(lines.next(), "up");
        (container, child, lines)
    });
    let names = [&three[0].0.0, &three[1].0.0, &three[2].0.0];
    let typed = [names[0], "nobody", names[1], names[2]];
    // Whoever waits for the others in vain is killed before the test gives up.
    let stopped = run(credrun_with_keys().args(["stop", "-t", "20"]).args(typed));
    assert_eq!(stopped.code(), 125, "{stopped:?}");
    let told = names.map(|name| format!("{name}\n")).concat();
    assert_eq!(stopped.out(), told);
    for (_container, child, lines) in three {
        assert_eq!(lines.next(), "together");
        finish(child).success();
    }
}

#[test]
fn an_image_stops_no_container_that_is_not_called_so() {
    let image = OwnImage::tagged();
    let mut unnamed = credrun_with_keys();
    unnamed.args(["run", "-d", "--live", &image.0, "sleep", "60"]);
    let unnamed = Removed(run(&mut unnamed).success().out().trim().to_owned());
    let plain = Removed(image.0.clone());
    docker(&["run", "-d", "--name", &plain.0, IMAGE, "sleep", "60"]).success();

    let refused = stop(&[&image.0]);
    assert_eq!(refused.code(), 125, "{refused:?}");
    assert!(
        refused.stderr.contains("credrun ps lists no container"),
        "{refused:?}"
    );
    for container in [&unnamed, &plain] {
        assert!(is_running(&container.0));
    }
    stop(&[&unnamed.0[..12]]).success();
    until("it is gone", || !is_running(&unnamed.0));
    assert!(is_running(&plain.0));
}

/// A container whose credrun has been killed.
fn orphan(name: &str, arguments: &[&str]) -> Removed {
    let (ran, container) = detached(name, &[arguments, &[IMAGE, "sleep", "60"]].concat());
    kill_process(supervisor(&ran.success()), Signal::KILL).expect("it runs");
    until("the relay is gone", || relays(&container.0).is_empty());
    container
}

#[test]
fn a_container_that_a_killed_credrun_left_running_is_shown_and_can_be_stopped() {
    let state = tempfile::tempdir().expect("a directory");
    let container = orphan("live-alone", &[]);
    let listed = ps(state.path());
    let words: Vec<&str> = row(&listed, &container.0).split_whitespace().collect();
    let [.., valid_until, relay, renewer] = words[..] else {
        panic!("{listed}");
    };
    assert_eq!((valid_until, relay, renewer), ("-", "-", "nobody"));
    stop(&[&container.0]).success();
    nothing_is_left(&container.0);
}

#[test]
fn a_container_that_is_only_kept_is_not_shown() {
    let state = tempfile::tempdir().expect("a directory");
    let container = orphan("live-kept", &["--rm=false"]);
    row(&ps(state.path()), &container.0);
    stop(&[&container.0]).success();
    assert!(!is_running(&container.0));
    docker(&["inspect", &container.0]).success();
    let listed = ps(state.path());
    assert!(!listed.contains(&container.0), "{listed}");
    assert_eq!(stop(&[&container.0]).code(), 125);
}

#[test]
fn quiet_leaves_ids_that_stop_takes() {
    let (ran, served) = detached("live-quiet", &[IMAGE, "sleep", "60"]);
    ran.success();
    let left = orphan("live-quiet-alone", &[]);
    let listed = run(credrun_with_keys().args(["ps", "-q"])).success().out();
    let ids: Vec<&str> = listed.lines().collect();
    assert!(
        ids.iter()
            .all(|id| id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_hexdigit())),
        "{listed}"
    );
    // Other tests' containers are among them.
    let own: Vec<&str> = [&served, &left]
        .map(|container| {
            let id = docker(&["inspect", "--format", "{{.Id}}", &container.0]);
            let id = id.success().out();
            let found = ids.iter().find(|&&short| id.starts_with(short));
            *found.unwrap_or_else(|| panic!("{id} is not in\n{listed}"))
        })
        .to_vec();
    stop(&own).success();
    for container in [&served, &left] {
        nothing_is_left(&container.0);
    }
}

#[test]
fn a_relay_without_a_container_yet_is_not_shown_and_can_be_stopped() {
    let state = tempfile::tempdir().expect("a directory");
    engine();
    let relay = Removed(unique_name("live-early"));
    let label = "credrun.relay.for=early";
    docker(&["create", "--name", &relay.0, "--label", label, IMAGE]).success();
    let id = docker(&["inspect", "--format", "{{.Id}}", &relay.0]);
    let listed = ps(state.path());
    assert!(!listed.contains(&id.success().out()[..12]), "{listed}");
    assert_eq!(stop(&["early"]).code(), 125);
    stop(&[&relay.0]).success();
    no_container_is_left(&relay.0);
}

#[test]
fn a_negative_time_lets_a_container_end_by_itself() {
    let script = "trap 'sleep 1; echo bye; exit 0' TERM; echo up; while :; do sleep 0.05; done";
    let (mut in_front, container) = live("live-patience", &[IMAGE, "sh", "-c", script]);
    let mut child = start(&mut in_front);
    let lines = Lines::of(child.stdout.take().expect("a pipe"));
    assert_eq!(lines.next(), "up");
    run(credrun_with_keys().args(["stop", "-t", "-1", &container.0])).success();
    assert_eq!(lines.next(), "bye");
    finish(child).success();
}

#[test]
fn a_time_that_is_none_is_told_what_one_is() {
    let refused = run(credrun_with_keys().args(["stop", "-t", "foo", "web"]));
    assert_eq!(refused.code(), 125);
    assert!(
        refused.stderr.contains("a number of seconds"),
        "{refused:?}"
    );
}
