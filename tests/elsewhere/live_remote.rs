//! `--live` on Engines that are elsewhere: nothing but the Engine's own connection is needed.

use std::fs;
use std::process::Command;

use crate::support::engine::{IMAGE, docker, engine};
use crate::support::live::{ASK, live, nothing_is_left, relays};
use crate::support::process::{credrun_with_keys, run};
use crate::support::sshd::Sshd;
use crate::support::terminal::Terminal;
use crate::support::tls_engine::TlsEngine;
use crate::support::until;

fn over_tls(command: &mut Command) -> &mut Command {
    engine();
    let remote = TlsEngine::shared();
    command
        .env("DOCKER_HOST", remote.address())
        .env("DOCKER_TLS_VERIFY", "1")
        .env("DOCKER_CERT_PATH", remote.directory_name())
}

#[test]
fn over_tls_a_container_has_credentials_and_nothing_is_left() {
    let mut credrun = credrun_with_keys();
    credrun.args(["run", "--live", IMAGE, "sh", "-c", ASK]);
    let ran = run(over_tls(&mut credrun)).success();
    assert!(ran.out().contains("wJalrXUtnFEMI"), "{ran:?}");
    until("the relay is gone", || {
        let all = run(over_tls(Command::new("docker").args(["ps", "-aq"])));
        all.success().out().is_empty()
    });
}

#[test]
fn through_ssh_a_container_has_credentials_and_nothing_is_left() {
    let (mut credrun, container) = live("live-ssh", &[IMAGE, "sh", "-c", ASK]);
    let ran = run(through_ssh(&mut credrun)).success();
    assert!(ran.out().contains("wJalrXUtnFEMI"), "{ran:?}");
    nothing_is_left(&container.0);
}

fn through_ssh(command: &mut Command) -> &mut Command {
    command
        .env("DOCKER_HOST", Sshd::shared().address())
        .env("PATH", Sshd::shared().path())
}

#[test]
fn through_ssh_a_detached_container_outlives_the_terminal() {
    let script = format!("until [ -e /go ]; do sleep 0.05; done; {ASK}; echo; sleep 600");
    let (mut credrun, container) = live("live-ssh-d", &["-d", IMAGE, "sh", "-c", &script]);
    let mut terminal = Terminal::start(through_ssh(&mut credrun));
    let told = terminal.read_until(".log");
    assert_eq!(terminal.wait().0, 0);
    drop(terminal);
    docker(&["exec", &container.0, "touch", "/go"]).success();
    until("the container has its credentials", || {
        docker(&["logs", &container.0])
            .out()
            .contains("wJalrXUtnFEMI")
    });
    docker(&["kill", &container.0]).success();
    until("the relay is gone", || relays(&container.0).is_empty());
    let (_, log) = told.split_once("its log: ").expect("a log");
    until("the end is logged", || {
        fs::read_to_string(log)
            .expect("a log")
            .contains("ended with status 137")
    });
}
