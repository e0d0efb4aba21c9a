//! Whoever does not answer is named after a moment, and what is answered is told as it is.

use std::os::unix::net::UnixListener;

use crate::support::credential_endpoint::{Behaviour, CredentialEndpoint};
use crate::support::http_server::{HttpServer, Reply};
use crate::support::process::{Lines, credrun, credrun_with_keys, finish, run, signal, start};
use crate::support::scripted_engine::ScriptedEngine;
use crate::support::sts::Sts;
use rustix::process::{Pid, Signal, kill_process};

#[test]
fn an_endpoint_that_does_not_answer_is_told_once() {
    let endpoint = CredentialEndpoint::behaving(Behaviour::Hang);
    for command in ["export", "whoami"] {
        let refused = run(credrun().arg(command).envs(endpoint.session()));
        assert_eq!(refused.code(), 125);
        let told = format!("credrun: waiting for {} to answer\n", endpoint.url());
        assert_eq!(
            refused.stderr.matches(&told).count(),
            1,
            "{}",
            refused.stderr
        );
    }
}

#[test]
fn a_quiet_run_waits_in_silence() {
    let endpoint = CredentialEndpoint::behaving(Behaviour::Hang);
    let engine = ScriptedEngine::start([]);
    for (flags, is_told) in [(&["run", "-q"][..], false), (&["run"], true)] {
        let refused = run(credrun()
            .args(flags)
            .arg("an/image")
            .envs(endpoint.session())
            .env("DOCKER_HOST", engine.host()));
        assert_eq!(refused.code(), 125);
        let told = refused.stderr.contains("credrun: waiting for http://");
        assert_eq!(told, is_told, "{}", refused.stderr);
    }
}

/// Without `-q`, each of them tells of a wait, so that the silence is that of `-q`. `login` is in
/// `login.rs`; `logs` does not wait long enough to tell of it.
#[test]
fn every_other_command_waits_in_silence_with_q() {
    let endpoint = CredentialEndpoint::behaving(Behaviour::Hang);
    let directory = tempfile::tempdir().expect("a directory");
    let socket = directory.path().join("engine.sock");
    let _engine = UnixListener::bind(&socket).expect("a socket");
    let lines: [&[&str]; 8] = [
        &["whoami"],
        &["export"],
        &["env", "true"],
        &["exec", "container", "true"],
        &["role-template", "--action", "s3:GetObject"],
        &["doctor"],
        &["stop", "container"],
        &["version"],
    ];
    let start = |line: &[&str], quiet: &[&str]| {
        let mut command = credrun();
        command
            .arg(line[0])
            .args(quiet)
            .args(&line[1..])
            .envs(endpoint.session())
            .env("DOCKER_HOST", format!("unix://{}", socket.display()));
        start(&mut command)
    };
    let pairs = lines.map(|line| (line, start(line, &["-q"]), start(line, &[])));
    for (line, quiet, mut telling) in pairs {
        let told = Lines::of(telling.stderr.take().expect("a pipe"));
        let first = told.next();
        let waits = first.starts_with("credrun: waiting for ") && first.ends_with(" to answer");
        assert!(waits, "{line:?}: {first}");
        for child in [&quiet, &telling] {
            // Some have ended by themselves.
            let _ = kill_process(Pid::from_child(child), Signal::INT);
        }
        finish(telling);
        let ended = finish(quiet);
        assert!(!ended.stderr.contains("waiting for"), "{line:?}: {ended:?}");
    }
}

#[test]
fn a_warning_is_given_with_q_too() {
    let warned = run(credrun_with_keys()
        .env_remove("AWS_REGION")
        .args(["env", "-q", "true"]))
    .success();
    let warning = "credrun: warning: no region found";
    assert!(warned.stderr.starts_with(warning), "{}", warned.stderr);
}

#[test]
fn a_role_template_says_whom_it_trusts_unless_it_is_quiet() {
    let sts = Sts::start();
    for (flags, lines) in [(&["--quiet"][..], 0), (&[], 1)] {
        let mut template = credrun();
        template
            .envs(sts.user())
            .args(["role-template", "--action", "s3:GetObject"])
            .args(flags);
        let printed = run(&mut template).success();
        assert_eq!(printed.stderr.lines().count(), lines, "{}", printed.stderr);
    }
}

#[test]
fn sts_and_an_engine_that_do_not_answer_are_told_as_well() {
    let sts = HttpServer::start(|_| Reply::Hang);
    let url = format!("http://{}", sts.address());
    let directory = tempfile::tempdir().expect("a directory");
    let socket = directory.path().join("engine.sock");
    let _engine = UnixListener::bind(&socket).expect("a socket");
    let host = format!("unix://{}", socket.display());
    let mut whoami = credrun_with_keys();
    whoami.arg("whoami").env("AWS_ENDPOINT_URL_STS", &url);
    let mut ps = credrun();
    ps.arg("ps").env("DOCKER_HOST", &host);
    for (mut command, whom) in [(whoami, url), (ps, format!("the Docker Engine at {host}"))] {
        let mut child = start(&mut command);
        let told = Lines::of(child.stderr.take().expect("a pipe"));
        assert_eq!(
            told.next(),
            format!("credrun: waiting for {whom} to answer")
        );
        child.kill().expect("a process");
        finish(child);
    }
}

#[test]
fn a_credential_process_that_takes_its_time_is_told_by_its_profile() {
    let config = tempfile::NamedTempFile::new().expect("a file");
    let profile = "[profile slow]\ncredential_process = sleep 60\n";
    std::fs::write(config.path(), profile).expect("written");
    let mut export = credrun();
    export
        .args(["export", "--profile", "slow"])
        .env("AWS_CONFIG_FILE", config.path());
    let mut child = start(&mut export);
    let told = Lines::of(child.stderr.take().expect("a pipe"));
    let expected = "credrun: waiting for the credential_process of profile \"slow\"";
    assert_eq!(told.next(), expected);
    signal(&child, Signal::INT);
    finish(child);
}

#[test]
fn a_refusal_of_sts_is_told_with_code_message_and_status_whatever_its_form() {
    for (status, body, told) in [
        (
            403,
            r#"{"__type":"com.amazon#AccessDenied","message":"not you"}"#,
            "caused by: AccessDenied: not you (HTTP 403)\n",
        ),
        (
            403,
            "<Response><Errors><Error><Code>AccessDenied</Code><Message>not you</Message></Error></Errors></Response>",
            "caused by: AccessDenied: not you (HTTP 403)\n",
        ),
        (
            404,
            "<html>no</html>",
            "caused by: the response is not valid STS: HTTP 404\n",
        ),
    ] {
        let sts = HttpServer::start(move |_| Reply::Answer {
            status,
            headers: Vec::new(),
            body: body.to_owned(),
        });
        let url = format!("http://{}", sts.address());
        let refused = run(credrun_with_keys()
            .arg("whoami")
            .env("AWS_ENDPOINT_URL_STS", url));
        assert!(refused.stderr.contains(told), "{}", refused.stderr);
    }
    let sts = Sts::start();
    sts.refuse_all(400, "ValidationError", "too long");
    let refused = run(credrun().arg("whoami").envs(sts.user()));
    let told = "caused by: ValidationError: too long (HTTP 400)\n";
    assert!(refused.stderr.contains(told), "{}", refused.stderr);
}
