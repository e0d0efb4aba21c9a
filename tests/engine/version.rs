//! `credrun version`.

use serde_json::Value;

use crate::support::engine::{docker, engine};
use crate::support::process::{credrun, run};

#[test]
fn the_engines_version_is_told_beside_credruns_own() {
    engine();
    let text = run(credrun().arg("version")).success().out();
    let told = docker(&[
        "version",
        "--format={{.Server.Version}}, API {{.Server.APIVersion}}",
    ]);
    let first = format!("credrun {}\n", env!("CARGO_PKG_VERSION"));
    assert!(text.starts_with(&first), "{text}");
    let relays = "relays:  amd64, arm64\n";
    assert!(text.contains(relays), "{text}");
    assert!(text.contains(told.success().out().trim()), "{text}");
    let json = run(credrun().args(["version", "--output", "json"])).success();
    let json: Value = serde_json::from_str(&json.out()).expect("JSON");
    assert_eq!(json["Version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(json["Engine"]["Os"], "linux");
    assert!(
        json["Target"]
            .as_str()
            .is_some_and(|it| it.contains("linux"))
    );
}

#[test]
fn an_engine_that_does_not_answer_is_part_of_the_answer() {
    let mut version = credrun();
    version
        .arg("version")
        .env("DOCKER_HOST", "unix:///nonexistent.sock");
    let text = run(&mut version).success().out();
    let last = "Engine:  cannot connect to the Docker Engine at unix:///nonexistent.sock";
    assert!(text.contains(last), "{text}");
}
