//! A Compose that knows no provider services, and containers of `run`, which no provider reaches:
//! `credrun compose-file` and `credrun compose-env`.

use std::fs;
use std::time::Duration;

use crate::asks::ASKS;
use crate::python;
use crate::support::compose::{Project, SECRET};
use crate::support::engine::docker;
use crate::support::verifying_aws::VerifyingAws;
use crate::support::{until, until_within};

/// Services of a file in the form that Compose 1 wants, with a profile in the way that is not there.
fn yaml(services: &[&str]) -> String {
    let asks = ASKS.replace(
        "    depends_on: [aws]\n",
        "    environment: {AWS_PROFILE: none, OTHER: kept}\n",
    );
    let services = services.iter().map(|name| format!("  {name}:{asks}"));
    let before = "version: \"3.8\"\nservices:\n".to_owned();
    std::iter::once(before).chain(services).collect()
}

/// A project with this override file, and the command line before that of Compose.
struct Older {
    project: Project,
    env: String,
}

impl Older {
    fn new(purpose: &str, seconds: u32, services: &[&str], delivery: &str, more: &str) -> Self {
        let project = Project::new(purpose, seconds, "").with_version_1();
        fs::remove_file(project.home.path().join("compose.yaml")).expect("removed");
        project.write_to("docker-compose.yml", &yaml(services));
        let services = services.join(" ");
        project
            .shell(&format!(
                "credrun compose-file --delivery {delivery} {services} > docker-compose.override.yml"
            ))
            .success();
        let env = format!(
            "credrun compose-env --project-name {} --profile app --delivery {delivery} {more} --",
            project.name
        );
        Self { project, env }
    }

    /// Runs Compose with what its services need.
    fn compose(&self, arguments: &str) -> String {
        let ran = self
            .project
            .shell(&format!("{} docker-compose {arguments}", self.env))
            .success();
        ran.out() + &ran.stderr
    }

    /// Runs Compose alone.
    fn plain(&self, arguments: &str) -> String {
        let name = &self.project.name;
        let line = format!("docker-compose --project-name {name} {arguments}");
        let ran = self.project.shell(&line).success();
        ran.out() + &ran.stderr
    }

    /// As Compose 1 names it.
    fn container(&self, service: &str, number: u32) -> String {
        format!("{}_{service}_{number}", self.project.name)
    }

    fn inspected(&self, service: &str, format: &str) -> String {
        self.project.inspected(&self.container(service, 1), format)
    }

    /// The key IDs that a container has seen, one a second.
    fn seen(&self, service: &str, number: u32) -> Vec<String> {
        let output = docker(&["logs", &self.container(service, number)]).success();
        let output = output.out();
        assert!(!output.contains("FAILED"), "{output}");
        let mut lines: Vec<String> = output.lines().map(str::to_owned).collect();
        lines.retain(|line| line.starts_with("ASIA"));
        lines
    }

    fn is_served(&self, service: &str, number: u32) {
        let before = self.seen(service, number).len();
        until(&format!("{service} has credentials"), || {
            self.seen(service, number).len() > before
        });
    }
}

#[test]
fn services_of_compose_1_have_credentials_of_their_own_that_renew() {
    let more = "--service-option worker.profile=worker";
    let older = Older::new("older-live", 20, &["app", "worker"], "live", more);
    older.compose("up -d");
    let sets = |service: &str| {
        let mut keys = older.seen(service, 1);
        keys.dedup();
        keys
    };
    until_within(Duration::from_secs(70), "three sets have come", || {
        sets("app").len() >= 3 && sets("worker").len() >= 3
    });
    assert!(sets("app").iter().all(|key| key.starts_with("ASIAAPP")));
    assert!(sets("worker").iter().all(|key| key.starts_with("ASIAWRK")));

    let environment = older.inspected("app", "{{json .Config.Env}}");
    assert!(!environment.contains("AWS_PROFILE="), "{environment}");
    assert!(environment.contains("OTHER=kept"), "{environment}");
    let mut shown = older.inspected("app", "{{json .}}") + &older.plain("config");
    for file in fs::read_dir(older.project.home.path())
        .expect("a home")
        .flatten()
        .filter(|file| file.path().extension().is_some_and(|end| end == "yml"))
    {
        shown += &fs::read_to_string(file.path()).expect("text");
    }
    assert!(!shown.contains(SECRET), "a secret is to be seen");
}

#[test]
fn a_service_of_compose_1_is_served_again_after_all_that_compose_does_with_it() {
    let older = Older::new("older-again", 60, &["app", "worker"], "live", "");
    let said = older.compose("up -d");
    let serves = format!("serves the project {}", older.project.name);
    assert!(said.contains(&serves), "{said}");
    older.is_served("app", 1);
    let process = older.project.supervisor().expect("one serves");
    let first = older.inspected("worker", "{{.Id}}");

    let again = older.compose("up -d");
    assert!(again.contains("up-to-date"), "{again}");
    assert!(!again.contains(&serves), "{again}");
    assert_eq!(older.inspected("worker", "{{.Id}}"), first);
    older.plain("restart app");
    older.is_served("app", 1);
    older.compose("up -d --force-recreate worker");
    assert_ne!(older.inspected("worker", "{{.Id}}"), first);
    older.is_served("worker", 1);
    older.compose("up -d --scale worker=2");
    older.is_served("worker", 2);
    assert_eq!(older.project.supervisor(), Some(process));

    older.plain("down");
    until("nobody serves it", || older.project.supervisor().is_none());
    assert!(older.project.relays().is_empty());
}

/// Three attempts, as an SDK makes.
const ONCE: &str = r#"/bin/busybox sh -c 'for n in 1 2 3; do /bin/busybox wget -q -O - \
    --header "Authorization: $AWS_CONTAINER_AUTHORIZATION_TOKEN" \
    "$AWS_CONTAINER_CREDENTIALS_FULL_URI" && exit; /bin/busybox sleep 1; done; exit 1'"#;

#[test]
fn a_container_of_run_gets_credentials_with_compose_1() {
    let older = Older::new("older-run", 60, &["app"], "live", "");
    let said = older.compose(&format!("run --rm app {ONCE}"));
    assert!(said.contains("\"AccessKeyId\":\"ASIAAPP"), "{said}");
    until("nobody serves it", || older.project.supervisor().is_none());
}

/// A project whose services have a provider, with an override file for containers of `run`.
fn with_provider(purpose: &str) -> (Project, String) {
    let yaml = format!(
        "services:\n  aws: {{provider: {{type: credrun, options: {{profile: app, delivery: live}}}}}}\n  app:{ASKS}"
    );
    let project = Project::new(purpose, 60, &yaml);
    project
        .shell("credrun compose-file --delivery live app > compose.credrun.yaml")
        .success();
    let env = format!(
        "credrun compose-env --project-name {} --profile app --delivery live -- \
         docker compose -f compose.yaml -f compose.credrun.yaml",
        project.name
    );
    (project, env)
}

#[test]
fn a_container_of_run_gets_credentials_beside_services_that_have_a_provider() {
    let (project, env) = with_provider("older-beside");
    project.compose(&["up", "-d"]).success();
    let process = project.supervisor().expect("one serves");
    let ran = project.shell(&format!("{env} run --rm --no-deps -T app {ONCE}"));
    let said = ran.success().out();
    assert!(said.contains("\"AccessKeyId\":\"ASIAAPP"), "{said}");
    assert_eq!(project.supervisor(), Some(process), "it serves both");
}

#[test]
fn a_provider_that_compose_env_would_lead_astray_is_refused() {
    let (project, env) = with_provider("older-twice");
    let ran = project.shell(&format!("{env} run --rm -T app /bin/busybox true"));
    assert_eq!(ran.code(), 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("exclude each other"), "{}", ran.stderr);
    assert!(ran.stderr.contains("--no-deps"), "{}", ran.stderr);
}

#[test]
fn a_set_that_ends_is_passed_on_too() {
    let older = Older::new("older-env", 3600, &["app"], "env", "");
    older.compose("up -d");
    let environment = older.inspected("app", "{{json .Config.Env}}");
    for variable in ["AWS_ACCESS_KEY_ID=ASIAAPP", "AWS_REGION=eu-west-1"] {
        assert!(environment.contains(variable), "{variable}: {environment}");
    }
    assert!(!environment.contains("AWS_PROFILE="), "{environment}");
    assert_eq!(older.project.supervisor(), None);
    older.plain("down");
}

#[test]
fn a_command_that_starts_nothing_or_cannot_be_started_leaves_nothing_behind() {
    let older = Older::new("older-none", 60, &["app"], "live", "");
    for (command, status) in [("true", 0), ("false", 1), ("no-such-compose", 127)] {
        let ran = older.project.shell(&format!("{} {command}", older.env));
        assert_eq!(ran.code(), status, "{}", ran.stderr);
        until("nobody serves it", || older.project.supervisor().is_none());
    }
}

#[test]
fn what_is_missing_is_told_before_compose_starts() {
    let older = Older::new("older-refused", 60, &["app"], "live", "");
    let refused = |options: &str| {
        let line = format!("credrun compose-env {options} -- touch started");
        let ran = older.project.shell(&line);
        assert_eq!(ran.code(), 125, "{}", ran.stderr);
        assert!(!older.project.home.path().join("started").exists());
        ran.stderr
    };
    let said = refused("--delivery live --profile app");
    assert!(said.contains("no project name given"), "{said}");
    let said = refused("-p x --delivery live --profile nope");
    assert!(said.contains("no such profile"), "{said}");
    let said = refused("-p x --profile app --service-option app.profile=worker");
    assert!(said.contains("app cannot have credentials"), "{said}");
}

/// Compose would give its containers that name, and credrun would look for them under the other.
#[test]
fn a_command_that_names_another_project_is_refused_before_compose_starts() {
    let older = Older::new("older-named", 60, &["app"], "live", "");
    for command in [
        "docker-compose -p b up -d",
        "docker compose --project-name=b up -d",
    ] {
        let ran = older.project.shell(&format!("{} {command}", older.env));
        assert_eq!(ran.code(), 125, "{}", ran.stderr);
        let told = format!(
            "the command names the project \"b\", and credrun serves \"{}\"",
            older.project.name
        );
        assert!(ran.stderr.contains(&told), "{}", ran.stderr);
        assert_eq!(older.project.supervisor(), None);
    }
}

#[test]
fn a_process_that_never_had_a_container_to_serve_says_so_in_its_log() {
    let older = Older::new("older-nobody", 60, &["app"], "live", "");
    // What a script does with the variables, credrun does not see.
    let command =
        "sh -c 'COMPOSE_PROJECT_NAME=older-nobody-b docker-compose up -d && docker-compose down'";
    let command = command.replace(
        "docker-compose down",
        "COMPOSE_PROJECT_NAME=older-nobody-b docker-compose down",
    );
    older
        .project
        .shell(&format!("{} {command}", older.env))
        .success();
    until("nobody serves it", || older.project.supervisor().is_none());
    let log = format!("{}/aws", older.project.name);
    let log = older.project.credrun(&["logs", &log]).success().out();
    let told = format!(
        "no container of the project {} was created with",
        older.project.name
    );
    assert!(log.contains(&told), "{log}");
    assert!(log.contains("credrun compose-file"), "{log}");
}

#[test]
fn services_of_compose_1_make_calls_without_a_key() {
    let aws = VerifyingAws::shared();
    let caller = aws.caller();
    aws.bucket("older", 1);
    let project = Project::new("older-keyless", 60, "")
        .with_version_1()
        .with(caller.variables());
    fs::remove_file(project.home.path().join("compose.yaml")).expect("removed");
    let lists = "import boto3\ns3 = boto3.client('s3')\nprint(s3.list_objects_v2(Bucket='older')['KeyCount'], 'listed')\n";
    let service = python::service("app", lists).replace("    depends_on: [aws]\n", "");
    let yaml = format!("version: \"3.8\"\nservices:\n{service}");
    project.write_to("docker-compose.yml", &yaml);
    project
        .shell("credrun compose-file --delivery keyless app > docker-compose.override.yml")
        .success();
    let line = format!(
        "credrun compose-env -p {} --delivery keyless --allow s3:ListBucket -- docker-compose up --abort-on-container-exit",
        project.name
    );
    let ran = project.shell(&line).success();
    let said = ran.out() + &ran.stderr;
    assert!(said.contains("1 listed"), "{said}");
    let container = format!("{}_app_1", project.name);
    let inspected = project.inspected(&container, "{{json .}}");
    for secret in caller.secrets() {
        assert!(!inspected.contains(&secret), "a secret is to be seen");
    }
    assert!(caller.calls().iter().any(|call| call.signed_by.is_some()));
    project
        .shell(&format!("docker-compose -p {} down", project.name))
        .success();
}

impl Drop for Older {
    fn drop(&mut self) {
        let label = format!("label=com.docker.compose.project={}", self.project.name);
        let listed = docker(&["ps", "--all", "--quiet", "--filter", &label]).out();
        let containers: Vec<&str> = listed.lines().collect();
        if !containers.is_empty() {
            let _ = docker(&[&["rm", "--force"], &containers[..]].concat());
        }
        let network = format!("{}_default", self.project.name);
        let _ = docker(&["network", "rm", &network]);
    }
}
