//! What a container finds in its environment, and what credrun says about it.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::time::Duration;

use crate::support::credential_endpoint::{self, Behaviour, CredentialEndpoint, in_cloudshell};
use crate::support::engine::{IMAGE, Removed, containers, docker, engine, unique_name};
use crate::support::process::{Finished, credrun, run, run_with_stdin};
use crate::support::sts::Sts;
use credrun::environment::variables::{self, Treatment, WayIn};

const ROLE: &str = "arn:aws:iam::123456789012:role/deploy";

/// Runs `env` in a container of this image, with these flags.
pub(crate) fn run_env(command: &mut Command, flags: &[&str], image: &str) -> Finished {
    run(command.args(flags).args([image, "env"])).success()
}

/// The variables that `env` printed and that SDKs look at.
pub(crate) fn aws_variables(finished: &Finished) -> BTreeMap<String, String> {
    finished
        .out()
        .lines()
        .filter_map(|line| line.split_once('='))
        .filter(|(name, _)| name.starts_with("AWS") || name.starts_with("AMAZON"))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

pub(crate) fn names(variables: &BTreeMap<String, String>) -> Vec<&str> {
    variables.keys().map(String::as_str).collect()
}

/// An image that brings variables; removed when dropped.
struct ImageWithEnv(String);

impl ImageWithEnv {
    fn build(variables: &[(&str, &str)]) -> Self {
        engine();
        let name = unique_name("stale");
        let mut dockerfile = format!("FROM {IMAGE}\n");
        for (variable, value) in variables {
            dockerfile.push_str(&format!("ENV {variable}={value}\n"));
        }
        let mut build = Command::new("docker");
        build
            .env("DOCKER_BUILDKIT", "0")
            .args(["build", "--quiet", "--tag", &name, "-"]);
        run_with_stdin(&mut build, dockerfile.as_bytes()).success();
        Self(name)
    }
}

impl Drop for ImageWithEnv {
    fn drop(&mut self) {
        let _ = Command::new("docker")
            .args(["image", "rm", "--force", &self.0])
            .output();
    }
}

#[test]
fn cloudshells_own_answer_arrives_as_four_variables_and_two_regions() {
    let endpoint = CredentialEndpoint::start();
    let found = aws_variables(&run_env(&mut in_cloudshell(&endpoint), &[], IMAGE));
    assert_eq!(
        names(&found),
        [
            "AWS_ACCESS_KEY_ID",
            "AWS_CREDENTIAL_EXPIRATION",
            "AWS_DEFAULT_REGION",
            "AWS_REGION",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
        ]
    );
    let key = "TURN00000000";
    assert_eq!(found["AWS_ACCESS_KEY_ID"], format!("ASIA{key}"));
    assert_eq!(found["AWS_SECRET_ACCESS_KEY"], credential_endpoint::SECRET);
    let token = format!("{}{key}", credential_endpoint::SESSION_TOKEN);
    assert_eq!(found["AWS_SESSION_TOKEN"], token);
    assert_eq!(found["AWS_REGION"], "eu-west-1");
    assert_eq!(found["AWS_DEFAULT_REGION"], "eu-west-1");
}

#[test]
fn what_the_image_brings_and_would_confuse_is_unset_and_the_rest_stays() {
    let unset = variables::names(WayIn::Environment, Treatment::Unset);
    let mut brought: Vec<(&str, &str)> = unset.map(|name| (name, "stale")).collect();
    brought.extend([
        ("AWS_ACCESS_KEY_ID", "stale"),
        ("AWS_SESSION_TOKEN", "stale"),
        ("AWS_DEFAULT_REGION", "stale"),
        ("AWS_PAGER", "cat"),
    ]);
    let image = ImageWithEnv::build(&brought);
    let endpoint = CredentialEndpoint::start();
    let found = aws_variables(&run_env(&mut in_cloudshell(&endpoint), &[], &image.0));
    assert_eq!(found.get("AWS_PAGER").map(String::as_str), Some("cat"));
    assert_eq!(found.len(), 7, "{found:?}");
    assert!(
        found.values().all(|value| !value.contains("stale")),
        "{found:?}"
    );
}

#[test]
fn a_stale_variable_that_the_user_sets_is_the_users() {
    let image = ImageWithEnv::build(&[("AWS_PROFILE", "stale")]);
    let endpoint = CredentialEndpoint::start();
    let flags = ["-e", "AWS_PROFILE=mine"];
    let found = aws_variables(&run_env(&mut in_cloudshell(&endpoint), &flags, &image.0));
    assert_eq!(found["AWS_PROFILE"], "mine");
}

#[test]
fn the_users_own_set_wins_and_that_is_said_once() {
    let endpoint = CredentialEndpoint::start();
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("variables");
    fs::write(&file, "AWS_SECRET_ACCESS_KEY=mySecret\nMINE=too\n").expect("written");
    let flags = [
        "-e",
        "AWS_ACCESS_KEY_ID=AKIAMINE",
        "--env-file",
        file.to_str().expect("UTF-8"),
    ];
    let finished = run_env(&mut in_cloudshell(&endpoint), &flags, IMAGE);
    let found = aws_variables(&finished);
    assert_eq!(found["AWS_ACCESS_KEY_ID"], "AKIAMINE");
    assert_eq!(found["AWS_SECRET_ACCESS_KEY"], "mySecret");
    assert!(!found.contains_key("AWS_SESSION_TOKEN"), "{found:?}");
    assert!(finished.out().contains("MINE=too\n"));
    let said = "credrun: keeping your AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY from -e or --env-file, so credrun adds no credentials\n";
    assert_eq!(
        finished.stderr.matches(said).count(),
        1,
        "{}",
        finished.stderr
    );
}

#[test]
fn half_a_set_of_the_users_is_never_completed() {
    let image = ImageWithEnv::build(&[("AWS_SECRET_ACCESS_KEY", "baked")]);
    let endpoint = CredentialEndpoint::start();
    let flags = ["-e", "AWS_ACCESS_KEY_ID=AKIAMINE"];
    let found = aws_variables(&run_env(&mut in_cloudshell(&endpoint), &flags, &image.0));
    assert_eq!(
        names(&found),
        ["AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_REGION"]
    );
}

#[test]
fn names_that_hand_on_what_is_not_there_keep_nothing_out() {
    let image = ImageWithEnv::build(&[("MINE", "baked"), ("AWS_SESSION_TOKEN", "baked")]);
    let endpoint = CredentialEndpoint::start();
    let names = ["AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN", "MINE"];
    let flags: Vec<&str> = names.iter().flat_map(|name| ["-e", name]).collect();
    let finished = run_env(&mut in_cloudshell(&endpoint), &flags, &image.0);
    let found = aws_variables(&finished);
    assert_eq!(found.len(), 6, "{found:?}");
    assert_eq!(found["AWS_ACCESS_KEY_ID"], "ASIATURN00000000");
    assert!(!finished.out().contains("MINE"), "{}", finished.out());
    assert_eq!(finished.stderr.lines().count(), 1, "{}", finished.stderr);
}

#[test]
fn what_is_wrong_with_dockers_configuration_is_said_and_ends_nothing() {
    let endpoint = CredentialEndpoint::start();
    let directory = tempfile::tempdir().expect("a directory");
    fs::write(directory.path().join("config.json"), "{").expect("written");
    let mut command = in_cloudshell(&endpoint);
    command.env("DOCKER_CONFIG", directory.path());
    let finished = run_env(&mut command, &["-q"], IMAGE);
    let warning = format!(
        "credrun: warning: Error parsing config file ({}/config.json): ",
        directory.path().display()
    );
    assert!(finished.stderr.starts_with(&warning), "{}", finished.stderr);
    assert_eq!(finished.stderr.lines().count(), 1, "{}", finished.stderr);
}

#[test]
fn one_line_says_the_source_and_the_end_and_q_hides_it() {
    let endpoint = CredentialEndpoint::start();
    let finished = run_env(&mut in_cloudshell(&endpoint), &[], IMAGE);
    let end = &aws_variables(&finished)["AWS_CREDENTIAL_EXPIRATION"];
    assert_eq!(
        finished.stderr,
        format!("credrun: credentials from CloudShell, valid until {end} (15m)\n")
    );
    let quiet = run_env(&mut in_cloudshell(&endpoint), &["-q"], IMAGE);
    assert_eq!(quiet.stderr, "");
}

#[test]
fn one_line_says_whose_a_roles_credentials_are() {
    let sts = Sts::start();
    engine();
    let flags = ["--role-arn", ROLE, "--role-session-name", "nightly"];
    let finished = run_env(credrun().envs(sts.user()), &flags, IMAGE);
    let found = aws_variables(&finished);
    assert_eq!(found["AWS_ACCESS_KEY_ID"], "ASIASTS000000001");
    let end = &found["AWS_CREDENTIAL_EXPIRATION"];
    assert_eq!(
        finished.stderr,
        format!(
            "credrun: credentials from role {ROLE} via environment \
             (arn:aws:sts::123456789012:assumed-role/deploy/nightly), valid until {end} (1h)\n"
        )
    );
}

#[test]
fn a_set_that_expires_during_the_run_is_said_at_the_end() {
    let endpoint = CredentialEndpoint::behaving(Behaviour::Rotate {
        life: Duration::from_secs(4),
        spare: Duration::ZERO,
    });
    // Its end is written in whole seconds, rounded down.
    let script = "echo $AWS_CREDENTIAL_EXPIRATION; sleep 5";
    let mut command = in_cloudshell(&endpoint);
    let finished = run(command.args([IMAGE, "sh", "-c", script])).success();
    let lines: Vec<&str> = finished.stderr.lines().collect();
    let end = finished.out();
    let note = format!(
        "credrun: note: the credentials expired at {} while the container ran; --live renews them inside it",
        end.trim()
    );
    assert_eq!(lines.get(1..), Some(&[note.as_str()][..]), "{lines:?}");
}

#[test]
fn nothing_is_said_of_the_end_of_a_set_that_the_container_did_not_get() {
    let endpoint = CredentialEndpoint::behaving(Behaviour::Rotate {
        life: Duration::from_secs(2),
        spare: Duration::ZERO,
    });
    let mut command = in_cloudshell(&endpoint);
    command.args(["-e", "AWS_ACCESS_KEY_ID=AKIAMINE", IMAGE, "sleep", "3"]);
    let finished = run(&mut command).success();
    assert!(!finished.stderr.contains("expired"), "{}", finished.stderr);
}

#[test]
fn what_follows_the_image_is_the_containers() {
    let endpoint = CredentialEndpoint::start();
    let typed = [
        IMAGE,
        "probe",
        "args",
        "-e",
        "--rm",
        "--",
        "--help",
        "-q",
        "",
        "a b",
        "--dry-run",
    ];
    let expected = "[-e]\n[--rm]\n[--]\n[--help]\n[-q]\n[]\n[a b]\n[--dry-run]\n";
    for written_out in [&["run"][..], &[]] {
        let mut command = in_cloudshell(&endpoint);
        let finished = run(command.args(written_out).args(typed)).success();
        assert_eq!(finished.out(), expected, "{written_out:?}");
    }
}

#[test]
fn run_written_out_is_the_same_run() {
    let endpoint = CredentialEndpoint::start();
    let create_request = |words: &[&str]| {
        let mut command = in_cloudshell(&endpoint);
        let flags = ["--dry-run", "--name", "same", "-i"];
        let typed = [words, &flags[..], &[IMAGE, "env"]].concat();
        run(command.args(typed)).success().out()
    };
    assert_eq!(create_request(&["run"]), create_request(&[]));
}

#[test]
fn the_container_is_gone_at_the_end_unless_it_is_to_be_kept() {
    let endpoint = CredentialEndpoint::start();
    let name = unique_name("kept");
    let _removed = Removed(name.clone());
    run_env(&mut in_cloudshell(&endpoint), &["--name", &name], IMAGE);
    assert!(containers(&name).is_empty());
    let keep = ["--name", &name, "--rm=false"];
    run_env(&mut in_cloudshell(&endpoint), &keep, IMAGE);
    assert_eq!(containers(&name), [name.as_str()]);
    let inspected = docker(&["inspect", "--format", "{{.State.ExitCode}}", &name]);
    assert_eq!(inspected.success().out(), "0\n");
}

#[test]
fn a_kept_container_keeps_its_credentials_and_that_is_said() {
    let note = |arguments: &[&str]| {
        let endpoint = CredentialEndpoint::start();
        let name = unique_name("kept");
        let _removed = Removed(name.clone());
        let mut command = in_cloudshell(&endpoint);
        command.args(["run", "--name", &name]).args(arguments);
        let said = run(&mut command).success().stderr;
        let id = docker(&[
            "ps",
            "--all",
            "--quiet",
            "--filter",
            &format!("name={name}"),
        ]);
        let expected = format!(
            "credrun: note: the credentials stay in the environment of the container {} until it is \
             removed: docker inspect shows them, and docker commit copies them into the image\n",
            id.out().trim()
        );
        assert_eq!(said.contains("note:"), said.contains(&expected), "{said}");
        said.contains(&expected)
    };
    assert!(note(&["--rm=false", IMAGE, "true"]));
    assert!(note(&["-d", "--restart=always", IMAGE, "sleep", "600"]));
    assert!(!note(&[IMAGE, "true"]), "nothing stays");
    assert!(!note(&["-q", "--rm=false", IMAGE, "true"]), "-q");
    assert!(!note(&["--rm=false", "--live", IMAGE, "true"]), "--live");
    let own = [
        "--rm=false",
        "-e",
        "AWS_ACCESS_KEY_ID=AKIAMINE",
        IMAGE,
        "true",
    ];
    assert!(!note(&own), "the user's own");
}
