//! Docker Compose with credrun as its provider, on Podman's socket.

use std::process::Command;

use crate::asks::{ASKS, is_served, none_failed};
use crate::python;
use crate::support::compose::Project;
use crate::support::podman::Podman;
use crate::support::process::{Finished, run};
use crate::support::until_within;
use crate::support::verifying_aws::VerifyingAws;

/// A project on Podman. Its services have no network, which would be made in the host's files.
fn project(purpose: &str, delivery: &str) -> Project {
    let asks = ASKS.replace("    init: true\n", "    network_mode: none\n");
    let yaml = format!(
        "services:\n  aws: {{provider: {{type: credrun, options: {{profile: app, delivery: {delivery}}}}}}}\n  \
         app:{asks}  worker:{asks}"
    );
    let address = Podman::shared().address();
    Project::new(purpose, 60, &yaml).env("DOCKER_HOST", &address)
}

fn docker(arguments: &[&str]) -> Finished {
    let mut docker = Command::new("docker");
    docker.env("DOCKER_HOST", Podman::shared().address());
    run(docker.args(arguments))
}

#[test]
fn services_there_get_a_set() {
    let project = project("podman-env", "env");
    project.compose(&["up", "-d"]).success();
    let format = "{{json .Config.Env}}";
    let inspect = ["inspect", "--format", format, &project.container("app", 1)];
    let environment = docker(&inspect).success().out();
    assert!(
        environment.contains("AWS_ACCESS_KEY_ID=ASIAAPP"),
        "{environment}"
    );
    project.compose(&["down"]).success();
}

/// Podman keeps a container that another one names as its network, so relays join by another way.
#[test]
fn services_there_have_credentials_that_renew_and_down_removes_all() {
    let project = project("podman-live", "live");
    let is_served = |service: &str| {
        is_served(&project, service);
        none_failed(&project);
    };
    for _ in 0..2 {
        project.compose(&["up", "-d"]).success();
        is_served("app");
        is_served("worker");
        project.compose(&["restart", "app"]).success();
        is_served("app");
        project
            .compose(&["up", "-d", "--force-recreate", "worker"])
            .success();
        is_served("worker");
        project.compose(&["down"]).success();
        until_within(
            std::time::Duration::from_secs(10),
            "nothing is left",
            || {
                let filter = "label=credrun.relay.for";
                let left = docker(&["ps", "--all", "--quiet", "--filter", filter]);
                left.success().out().is_empty() && project.supervisor().is_none()
            },
        );
    }
}

#[test]
fn services_there_make_calls_without_a_key() {
    let aws = VerifyingAws::shared();
    let caller = aws.caller();
    aws.bucket("podman", 1);
    let lists = "import boto3\ns3 = boto3.client('s3')\nprint(s3.list_objects_v2(Bucket='podman')['KeyCount'], 'listed')\n";
    let service =
        python::service("app", lists).replace("    init: true\n", "    network_mode: none\n");
    let yaml = format!(
        "services:\n  aws: {{provider: {{type: credrun, options: {{delivery: keyless, allow: \"s3:ListBucket\"}}}}}}\n{service}"
    );
    let address = Podman::shared().address();
    let project = Project::new("podman-keyless", 60, &yaml)
        .with(caller.variables())
        .env("DOCKER_HOST", &address);
    project.compose(&["up", "-d"]).success();
    until_within(
        std::time::Duration::from_secs(60),
        "the call is answered",
        || project.output().contains("1 listed"),
    );
    let container = project.container("app", 1);
    let inspected = docker(&["inspect", &container]).success().out();
    for secret in caller.secrets() {
        assert!(!inspected.contains(&secret), "a secret is to be seen");
    }
    project.compose(&["down"]).success();
}

#[test]
fn services_there_keep_their_network_and_have_credentials() {
    let podman = Podman::with_networks();
    let asks = ASKS.replace("    init: true\n", "");
    let yaml = format!(
        "services:\n  aws: {{provider: {{type: credrun, options: {{profile: app, delivery: live}}}}}}\n  \
         app:{asks}  worker:{asks}"
    );
    let project = Project::new("podman-network", 60, &yaml).env("DOCKER_HOST", &podman.address());
    project.compose(&["up", "-d"]).success();
    is_served(&project, "app");
    is_served(&project, "worker");
    let network = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
    let worker = project.container("worker", 1);
    let mut inspect = Command::new("docker");
    inspect.env("DOCKER_HOST", podman.address());
    let address = run(inspect.args(["inspect", "--format", network, &worker]));
    let address = address.success().out();
    let ping = [
        "exec",
        "-T",
        "app",
        "/bin/busybox",
        "ping",
        "-c",
        "1",
        address.trim(),
    ];
    project.compose(&ping).success();
    project.compose(&["restart", "app"]).success();
    is_served(&project, "app");
    none_failed(&project);
    project.compose(&["down"]).success();
}
