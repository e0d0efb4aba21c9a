//! The Compose projects in `examples/` work as they are written. A second file puts stand-ins in the
//! place of AWS and of the images, which no test pulls.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::support::aws::{AwsStandIn, python_tool};
use crate::support::compose::Project;
use crate::support::engine::host_on_the_bridge;
use crate::support::host_python::{cli_v2, python_volumes};
use crate::support::repository;

/// Who has the stand-in's long-lived keys. moto compares letter by letter.
const USER: &str = "arn:aws:iam::123456789012:user/alice";

/// AWS at an address that containers reach, with these roles.
fn aws() -> &'static AwsStandIn {
    static SHARED: OnceLock<AwsStandIn> = OnceLock::new();
    SHARED.get_or_init(|| {
        let aws = AwsStandIn::start_with(&["--address", &host_on_the_bridge()]);
        let trust = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": USER}, "Action": "sts:AssumeRole"}]});
        let rights = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "*", "Resource": "*"}]});
        for role in ["app", "worker", "terraform"] {
            let created = ["iam", "create-role", "--role-name", role];
            let trust = ["--assume-role-policy-document", &trust.to_string()];
            aws.aws(&[&created[..], &trust].concat()).success();
            let put = ["iam", "put-role-policy", "--role-name", role];
            let policy = [
                "--policy-name",
                "all",
                "--policy-document",
                &rights.to_string(),
            ];
            aws.aws(&[&put[..], &policy].concat()).success();
        }
        aws
    })
}

/// What a service has in the place of its image: Python, and where AWS is.
fn stand_in() -> serde_json::Map<String, Value> {
    let volumes = python_volumes().into_iter();
    let volumes = volumes.map(|(from, to)| format!("{}:{to}:ro", from.display()));
    let service = json!({
        "image": "credrun-test:latest",
        "tmpfs": ["/tmp", "/root"],
        "environment": {"AWS_ENDPOINT_URL": aws().endpoint_url()},
        "volumes": volumes.collect::<Vec<_>>(),
    });
    service.as_object().expect("an object").clone()
}

/// The example of this name, and a second file with these services, as its user has them.
fn example(name: &str, services: &BTreeMap<&str, serde_json::Map<String, Value>>) -> Project {
    let directory = repository("examples").join(name);
    let text = |path: PathBuf| fs::read_to_string(path).expect("an example");
    let variables = BTreeMap::from(aws().long_lived());
    let profile = format!(
        "[profile dev]\nregion = {}\naws_access_key_id = {}\naws_secret_access_key = {}\n",
        variables["AWS_DEFAULT_REGION"],
        variables["AWS_ACCESS_KEY_ID"],
        variables["AWS_SECRET_ACCESS_KEY"],
    );
    let project = Project::new(name, 60, &text(directory.join("compose.yaml")))
        .profiles(&profile)
        .env("AWS_ENDPOINT_URL", aws().endpoint_url())
        .env("COMPOSE_FILE", "compose.yaml:stand-ins.yaml");
    // JSON is YAML.
    project.write_to("stand-ins.yaml", &json!({"services": services}).to_string());
    for file in fs::read_dir(directory).expect("a directory").flatten() {
        let name = file.file_name().into_string().expect("UTF-8");
        if name != "compose.yaml" {
            project.write_to(&name, &text(file.path()));
        }
    }
    project
}

#[test]
fn app_and_worker_have_a_role_each() {
    let mut service = stand_in();
    service["environment"]["PYTHONPATH"] = json!(cli_v2());
    let aws = json!([python_tool("python"), "-m", "awscli"]);
    service.insert("entrypoint".to_owned(), aws);
    let services = BTreeMap::from([("app", service.clone()), ("worker", service)]);
    let project = example("compose", &services);
    let said = project.compose(&["up"]).success().out();
    for role in ["app", "worker"] {
        let line = said
            .lines()
            .find(|line| line.starts_with(role) && line.contains("\"Arn\""));
        let line = line.unwrap_or_else(|| panic!("{said}"));
        assert!(line.contains(&format!(":assumed-role/{role}/")), "{line}");
    }
}

/// Makes the calls that Terraform makes for the example.
const TERRAFORM: &str = r#"
import os, sys
import boto3
if not os.path.exists("main.tf"):
    sys.exit("no main.tf")
if sys.argv[1] == "apply":
    boto3.client("s3").create_bucket(Bucket="credrun-example-1", CreateBucketConfiguration={"LocationConstraint": os.environ["AWS_REGION"]})
    print("caller =", boto3.client("sts").get_caller_identity()["Arn"])
"#;

#[test]
fn terraform_makes_its_calls_with_its_role() {
    let mut service = stand_in();
    let program = format!("#!{} -B\n{TERRAFORM}", python_tool("python").display());
    let volumes = service["volumes"].as_array_mut().expect("a list");
    volumes.push(json!("./terraform:/stand-in/terraform:ro"));
    service["environment"]["PATH"] = json!("/stand-in:/usr/bin:/bin");
    let project = example(
        "compose-terraform",
        &BTreeMap::from([("terraform", service)]),
    );
    project.write_to("terraform", &program);
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(project.home.path().join("terraform"), executable).expect("a mode");

    project.compose(&["up", "-d"]).success();
    let terraform = ["exec", "-T", "terraform", "terraform"];
    project
        .compose(&[&terraform[..], &["init"]].concat())
        .success();
    let said = project.compose(&[&terraform[..], &["apply"]].concat());
    let said = said.success().out();
    assert!(said.contains(":assumed-role/terraform/"), "{said}");
    let buckets = aws().aws(&["s3api", "list-buckets"]).success().out();
    assert!(buckets.contains("credrun-example-1"), "{buckets}");
    project.compose(&["down"]).success();
}
