//! What Compose has for services works with `delivery: live` as without: healthchecks, ports, names,
//! `watch`; and what stands in the way of the credentials is told.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::asks::ASKS;
use crate::support::compose::Project;
use crate::support::engine::docker;
use crate::support::{until, until_within};

const PROVIDER: &str =
    "services:\n  aws: {provider: {type: credrun, options: {profile: app, delivery: live}}}\n";

fn has_credentials(project: &Project, service: &str) -> bool {
    let output = project.output();
    let mut lines = output.lines().filter(|line| line.starts_with(service));
    lines.any(|line| line.contains("ASIAAPP"))
}

#[test]
fn a_healthcheck_that_needs_credentials_turns_healthy_and_lets_others_start() {
    let check = "wget -q -O - --header \"Authorization: $$AWS_CONTAINER_AUTHORIZATION_TOKEN\" \
                 \"$$AWS_CONTAINER_CREDENTIALS_FULL_URI\" | /bin/busybox grep -q ASIA";
    let check = serde_json::json!([
        "CMD",
        "/bin/busybox",
        "sh",
        "-c",
        format!("/bin/busybox {check}")
    ]);
    let project = Project::new(
        "compose-health",
        60,
        &format!(
            "{PROVIDER}  app:{ASKS}    healthcheck: {{interval: 1s, timeout: 5s, retries: 20, test: {check}}}\n  \
             web:\n    image: credrun-test:latest\n    command: [/bin/busybox, sleep, \"600\"]\n    init: true\n    \
             stop_grace_period: 1s\n    depends_on: {{app: {{condition: service_healthy}}}}\n"
        ),
    );
    project.compose(&["up", "-d"]).success();
    let state =
        |service: &str, format: &str| project.inspected(&project.container(service, 1), format);
    assert_eq!(state("app", "{{.State.Health.Status}}"), "healthy");
    assert_eq!(state("web", "{{.State.Running}}"), "true");
    let environment = state("web", "{{json .Config.Env}}");
    assert!(!environment.contains("AWS_"), "{environment}");
}

#[test]
fn a_service_keeps_its_ports_and_its_name() {
    let serves = "    ports: [\"8080\"]\n    entrypoint: [/bin/busybox, sh, -c, \
                  \"/bin/busybox httpd -p 8080 -h /etc; exec \\\"$$@\\\"\", --]\n";
    let project = Project::new(
        "compose-ports",
        60,
        &format!("{PROVIDER}  one:{ASKS}{serves}  two:{ASKS}"),
    );
    project.compose(&["up", "-d"]).success();
    until("both have credentials", || {
        has_credentials(&project, "one") && has_credentials(&project, "two")
    });
    let passwd = [
        "/bin/busybox",
        "wget",
        "-q",
        "-O",
        "-",
        "http://one:8080/hostname",
    ];
    let by_name = [&["exec", "-T", "two"], &passwd[..]].concat();
    assert!(!project.compose(&by_name).success().out().is_empty());
    let address = project.compose(&["port", "one", "8080"]).success().out();
    let (_, port) = address.trim().rsplit_once(':').expect("a port");
    let mut host = TcpStream::connect(format!("127.0.0.1:{port}")).expect("a service");
    host.write_all(b"GET /hostname HTTP/1.0\r\n\r\n")
        .expect("sent");
    let mut answer = String::new();
    host.read_to_string(&mut answer).expect("an answer");
    assert!(answer.contains(" 200 OK"), "{answer}");
}

/// The images that Compose has built for a project.
struct Built(String);

impl Drop for Built {
    fn drop(&mut self) {
        let filter = format!("label=com.docker.compose.project={}", self.0);
        let list = docker(&["images", "--quiet", "--filter", &filter]);
        let list = String::from_utf8_lossy(&list.stdout).into_owned();
        for image in list.lines() {
            let _ = Command::new("docker")
                .args(["rmi", "--force", image])
                .output();
        }
    }
}

#[test]
fn a_service_that_watch_builds_anew_has_credentials() {
    let asks = ASKS.replace("    image: credrun-test:latest\n", "    build: .\n");
    let watch = "    develop: {watch: [{action: rebuild, path: ./src}]}\n";
    let yaml = format!("{PROVIDER}  app:{asks}{watch}");
    let project = Project::new("compose-watch", 60, &yaml);
    let _built = Built(project.name.clone());
    let dockerfile = "FROM credrun-test:latest\nCOPY src/ /src/\n";
    project.write_to("Dockerfile", dockerfile);
    project.write_to("src/version", "one");
    project.compose(&["up", "-d", "--build"]).success();
    let app = project.container("app", 1);
    let first = project.inspected(&app, "{{.Id}}");
    let process = project.supervisor();
    let mut watch = project
        .command(&["watch", "--no-up"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("Compose");
    // Compose says nowhere that it watches, and waits until a file has changed no more.
    let pause = Duration::from_secs(3);
    let mut written = None::<Instant>;
    until_within(Duration::from_secs(90), "it is built anew", || {
        if written.is_none_or(|at| at.elapsed() > pause) {
            project.write_to("src/version", &format!("{written:?}"));
            written = Some(Instant::now());
        }
        let now = docker(&["inspect", "--format", "{{.Id}}", &app]);
        now.status.success() && now.out().trim() != first
    });
    until("it has credentials", || has_credentials(&project, "app"));
    watch.kill().expect("ended");
    watch.wait().expect("its end");
    assert_eq!(project.supervisor(), process);
}

#[test]
fn variables_of_a_services_own_that_sdks_prefer_are_told() {
    let own = "    environment: {AWS_PROFILE: other, AWS_EC2_METADATA_DISABLED: \"false\"}\n";
    let project = Project::new("compose-own", 60, &format!("{PROVIDER}  app:{ASKS}{own}"));
    project.compose(&["up", "-d"]).success();
    until("app has credentials", || has_credentials(&project, "app"));
    let warning = format!("{} sets AWS_PROFILE itself", project.container("app", 1));
    let log = format!("{}/aws", project.name);
    let log = project.credrun(&["logs", &log]).success().out();
    assert!(log.contains(&warning), "{log}");
    let again = project.compose(&["up", "-d"]).success();
    assert!(
        again.stderr.contains(&format!("warning: {warning}")),
        "{}",
        again.stderr
    );
    let environment = project.inspected(&project.container("app", 1), "{{json .Config.Env}}");
    assert!(
        environment.contains("AWS_EC2_METADATA_DISABLED=true"),
        "{environment}"
    );
}
