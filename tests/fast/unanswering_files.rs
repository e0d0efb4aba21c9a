//! A file that does not answer holds up nothing: not the signals, and not for ever.

use std::io::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::support::credential_endpoint::CredentialEndpoint;
use crate::support::fifo::Fifo;
use crate::support::process::{credrun, finish, run, signal, start};
use crate::support::sts::Sts;

const ROLE: &str = "arn:aws:iam::123456789012:role/deploy";

/// `credrun export` in a world where `variable` names the one file that is needed.
fn export(variable: &str, endpoint: &CredentialEndpoint, sts: &Sts) -> Command {
    let mut command = credrun();
    command.arg("export").env("AWS_REGION", "eu-west-1");
    match variable {
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE" => command.envs(endpoint.session()),
        "AWS_WEB_IDENTITY_TOKEN_FILE" => command
            .env("AWS_ROLE_ARN", ROLE)
            .env("AWS_ENDPOINT_URL_STS", sts.url()),
        "AWS_CA_BUNDLE" => command.envs([
            ("AWS_ACCESS_KEY_ID", Sts::USER),
            ("AWS_SECRET_ACCESS_KEY", Sts::USER_SECRET),
        ]),
        _ => &mut command,
    };
    command
}

#[test]
fn a_signal_ends_a_command_at_once_that_waits_for_a_file() {
    let endpoint = CredentialEndpoint::start();
    let sts = Sts::start();
    for variable in [
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        "AWS_CA_BUNDLE",
    ] {
        let fifo = Fifo::new();
        let child = start(export(variable, &endpoint, &sts).env(variable, fifo.path()));
        let _writer = fifo.hold_reader();
        signal(&child, Signal::INT);
        let ended = finish(child);
        assert_eq!(ended.code(), 130, "{variable}: {}", ended.stderr);
        let told = "credrun: interrupted by SIGINT; nothing is left behind\n";
        assert_eq!(ended.stderr, told, "{variable}");
    }
}

#[test]
fn a_signal_ends_a_run_at_once_that_waits_for_a_file_of_a_flag() {
    for flag in ["--env-file", "--label-file"] {
        let fifo = Fifo::new();
        let child = start(credrun().arg(flag).arg(fifo.path()).arg("an/image"));
        let _writer = fifo.hold_reader();
        signal(&child, Signal::INT);
        assert_eq!(finish(child).code(), 130, "{flag}");
    }
}

#[test]
fn a_file_that_never_answers_is_told_of_and_then_given_up_by_name() {
    let fifo = Fifo::new();
    let refused = run(credrun().arg("export").env("AWS_CONFIG_FILE", fifo.path()));
    assert_eq!(refused.code(), 125);
    let path = fifo.path().display();
    assert_eq!(
        refused.stderr,
        format!(
            "credrun: waiting for the AWS config files to be read\n\
             credrun: the AWS config files cannot be used\n\
             caused by: {path} cannot be read\n\
             caused by: reading it did not end within 10 s: a pipe without a writer, or a file server that does not respond\n"
        )
    );
}

#[test]
fn a_record_that_never_opens_is_given_up_by_name() {
    let fifo = Fifo::new();
    let mut command = credrun();
    command.args(["env", "--role-arn", ROLE, "--policy-from"]);
    let refused = run(command.arg(fifo.path()).arg("true"));
    assert_eq!(refused.code(), 125);
    let path = fifo.path().display();
    assert_eq!(
        refused.stderr,
        format!(
            "credrun: --policy-from: no session policy can be made of the record\n\
             caused by: cannot read the record {path}\n\
             caused by: opening it did not end within 10 s: a pipe without a writer, or a file server that does not respond\n"
        )
    );
}

#[test]
fn what_a_shell_substitutes_for_a_file_is_read() {
    let sts = Sts::start();
    sts.trust_token("the-token");
    let endpoint = CredentialEndpoint::start();
    let token = endpoint.token();
    for (variable, content) in [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "the-token"),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", token.as_str()),
    ] {
        let fifo = Fifo::new();
        let child = start(export(variable, &endpoint, &sts).env(variable, fifo.path()));
        let mut writer = fifo.hold_reader();
        writer.write_all(content.as_bytes()).expect("a reader");
        drop(writer);
        finish(child).success();
    }
}

/// A file is given up after 10 s; whoever has pressed TAB waits for one.
#[test]
fn a_file_that_does_not_answer_does_not_hold_up_completion_until_it_is_given_up() {
    let began = Instant::now();
    for (variable, line) in [
        ("AWS_CONFIG_FILE", "credrun --profile d"),
        ("AWS_SHARED_CREDENTIALS_FILE", "credrun --profile d"),
    ] {
        let fifo = Fifo::new();
        let mut answer = credrun();
        answer
            .env(variable, fifo.path())
            .env("_CREDRUN_COMPLETE", "bash")
            .args([line, "d"]);
        assert_eq!(run(&mut answer).success().out(), "", "{variable}");
    }
    assert!(began.elapsed() < Duration::from_secs(10));
}
