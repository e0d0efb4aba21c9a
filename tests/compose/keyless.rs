//! `delivery: keyless`: services make AWS calls and never get a key.

use std::fs;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::python;
use crate::support::compose::Project;
use crate::support::verifying_aws::{Caller, VerifyingAws};
use crate::support::{until, until_within};

/// Lists a bucket once a second and deletes an object that is not there, each time as a new client.
const PROGRAM: &str = r#"
import boto3, time
def tried(call):
    try:
        call()
        return "OK"
    except Exception as error:
        return "FAILED " + " ".join(str(error).split())
while True:
    s3 = boto3.session.Session().client("s3")
    print("list", tried(lambda: s3.list_objects_v2(Bucket="compose")), flush=True)
    print("delete", tried(lambda: s3.delete_object(Bucket="compose", Key="none")), flush=True)
    time.sleep(1)
"#;

/// Services that run [`PROGRAM`], and depend on a provider with these options.
fn yaml(options: &str, services: &[&str]) -> String {
    let provider =
        format!("services:\n  aws: {{provider: {{type: credrun, options: {options}}}}}\n");
    let services = services
        .iter()
        .map(|service| python::service(service, PROGRAM));
    std::iter::once(provider).chain(services).collect()
}

fn project(purpose: &str, caller: &Caller<'_>, options: &str, services: &[&str]) -> Project {
    VerifyingAws::shared().bucket("compose", 1);
    Project::new(purpose, 60, &yaml(options, services)).with(caller.variables())
}

fn lines(project: &Project, service: &str, what: &str) -> usize {
    let output = project.output();
    let of_service = output.lines().filter(|line| line.starts_with(service));
    of_service.filter(|line| line.contains(what)).count()
}

/// Waits until one more call of the service has gone well.
fn is_served(project: &Project, service: &str) {
    let before = lines(project, service, "list OK");
    until_within(
        Duration::from_secs(60),
        &format!("{service} is served"),
        || lines(project, service, "list OK") > before,
    );
}

fn key(project: &Project, container: &str) -> String {
    let environment = project.inspected(container, "{{json .Config.Env}}");
    let environment: Vec<String> = serde_json::from_str(&environment).expect("a list");
    let mut keys = environment
        .into_iter()
        .filter(|entry| entry.starts_with("AWS_ACCESS_KEY_ID="));
    keys.next().expect("a key")
}

#[test]
fn services_make_only_the_calls_that_each_may_and_nothing_shows_a_secret() {
    let aws = VerifyingAws::shared();
    let caller = aws.rotating(Duration::from_secs(20), Duration::from_secs(10));
    let options = "{delivery: keyless, worker.deny: \"s3:Delete*\", record: calls.jsonl}";
    let project = project("keyless-calls", &caller, options, &["app", "worker"]);
    project.compose(&["up", "-d"]).success();
    is_served(&project, "app");
    is_served(&project, "worker");
    let signed_with = || {
        let calls = caller.calls().into_iter();
        let mut sets: Vec<_> = calls.filter_map(|call| call.signed_by).collect();
        sets.sort();
        sets.dedup();
        sets.len()
    };
    until_within(Duration::from_secs(60), "three sets have signed", || {
        signed_with() >= 3
    });
    let output = project.output();
    assert_eq!(lines(&project, "app", "FAILED"), 0, "{output}");
    assert_eq!(lines(&project, "worker", "list FAILED"), 0, "{output}");
    assert_eq!(lines(&project, "worker", "delete OK"), 0, "{output}");
    let refusal = "explicit deny in credrun's --deny (s3:Delete*)";
    assert!(lines(&project, "worker", refusal) > 0, "{output}");

    let shown = project.credrun(&["ps", "--format", "json"]).success().out();
    let app = shown
        .lines()
        .find(|line| line.contains(&project.container("app", 1)));
    let app: serde_json::Value = serde_json::from_str(app.expect("in ps")).expect("JSON");
    assert_eq!(app["Delivery"], "keyless");
    assert_eq!(app["Service"], "app");

    let mut seen = output + &project.compose(&["config"]).success().out() + &project.log();
    for container in ["app", "worker"] {
        seen += &project.inspected(&project.container(container, 1), "{{json .}}");
    }
    for relay in project.relays() {
        let id = relay.split(' ').next().unwrap_or_default();
        seen += &project.inspected(id, "{{json .}}");
    }
    for file in fs::read_dir(project.state()).expect("state").flatten() {
        seen += &fs::read_to_string(file.path()).expect("text");
    }
    let record = fs::read_to_string(project.home.path().join("calls.jsonl")).expect("a record");
    assert!(
        record.contains("\"Operation\":\"DeleteObject\""),
        "{record}"
    );
    seen += &record;
    for secret in caller.secrets() {
        assert!(!seen.contains(&secret), "a secret is to be seen");
    }

    project.compose(&["down"]).success();
    let said = project.log();
    assert!(said.contains(" refused: s3:DeleteObject"), "{said}");
    assert_eq!(project.supervisor(), None);
    until("no relay is left", || project.relays().is_empty());
}

#[test]
fn a_container_keeps_its_key_whatever_compose_does_and_whoever_serves_it() {
    let aws = VerifyingAws::shared();
    let caller = aws.caller();
    let project = project("keyless-again", &caller, "{delivery: keyless}", &["app"]);
    project.compose(&["up", "-d"]).success();
    is_served(&project, "app");
    let first = project.container("app", 1);
    let id = || project.inspected(&first, "{{.Id}} {{.State.StartedAt}}");
    let (began, own) = (id(), key(&project, &first));

    project.compose(&["up", "-d"]).success();
    assert_eq!(id(), began, "a second up leaves it alone");
    let process = project.supervisor().expect("one serves");
    kill_process(Pid::from_raw(process).expect("a process"), Signal::KILL).expect("sent");
    until("nothing answers", || project.relays().is_empty());
    project.compose(&["up", "-d"]).success();
    is_served(&project, "app");
    assert_eq!(id(), began, "neither created nor started again");

    project.compose(&["restart", "app"]).success();
    is_served(&project, "app");
    project.compose(&["up", "-d", "--force-recreate"]).success();
    is_served(&project, "app");
    project.compose(&["scale", "app=2"]).success();
    is_served(&project, "app-2");
    assert_eq!(key(&project, &first), own);
    assert_eq!(key(&project, &project.container("app", 2)), own);

    let other = yaml("{delivery: keyless, allow: \"sqs:*\"}", &["app"]);
    project.write(&other);
    project.compose(&["up", "-d"]).success();
    until("other options count", || {
        lines(&project, "app", "list FAILED") > 0
    });
    assert_eq!(key(&project, &first), own);
}

/// Lists a bucket once a second with a role's set, which it keeps in a file for when it is started again.
const KEEPS_A_SET: &str = r#"
import boto3, json, os, time
FILE = "/kept.json"
if os.path.exists(FILE):
    print("began again", flush=True)
else:
    role = "arn:aws:iam::123456789012:role/assumed"
    got = boto3.client("sts").assume_role(RoleArn=role, RoleSessionName="kept")["Credentials"]
    with open(FILE, "w") as file:
        json.dump([got["AccessKeyId"], got["SecretAccessKey"], got["SessionToken"]], file)
session = boto3.session.Session(*json.load(open(FILE)))
while True:
    try:
        session.client("s3").list_objects_v2(Bucket="compose")
        print("list OK", flush=True)
    except Exception as error:
        print("list FAILED", " ".join(str(error).split()), flush=True)
    time.sleep(1)
"#;

#[test]
fn a_set_that_a_program_has_kept_works_when_its_container_is_started_again() {
    let aws = VerifyingAws::shared();
    let caller = aws.caller();
    let project = project("keyless-kept", &caller, "{delivery: keyless}", &[]);
    let service = python::service("app", KEEPS_A_SET);
    project.write(&(yaml("{delivery: keyless}", &[]) + &service));
    project.compose(&["up", "-d"]).success();
    is_served(&project, "app");
    project.compose(&["restart", "app"]).success();
    until_within(Duration::from_secs(60), "it is started again", || {
        lines(&project, "app", "began again") > 0
    });
    is_served(&project, "app");
    assert_eq!(lines(&project, "app", "FAILED"), 0, "{}", project.output());
}

/// A record that a first `up` writes to is not in the way of a second with other options.
#[test]
fn an_up_with_other_options_goes_on_with_the_same_record() {
    let aws = VerifyingAws::shared();
    let caller = aws.caller();
    let options = "{delivery: keyless, record: calls.jsonl}";
    let project = project("keyless-record", &caller, options, &["app"]);
    project.compose(&["up", "-d"]).success();
    is_served(&project, "app");
    let options = "{delivery: keyless, record: ./calls.jsonl, deny: \"s3:Delete*\"}";
    project.write(&yaml(options, &["app"]));
    project.compose(&["up", "-d"]).success();
    let record = project.home.path().join("calls.jsonl");
    until("the new process writes there", || {
        fs::read_to_string(&record).is_ok_and(|record| record.contains("refused"))
    });
}
