//! Whom credrun trusts on the way to a container: the connection to the Engine, and the image that
//! a tag names.

use std::fs;
use std::process::Command;

use crate::support::process::{Finished, credrun_with_keys, run};
use crate::support::scripted_engine::ScriptedEngine;

/// An address that is not this machine's. A connection to it fails at once: it is everybody's.
const ELSEWHERE: &str = "tcp://255.255.255.255:1";

fn failing_at(address: &str, command: &mut Command) -> Finished {
    let failed = run(command.env("DOCKER_HOST", address));
    assert_eq!(failed.code(), 125, "{failed:?}");
    assert!(
        failed
            .stderr
            .contains(&format!("cannot connect to the Docker Engine at {address}")),
        "{failed:?}"
    );
    failed
}

#[test]
fn an_engine_over_plain_tcp_is_warned_of_and_on_loopback_is_not() {
    let warning = format!(
        "credrun: warning: the connection to {ELSEWHERE} is not encrypted, so others on the network \
         can read the credentials; TLS or ssh:// protects them\n"
    );
    let run_quietly = ["run", "-q", "an/image"];
    let live = ["run", "-q", "--live", "an/image"];
    let exec = ["exec", "-q", "a-container", "true"];
    for arguments in [&run_quietly[..], &live, &exec] {
        let said = |address: &str| failing_at(address, credrun_with_keys().args(arguments)).stderr;
        assert!(said(ELSEWHERE).starts_with(&warning), "{}", said(ELSEWHERE));
        for loopback in ["tcp://127.0.0.1:1", "tcp://localhost:1", "tcp://[::1]:1"] {
            assert!(!said(loopback).contains("warning"), "{}", said(loopback));
        }
    }
}

#[test]
fn an_engine_whose_certificate_is_not_verified_is_warned_of() {
    let config = tempfile::tempdir().expect("a directory");
    // The directory of a context is named by the SHA-256 of its name.
    let context = config
        .path()
        .join("contexts/meta/97b7e2db799e2b79e65f418b42a7d3054c95b2d3ab1dba243039597e44a38084");
    fs::create_dir_all(&context).expect("a directory");
    let meta = serde_json::json!({
        "Name": "unverified",
        "Metadata": {},
        "Endpoints": { "docker": { "Host": ELSEWHERE, "SkipTLSVerify": true } },
    });
    fs::write(context.join("meta.json"), meta.to_string()).expect("written");
    let failed = run(credrun_with_keys()
        .env_remove("DOCKER_HOST")
        .env("DOCKER_CONFIG", config.path())
        .args(["run", "-q", "--context", "unverified", "an/image"]));
    assert_eq!(failed.code(), 125);
    assert!(
        failed.stderr.starts_with(&format!(
            "credrun: warning: the certificate of {ELSEWHERE} is not verified, so others on the \
             network can pose as the Engine and read the credentials; --tlsverify, or a docker \
             context that verifies, protects them\n"
        )),
        "{failed:?}"
    );
}

/// A run of this image with `DOCKER_CONTENT_TRUST=1`, and what it asked the Engine.
fn with_content_trust(flags: &[&str], image: &str) -> (Finished, Vec<String>) {
    let engine = ScriptedEngine::start([]);
    let finished = run(credrun_with_keys()
        .env("DOCKER_HOST", engine.host())
        .env("DOCKER_CONTENT_TRUST", "1")
        .args(["run", "-q"])
        .args(flags)
        .args([image, "true"]));
    (finished, engine.lines())
}

#[test]
fn content_trust_is_not_ignored_an_image_by_tag_is_refused() {
    let refused = |flags: &[&str], image: &str| {
        let (refused, lines) = with_content_trust(flags, image);
        assert_eq!(refused.code(), 125, "{refused:?}");
        assert_eq!(lines, [""; 0]);
        refused.stderr
    };
    assert_eq!(
        refused(&[], "alpine:3"),
        "credrun: DOCKER_CONTENT_TRUST requires a verified signature of alpine:3, but credrun \
         does not verify signatures\n\
         hint: name the image by its digest, as in alpine@sha256:…, which `docker images \
         --digests` shows; or turn this off for one run with --disable-content-trust\n"
    );
    let digest = format!("alpine@sha256:{}", "0".repeat(64));
    let relay = ["--live", "--relay-image", "a/relay"];
    assert!(refused(&relay, &digest).contains("signature of a/relay"));
}

#[test]
fn content_trust_is_content_with_a_digest_or_the_flag_that_turns_it_off() {
    let digest = format!("alpine@sha256:{}", "0".repeat(64));
    for (flags, image) in [
        (&[][..], digest.as_str()),
        (&["--disable-content-trust"], "alpine"),
    ] {
        let (ran, lines) = with_content_trust(flags, image);
        assert_eq!(ran.success().out(), "hello\n");
        assert!(lines.iter().any(|line| line.contains("/containers/create")));
    }
}
