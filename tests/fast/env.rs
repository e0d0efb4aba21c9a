//! `credrun env`: a local command gets a fresh set in its environment, and is what runs.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::process::Command;

use crate::support::credential_endpoint::CredentialEndpoint;
use crate::support::metadata_service::{self, MetadataService};
use crate::support::process::{credrun, finish, run, run_with_stdin, signal, start};
use crate::support::sts::{self, Sts};
use rustix::process::Signal;

/// `credrun env` with these arguments, by a user with long-lived keys.
fn env(sts: &Sts, arguments: &[&str]) -> Command {
    let mut command = credrun();
    command.envs(sts.user()).arg("env").args(arguments);
    command
}

/// What the command finds in its environment.
fn variables(command: &mut Command) -> BTreeMap<String, String> {
    run(command)
        .success()
        .out()
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

#[test]
fn a_command_gets_a_temporary_set_and_both_regions() {
    let sts = Sts::start();
    let found = variables(&mut env(&sts, &["--", "/usr/bin/env"]));
    assert!(found["AWS_ACCESS_KEY_ID"].starts_with("ASIA"), "{found:?}");
    assert!(found["AWS_SECRET_ACCESS_KEY"].starts_with(sts::SECRET));
    assert!(found["AWS_SESSION_TOKEN"].starts_with(sts::SESSION_TOKEN));
    assert!(found["AWS_CREDENTIAL_EXPIRATION"].ends_with('Z'));
    assert_eq!(found["AWS_REGION"], "eu-west-1");
    assert_eq!(found["AWS_DEFAULT_REGION"], "eu-west-1");
    assert_eq!(sts.actions(), ["GetSessionToken"]);
}

/// So does a container: its region, too, is asked for after the set has come.
#[test]
fn on_an_instance_a_command_gets_the_instances_region() {
    let service = MetadataService::start();
    let mut command = credrun();
    command
        .args(["env", "/usr/bin/env"])
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", service.url())
        .env_remove("AWS_EC2_METADATA_DISABLED");
    let found = variables(&mut command);
    assert_eq!(found["AWS_ACCESS_KEY_ID"], "ASIAINSTANCE");
    assert_eq!(found["AWS_REGION"], metadata_service::REGION);
    assert_eq!(found["AWS_DEFAULT_REGION"], metadata_service::REGION);
}

#[test]
fn what_would_outrank_or_contradict_the_set_is_gone_and_the_rest_stays() {
    let endpoint = CredentialEndpoint::start();
    let mut command = credrun();
    command
        .args(["env", "--region", "us-east-2", "/usr/bin/env"])
        .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", endpoint.url())
        .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", endpoint.token())
        .env("AWS_SECURITY_TOKEN", "old")
        .env("AWS_SDK_LOAD_CONFIG", "1")
        .env("AWS_DEFAULT_REGION", "eu-central-1")
        .env("AWS_PAGER", "cat")
        .env("MINE", "kept");
    let found = variables(&mut command);
    for stale in [
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
        "AWS_SECURITY_TOKEN",
        "AWS_SDK_LOAD_CONFIG",
    ] {
        assert!(!found.contains_key(stale), "{stale}");
    }
    assert_eq!(found["AWS_DEFAULT_REGION"], "us-east-2");
    assert_eq!(found["AWS_PAGER"], "cat");
    assert_eq!(found["MINE"], "kept");
}

#[test]
fn a_profile_that_names_the_credentials_is_not_named_to_the_command() {
    let sts = Sts::start();
    let home = tempfile::tempdir().expect("a directory");
    fs::create_dir(home.path().join(".aws")).expect("made");
    let profile = "[profile dev]\nregion = eu-north-1\naws_access_key_id = AKIAUSEREXAMPLE\n\
                   aws_secret_access_key = userSecret/KEEP/OUT\n";
    fs::write(home.path().join(".aws/config"), profile).expect("written");
    let found = variables(
        credrun()
            .args(["env", "--", "/usr/bin/env"])
            .env("HOME", home.path())
            .env("AWS_PROFILE", "dev")
            .env("AWS_ENDPOINT_URL_STS", sts.url()),
    );
    assert!(!found.contains_key("AWS_PROFILE"));
    assert_eq!(found["AWS_REGION"], "eu-north-1");
    assert_eq!(found["AWS_DEFAULT_REGION"], "eu-north-1");
}

#[test]
fn the_status_is_the_commands() {
    let sts = Sts::start();
    let code = |arguments: &[&str]| run(&mut env(&sts, arguments)).code();
    assert_eq!(code(&["true"]), 0);
    assert_eq!(code(&["sh", "-c", "exit 42"]), 42);
    assert_eq!(code(&["sh", "-c", "kill -TERM $$"]), 128 + 15);
}

#[test]
fn a_command_that_cannot_be_executed_has_the_shells_status() {
    let sts = Sts::start();
    let missing = run(&mut env(&sts, &["credrun-no-such-command"]));
    assert_eq!(missing.code(), 127);
    assert!(
        missing
            .stderr
            .starts_with("credrun: cannot execute \"credrun-no-such-command\"\n"),
        "{}",
        missing.stderr
    );
    assert_eq!(run(&mut env(&sts, &["/etc/passwd"])).code(), 126);
    assert_eq!(run(&mut env(&sts, &["/etc"])).code(), 126);
}

#[test]
fn what_follows_the_command_is_the_commands() {
    let sts = Sts::start();
    let out = |arguments: &[&str]| run(&mut env(&sts, arguments)).success().out();
    assert_eq!(
        out(&["printf", "%s,", "--region", "--help", "--"]),
        "--region,--help,--,"
    );
    assert_eq!(
        out(&["--region", "us-east-1", "--", "printf", "%s", "--"]),
        "--"
    );
}

#[test]
fn an_argument_that_is_no_text_arrives_byte_for_byte() {
    let sts = Sts::start();
    let bytes = b"\xff\xfe name";
    let echoed = run(env(&sts, &["printf", "%s"]).arg(OsStr::from_bytes(bytes))).success();
    assert_eq!(echoed.stdout, bytes);
}

#[test]
fn stdin_and_stderr_are_the_commands() {
    let sts = Sts::start();
    let cat = run_with_stdin(&mut env(&sts, &["sh", "-c", "cat >&2"]), b"through");
    assert_eq!(cat.stderr, "through");
}

#[test]
fn the_command_takes_credruns_place_and_so_gets_its_signals() {
    let sts = Sts::start();
    let script = "trap 'exit 7' USR1; echo $$; while :; do sleep 0.05; done";
    let mut child = start(&mut env(&sts, &["sh", "-c", script]));
    let mut line = String::new();
    let stdout = child.stdout.as_mut().expect("a pipe");
    std::io::BufRead::read_line(&mut std::io::BufReader::new(stdout), &mut line).expect("a line");
    assert_eq!(line.trim(), child.id().to_string());
    signal(&child, Signal::USR1);
    assert_eq!(finish(child).code(), 7);
}

#[test]
fn sigpipe_ends_the_command_as_it_would_without_credrun() {
    let sts = Sts::start();
    let code = run(&mut env(&sts, &["sh", "-c", "kill -PIPE $$; exit 0"])).code();
    assert_eq!(code, 128 + 13);
}

#[test]
fn a_signal_that_is_ignored_is_so_for_the_command_and_one_that_credrun_caught_is_not() {
    let sts = Sts::start();
    let credrun = env(
        &sts,
        &[
            "sh",
            "-c",
            "kill -INT $$; kill -HUP $$; echo alive; kill -TERM $$",
        ],
    );
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' INT HUP; exec \"$0\" \"$@\""]);
    shell.arg(credrun.get_program()).args(credrun.get_args());
    let variables = credrun.get_envs();
    shell.envs(variables.filter_map(|(name, value)| Some((name, value?))));
    let ran = run(&mut shell);
    assert_eq!((ran.out().as_str(), ran.code()), ("alive\n", 128 + 15));
}

#[test]
fn nothing_is_started_without_a_set_that_lives_long_enough() {
    let sts = Sts::start();
    let short = run(&mut env(&sts, &["--min-ttl", "48h", "echo", "started"]));
    assert_eq!(short.code(), 125);
    assert_eq!(short.out(), "");
    assert!(short.stderr.contains("48h required"), "{}", short.stderr);
}

#[test]
fn no_credentials_and_no_command_are_credruns_own_failures() {
    let nobody = run(credrun().args(["env", "echo", "started"]));
    assert_eq!((nobody.code(), nobody.out()), (125, String::new()));
    let nothing = run(credrun().args(["env", "--region", "eu-west-1"]));
    assert_eq!(nothing.code(), 125);
    assert!(nothing.stderr.starts_with("credrun: no command given\n"));
}
