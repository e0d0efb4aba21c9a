//! SDK clients in Compose projects, on sets that live for a minute, through four lifetimes: one
//! service, three with ports and names, replicas; with credentials that renew, and with those that
//! do not. Its image is large, so only `make test-sdks` runs this.

#![cfg(target_os = "linux")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use credrun_test_support::compose::Project;
use credrun_test_support::until_within;

/// A fresh session each second asks for credentials as a new program does, and says whether AWS would
/// still take them: the key ID has the second in which the set was made. Each container serves its
/// name, and one asks another for it.
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
        class Handler(http.server.SimpleHTTPRequestHandler):
            def log_message(self, *_):
                pass
        server = http.server.HTTPServer(("", 8080), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        while True:
            try:
                key = boto3.session.Session().get_credentials().get_frozen_credentials().access_key
                print(key if time.time() < int(key[7:]) + LIFE else "ENDED " + key, flush=True)
            except Exception as error:
                print("FAILED", repr(error), flush=True)
            time.sleep(1)
"#;

const LIFE: u32 = 60;
/// For sets that do not renew: on a machine that is busy, an `up` alone may take a minute.
const HOUR: u32 = 3600;
const LIFETIMES: Duration = Duration::from_secs(4 * 60);
/// Python takes a while to start on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(240);

fn yaml(delivery: &str, life: u32, services: &[&str], more: &str) -> String {
    let provider = format!(
        "services:\n  aws: {{provider: {{type: credrun, options: {{profile: app, delivery: {delivery}}}}}}}\n"
    );
    let client = CLIENT.replace("LIFE", &life.to_string());
    let services = services
        .iter()
        .map(|service| format!("  {service}:{client}{more}"));
    std::iter::once(provider).chain(services).collect()
}

/// What each container has said, by its name in Compose's log.
fn said(project: &Project) -> BTreeMap<String, Vec<String>> {
    let output = project.output();
    let mut said = BTreeMap::<_, Vec<_>>::new();
    for (container, line) in output.lines().filter_map(|line| line.split_once('|')) {
        said.entry(container.trim().to_owned())
            .or_default()
            .push(line.trim().to_owned());
    }
    said
}

/// Does one thing after the other with the project for four lifetimes of a set.
fn live(purpose: &str, services: &[&str], more: &str, steps: &[&[&str]]) {
    let project = Project::new(purpose, LIFE, &yaml("live", LIFE, services, more));
    project.compose(&["up", "-d"]).success();
    let began = Instant::now();
    let mut steps = steps.iter().cycle();
    // A container that is created anew takes its output with it.
    let (mut keys, mut calls) = (BTreeSet::new(), 0);
    while began.elapsed() < LIFETIMES {
        let lines = |project: &Project| said(project).values().map(Vec::len).sum::<usize>();
        let before = lines(&project);
        until_within(PATIENCE, "the clients have called ten times", || {
            lines(&project) > before + 10
        });
        for (container, lines) in said(&project) {
            let failed: Vec<_> = lines
                .iter()
                .filter(|line| !line.starts_with("ASIA"))
                .collect();
            assert!(failed.is_empty(), "{container}: {failed:?}");
            calls += lines.len();
            keys.extend(lines);
        }
        let step = steps.next().expect("a cycle");
        project.compose(step).success();
    }
    println!(
        "{purpose}: {calls} calls seen, {} sets, none failed",
        keys.len()
    );
    assert!(keys.len() > 4, "{keys:?}");
    project.compose(&["down", "--volumes"]).success();
    assert_eq!(project.supervisor(), None);
}

/// Each `up` brings a set to all containers; a restart does not.
fn env(purpose: &str, services: &[&str], more: &str, others: &[&[&str]]) {
    let project = Project::new(purpose, HOUR, &yaml("env", HOUR, services, more));
    let mut newest = String::new();
    for up in [
        &["up", "-d"][..],
        &["up", "-d"],
        &["up", "-d", "--force-recreate"],
        &["up", "-d", "--scale", "one=2"],
    ] {
        project.compose(up).success();
        until_within(PATIENCE, "all containers have the new set", || {
            let said = said(&project);
            let mut last = said.values().map(|lines| lines.last());
            !said.is_empty()
                && last
                    .all(|line| line.is_some_and(|line| line.starts_with("ASIA") && *line > newest))
        });
        let said = said(&project);
        let last = said.values().filter_map(|lines| lines.last());
        newest = last.max().expect("a line").clone();
        assert!(newest.starts_with("ASIA"), "{newest}");
    }
    project.compose(&["restart"]).success();
    for other in others {
        // Python starts anew.
        until_within(PATIENCE, "the services answer", || {
            project.compose(other).status.success()
        });
    }
    until_within(PATIENCE, "a restart leaves them the same set", || {
        let said = said(&project);
        let mut last = said.values().map(|lines| lines.last());
        last.all(|line| line == Some(&newest))
    });
    project.compose(&["down", "--volumes"]).success();
}

const PORTS: &str = "    ports: [\"8080\"]\n";
const REPLICAS: &str = "    deploy: {replicas: 2}\n";
const BY_NAME: [&str; 6] = [
    "exec",
    "-T",
    "one",
    "python3",
    "-c",
    "import urllib.request as u; u.urlopen('http://three:8080/').read()",
];

#[test]
fn one_service_keeps_its_credentials() {
    let steps: [&[&str]; 5] = [
        &["restart", "one"],
        &["up", "-d", "--force-recreate"],
        &["up", "-d"],
        &["scale", "one=2"],
        &["scale", "one=1"],
    ];
    live("compose-sdk-one", &["one"], "", &steps);
}

#[test]
fn three_services_with_ports_and_names_keep_theirs() {
    let steps: [&[&str]; 5] = [
        &BY_NAME,
        &["restart", "two"],
        &["up", "-d", "--force-recreate", "three"],
        &["port", "one", "8080"],
        &["scale", "two=2"],
    ];
    live("compose-sdk-three", &["one", "two", "three"], PORTS, &steps);
}

#[test]
fn replicas_keep_theirs() {
    let steps: [&[&str]; 4] = [
        &["scale", "one=3"],
        &["restart", "one"],
        &["up", "-d", "--force-recreate"],
        &["scale", "one=2"],
    ];
    live("compose-sdk-replicas", &["one"], REPLICAS, &steps);
}

#[test]
fn one_service_has_a_new_set_after_each_up() {
    env("compose-env-one", &["one"], "", &[]);
}

#[test]
fn three_services_with_ports_and_names_have_a_new_set_after_each_up() {
    let others: [&[&str]; 2] = [&BY_NAME, &["port", "one", "8080"]];
    env(
        "compose-env-three",
        &["one", "two", "three"],
        PORTS,
        &others,
    );
}

#[test]
fn replicas_have_a_new_set_after_each_up() {
    env("compose-env-replicas", &["one"], REPLICAS, &[]);
}

#[test]
fn a_set_that_does_not_renew_ends() {
    let yaml = yaml("env", LIFE, &["one"], "");
    let project = Project::new("compose-env-end", LIFE, &yaml);
    project.compose(&["up", "-d"]).success();
    // boto3 reads the end from a variable.
    until_within(PATIENCE, "boto3 says so", || {
        project.output().contains("still expired")
    });
}
