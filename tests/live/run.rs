//! `--live` as a user types it: the container asks for credentials, ends, and nothing is left.

use crate::support::engine::{IMAGE, docker, engine};
use crate::support::live::{
    ASK, Network, detached, inspected, live, nothing_is_left, relays, runs,
};
use crate::support::process::{credrun_with_keys, finish, run, signal, start};
use crate::support::until;
use rustix::process::Signal;

#[test]
fn a_container_gets_credentials_that_inspect_does_not_show() {
    let script = format!("{ASK}; env");
    let (mut credrun, container) = live("live-once", &[IMAGE, "sh", "-c", &script]);
    let ran = run(&mut credrun).success();
    assert!(
        ran.out().contains("\"SecretAccessKey\":\"wJalrXUtnFEMI"),
        "{ran:?}"
    );
    assert!(ran.out().contains("\"Expiration\":\""), "{ran:?}");
    assert!(!ran.out().contains("AWS_SECRET_ACCESS_KEY="), "{ran:?}");
    nothing_is_left(&container.0);
}

#[test]
fn neither_container_shows_a_secret_while_it_runs() {
    let (mut credrun, container) = live("live-inspect", &[IMAGE, "sh", "-c", "echo up; sleep 60"]);
    let child = start(&mut credrun);
    runs(&container.0);
    let shown = inspected(&container.0)
        + &relays(&container.0)
            .iter()
            .map(|id| inspected(id))
            .collect::<String>();
    assert!(shown.contains("AWS_CONTAINER_CREDENTIALS_FULL_URI"));
    for secret in ["wJalrXUtnFEMI", "IQoJb3JpZ2luX2Vj"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    signal(&child, Signal::TERM);
    docker(&["kill", &container.0]);
    finish(child);
    nothing_is_left(&container.0);
}

#[test]
fn a_killed_credrun_leaves_no_relay() {
    let (mut credrun, container) = live("live-killed", &[IMAGE, "sh", "-c", "echo up; sleep 60"]);
    let child = start(&mut credrun);
    runs(&container.0);
    assert_eq!(relays(&container.0).len(), 1);
    signal(&child, Signal::KILL);
    finish(child);
    until("the relay is gone", || relays(&container.0).is_empty());
}

#[test]
fn a_command_that_is_not_there_is_127_and_leaves_nothing() {
    let (mut credrun, container) = live("live-127", &[IMAGE, "no-such-command"]);
    assert_eq!(run(&mut credrun).code(), 127);
    nothing_is_left(&container.0);
}

#[test]
fn neighbours_find_the_container_by_its_name() {
    engine();
    let network = Network::new("live-net");
    let (mut credrun, container) = live(
        "live-named",
        &[
            "--network",
            &network.0,
            IMAGE,
            "sh",
            "-c",
            "echo up; sleep 60",
        ],
    );
    let child = start(&mut credrun);
    runs(&container.0);
    docker(&[
        "run",
        "--rm",
        "--network",
        &network.0,
        IMAGE,
        "nslookup",
        &container.0,
    ])
    .success();
    docker(&["kill", &container.0]);
    finish(child);
    nothing_is_left(&container.0);
}

#[test]
fn a_restart_policy_wants_a_credrun_that_stays() {
    let (mut credrun, _) = live("live-restart", &["--restart", "always", IMAGE, "true"]);
    let ran = run(&mut credrun);
    assert_eq!(ran.code(), 125);
    assert_eq!(
        ran.stderr,
        "credrun: --restart with --live needs -d\n\
         hint: with -d, credrun stays in the background and serves the container, also after each restart\n"
    );
}

#[test]
fn a_detached_container_is_served_until_its_end() {
    let script = format!("echo up; while ! [ -e /go ]; do sleep 0.1; done; {ASK}; echo; sleep 60");
    let (ran, container) = detached("live-detached", &["--rm=false", IMAGE, "sh", "-c", &script]);
    let ran = ran.success();
    assert_eq!(ran.out().trim().len(), 64, "{ran:?}");
    let log = ran
        .stderr
        .split("its log: ")
        .nth(1)
        .expect("a log is named")
        .trim()
        .to_owned();
    // The caller has ended; only now does the container ask.
    docker(&["exec", &container.0, "touch", "/go"]).success();
    until("the container has its credentials", || {
        docker(&["logs", &container.0])
            .out()
            .contains("wJalrXUtnFEMI")
    });
    docker(&["kill", &container.0]);
    until("the relay is gone", || relays(&container.0).is_empty());
    until("the end is logged", || {
        std::fs::read_to_string(&log)
            .expect("a log")
            .contains("ended with status 137")
    });
}

#[test]
fn a_detached_container_that_is_started_again_is_still_served() {
    let script = format!("{ASK}; sleep 0.3; exit 1");
    let (ran, container) = detached(
        "live-again",
        &["--restart", "always", IMAGE, "sh", "-c", &script],
    );
    ran.success();
    until("it has asked three times", || {
        docker(&["logs", &container.0])
            .out()
            .matches("wJalrXUtnFEMI")
            .count()
            >= 3
    });
    docker(&["rm", "--force", &container.0]);
    until("the relay is gone", || relays(&container.0).is_empty());
}

#[test]
fn a_detached_run_that_fails_tells_its_caller_and_leaves_nothing() {
    let (ran, container) = detached("live-failed", &[IMAGE, "no-such-command"]);
    assert_eq!(ran.code(), 127, "{ran:?}");
    assert!(ran.stderr.contains("caused by: "), "{ran:?}");
    assert!(!ran.stderr.contains("its log"), "{ran:?}");
    nothing_is_left(&container.0);
}

#[test]
fn ps_lists_what_is_served_and_stop_ends_it() {
    let (ran, container) = detached("live-ps", &[IMAGE, "sleep", "60"]);
    ran.success();
    let listed = run(credrun_with_keys().arg("ps")).success().out();
    assert!(
        listed.lines().any(|line| line.contains(&container.0)),
        "{listed}"
    );
    run(credrun_with_keys().args(["stop", "--time", "0", &container.0])).success();
    nothing_is_left(&container.0);
    let again = run(credrun_with_keys().args(["stop", &container.0]));
    assert_eq!(again.code(), 125);
    assert!(
        again
            .stderr
            .contains("hint: docker stop stops other containers"),
        "{again:?}"
    );
}
