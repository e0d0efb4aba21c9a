//! `docker credrun` is `credrun`: docker's own client finds it, calls it, passes its global flags
//! and its signals on, and returns its status.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use crate::support::aws::AwsStandIn;
use crate::support::engine::{IMAGE, Removed, engine, no_container_is_left, unique_name};
use crate::support::live::{relays, runs};
use crate::support::process::{clean, finish, run, signal, start};
use rustix::process::Signal;

/// docker's client, with credrun among its plugins and AWS credentials in the environment.
fn docker(config: &Path) -> Command {
    let plugins = config.join("cli-plugins");
    if !plugins.exists() {
        std::fs::create_dir(&plugins).expect("a directory");
        symlink(
            env!("CARGO_BIN_EXE_credrun"),
            plugins.join("docker-credrun"),
        )
        .expect("a link");
    }
    let mut docker = clean(Command::new("docker"));
    docker
        .env("DOCKER_CONFIG", config)
        .envs(AwsStandIn::shared().cloudshell());
    docker
}

#[test]
fn docker_knows_it_as_a_valid_plugin() {
    let config = tempfile::tempdir().expect("a directory");
    let format = "{{range .ClientInfo.Plugins}}{{.Name}} {{.Version}} {{.Err}}\n{{end}}";
    let info = run(docker(config.path()).args(["info", "--format", format])).success();
    let expected = concat!("credrun v", env!("CARGO_PKG_VERSION"), " <nil>");
    assert!(
        info.out().lines().any(|line| line == expected),
        "{}",
        info.out()
    );
}

#[test]
fn it_runs_a_container_with_credentials_and_returns_its_status() {
    engine();
    let config = tempfile::tempdir().expect("a directory");
    let script = "echo $AWS_ACCESS_KEY_ID; exit 7";
    let ran = run(docker(config.path()).args(["credrun", "--rm", IMAGE, "sh", "-c", script]));
    assert_eq!(ran.code(), 7, "{}", ran.stderr);
    assert!(ran.out().starts_with("ASIA"), "{}", ran.out());
}

#[test]
fn dockers_global_flags_are_its_own() {
    let config = tempfile::tempdir().expect("a directory");
    for flags in [
        &["-H", "unix:///nowhere/docker.sock"][..],
        &["--host=unix:///nowhere/docker.sock"],
    ] {
        let ran = run(docker(config.path())
            .args(flags)
            .args(["credrun", "--rm", IMAGE]));
        assert_eq!(ran.code(), 125, "{}", ran.stderr);
        assert!(
            ran.stderr.contains("unix:///nowhere/docker.sock"),
            "{}",
            ran.stderr
        );
    }
    let ran = run(docker(config.path()).args(["--context", "default", "credrun", "--help"]));
    assert!(ran.success().out().contains("credrun"));
}

/// docker tells a plugin without a terminal by closing a socket, and by no signal.
#[test]
fn a_signal_to_docker_reaches_the_container() {
    engine();
    let config = tempfile::tempdir().expect("a directory");
    let name = unique_name("plugin");
    let _removed = Removed(name.clone());
    let script = "trap 'echo ended; exit 3' TERM; echo ready; while :; do sleep 0.1; done";
    let mut command = docker(config.path());
    command.args([
        "credrun", "--rm", "--name", &name, IMAGE, "sh", "-c", script,
    ]);
    let mut docker = start(&mut command);
    let mut output = BufReader::new(docker.stdout.take().expect("a pipe")).lines();
    assert_eq!(output.next().expect("a line").expect("text"), "ready");
    signal(&docker, Signal::TERM);
    assert_eq!(output.next().expect("a line").expect("text"), "ended");
    assert_eq!(finish(docker).code(), 3);
    no_container_is_left(&name);
}

/// docker's name for credrun is none of its arguments, or it would be the image; and it does not
/// follow docker, which ends with the caller.
#[test]
fn a_credrun_that_stays_behind_is_a_plugin_too_and_outlives_docker() {
    engine();
    let config = tempfile::tempdir().expect("a directory");
    let name = unique_name("plugin-left");
    let _removed = Removed(name.clone());
    let socket = config.path().join("plugin.sock");
    let _docker = UnixListener::bind(&socket).expect("a socket");
    let mut plugin = docker(config.path());
    plugin.env("DOCKER_CLI_PLUGIN_SOCKET", &socket);
    let script = "echo up; sleep 60";
    let left = run(plugin.args([
        "credrun", "-d", "--live", "--name", &name, IMAGE, "sh", "-c", script,
    ]))
    .success();
    runs(&name);
    assert_eq!(relays(&name).len(), 1);
    let (_, process) = left.stderr.split_once("process ").expect("a process");
    let number = process.split(' ').next().expect("a number");
    let read = |file: &str| {
        let bytes = std::fs::read(format!("/proc/{number}/{file}")).expect("it runs");
        String::from_utf8_lossy(&bytes).into_owned()
    };
    assert!(read("cmdline").ends_with("docker-credrun\0--supervisor\0"));
    assert!(!read("environ").contains("DOCKER_CLI_PLUGIN_SOCKET="));
}
