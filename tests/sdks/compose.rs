//! Real SDK clients in a Compose project, on sets that live for a minute: through four lifetimes no
//! call for credentials fails, whatever Compose does. Its image is large, so only `make test-sdks`
//! runs this.

#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use credrun_test_support::compose::Project;
use credrun_test_support::until_within;

/// A fresh session each second asks for credentials as a new program does.
const CLIENT: &str = r#"
    image: credrun-sdks:latest
    depends_on: [aws]
    init: true
    stop_grace_period: 1s
    command:
      - python3
      - -c
      - |
        import boto3, http.server, threading, time
        server = http.server.HTTPServer(("", 8080), http.server.SimpleHTTPRequestHandler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        while True:
            try:
                print(boto3.session.Session().get_credentials().get_frozen_credentials().access_key, flush=True)
            except Exception as error:
                print("FAILED", repr(error), flush=True)
            time.sleep(1)
"#;

const LIFETIMES: Duration = Duration::from_secs(4 * 60);

fn yaml(services: &[&str], ports: &str) -> String {
    let provider =
        "services:\n  aws: {provider: {type: credrun, options: {profile: app, delivery: live}}}\n";
    let services = services
        .iter()
        .map(|service| format!("  {service}:{CLIENT}{ports}"));
    std::iter::once(provider.to_owned())
        .chain(services)
        .collect()
}

/// The key IDs seen by the clients.
fn keys(project: &Project) -> BTreeSet<String> {
    let output = project.output();
    assert!(!output.contains("FAILED"), "{output}");
    let words = output
        .split_whitespace()
        .filter(|word| word.starts_with("ASIA"));
    words.map(str::to_owned).collect()
}

/// Does one thing after the other with the project for four lifetimes of a set.
fn through_four_lifetimes(project: &Project, steps: &[&[&str]]) {
    project.compose(&["up", "-d"]).success();
    let began = Instant::now();
    let mut steps = steps.iter().cycle();
    // A container that is created anew takes its output with it.
    let mut seen = BTreeSet::new();
    while began.elapsed() < LIFETIMES {
        let before = project.output().lines().count();
        until_within(
            Duration::from_secs(60),
            "the clients have called ten times",
            || project.output().lines().count() > before + 10,
        );
        seen.append(&mut keys(project));
        let step = steps.next().expect("a cycle");
        project.compose(step).success();
    }
    assert!(seen.len() > 4, "{seen:?}");
    project.compose(&["down", "--volumes"]).success();
}

#[test]
fn one_service_keeps_its_credentials() {
    let project = Project::new("compose-sdk-one", 60, &yaml(&["app"], ""));
    through_four_lifetimes(
        &project,
        &[
            &["restart", "app"],
            &["up", "-d", "--force-recreate"],
            &["up", "-d"],
        ],
    );
}

#[test]
fn three_services_with_ports_and_names_keep_theirs() {
    let services = ["one", "two", "three"];
    let project = Project::new(
        "compose-sdk-three",
        60,
        &yaml(&services, "    ports: [\"8080\"]\n"),
    );
    let look = "import urllib.request as u; u.urlopen('http://three:8080/').read()";
    through_four_lifetimes(
        &project,
        &[
            &["exec", "-T", "one", "python3", "-c", look],
            &["restart", "two"],
            &["up", "-d", "--force-recreate", "three"],
            &["port", "one", "8080"],
        ],
    );
}

#[test]
fn replicas_keep_theirs() {
    let yaml = yaml(&["app"], "    deploy: {replicas: 2}\n");
    let project = Project::new("compose-sdk-replicas", 60, &yaml);
    through_four_lifetimes(
        &project,
        &[
            &["scale", "app=3"],
            &["restart", "app"],
            &["scale", "app=2"],
        ],
    );
}
