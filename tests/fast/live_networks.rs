//! `--live` on an Engine of API 1.44 or later, which takes several networks in one create request:
//! what docker would send for the container's networks is sent for its relay.

use std::process::{Command, Stdio};

use crate::support::create_request::{canonical, differences};
use crate::support::golden::{Docker, cases, files};
use crate::support::recording_engine::{RELAY, RecordingEngine};
use serde_json::{Map, Value, json};

/// The target's name, which its relay answers to on networks that know names.
const NAME: &str = "target";

struct Wire {
    engine: RecordingEngine,
    directory: tempfile::TempDir,
}

/// The two create requests of a run.
struct Sent {
    relay: Value,
    target: Value,
}

impl Wire {
    fn start() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let engine = RecordingEngine::start(&directory.path().join("engine.sock"), "1.50");
        Self { engine, directory }
    }

    /// What `credrun run --live` sends for docker's arguments.
    fn sent_for(&self, args: &[String]) -> Sent {
        let ended = Command::new(env!("CARGO_BIN_EXE_credrun"))
            .args(["run", "--live", "--name", NAME])
            .args(args)
            .current_dir(files())
            .env_clear()
            .envs([
                ("DOCKER_HOST", self.engine.address().as_str()),
                ("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE"),
                ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI"),
                ("AWS_SESSION_TOKEN", "IQoJb3JpZ2luX2Vj"),
                ("AWS_REGION", "eu-west-1"),
            ])
            .env("HOME", self.directory.path())
            .stdin(Stdio::null())
            .output()
            .expect("credrun");
        let next = || {
            let request = self.engine.take_request();
            request.unwrap_or_else(|| panic!("{args:?}: {ended:?}"))
        };
        let (relay, target) = (next(), next());
        assert!(relay.is_relays() && !target.is_relays(), "{args:?}");
        let body = |request: &crate::support::recording_engine::CreateRequest| {
            serde_json::from_slice(&request.body).expect("JSON")
        };
        Sent {
            relay: body(&relay),
            target: body(&target),
        }
    }
}

/// What belongs to the network in a create request.
fn network_part(body: &Value) -> Value {
    let host = &body["HostConfig"];
    let mut part = json!({
        "NetworkingConfig": body["NetworkingConfig"],
        "HostConfig": { "NetworkMode": host["NetworkMode"], "Links": host["Links"] },
    });
    // The recorded patches take out the base's network by a null.
    let endpoints = part.pointer_mut("/NetworkingConfig/EndpointsConfig");
    if let Some(endpoints) = endpoints.and_then(Value::as_object_mut) {
        endpoints.retain(|_, endpoint| !endpoint.is_null());
    }
    canonical(&part)
}

/// Docker's request for the container, with the name that the relay answers to in its stead.
fn expected(request: &Value) -> Value {
    let mut expected = request.clone();
    let mode = request["HostConfig"]["NetworkMode"]
        .as_str()
        .expect("a mode");
    let endpoints = expected["NetworkingConfig"]["EndpointsConfig"]
        .as_object_mut()
        .expect("endpoints");
    endpoints.retain(|_, endpoint| !endpoint.is_null());
    endpoints.entry(mode).or_insert_with(|| json!({}));
    for endpoint in endpoints.values_mut() {
        let mut aliases = endpoint["Aliases"].as_array().cloned().unwrap_or_default();
        aliases.push(NAME.into());
        endpoint["Aliases"] = aliases.into();
    }
    network_part(&expected)
}

/// What credrun refuses and docker does not: `golden_requests.rs` says why.
const REFUSED: [&str; 3] = ["lines-113", "l3-69", "l3-70"];

/// The recorded command lines with networks of the user's.
fn with_networks() -> Vec<(String, Vec<String>, Value)> {
    let recorded = cases().into_iter().filter_map(|case| {
        let Docker::Request { request, .. } = case.at(50) else {
            return None;
        };
        let mode = request["HostConfig"]["NetworkMode"].as_str()?;
        if REFUSED.contains(&case.name.as_str()) {
            return None;
        }
        let is_users = !matches!(mode, "host" | "none" | "bridge") && !mode.contains(':');
        // Without the leading `-d`: nobody is to stay behind.
        let args = case.args().split_off(1);
        is_users.then(|| (case.name.clone(), args, request.clone()))
    });
    recorded.collect()
}

#[test]
fn the_relay_gets_the_networks_that_docker_would_give_the_container() {
    let wire = Wire::start();
    let cases = with_networks();
    let several = |request: &Value| {
        let endpoints = request["NetworkingConfig"]["EndpointsConfig"].as_object();
        endpoints.map_or(0, Map::len) > 2
    };
    assert!(cases.len() >= 8 && cases.iter().any(|(_, _, request)| several(request)));
    for (name, args, request) in cases {
        let sent = wire.sent_for(&args);
        let found = differences(&network_part(&sent.relay), &expected(&request));
        assert!(found.is_empty(), "{name}: {}", found.join("; "));

        let joined = json!({ "NetworkMode": format!("container:{RELAY}") });
        let target = network_part(&sent.target);
        assert_eq!(target["HostConfig"], joined, "{name}");
        assert_eq!(target.get("NetworkingConfig"), None, "{name}");
    }
}
