//! `action.yml` installs a release, with the script of its own checkout, for the steps that follow.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::stand_in::{Home, found, programs};
use crate::support::aws::yaml;
use crate::support::process::{Finished, run};
use crate::support::release::{Release, write_program};
use crate::support::repository;

const RELEASES: &str = "https://github.com/someone/credrun/releases";

/// The one step of the action.
fn step(action: &Value) -> &Value {
    let steps = action["runs"]["steps"].as_array().expect("steps");
    assert_eq!(steps.len(), 1);
    &steps[0]
}

/// Runs it as GitHub's runner does; `$GITHUB_PATH` and `$GITHUB_OUTPUT` are in the home directory.
fn install(home: &Home, programs: &TempDir, version: &str, mirror: Option<&Path>) -> Finished {
    let action = yaml(&repository("action.yml"));
    let step = step(&action);
    assert_eq!(step["shell"], "sh");
    let script = home.path().join("step.sh");
    fs::write(&script, step["run"].as_str().expect("a script")).expect("a script");
    let mut command = Command::new(found("dash"));
    command
        .arg("-e")
        .arg(script)
        .current_dir(home.path())
        .env_clear();
    command
        .env("HOME", home.path())
        .env("PATH", programs.path())
        .env("GITHUB_PATH", home.path().join("path"))
        .env("GITHUB_OUTPUT", home.path().join("output"))
        .env("ACTION", repository(""))
        .env("RELEASES", RELEASES)
        .env("VERSION", version);
    command.envs(mirror.map(|mirror| ("CREDRUN_RELEASES", mirror)));
    run(&mut command)
}

#[test]
fn the_version_that_is_asked_for_is_in_path_and_in_the_outputs() {
    let release = Release::of("0.2.0");
    let programs = programs(&["sha256sum", "sh"]);
    for version in ["latest", "0.2.0", "v0.2.0"] {
        let home = Home::new();
        install(&home, &programs, version, Some(release.path())).success();
        let read = |name| fs::read_to_string(home.path().join(name)).expect(name);
        let program = home.program();
        let bin = program.parent().expect("a directory").display();
        assert_eq!(read("path"), format!("{bin}\n"));
        let expected = format!("path={}\nversion=0.2.0\n", program.display());
        assert_eq!(read("output"), expected);
        assert_eq!(home.version(), "credrun 0.2.0\n");
    }
}

#[test]
fn a_failure_ends_the_job_and_leaves_path_as_it_was() {
    let release = Release::of("0.2.0");
    let home = Home::new();
    let ran = install(
        &home,
        &programs(&["sha256sum", "sh"]),
        "0.3.0",
        Some(release.path()),
    );
    assert_eq!(ran.code(), 1);
    assert!(ran.stderr.contains("is 0.2.0, not 0.3.0"), "{}", ran.stderr);
    assert_eq!(home.content(), ["step.sh"]);
}

#[test]
fn releases_come_from_the_repository_that_the_action_is_in() {
    let programs = programs(&["sha256sum", "sh", "sed"]);
    let curl = "#!/bin/sh\nfor word; do :; done\necho \"$word\" >>\"$HOME/asked\"\nexit 6\n";
    write_program(&programs.path().join("curl"), curl.as_bytes());
    let own = concat!("download/v", env!("CARGO_PKG_VERSION"));
    for (version, first) in [
        // A job that names none gets that of the action's checkout.
        ("", own),
        ("latest", "latest/download"),
        ("v1.2.3", "download/v1.2.3"),
    ] {
        let home = Home::new();
        assert_eq!(install(&home, &programs, version, None).code(), 1);
        let asked = fs::read_to_string(home.path().join("asked")).expect("what was asked for");
        let last = asked.lines().last().expect("a request");
        assert_eq!(last, format!("{RELEASES}/{first}/SHA256SUMS"));
    }
    let action = yaml(&repository("action.yml"));
    assert_eq!(action["inputs"]["version"]["default"], "");
    assert_eq!(step(&action)["env"]["ACTION"], "${{ github.action_path }}");
    let address = step(&action)["env"]["RELEASES"]
        .as_str()
        .expect("an address");
    let own = "${{ github.action_repository || github.repository }}";
    assert_eq!(
        address,
        format!("${{{{ github.server_url }}}}/{own}/releases")
    );
}

#[test]
fn its_outputs_are_those_of_the_step_and_the_example_pins_it_and_asks_for_no_other_version() {
    let action = yaml(&repository("action.yml"));
    for name in ["version", "path"] {
        let expected = format!("${{{{ steps.install.outputs.{name} }}}}");
        assert_eq!(action["outputs"][name]["value"], expected.as_str());
    }
    assert_eq!(step(&action)["id"], "install");
    let workflow = yaml(&repository("examples/github-actions.yml"));
    let first = &workflow["jobs"]["smoke-test"]["steps"][0];
    assert!(
        first["uses"]
            .as_str()
            .expect("an action")
            .starts_with("OWNER/NAME@v")
    );
    assert!(first["with"].is_null());
}
