//! What `--mount` leaves to the Engine, and what the Engine makes of it.

use crate::support::engine::{IMAGE, docker, engine};
use crate::support::process::{Finished, credrun_with_keys, run};

/// Runs `true` in a container with this mount.
fn run_with(mount: &str) -> Finished {
    engine();
    run(credrun_with_keys().args(["-q", "--mount", mount, IMAGE, "true"]))
}

/// The minor number of the Engine's newest API version.
fn api_minor() -> u32 {
    let version = docker(&["version", "--format", "{{.Server.APIVersion}}"]).success();
    let version = version.out();
    let minor = version.trim().strip_prefix("1.");
    minor.and_then(|minor| minor.parse().ok()).expect("1.N")
}

#[test]
fn a_source_that_is_missing_is_created_by_an_engine_that_knows_how() {
    let directory = tempfile::tempdir().expect("a directory");
    let source = directory.path().join("new");
    let ran = run_with(&format!(
        "type=bind,src={},dst=/b,bind-create-src",
        source.display()
    ));
    if api_minor() >= 42 {
        ran.success();
        assert!(source.is_dir());
    } else {
        assert_eq!(ran.code(), 125);
        assert!(
            ran.stderr.contains("bind source path does not exist"),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn a_target_a_propagation_and_a_type_are_the_engines_to_refuse() {
    for (mount, refused) in [
        ("type=bind,src=/tmp", "field Target must not be empty"),
        (
            "type=bind,src=/tmp,dst=/b,bind-propagation=odd",
            "invalid propagation mode: odd",
        ),
        ("type=odd,src=/tmp,dst=/b", "mount type unknown"),
    ] {
        let ran = run_with(mount);
        assert_eq!(ran.code(), 125, "{mount}");
        assert!(
            ran.stderr
                .starts_with("credrun: the Docker Engine could not create the container"),
            "{mount}: {}",
            ran.stderr
        );
        assert!(ran.stderr.contains(refused), "{mount}: {}", ran.stderr);
    }
}
