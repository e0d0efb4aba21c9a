//! `delivery: live`: every service keeps its credentials, whatever Compose does with it.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::asks::{ASKS, answers, is_served, none_failed};
use crate::python;
use crate::support::compose::{Project, SECRET};
use crate::support::engine::docker;
use crate::support::{until, until_within};

const FIRST: &str = "options: {profile: app, delivery: live, worker.profile: worker}";

fn yaml() -> String {
    format!(
        "services:\n  aws: {{provider: {{type: credrun, {FIRST}}}}}\n  app:{ASKS}    restart: unless-stopped\n  \
         worker:{ASKS}\n"
    )
}

/// The key IDs that a service has seen.
fn keys(project: &Project, service: &str) -> BTreeSet<String> {
    let output = project.output();
    let lines = output.lines().filter(|line| line.starts_with(service));
    let last = lines.filter_map(|line| line.split_whitespace().last());
    last.filter(|word| word.starts_with("ASIA"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn services_have_credentials_of_their_own_that_renew_and_none_of_the_secrets_is_to_be_seen() {
    let project = Project::new("compose-live", 20, &yaml());
    project.compose(&["up", "-d"]).success();
    until_within(Duration::from_secs(70), "three sets have come", || {
        keys(&project, "app").len() >= 3 && keys(&project, "worker").len() >= 3
    });
    none_failed(&project);
    let of = |service: &str, mark: &str| {
        let keys = keys(&project, service);
        assert!(
            keys.iter().all(|key| key.starts_with(mark)),
            "{service}: {keys:?}"
        );
    };
    of("app", "ASIAAPP");
    of("worker", "ASIAWRK");

    let shown = project.credrun(&["ps", "--format", "json"]).success().out();
    let app = shown
        .lines()
        .find(|line| line.contains(&project.container("app", 1)));
    let app: serde_json::Value = serde_json::from_str(app.expect("in ps")).expect("JSON");
    assert_eq!(app["Project"], project.name);
    assert_eq!(app["Service"], "app");
    assert_eq!(app["Delivery"], "live");
    assert_eq!(app["Renewed"], true);

    let mut seen = project.compose(&["config"]).success().out();
    seen += &project.output();
    seen += &project
        .credrun(&["logs", &format!("{}/aws", project.name)])
        .success()
        .out();
    seen += &project.inspected(&project.container("app", 1), "{{json .}}");
    for relay in project.relays() {
        let id = relay.split(' ').next().unwrap_or_default();
        seen += &project.inspected(id, "{{json .}}");
    }
    for file in fs::read_dir(project.state()).expect("state").flatten() {
        seen += &fs::read_to_string(file.path()).expect("text");
    }
    assert!(!seen.contains(SECRET), "a secret is to be seen");
}

#[test]
fn a_service_is_served_again_after_all_that_compose_does_with_it() {
    let project = Project::new("compose-again", 60, &yaml());
    project.compose(&["up", "-d"]).success();
    is_served(&project, "app");
    let process = project.supervisor().expect("one serves");
    let id = |service: &str| project.inspected(&project.container(service, 1), "{{.Id}}");
    let first = id("worker");

    project.compose(&["up", "-d"]).success();
    assert_eq!(id("worker"), first, "a second up leaves it alone");
    project.compose(&["restart", "app"]).success();
    is_served(&project, "app");
    project.compose(&["stop", "app"]).success();
    project.compose(&["start", "app"]).success();
    is_served(&project, "app");
    project
        .compose(&["up", "-d", "--force-recreate", "worker"])
        .success();
    is_served(&project, "worker-1");
    project.compose(&["scale", "worker=2"]).success();
    is_served(&project, "worker-2");
    let app = project.container("app", 1);
    let kill = ["exec", &app, "/bin/busybox", "kill", "-TERM", "-1"];
    docker(&kill);
    is_served(&project, "app");
    assert_eq!(
        project.supervisor(),
        Some(process),
        "one process serves all the time"
    );
    none_failed(&project);
}

#[test]
fn another_up_serves_the_same_containers_after_credrun_was_killed() {
    let project = Project::new("compose-killed", 60, &yaml());
    project.compose(&["up", "-d"]).success();
    is_served(&project, "app");
    let first = project.inspected(&project.container("app", 1), "{{.Id}} {{.State.StartedAt}}");
    let process = project.supervisor().expect("one serves");
    kill_process(Pid::from_raw(process).expect("a process"), Signal::KILL).expect("sent");
    until("nothing has credentials", || project.relays().is_empty());

    project.compose(&["up", "-d"]).success();
    is_served(&project, "app");
    let now = project.inspected(&project.container("app", 1), "{{.Id}} {{.State.StartedAt}}");
    assert_eq!(now, first, "neither created nor started again");
}

#[test]
fn an_up_with_other_options_changes_the_credentials_and_not_the_containers() {
    let project = Project::new("compose-other", 60, &yaml());
    project.compose(&["up", "-d"]).success();
    is_served(&project, "app");
    let first = project.inspected(&project.container("app", 1), "{{.Id}}");
    project.write(&yaml().replace("{profile: app,", "{profile: worker,"));
    project.compose(&["up", "-d"]).success();
    until("the other profile's set is there", || {
        keys(&project, "app")
            .iter()
            .any(|key| key.starts_with("ASIAWRK"))
    });
    assert_eq!(
        project.inspected(&project.container("app", 1), "{{.Id}}"),
        first
    );
}

#[test]
fn nobody_but_the_service_itself_can_ask() {
    let project = Project::new("compose-others", 60, &yaml());
    project.compose(&["up", "-d"]).success();
    is_served(&project, "app");
    let from_worker = project.compose(&[
        "exec",
        "-T",
        "worker",
        "/bin/busybox",
        "nc",
        "-w",
        "2",
        "app",
        "21776",
    ]);
    assert_ne!(from_worker.code(), 0, "{}", from_worker.out());
    let without_token = project.compose(&[
        "exec",
        "-T",
        "app",
        "/bin/busybox",
        "wget",
        "-q",
        "-O",
        "-",
        "http://127.0.0.1:21776/credentials",
    ]);
    assert_ne!(without_token.code(), 0);
    assert!(
        !without_token.out().contains("ASIA"),
        "{}",
        without_token.out()
    );
}

#[test]
fn a_service_on_the_hosts_network_gets_nothing_and_the_log_says_why() {
    let yaml = yaml().replace("    restart: unless-stopped", "    network_mode: host");
    let project = Project::new("compose-host", 60, &yaml);
    project.compose(&["up", "-d"]).success();
    is_served(&project, "worker");
    let log = project
        .credrun(&["logs", &format!("{}/aws", project.name)])
        .success()
        .out();
    let reason = "gets no credentials: with network_mode: host";
    assert!(log.contains(reason), "{log}");
    assert_eq!(answers(&project, "app"), 0);
    assert_eq!(project.relays().len(), 1, "{:?}", project.relays());
}

/// The endpoint is not there: an SDK tells of a call that fails, too.
#[test]
fn calls_that_sdks_tell_of_are_recorded() {
    let program = "import boto3, time\n\
         while True:\n    \
             try: boto3.client('sts', endpoint_url='http://127.0.0.1:9').get_caller_identity()\n    \
             except Exception: pass\n    \
             time.sleep(1)\n";
    let options = "options: {profile: app, delivery: live, record: calls.jsonl}";
    let yaml = format!("services:\n  aws: {{provider: {{type: credrun, {options}}}}}\n");
    let project = Project::new(
        "compose-told",
        60,
        &(yaml + &python::service("app", program)),
    );
    project.compose(&["up", "-d"]).success();
    let record = project.home.path().join("calls.jsonl");
    until_within(Duration::from_secs(60), "a call is recorded", || {
        let record = fs::read_to_string(&record).unwrap_or_default();
        record.contains("\"Operation\":\"GetCallerIdentity\"")
    });
}

/// The image has the project's labels, too: not even `docker run` makes it one of the project's.
#[test]
fn an_image_that_brings_the_variables_along_gets_nothing() {
    let project = Project::new("compose-guest", 60, "");
    let image = format!("{}:guest", project.name);
    let made = docker(&["create", "credrun-test:latest", "/bin/busybox"]);
    let made = made.success().out();
    let name = &project.name;
    docker(&[
        "commit",
        "--change",
        "ENV AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:21776/credentials",
        "--change",
        "ENV AWS_CONTAINER_AUTHORIZATION_TOKEN=0123456789abcdef0123456789abcdef",
        "--change",
        &format!("LABEL com.docker.compose.project={name} com.docker.compose.service=app"),
        made.trim(),
        &image,
    ])
    .success();
    docker(&["rm", made.trim()]).success();
    let asks = ASKS.replace("    depends_on: [aws]\n", "");
    let guest = asks.replace("credrun-test:latest", &image);
    project.write(&format!("{}  guest:{guest}", yaml()));
    let sleeper = format!("{name}-sleeper");
    let sleep = ["run", "-d", "--init", "--name", &sleeper, &image];
    docker(&[&sleep[..], &["/bin/busybox", "sleep", "600"]].concat()).success();

    project.compose(&["up", "-d"]).success();
    is_served(&project, "app");
    is_served(&project, "worker");
    until("the guest has asked", || {
        let output = project.output();
        output
            .lines()
            .any(|line| line.starts_with("guest") && line.contains("FAILED"))
    });
    assert_eq!(answers(&project, "guest"), 0);
    assert_eq!(project.relays().len(), 2, "{:?}", project.relays());
    let token = "{{range .Config.Env}}{{println .}}{{end}}";
    let app = project.inspected(&project.container("app", 1), token);
    assert!(!app.contains("0123456789abcdef"), "its key is not adopted");
    let log = project.credrun(&["logs", &format!("{name}/aws")]);
    let log = log.success().out();
    for container in [project.container("guest", 1), sleeper.clone()] {
        let told = format!("{container} gets no credentials: it was not given the variables");
        assert!(log.contains(&told), "{log}");
    }
    docker(&["rm", "-f", &sleeper]).success();
    project.compose(&["down", "--timeout", "1"]).success();
    docker(&["rmi", &image]).success();
}
