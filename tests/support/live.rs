//! `--live` as a user types it, and what is there of it in the Engine.

use std::process::Command;

use rustix::process::Pid;

use super::engine::{Removed, containers, docker, engine, no_container_is_left, unique_name};
use super::process::{Finished, credrun_with_keys, run};
use super::until;

/// Asks the endpoint as an SDK does.
pub const ASK: &str = "wget -qO- --header \"Authorization: $AWS_CONTAINER_AUTHORIZATION_TOKEN\" \
                   \"$AWS_CONTAINER_CREDENTIALS_FULL_URI\"";

/// `credrun run --live --name NAME …`, and the container, which is removed in any case.
pub fn live(name: &str, arguments: &[&str]) -> (Command, Removed) {
    engine();
    let name = unique_name(name);
    let mut command = credrun_with_keys();
    command
        .args(["run", "--live", "--name", &name])
        .args(arguments);
    (command, Removed(name))
}

/// The relays that serve a container of this name.
pub fn relays(name: &str) -> Vec<String> {
    let filter = format!("label=credrun.relay.for={name}");
    let list = docker(&["ps", "--all", "--quiet", "--no-trunc", "--filter", &filter]);
    list.success().out().lines().map(str::to_owned).collect()
}

pub fn nothing_is_left(name: &str) {
    no_container_is_left(name);
    until("the relay is gone", || relays(name).is_empty());
}

pub fn inspected(container: &str) -> String {
    docker(&["inspect", container]).success().out()
}

/// Waits until a container has said `up`.
pub fn runs(name: &str) {
    until("the container runs", || {
        docker(&["logs", name]).out().contains("up")
    });
}

/// `credrun run -d --live …`: what the caller sees.
pub fn detached(name: &str, arguments: &[&str]) -> (Finished, Removed) {
    let (mut credrun, container) = live(name, &[&["-d"], arguments].concat());
    (run(&mut credrun), container)
}

/// The process that stays behind, as the caller names it:
/// `credrun: process 17 serves the container; its log: /path`
pub fn supervisor(ran: &Finished) -> Pid {
    let (_, rest) = ran.stderr.split_once("process ").expect("a process");
    let number = rest.split(' ').next().and_then(|text| text.parse().ok());
    number.and_then(Pid::from_raw).expect("a number")
}

/// Where that process logs.
pub fn log(ran: &Finished) -> &str {
    let (_, path) = ran.stderr.split_once("its log: ").expect("a log");
    path.trim()
}

/// A network that is removed again.
pub struct Network(pub String);

impl Network {
    pub fn new(purpose: &str) -> Self {
        let name = unique_name(purpose);
        docker(&["network", "create", &name]).success();
        Self(name)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for left in containers(&self.0) {
            docker(&["rm", "--force", &left]);
        }
        docker(&["network", "rm", &self.0]);
    }
}
