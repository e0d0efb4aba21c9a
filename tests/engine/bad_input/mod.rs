//! Everything that can be wrong before a container is there: one message with its cause and a
//! hint, word for word, status 125, no container, and soon.

mod endpoint;
mod engine;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::support::credential_endpoint::{self, Behaviour, CredentialEndpoint};
use crate::support::engine::{IMAGE, docker, engine, unique_name};
use crate::support::http_server::{HttpServer, Reply, refused_address};
use crate::support::process::{credrun, credrun_with_keys, run};
use crate::support::scripted_engine::ScriptedEngine;
use crate::support::sts::{self, Sts};

const ROLE: &str = "arn:aws:iam::123456789012:role/deploy";
/// STS is given twenty seconds, an endpoint half of that; and the machine is busy.
const SOON: Duration = Duration::from_secs(25);

/// Runs `command` with these arguments on the real Engine. Returns what it says on stderr, which is
/// all that it does.
fn refusal(command: &mut Command, arguments: &[&str]) -> String {
    engine();
    let name = unique_name("refused");
    let began = (Instant::now(), SystemTime::now());
    let refused = run(command.args(["--name", &name]).args(arguments));
    assert!(began.0.elapsed() < SOON, "{:?}", began.0.elapsed());
    assert_eq!(refused.code(), 125, "{refused:?}");
    assert_eq!(refused.out(), "");
    assert_eq!(containers_made(&name, began.1), "");
    for secret in [
        credential_endpoint::SECRET,
        credential_endpoint::SESSION_TOKEN,
        sts::SECRET,
        Sts::USER_SECRET,
    ] {
        assert!(!refused.stderr.contains(secret), "{}", refused.stderr);
    }
    refused.stderr
}

/// What the Engine remembers of a container of that name, also of one that is gone.
fn containers_made(name: &str, since: SystemTime) -> String {
    let seconds = |time: SystemTime| {
        let since = time.duration_since(UNIX_EPOCH).expect("after 1970");
        since.as_secs().to_string()
    };
    let (since, until) = (
        seconds(since),
        seconds(SystemTime::now() + Duration::from_secs(1)),
    );
    let filter = format!("container={name}");
    let events = [
        "events", "--since", &since, "--until", &until, "--filter", &filter,
    ];
    docker(&events).success().out()
}

#[test]
fn a_container_that_was_made_is_remembered() {
    engine();
    let (name, began) = (unique_name("remembered"), SystemTime::now());
    run(credrun_with_keys().args(["--name", &name, IMAGE, "true"])).success();
    let made = containers_made(&name, began);
    assert!(made.contains("container create"), "{made}");
}

#[test]
fn no_credentials_at_all() {
    let home = tempfile::tempdir().expect("a directory");
    let here = home.path().display();
    let mut command = credrun();
    command.env("HOME", home.path());
    assert_eq!(
        refusal(&mut command, &[IMAGE, "true"]),
        format!(
            "credrun: no AWS credentials found
  environment: AWS_ACCESS_KEY_ID is not set
  web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set
  profile: no profile in {here}/.aws/config or {here}/.aws/credentials
  container endpoint: neither AWS_CONTAINER_CREDENTIALS_FULL_URI nor AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is set
  EC2 instance metadata: AWS_EC2_METADATA_DISABLED is true
hint: log in with `aws sso login` or `aws login`, set AWS_PROFILE, or run in AWS CloudShell
"
        )
    );
}

#[test]
fn half_a_key_pair() {
    let mut command = credrun_with_keys();
    command.env_remove("AWS_SECRET_ACCESS_KEY");
    assert_eq!(
        refusal(&mut command, &[IMAGE, "true"]),
        "credrun: AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not
hint: set AWS_SECRET_ACCESS_KEY too, or unset AWS_ACCESS_KEY_ID to use another source
"
    );
}

#[test]
fn a_role_arn_that_is_none() {
    let mut command = credrun_with_keys();
    let arn = "arn:aws:iam::123456789012:user/me";
    assert_eq!(
        refusal(&mut command, &["--role-arn", arn, IMAGE, "true"]),
        "credrun: --role-arn: \"arn:aws:iam::123456789012:user/me\" is not the ARN of a role: it is that of a user
hint: a role ARN looks like arn:aws:iam::123456789012:role/NAME
"
    );
}

#[test]
fn a_role_that_one_may_not_assume() {
    let sts = Sts::start();
    sts.deny(ROLE);
    let mut command = credrun();
    command.envs(sts.user());
    assert_eq!(
        refusal(&mut command, &["--role-arn", ROLE, IMAGE, "true"]),
        "credrun: AssumeRole of arn:aws:iam::123456789012:role/deploy failed
caused by: AccessDenied: User: arn:aws:iam::123456789012:user/me is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/deploy (HTTP 403)
hint: the role's trust policy must name the caller (and an external ID or MFA if it requires one), and the caller must be allowed sts:AssumeRole on the role
"
    );
}

#[test]
fn an_sts_that_refuses_the_connection() {
    let sts = Sts::start();
    let mut command = credrun();
    let address = refused_address();
    command
        .envs(sts.user())
        .env("AWS_ENDPOINT_URL_STS", format!("http://{address}"));
    assert_eq!(
        refusal(&mut command, &["--role-arn", ROLE, IMAGE, "true"]),
        format!(
            "credrun: AssumeRole of arn:aws:iam::123456789012:role/deploy failed
caused by: STS at http://{address} could not be reached
caused by: Connection refused (os error 111)
hint: the address is from AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL or the profile
"
        )
    );
}

#[test]
fn an_sts_that_hangs() {
    let server = HttpServer::start(|_| Reply::Hang);
    let url = format!("http://{}", server.address());
    let mut command = credrun_with_keys();
    command.env("AWS_ENDPOINT_URL_STS", &url);
    assert_eq!(
        refusal(&mut command, &["--role-arn", ROLE, IMAGE, "true"]),
        format!(
            "credrun: waiting for {url} to answer
credrun: AssumeRole of arn:aws:iam::123456789012:role/deploy failed
caused by: STS at {url} did not respond in time
hint: the address is from AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL or the profile
"
        )
    );
}
