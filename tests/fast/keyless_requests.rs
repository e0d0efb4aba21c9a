//! What `--keyless` asks of the Engine: no create request has the real set in it.

use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::support::recording_engine::RecordingEngine;

const KEY: &str = "ASIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY";
const TOKEN: &str = "IQoJb3JpZ2luX2VjEXAMPLETOKEN";

struct Wire {
    engine: RecordingEngine,
    directory: tempfile::TempDir,
}

/// The two create requests of a run, as bytes and as JSON.
struct Sent {
    bytes: Vec<u8>,
    relay: Value,
    target: Value,
}

impl Wire {
    fn start() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let engine = RecordingEngine::start(&directory.path().join("engine.sock"), "1.41");
        Self { engine, directory }
    }

    fn run(&self, flags: &[&str]) -> Output {
        self.command(flags).output().expect("credrun")
    }

    fn command(&self, flags: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_credrun"));
        command
            .arg("--keyless")
            .args(flags)
            .args(["image", "command"])
            .current_dir(self.directory.path())
            .env_clear()
            .env("DOCKER_HOST", self.engine.address())
            .env("HOME", self.directory.path())
            .env("AWS_ACCESS_KEY_ID", KEY)
            .env("AWS_SECRET_ACCESS_KEY", SECRET)
            .env("AWS_SESSION_TOKEN", TOKEN)
            .env("AWS_ACCOUNT_ID", "123456789012")
            .env("AWS_REGION", "eu-west-1")
            .stdin(Stdio::null());
        command
    }

    /// What a run sends, until the Engine refuses it.
    fn sent_for(&self, flags: &[&str]) -> Sent {
        let ended = self.run(flags);
        let next = || {
            let request = self.engine.take_request();
            request.unwrap_or_else(|| panic!("{flags:?}: {ended:?}"))
        };
        let (relay, target) = (next(), next());
        assert!(relay.is_relays() && !target.is_relays(), "{flags:?}");
        let json = |body: &[u8]| serde_json::from_slice(body).expect("JSON");
        Sent {
            relay: json(&relay.body),
            target: json(&target.body),
            bytes: [relay.body, target.body].concat(),
        }
    }
}

fn has(bytes: &[u8], text: &str) -> bool {
    let mut places = bytes.windows(text.len());
    places.any(|place| place == text.as_bytes())
}

/// The value of a variable in a create request.
fn value<'a>(request: &'a Value, name: &str) -> &'a str {
    let entries = request["Env"].as_array().expect("an environment");
    let entries = entries.iter().filter_map(Value::as_str);
    let mut values = entries.filter_map(|entry| entry.strip_prefix(name)?.strip_prefix('='));
    values.next().unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn neither_request_has_a_part_of_the_real_set() {
    let wire = Wire::start();
    for flags in [&[][..], &["--network", "host"], &["-e", "AWS_PROFILE=dev"]] {
        let sent = wire.sent_for(flags);
        for part in [KEY, SECRET, TOKEN] {
            assert!(!has(&sent.bytes, part), "{flags:?}: {part}");
        }
    }
}

#[test]
fn each_run_has_a_key_of_its_own_that_looks_like_a_temporary_one() {
    let wire = Wire::start();
    let [one, another] = [(); 2].map(|()| wire.sent_for(&[]).target);
    for name in [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
    ] {
        assert_ne!(value(&one, name), value(&another, name), "{name}");
    }
    let id = value(&one, "AWS_ACCESS_KEY_ID");
    assert!(id.len() == 20 && id.starts_with("ASIA"), "{id}");
    assert_eq!(value(&one, "AWS_SECRET_ACCESS_KEY").len(), 40);
}

#[test]
fn the_relay_names_its_loopback_and_both_containers_say_how_they_are_served() {
    let wire = Wire::start();
    let sent = wire.sent_for(&["--add-host", "db:10.0.0.1"]);
    let hosts = sent.relay["HostConfig"]["ExtraHosts"].as_array();
    let hosts: Vec<&str> = hosts
        .expect("hosts")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    for host in [
        "db:10.0.0.1",
        "sync-127.0.0.1:127.0.0.1",
        "123456789012.127.0.0.1:127.0.0.1",
    ] {
        assert!(hosts.contains(&host), "{host}: {hosts:?}");
    }
    assert!(sent.target["HostConfig"]["ExtraHosts"].is_null());
    for request in [&sent.relay, &sent.target] {
        assert_eq!(request["Labels"]["credrun.delivery"], "keyless");
    }
}

#[test]
fn a_set_that_cannot_be_renewed_is_told_with_q_too_and_long_lived_keys_need_no_renewal() {
    let told = |flags: &[&str], changed: &[(&str, Option<&str>)]| {
        let wire = Wire::start();
        let mut command = wire.command(&[&["-q"], flags].concat());
        for (name, value) in changed {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let ran = command.output().expect("credrun");
        assert!(wire.engine.take_request().is_some(), "{ran:?}");
        let stderr = String::from_utf8(ran.stderr).expect("UTF-8");
        // Of the container that the Engine refuses to remove, there is another.
        let lines = stderr.lines().filter(|line| line.contains("renew"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(
        told(&[], &[]),
        [
            "credrun: warning: these credentials have no known expiry, so --keyless cannot renew them; \
             it can renew those from a profile, a role or CloudShell"
        ]
    );
    let end = ("AWS_CREDENTIAL_EXPIRATION", Some("2099-01-01T00:00:00Z"));
    assert_eq!(
        told(&[], &[end]),
        [
            "credrun: warning: --keyless cannot renew credentials from the environment: \
             they expire at 2099-01-01T00:00:00Z"
        ]
    );
    let keys = [
        ("AWS_SESSION_TOKEN", None),
        ("AWS_ACCESS_KEY_ID", Some("AKIAIOSFODNN7EXAMPLE")),
    ];
    assert_eq!(told(&["--long-lived"], &keys), [""; 0]);
}

#[test]
fn a_dry_run_shows_neither_key_and_leaves_the_file_of_the_record_alone() {
    let wire = Wire::start();
    let record = wire.directory.path().join("calls.jsonl");
    std::fs::write(&record, "of an earlier run\n").expect("written");
    let file = record.to_str().expect("UTF-8");
    let lists = [
        "--allow",
        "s3:Get*",
        "--allow",
        "read-only",
        "--deny",
        "kms:*",
    ];
    let ran = wire.run(&[&["--dry-run", "--record", file], &lists[..]].concat());
    assert!(ran.status.success(), "{ran:?}");
    let shown: Value = serde_json::from_slice(&ran.stdout).expect("JSON");
    assert_eq!(shown["Allow"], json!(["s3:Get*", "read-only"]));
    assert_eq!(shown["Deny"], json!(["kms:*"]));
    for name in [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
    ] {
        assert_eq!(value(&shown["Body"], name), "<redacted>");
    }
    assert_eq!(
        value(&shown["Body"], "AWS_ENDPOINT_URL"),
        "http://127.0.0.1:21776"
    );
    let kept = std::fs::read_to_string(&record).expect("readable");
    assert_eq!(kept, "of an earlier run\n");
}

#[test]
fn a_record_that_cannot_be_written_is_refused_before_the_engine_is_asked_for_a_container() {
    let wire = Wire::start();
    for file in [".", "none/calls.jsonl"] {
        let ran = wire.run(&["--record", file]);
        assert_eq!(ran.status.code(), Some(125), "{ran:?}");
        let told = String::from_utf8_lossy(&ran.stderr);
        assert!(told.contains("cannot write the record to"), "{told}");
        assert!(wire.engine.take_request().is_none(), "{file}");
    }
}
