//! Every file in `examples/` works as it is written, with stand-ins in AWS's place.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::support::aws::{AwsStandIn, python_tool, yaml};
use crate::support::engine::engine;
use crate::support::http_server::HttpServer;
use crate::support::process::{Finished, clean, finish_within, run, start};
use crate::support::release::{Release, url};
use crate::support::{repository, web_identity_front};
use clap::Parser as _;
use credrun::cli::role_template::RoleTemplateArgs;
use credrun::commands::role_template::{Recorded, render};
use serde_json::Value;

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples")
        .join(name)
}

/// A new directory with `aws`, `credrun` and `docker` in `bin/`. The last two put the stand-in in AWS's
/// place: containers reach it on the host's loopback only, and AWS CLIs before 2.13 only by a flag.
fn directory_with_programs(name: &str) -> PathBuf {
    let directory = new_directory(name);
    let bin = directory.join("bin");
    fs::create_dir(&bin).expect("a directory");
    program(&bin.join("aws"), &deploying_roles());
    let path = std::env::var_os("PATH").expect("PATH");
    let docker = std::env::split_paths(&path)
        .map(|directory| directory.join("docker"))
        .find(|docker| docker.is_file())
        .expect("docker on PATH");
    for (name, program) in [
        ("credrun", Path::new(env!("CARGO_BIN_EXE_credrun"))),
        ("docker", &docker),
    ] {
        self::program(&bin.join(name), &reaching_the_stand_in(program));
    }
    directory
}

fn program(file: &Path, text: &str) {
    fs::write(file, text).expect("a program");
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).expect("a program");
}

/// An AWS CLI that deploys a template's role itself: moto fails at each call of a role that its
/// CloudFormation has made.
fn deploying_roles() -> String {
    format!(
        r#"#!{}
import json, os, sys
import boto3, yaml

words = sys.argv[1:]
if words[:2] != ["cloudformation", "deploy"]:
    os.execv("{aws}", ["aws", *words])
template = yaml.load(open(words[words.index("--template-file") + 1]), yaml.BaseLoader)
iam, role = boto3.client("iam"), template["Resources"]["Role"]["Properties"]
name, trust = role["RoleName"], json.dumps(role["AssumeRolePolicyDocument"])
iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
for policy in role["Policies"]:
    document = json.dumps(policy["PolicyDocument"])
    iam.put_role_policy(RoleName=name, PolicyName=policy["PolicyName"], PolicyDocument=document)
"#,
        python_tool("python").display(),
        aws = python_tool("aws").display(),
    )
}

fn new_directory(name: &str) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).expect("a directory");
    directory
}

/// A program in the place of `program`.
fn reaching_the_stand_in(program: &Path) -> String {
    format!(
        r#"#!/bin/bash
words=() keyless=
for word in "$@"; do
    case $word in
        --keyless) keyless=1 words+=("$word") ;;
        amazon/aws-cli)
            if [ "$keyless" ]; then
                flag='exec aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"'
                words+=(--entrypoint sh "$word" -c "$flag" aws)
                continue
            fi
            words+=(--network host "$word" --endpoint-url "$AWS_ENDPOINT_URL")
            ;;
        *) words+=("$word") ;;
    esac
done
exec '{}' "${{words[@]}}"
"#,
        program.display()
    )
}

/// bash in such a directory.
fn bash(directory: &Path) -> Command {
    let mut bash = clean(Command::new("bash"));
    let path = std::env::var("PATH").expect("PATH");
    bash.current_dir(directory).env(
        "PATH",
        format!("{}:{path}", directory.join("bin").display()),
    );
    bash
}

#[test]
fn the_cloudshell_session_does_what_it_says() {
    engine();
    let stand_in = AwsStandIn::shared();
    let directory = directory_with_programs("cloudshell-session");
    let mut session = bash(&directory);
    session
        .arg(example("cloudshell-session.sh"))
        .envs(stand_in.cloudshell())
        .env("BUCKET", stand_in.bucket())
        .env("ROLE_ARN", stand_in.role_arn());
    let output = run(&mut session).success().out();

    // Listed by credrun at the beginning and by docker at the end.
    assert_eq!(output.matches(stand_in.bucket()).count(), 3, "{output}");
    assert!(output.contains("hello from the stand-in\n"), "{output}");
    assert!(
        output.contains(":assumed-role/s3-reader/credrun-"),
        "{output}"
    );
    assert!(output.contains("export AWS_SESSION_TOKEN="), "{output}");
    assert!(
        !directory.join("credentials.env").exists(),
        "credentials stay on the disk"
    );
}

#[test]
fn the_way_to_the_fewest_rights_ends_with_a_role_that_has_them() {
    engine();
    let stand_in = AwsStandIn::start();
    let directory = directory_with_programs("least-privilege");
    let mut session = bash(&directory);
    session
        .arg(example("least-privilege.sh"))
        .envs(stand_in.cloudshell())
        .env("BUCKET", stand_in.bucket())
        .env("ROLE_ARN", stand_in.role_arn())
        .env("IAM_TAKES", "0");
    // Three programs in containers, and CloudFormation.
    let ran = finish_within(Duration::from_secs(240), start(&mut session)).success();
    let (output, told) = (ran.out(), &ran.stderr);
    // With the caller's rights, with the role's, and with the session policy's.
    let read = output.matches("hello from the stand-in\n").count();
    assert_eq!(read, 3, "{output}{told}");
    let object = format!("arn:aws:s3:::{}/hello.txt", stand_in.bucket());
    assert!(output.contains("s3:GetObject  "), "{output}");
    assert!(output.contains(&object), "{output}");
    assert!(told.contains("AWS denied "), "{told}");
    assert!(told.contains("s3:DeleteObject"), "{told}");
    let role = fs::read_to_string(directory.join("role.yaml")).expect("a template");
    assert!(
        role.contains(&object) && !role.contains("s3:DeleteObject"),
        "{role}"
    );
    assert!(output.contains(" allowed, 0 denied, 0 depends"), "{output}");
}

#[test]
fn the_github_workflow_asks_for_a_token_and_its_steps_run() {
    engine();
    let workflow = yaml(&example("github-actions.yml"));
    assert_eq!(workflow["permissions"]["id-token"], "write");
    let job = &workflow["jobs"]["smoke-test"];
    let steps = job["steps"].as_array().expect("steps");
    let login = steps
        .iter()
        .position(|step| step["uses"].as_str().is_some_and(is_login))
        .expect("a login");

    let stand_in = AwsStandIn::shared();
    let directory = directory_with_programs("github-actions");
    let scripts: Vec<_> = steps[login + 1..]
        .iter()
        .map(|step| step["run"].as_str().expect("a script"))
        .collect();
    assert_eq!(scripts.len(), 2);
    let outputs = scripts.iter().map(|script| {
        // As GitHub's runner starts a step.
        let mut step = bash(&directory);
        step.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
            .envs(stand_in.temporary(stand_in.session_role_arn()))
            .env("IMAGE", job["env"]["IMAGE"].as_str().expect("an image"))
            .env("TOOL_ROLE_ARN", stand_in.role_arn());
        run(&mut step).success().out()
    });
    let [identity, buckets] = outputs.collect::<Vec<_>>().try_into().expect("two");
    assert!(
        identity.contains(":assumed-role/AWSReservedSSO"),
        "{identity}"
    );
    assert!(buckets.contains(stand_in.bucket()), "{buckets}");
}

fn is_login(action: &str) -> bool {
    action.starts_with("aws-actions/configure-aws-credentials@")
}

/// A release whose program reaches the stand-in, and install.sh, over HTTP.
fn served_release() -> (Release, HttpServer) {
    let program = Path::new(env!("CARGO_BIN_EXE_credrun"));
    let release = Release::with(reaching_the_stand_in(program).as_bytes());
    fs::copy(repository("install.sh"), release.file("install.sh")).expect("a script");
    let server = release.serve();
    (release, server)
}

/// Runs lines as GitLab's runner and CodeBuild do, in one shell that ends at a failure, with a home of
/// its own. It starts with the variables of the file, but those about the Engine.
fn job(name: &str, lines: &[&Value], variables: &Value, server: &HttpServer) -> Command {
    let lines = lines
        .iter()
        .flat_map(|lines| lines.as_array().expect("lines"));
    let lines: Vec<_> = lines.map(|line| line.as_str().expect("a line")).collect();
    let directory = new_directory(name);
    let mut shell = clean(Command::new("sh"));
    shell
        .args(["-ec", &lines.join("\n")])
        .current_dir(&directory)
        .env("HOME", &directory)
        .env("CREDRUN_RELEASES", url(server));
    let variables = variables.as_object().expect("variables").iter();
    let variables = variables.filter(|(name, _)| !name.starts_with("DOCKER_"));
    shell.envs(variables.map(|(name, value)| (name, value.as_str().expect("a value"))));
    shell
}

/// The first container has the job's rights, the second the tool's.
fn assert_identity_and_buckets(output: &Finished, identity: &str) {
    let stand_in = AwsStandIn::shared();
    let output = output.out();
    assert!(
        output.contains(concat!(
            "credrun ",
            env!("CARGO_PKG_VERSION"),
            " is installed"
        )),
        "{output}"
    );
    assert!(output.contains(identity), "{output}");
    assert!(output.contains(stand_in.bucket()), "{output}");
}

#[test]
fn the_gitlab_job_installs_credrun_and_exchanges_its_token() {
    engine();
    let stand_in = AwsStandIn::shared();
    let file = yaml(&example("gitlab-ci.yml"));
    let gitlab = &file["smoke-test"];
    assert_eq!(gitlab["services"][0], "docker:dind");
    assert!(gitlab["id_tokens"]["AWS_TOKEN"]["aud"].is_string());
    let aws = web_identity_front::start(stand_in, "header.payload.signature");
    let (_release, server) = served_release();
    let lines = [&gitlab["before_script"], &gitlab["script"]];
    let mut shell = job("gitlab-ci", &lines, &gitlab["variables"], &server);
    let token = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("gitlab-ci/aws-token");
    shell
        .env("AWS_WEB_IDENTITY_TOKEN_FILE", &token)
        .env("AWS_TOKEN", "header.payload.signature")
        .env("AWS_ENDPOINT_URL", url(&aws))
        .env("AWS_REGION", stand_in.region())
        .env("AWS_ROLE_ARN", stand_in.session_role_arn())
        .env("TOOL_ROLE_ARN", stand_in.role_arn());
    let output = run(&mut shell).success();
    assert_identity_and_buckets(&output, ":assumed-role/AWSReservedSSO");
    let mode = fs::metadata(&token)
        .expect("the token")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn the_codebuild_project_installs_credrun_and_uses_its_own_role() {
    engine();
    let stand_in = AwsStandIn::shared();
    let file = yaml(&example("buildspec.yml"));
    // From then on, all commands run in one shell.
    assert_eq!(file["version"], "0.2");
    let phases = &file["phases"];
    let lines = [&phases["install"]["commands"], &phases["build"]["commands"]];
    let (_release, server) = served_release();
    let mut shell = job("codebuild", &lines, &file["env"]["variables"], &server);
    // CloudShell's endpoint in the place of CodeBuild's, which is at an address of its own.
    shell
        .envs(stand_in.cloudshell())
        .env("TOOL_ROLE_ARN", stand_in.role_arn());
    let output = run(&mut shell).success();
    assert_identity_and_buckets(&output, ":assumed-role/AWSReservedSSO");
}

#[test]
fn the_role_template_passes_cfn_lint() {
    run(Command::new(python_tool("cfn-lint")).arg(example("assume-role.yaml"))).success();
}

/// `role-template`'s arguments as they are typed.
#[derive(clap::Parser)]
struct Cli {
    #[command(flatten)]
    args: RoleTemplateArgs,
}

#[test]
fn the_role_template_is_what_credrun_prints_with_parameters_in_it() {
    let policy = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    let typed = [
        "role-template",
        "--action",
        "s3:*",
        "--managed-policy",
        policy,
    ];
    let typed = typed.into_iter().chain(["--role-name", "tool"]);
    let printed = render(
        &Cli::parse_from(typed).args,
        &Recorded::default(),
        "arn:aws:iam::123456789012:root",
    );
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("printed.yaml");
    fs::write(&file, printed.expect("a template")).expect("a file");
    let printed = yaml(&file);
    let example = yaml(&example("assume-role.yaml"));

    assert_eq!(example["Outputs"], printed["Outputs"]);
    let properties = |template: &Value| {
        let properties = &template["Resources"]["Role"]["Properties"];
        let names = properties.as_object().expect("properties").keys();
        names.cloned().collect::<Vec<_>>()
    };
    assert_eq!(properties(&example), properties(&printed));
    let actions = |policies: &Value| policies[0]["PolicyDocument"]["Statement"][0].clone();
    let mut parametrised =
        actions(&example["Resources"]["Role"]["Properties"]["Policies"]["Fn::If"][1]);
    let printed = actions(&printed["Resources"]["Role"]["Properties"]["Policies"]);
    parametrised["Action"] = printed["Action"].clone();
    assert_eq!(parametrised, printed);
}
