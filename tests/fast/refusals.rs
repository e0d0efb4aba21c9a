//! A command line that docker refuses is refused by credrun with status 125, and leaves nothing
//! behind: no request to create a container, and no file for its ID.
//!
//! What the refusals say is compared in `tests/fast/golden_requests.rs`.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::support::golden::{Case, Docker, cases, files};
use crate::support::recording_engine::RecordingEngine;

/// Runs the program with a set of credentials in its environment.
fn credrun(args: &[String], engine: &RecordingEngine, cidfile: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_credrun"))
        .env_clear()
        .envs([
            ("HOME", "/nonexistent"),
            ("DOCKER_HOST", engine.address().as_str()),
            ("FROMENV", "fromenv-value"),
            ("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG"),
            ("AWS_SESSION_TOKEN", "IQoJb3JpZ2luX2VjEXAMPLE"),
        ])
        .args(["-q", "--rm=false", "--cidfile"])
        .arg(cidfile)
        .args(args)
        .current_dir(files())
        .stdin(Stdio::null())
        .output()
        .expect("credrun runs")
}

fn is_refused(case: &Case, minor: u32) -> bool {
    matches!(case.at(minor), Docker::Refused { .. })
}

fn assert_nothing_is_left(minor: u32, version: &'static str) {
    let directory = tempfile::tempdir().expect("a directory");
    let engine = RecordingEngine::start(&directory.path().join("engine.sock"), version);
    let cidfile = directory.path().join("cid");
    let refused = cases().into_iter().filter(|case| is_refused(case, minor));
    let mut count = 0;
    for case in refused {
        let name = &case.name;
        let output = credrun(&case.args(), &engine, &cidfile);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(125), "{name}: {said}");
        assert!(said.starts_with("credrun: "), "{name}: {said}");
        assert!(output.stdout.is_empty(), "{name}");
        assert!(engine.take_request().is_none(), "{name} was sent: {said}");
        assert!(!cidfile.exists(), "{name} left a file");
        count += 1;
    }
    assert!(count > 200, "{count} refusals are recorded");
}

#[test]
fn a_refused_command_line_leaves_nothing_at_api_1_41() {
    assert_nothing_is_left(41, "1.41");
}

#[test]
fn a_refused_command_line_leaves_nothing_at_api_1_53() {
    assert_nothing_is_left(53, "1.53");
}

#[test]
fn a_request_that_the_engine_refuses_leaves_no_file() {
    let directory = tempfile::tempdir().expect("a directory");
    let engine = RecordingEngine::start(&directory.path().join("engine.sock"), "1.50");
    let cidfile = directory.path().join("cid");
    let output = credrun(&["img".to_owned()], &engine, &cidfile);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(engine.take_request().is_some(), "nothing was sent: {said}");
    assert_eq!(output.status.code(), Some(125), "{said}");
    assert!(!cidfile.exists());
}
