//! What becomes of a `--live` run when something else than its container ends or is killed. What
//! stands still is in `live_sleep.rs`.

use std::fs;
use std::thread;
use std::time::Instant;

use crate::support::engine::{IMAGE, docker, engine};
use crate::support::live::{
    ASK, Network, detached, inspected, live, log, nothing_is_left, relays, runs, supervisor,
};
use crate::support::moments::kill_at_each;
use crate::support::process::{Finished, Lines, credrun_with_keys, finish, run, signal, start};
use crate::support::terminal::Terminal;
use crate::support::until;
use rustix::process::{Pid, Signal, kill_process};

/// Asks whenever the test wants it to, when there is a file `/go`, until it is answered.
fn ask_on_demand() -> String {
    format!(
        "echo up; while :; do if [ -e /go ] && {ASK} 2>/dev/null; then rm /go; echo; fi; \
         sleep 0.05; done"
    )
}

fn asks(container: &str) {
    docker(&["exec", container, "touch", "/go"]).success();
}

/// Ends a container of [`ask_on_demand`] and the credrun that follows it.
fn killed(container: &str, credrun: std::process::Child) -> Finished {
    docker(&["kill", container]).success();
    let ended = finish(credrun);
    assert_eq!(ended.code(), 137, "{ended:?}");
    ended
}

/// Kills the relay of a container, and waits for the next.
fn another_relay_takes_its_place(container: &str) {
    let first = relays(container);
    docker(&["kill", &first[0]]).success();
    until("another relay serves", || {
        let now = relays(container);
        now.len() == 1 && now != first
    });
}

fn a_relay_is_killed(network: &str) -> Finished {
    let script = ask_on_demand();
    let (mut credrun, container) = live(
        "live-relay",
        &["--network", network, IMAGE, "sh", "-c", &script],
    );
    let mut child = start(&mut credrun);
    let lines = Lines::of(child.stdout.take().expect("a pipe"));
    assert_eq!(lines.next(), "up");
    another_relay_takes_its_place(&container.0);
    asks(&container.0);
    assert!(lines.next().contains("wJalrXUtnFEMI"));

    let listed = run(credrun_with_keys().args(["ps", "--no-trunc"]))
        .success()
        .out();
    let row = listed.lines().find(|line| line.contains(&container.0));
    let process = format!("process {}", child.id());
    assert!(row.is_some_and(|row| row.contains(&process)), "{listed}");
    let ended = killed(&container.0, child);
    nothing_is_left(&container.0);
    ended
}

#[test]
fn a_relay_that_is_killed_is_replaced_where_the_network_is_not_its_own() {
    for network in ["none", "host"] {
        let ended = a_relay_is_killed(network);
        assert!(
            ended
                .stderr
                .ends_with("; a new relay has taken its place\n"),
            "{ended:?}"
        );
    }
}

#[test]
fn a_relay_that_is_killed_is_replaced_and_the_loss_of_its_network_told() {
    let ended = a_relay_is_killed("bridge");
    assert!(
        ended.stderr.contains(
            "a new relay has taken its place; \
             the container has lost its network, which was the relay's\n"
        ),
        "{ended:?}"
    );
}

#[test]
fn a_restart_that_fails_for_want_of_the_first_relay_is_told_in_the_log() {
    let script = "echo up; until [ -e /go ]; do sleep 0.05; done";
    let command = ["--restart=always", IMAGE, "sh", "-c", script];
    let (ran, container) = detached("live-not-again", &command);
    let ran = ran.success();
    runs(&container.0);
    another_relay_takes_its_place(&container.0);
    asks(&container.0);
    let failure = "could not start the container again: ";
    let logged = || fs::read_to_string(log(&ran)).expect("a log");
    until("the failure is logged", || logged().contains(failure));
    for line in logged().lines() {
        let (time, rest) = line.split_once(' ').expect("a time");
        assert!(time.starts_with("20") && time.ends_with('Z'), "{line}");
        assert!(!rest.is_empty(), "{line}");
    }
}

#[test]
fn a_restart_by_hand_of_a_container_with_a_restart_policy_is_lived_through() {
    let script = format!("trap 'exit 0' TERM; {}", ask_on_demand());
    let command = ["--restart=always", IMAGE, "sh", "-c", &script];
    let (ran, container) = detached("live-by-hand", &command);
    ran.success();
    runs(&container.0);
    // What lies between its stop and its start is short, and seen one time in ten or so.
    for _ in 0..20 {
        docker(&["restart", &container.0]).success();
    }
    asks(&container.0);
    until("it has its credentials", || {
        docker(&["logs", &container.0])
            .out()
            .contains("wJalrXUtnFEMI")
    });
    docker(&["rm", "--force", &container.0]).success();
    nothing_is_left(&container.0);
}

#[test]
fn a_hangup_of_the_terminal_is_the_containers_and_nothing_is_left() {
    let script = "trap 'exit 7' HUP; echo up; while :; do sleep 0.05; done";
    let (credrun, container) = live("live-hangup", &[IMAGE, "sh", "-c", script]);
    let mut terminal = Terminal::start(&credrun);
    terminal.read_until("up");
    signal(terminal.process(), Signal::HUP);
    assert_eq!(terminal.wait().0, 7);
    nothing_is_left(&container.0);
}

#[test]
fn a_detached_container_outlives_the_terminal() {
    let script = ask_on_demand();
    let (mut credrun, container) = live("live-left", &[]);
    credrun.args(["-d", "--rm=false", IMAGE, "sh", "-c", &script]);
    let mut terminal = Terminal::start(&credrun);
    terminal.read_until("its log: ");
    assert_eq!(terminal.wait().0, 0);
    // Whoever is left in the terminal's session is sent SIGHUP now.
    drop(terminal);
    asks(&container.0);
    until("the container has its credentials", || {
        docker(&["logs", &container.0])
            .out()
            .contains("wJalrXUtnFEMI")
    });
    docker(&["kill", &container.0]).success();
    until("the relay is gone", || relays(&container.0).is_empty());
}

#[test]
fn a_container_that_is_left_by_the_detach_keys_is_said_to_lack_credentials() {
    let script = "echo up; sleep 60";
    let (credrun, container) = live("live-detach-keys", &["-it", IMAGE, "sh", "-c", script]);
    let mut terminal = Terminal::start(&credrun);
    terminal.read_until("up");
    terminal.type_in("\x10\x11");
    terminal.read_until("is still running, but without access to AWS");
    assert_eq!(terminal.wait().0, 0);
    docker(&["kill", &container.0]).success();
    nothing_is_left(&container.0);
}

#[test]
fn a_supervisor_passes_what_asks_it_to_end_on_to_its_container() {
    let script = "trap 'exit 0' TERM; echo up; while :; do sleep 0.05; done";
    let (ran, container) = detached("live-asked", &[IMAGE, "sh", "-c", script]);
    let ran = ran.success();
    runs(&container.0);
    kill_process(supervisor(&ran), Signal::HUP).expect("it runs");
    kill_process(supervisor(&ran), Signal::TERM).expect("it runs");
    nothing_is_left(&container.0);
    until("the end is logged", || {
        let log = fs::read_to_string(log(&ran)).expect("a log");
        log.contains("SIGTERM is sent on") && log.contains("ended with status 0")
    });
}

#[test]
fn a_supervisor_that_is_killed_leaves_no_relay() {
    let (ran, container) = detached("live-orphan", &[IMAGE, "sh", "-c", "echo up; sleep 60"]);
    let ran = ran.success();
    runs(&container.0);
    kill_process(supervisor(&ran), Signal::KILL).expect("it runs");
    until("the relay is gone", || relays(&container.0).is_empty());
}

#[test]
fn a_credrun_that_is_killed_at_any_moment_leaves_nothing_for_the_next() {
    const MOMENTS: u32 = 24;
    engine();
    let network = Network::new("live-moments");
    let flags = ["--network", &network.0, "-p", "127.0.0.1::80"];
    let command = [&flags[..], &[IMAGE, "sh", "-c", "echo up; sleep 600"]].concat();

    let left = kill_at_each(MOMENTS, MOMENTS - 4, || live("live-moment", &command));
    // A create that was under way is carried out by the Engine after the client's end.
    until("the next run has tidied up", || {
        let (mut next, _container) = live("live-next", &[IMAGE, "true"]);
        run(&mut next).success();
        left.iter().all(|container| is_gone_or_runs(&container.0))
    });
    let went_on = left.iter().filter(|container| goes_on(&container.0));
    let went_on = went_on.count();
    assert!((1..left.len()).contains(&went_on), "{went_on} went on");
    drop(left);
    docker(&["network", "rm", &network.0]).success();
}

#[test]
fn a_caller_that_is_killed_at_any_moment_leaves_a_container_that_runs_or_none() {
    const MOMENTS: u32 = 12;
    let command = [IMAGE, "sh", "-c", "echo up; sleep 600"];
    let began = Instant::now();
    let (ran, _whole) = detached("live-whole", &command);
    ran.success();
    let whole = began.elapsed();

    let mut left = Vec::new();
    for moment in 0..MOMENTS {
        let (mut credrun, container) = live("live-caller", &[&["-d"], &command[..]].concat());
        let child = start(&mut credrun);
        // Not to wait for something: the moment itself is what is tried.
        thread::sleep(whole * moment / MOMENTS);
        // It may have ended.
        let _ = kill_process(Pid::from_child(&child), Signal::KILL);
        finish(child);
        left.push(container);
    }
    until("the next run has tidied up", || {
        let (mut next, _container) = live("live-next", &[IMAGE, "true"]);
        run(&mut next).success();
        left.iter().all(|container| match state(&container.0) {
            Some(state) => state == "running",
            None => relays(&container.0).is_empty(),
        })
    });
    for container in &left {
        docker(&["rm", "--force", &container.0]);
        until("the relay is gone", || relays(&container.0).is_empty());
    }
}

/// No relay, and of the container nothing or one that got to its start, which goes on without
/// credentials.
fn is_gone_or_runs(container: &str) -> bool {
    let state = state(container);
    relays(container).is_empty() && state.is_none_or(|state| state == "running")
}

/// Whether there still is a container. It must have no secret.
fn goes_on(container: &str) -> bool {
    let is_there = state(container).is_some();
    if is_there {
        let shown = inspected(container);
        for secret in ["wJalrXUtnFEMI", "IQoJb3JpZ2luX2Vj"] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }
    is_there
}

fn state(container: &str) -> Option<String> {
    let state = docker(&["inspect", "--format", "{{.State.Status}}", container]);
    let is_there = state.status.success();
    is_there.then(|| state.out().trim().to_owned())
}

#[test]
fn a_kept_container_cannot_be_started_without_its_relay() {
    let (mut credrun, container) = live("live-kept", &["--rm=false", IMAGE, "true"]);
    run(&mut credrun).success();
    until("the relay is gone", || relays(&container.0).is_empty());
    let started = docker(&["start", &container.0]);
    assert!(
        started.stderr.contains("No such container: "),
        "{started:?}"
    );
}
