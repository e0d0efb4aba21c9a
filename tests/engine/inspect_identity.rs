//! A container that credrun made looks to `docker inspect` like one that `docker run` made from
//! the same command line, but for AWS's variables.
//!
//! Both run `true` to its end and stay. What differs between any two containers is given one
//! name, and then nothing may differ.

use std::collections::BTreeSet;
use std::process::Command;

use crate::support::create_request::as_docker_29;
use crate::support::engine::{IMAGE, Removed, docker, engine, unique_name};
use crate::support::process::{credrun_with_keys, run};
use serde_json::Value;

/// Two containers of the same command line, compared.
fn assert_same(flags: &str) {
    assert_same_running(flags, "true");
}

fn assert_same_running(flags: &str, command: &str) {
    engine();
    let words = |line: &str| -> Vec<String> { line.split(' ').map(str::to_owned).collect() };
    let mut args = if flags.is_empty() {
        Vec::new()
    } else {
        words(flags)
    };
    args.push(IMAGE.to_owned());
    args.extend(words(command));

    let mut client = Command::new("docker");
    client.arg("run");
    let (their_status, theirs) = inspect_after(&mut client, &args);
    let (status, ours) = inspect_after(credrun_with_keys().arg("--rm=false"), &args);
    assert_eq!(status, their_status, "{flags}");
    assert!(status == 0 || flags.contains("--privileged"), "{flags}");
    let mut found = Vec::new();
    // The client of this machine is older than that.
    let theirs = as_docker_29(theirs);
    differences("", &ours, &theirs, &mut found);
    assert!(found.is_empty(), "{flags}:\n{}", found.join("\n"));
}

/// Runs a container, and returns its status and what `docker inspect` says of it then. It says as
/// much of one that was not started: an Engine without all of root's rights refuses `--privileged`.
fn inspect_after(client: &mut Command, args: &[String]) -> (i32, Value) {
    let name = Removed(unique_name("inspect"));
    let directory = env!("CARGO_MANIFEST_DIR");
    let status = run(client
        .args(["--name", &name.0])
        .args(args)
        .current_dir(directory))
    .code();
    let text = docker(&["inspect", "--type", "container", &name.0])
        .success()
        .out();
    (status, anonymous(&text, &name.0))
}

/// Gives what is of this one container a name that any has, and puts lists in order that
/// docker's client sends in random order.
fn anonymous(text: &str, name: &str) -> Value {
    let mut inspected: Value = serde_json::from_str(text).expect("JSON");
    let id = inspected[0]["Id"].as_str().expect("an ID").to_owned();
    let mut text = text
        .replace(name, "NAME")
        .replace(&id, "ID")
        .replace(&id[..12], "SHORT-ID");
    for volume in anonymous_volumes(&inspected[0]) {
        text = text.replace(&volume, "ANONYMOUS-VOLUME");
    }
    inspected = serde_json::from_str(&text).expect("JSON");
    let mut container = inspected[0].take();
    for volatile in [
        "/Created",
        "/State/StartedAt",
        "/State/FinishedAt",
        "/State/Health/Log",
        "/GraphDriver/Data",
        "/NetworkSettings/SandboxID",
        "/NetworkSettings/SandboxKey",
    ] {
        if let Some(value) = container.pointer_mut(volatile) {
            *value = Value::Null;
        }
    }
    for list in ["/Config/Env", "/HostConfig/Binds", "/Mounts"] {
        if let Some(Value::Array(items)) = container.pointer_mut(list) {
            items.retain(|item| !item.as_str().is_some_and(|text| text.starts_with("AWS_")));
            items.sort_by_key(ToString::to_string);
        }
    }
    container
}

/// The volumes that the Engine made up a name for.
fn anonymous_volumes(container: &Value) -> BTreeSet<String> {
    let made_up = |name: &&str| name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit());
    let mounts = container["Mounts"].as_array().into_iter().flatten();
    mounts
        .filter_map(|mount| mount["Name"].as_str())
        .filter(made_up)
        .map(str::to_owned)
        .collect()
}

fn differences(path: &str, ours: &Value, theirs: &Value, found: &mut Vec<String>) {
    match (ours, theirs) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: BTreeSet<_> = a.keys().chain(b.keys()).collect();
            for key in keys {
                let path = format!("{path}/{key}");
                match (a.get(key), b.get(key)) {
                    (Some(a), Some(b)) => differences(&path, a, b, found),
                    (a, b) => found.push(format!("{path}: credrun {a:?}, docker {b:?}")),
                }
            }
        }
        _ if ours == theirs => {}
        _ => found.push(format!("{path}: credrun {ours}, docker {theirs}")),
    }
}

/// A network, removed when dropped.
struct Network(String);

impl Network {
    /// With a subnet of its own, so that addresses in it can be asked for.
    fn create() -> (Self, String) {
        engine();
        let pid = std::process::id();
        let subnet = format!("10.{}.{}", 200 + pid / 256 % 50, pid % 256);
        let network = Self(unique_name("inspect-net"));
        let range = format!("{subnet}.0/24");
        docker(&["network", "create", "--subnet", &range, &network.0]).success();
        (network, subnet)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        let _ = Command::new("docker")
            .args(["network", "rm", &self.0])
            .output();
    }
}

/// A volume, removed when dropped.
struct Volume(String);

impl Drop for Volume {
    fn drop(&mut self) {
        let _ = Command::new("docker")
            .args(["volume", "rm", &self.0])
            .output();
    }
}

#[test]
fn no_flags_at_all() {
    assert_same("");
}

#[test]
fn a_process() {
    assert_same("-i");
    assert_same("-t");
    assert_same("-a stdout");
    assert_same("-w /tmp -u 1000:1000 --group-add 5 -h box --domainname example.org");
    assert_same_running("--entrypoint sh", "-c exit");
    assert_same("--init --stop-signal INT --stop-timeout 3");
    assert_same("--init=false --stop-timeout 0");
}

#[test]
fn an_environment_and_labels() {
    assert_same("-e B=1 -e A=2 -e C=x=y -e D= -e PATH=/bin -e NOTSET");
    assert_same("--env-file tests/golden/fx/env1 -e A=override");
    assert_same("-l a=1 -l b --label-file tests/golden/fx/lab");
}

#[test]
fn files() {
    let volume = Volume(unique_name("inspect-volume"));
    let name = &volume.0;
    assert_same(&format!(
        "-v {name}:/data -v {name}:/copy:ro,nocopy -v /anonymous"
    ));
    assert_same("-v ./tests:/tests:ro -v /tmp:/host");
    assert_same("--mount type=bind,src=./tests,dst=/b,ro,bind-propagation=rprivate");
    assert_same(&format!(
        "--mount src={name},dst=/v,volume-nocopy --mount dst=/w,volume-label=a=b"
    ));
    assert_same("--mount type=tmpfs,dst=/t,tmpfs-size=64k,tmpfs-mode=1777");
    assert_same("--tmpfs /run:size=64k,noexec --tmpfs /x --shm-size 32m --read-only");
}

#[test]
fn ports() {
    assert_same("-p 127.0.0.1::80 -p 9000-9002/udp --expose 81-83/udp");
    assert_same("-P --expose 80");
}

#[test]
fn networks() {
    assert_same("--network none");
    assert_same("--network host");
    assert_same("--add-host a:1.2.3.4 --add-host b=::1 --add-host c:host-gateway");
    assert_same("--dns 8.8.8.8 --dns-search example.org --dns-opt timeout:1");
    let (network, subnet) = Network::create();
    let name = &network.0;
    assert_same(&format!(
        "--network {name} --network-alias a --network-alias b --ip {subnet}.9"
    ));
    assert_same(&format!("--network name={name},alias=a,driver-opt=k=v"));
}

#[test]
fn other_containers() {
    engine();
    let other = Removed(unique_name("inspect-other"));
    let command = [
        "run", "-d", "-v", "/shared", "--name", &other.0, IMAGE, "sleep", "3600",
    ];
    docker(&command).success();
    let name = &other.0;
    assert_same(&format!("--link {name}:db --volumes-from {name}:ro"));
    assert_same(&format!(
        "--network container:{name} --pid container:{name}"
    ));
}

#[test]
fn limits() {
    assert_same("-m 64m --memory-reservation 32m --memory-swap 128m --memory-swappiness 10");
    assert_same("--cpus 0.5 --pids-limit 100 --oom-score-adj 100");
    assert_same("-c 512 --cpuset-cpus 0 --cpu-period 100000 --cpu-quota 50000");
    assert_same("--ulimit nofile=1024:2048 --ulimit core=0 --sysctl net.ipv4.ip_forward=1");
}

#[test]
fn security_and_namespaces() {
    assert_same("--cap-add net_admin --cap-add CAP_SYS_PTRACE --cap-drop mknod");
    assert_same("--security-opt no-new-privileges --security-opt seccomp=unconfined");
    assert_same("--security-opt systempaths=unconfined");
    assert_same("--privileged --runtime runc");
    assert_same("--pid host --uts host --cgroupns private --ipc private");
    assert_same("--ipc shareable --userns host --cgroupns host");
    assert_same("--device /dev/null:/dev/nothing:r --device /dev/zero");
}

#[test]
fn a_life() {
    assert_same("--restart on-failure:3");
    assert_same("--log-driver json-file --log-opt max-size=1m --log-opt max-file=2");
    assert_same("--log-driver none");
    assert_same("--health-cmd true --health-interval 30s --health-retries 3");
    assert_same("--no-healthcheck --platform linux/amd64");
}
