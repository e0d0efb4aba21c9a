//! The main job on Podman's Docker-compatible socket.

use std::process::Command;

use crate::support::aws::AwsStandIn;
use crate::support::engine::{IMAGE, engine, unique_name};
use crate::support::podman::Podman;
use crate::support::process::{credrun, run, run_with_stdin};
use crate::support::until;

/// credrun on Podman, with AWS credentials in its environment. Its containers have no network,
/// which would be made in the host's files.
fn on_podman(arguments: &[&str]) -> Command {
    engine();
    let mut command = credrun();
    command
        .env("DOCKER_HOST", Podman::shared().address())
        .envs(AwsStandIn::shared().cloudshell())
        .args(["run", "--rm", "--network", "none"])
        .args(arguments);
    command
}

#[test]
fn a_container_gets_credentials_and_its_status_comes_back() {
    let script = "echo $AWS_ACCESS_KEY_ID; echo warned >&2; exit 9";
    let name = unique_name("podman");
    let ran = run(&mut on_podman(&[
        "--name", &name, IMAGE, "sh", "-c", script,
    ]));
    assert_eq!(ran.code(), 9, "{}", ran.stderr);
    assert!(ran.out().starts_with("ASIA"), "{}", ran.out());
    assert!(ran.stderr.contains("warned"), "{}", ran.stderr);
    until("the container is removed", || {
        !Podman::shared().containers().contains(&name)
    });
}

#[test]
fn input_ends_and_output_goes_on() {
    let sent = "0123456789abcdef\n".repeat(20_000);
    let ran = run_with_stdin(&mut on_podman(&["-i", IMAGE, "cat"]), sent.as_bytes());
    assert_eq!(ran.success().out(), sent);
}

#[test]
fn live_credentials_are_served_there_too() {
    let script = "wget -qO- --header \"Authorization: $AWS_CONTAINER_AUTHORIZATION_TOKEN\" \
                  \"$AWS_CONTAINER_CREDENTIALS_FULL_URI\"";
    let name = unique_name("podman-live");
    let flags = ["--live", "--name", &name];
    let ran = run(&mut on_podman(
        &[&flags[..], &[IMAGE, "sh", "-c", script]].concat(),
    ));
    assert!(ran.out().contains("\"AccessKeyId\":\"ASIA"), "{ran:?}");
    until("the relay is gone", || relays_on_podman(&name).is_empty());
}

#[test]
fn the_relay_of_a_container_that_is_kept_stays_there_and_that_is_told() {
    let name = unique_name("podman-kept");
    let flags = ["--live", "--rm=false", "--name", &name];
    let ran = run(&mut on_podman(&[&flags[..], &[IMAGE, "true"]].concat()));
    let relay = relays_on_podman(&name);
    let podman = Podman::shared();
    podman.podman(&["rm", "--force", &name]);
    podman.podman(&["rm", "--force", relay.trim()]);
    let ran = ran.success();
    assert!(
        ran.stderr.contains("Podman keeps the relay"),
        "{}",
        ran.stderr
    );
}

/// The IDs of the relays that serve a container of this name.
fn relays_on_podman(name: &str) -> String {
    let filter = format!("label=credrun.relay.for={name}");
    let mut docker = Command::new("docker");
    docker.env("DOCKER_HOST", Podman::shared().address());
    run(docker.args(["ps", "-aq", "--filter", &filter]))
        .success()
        .out()
}

#[test]
fn ps_and_stop_know_what_is_served_there() {
    let name = unique_name("podman-ps");
    run(&mut on_podman(&[
        "-d", "--live", "--name", &name, IMAGE, "sleep", "60",
    ]))
    .success();
    let there = |arguments: &[&str]| {
        let mut command = credrun();
        command.env("DOCKER_HOST", Podman::shared().address());
        run(command.args(arguments)).success()
    };
    until("the row has the set's end", || {
        let listed = there(&["ps", "--no-trunc"]).out();
        let row = listed.lines().find(|line| line.contains(&name));
        row.is_some_and(|row| row.contains("Z (1") && row.contains("process "))
    });
    there(&["stop", "--time", "0", &name]);
    until("the container is removed", || {
        !Podman::shared().containers().contains(&name)
    });
}
