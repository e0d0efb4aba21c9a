//! Everything that can be wrong before a container is there: one message with its cause and a
//! hint, word for word, status 125, no container, and soon.

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use support::credential_endpoint::{self, Behaviour, CredentialEndpoint};
use support::engine::{IMAGE, docker, engine, unique_name};
use support::http_server::{HttpServer, Reply, refused_address};
use support::process::{credrun, credrun_with_keys, run};
use support::scripted_engine::ScriptedEngine;
use support::sts::{self, Sts};

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

/// The refusal of a run in a CloudShell session whose endpoint does this.
fn refusal_of(behaviour: Behaviour) -> (String, String) {
    let endpoint = CredentialEndpoint::behaving(behaviour);
    let said = refusal(credrun().envs(endpoint.session()), &[IMAGE, "true"]);
    (said, endpoint.url())
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
fn an_engine_that_is_not_there() {
    let mut command = credrun_with_keys();
    command.env("DOCKER_HOST", "unix:///nonexistent/docker.sock");
    assert_eq!(
        refusal(&mut command, &[IMAGE, "true"]),
        "credrun: cannot connect to the Docker Engine at unix:///nonexistent/docker.sock
caused by: No such file or directory (os error 2)
hint: is the Engine running? DOCKER_HOST, --host or --context choose another
"
    );
}

#[test]
fn an_engine_that_does_not_listen() {
    let address = refused_address();
    let mut command = credrun_with_keys();
    command.env("DOCKER_HOST", format!("tcp://{address}"));
    assert_eq!(
        refusal(&mut command, &[IMAGE, "true"]),
        format!(
            "credrun: cannot connect to the Docker Engine at tcp://{address}
caused by: Connection refused (os error 111)
hint: is the Engine running? DOCKER_HOST, --host or --context choose another
"
        )
    );
}

#[test]
fn an_engine_that_one_may_not_talk_to() {
    let engine = ScriptedEngine::start([]);
    let host = engine.host();
    let socket = host.trim_start_matches("unix://");
    fs::set_permissions(socket, fs::Permissions::from_mode(0o000)).expect("its owner");
    let mut command = bound_by_permissions(&credrun_with_keys());
    command.env("DOCKER_HOST", &host);
    assert_eq!(
        refusal(&mut command, &[IMAGE, "true"]),
        format!(
            "credrun: cannot connect to the Docker Engine at {host}
caused by: Permission denied (os error 13)
hint: your user may not use this socket: join its group (usually `docker`), or use sudo
"
        )
    );
}

/// `command` without root's privilege to do what a file's mode forbids. Others do not have it.
fn bound_by_permissions(command: &Command) -> Command {
    let mut bound = Command::new(command.get_program());
    if rustix::process::geteuid().is_root() {
        bound = Command::new("setpriv");
        let without = ["--bounding-set", "-dac_override,-dac_read_search"];
        bound.args(without).arg(command.get_program());
    }
    let variables = command.get_envs();
    let variables = variables.filter_map(|(name, value)| Some((name, value?)));
    bound.env_clear().envs(variables);
    bound
}

#[test]
fn an_image_that_is_not_there_and_may_not_be_pulled() {
    let mut command = credrun_with_keys();
    assert_eq!(
        refusal(
            &mut command,
            &["--pull", "never", "credrun-test/none", "true"]
        ),
        "credrun: no such image: credrun-test/none
hint: `docker images` lists those there are; --pull missing fetches others
"
    );
}

#[test]
fn an_image_that_cannot_be_pulled() {
    let registry = refused_address();
    let image = format!("{registry}/credrun-test/none");
    let mut command = credrun_with_keys();
    assert_eq!(
        refusal(&mut command, &["-q", &image, "true"]),
        format!(
            "credrun: the Docker Engine could not pull the image
caused by: Get \"http://{registry}/v2/\": dial tcp {registry}: connect: connection refused
hint: it is the Engine that asks the registry: is its name right, and can the Engine reach it?
"
        )
    );
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
  profile: no profile in {here}/.aws/config or {here}/.aws/credentials
  web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set
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
        "credrun: --role-arn: \"arn:aws:iam::123456789012:user/me\" is not the ARN of a role
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
caused by: AccessDenied: User: arn:aws:iam::123456789012:user/me is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/deploy
hint: the role's trust policy must name the caller (and an external ID or MFA if it asks for one), and the caller must be allowed sts:AssumeRole on the role
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
caused by: STS could not be reached at http://{address}
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
            "credrun: AssumeRole of arn:aws:iam::123456789012:role/deploy failed
caused by: STS did not answer in time at {url}
hint: the address is from AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL or the profile
"
        )
    );
}

#[test]
fn an_endpoint_that_refuses_the_connection() {
    let url = format!("http://{}{}", refused_address(), credential_endpoint::PATH);
    let mut command = credrun();
    command.env("AWS_CONTAINER_CREDENTIALS_FULL_URI", &url);
    assert_eq!(
        refusal(&mut command, &[IMAGE, "true"]),
        format!(
            "credrun: container endpoint {url} gave no credentials
caused by: no connection to {url}
caused by: Connection refused (os error 111)
hint: the address is from AWS_CONTAINER_CREDENTIALS_FULL_URI or AWS_CONTAINER_CREDENTIALS_RELATIVE_URI; in CloudShell, restart the shell environment
"
        )
    );
}

#[test]
fn an_endpoint_that_hangs() {
    let (said, url) = refusal_of(Behaviour::Hang);
    assert_eq!(said, format!(
            "credrun: CloudShell gave no credentials
caused by: {url} did not answer within 3 s
hint: the address is from AWS_CONTAINER_CREDENTIALS_FULL_URI or AWS_CONTAINER_CREDENTIALS_RELATIVE_URI; in CloudShell, restart the shell environment
"
        ));
}

#[test]
fn an_endpoint_that_hangs_up() {
    let (said, url) = refusal_of(Behaviour::Close);
    assert_eq!(said, format!(
            "credrun: CloudShell gave no credentials
caused by: {url} broke the connection
caused by: connection closed before message completed
hint: the address is from AWS_CONTAINER_CREDENTIALS_FULL_URI or AWS_CONTAINER_CREDENTIALS_RELATIVE_URI; in CloudShell, restart the shell environment
"
        ));
}

#[test]
fn an_endpoint_that_redirects() {
    let other = CredentialEndpoint::start();
    let (said, url) = refusal_of(Behaviour::Redirect(other.url()));
    assert_eq!(
        said,
        format!(
            "credrun: CloudShell gave no credentials
caused by: {url} answered 302, a redirect, which is not followed
hint: credentials come from the address itself; a proxy or a captive portal may be in between
"
        )
    );
    assert!(other.requests().is_empty(), "the token went elsewhere");
}

#[test]
fn an_endpoint_that_answers_403() {
    let endpoint = CredentialEndpoint::start();
    let mut command = credrun();
    command
        .envs(endpoint.session())
        .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", "another");
    let url = endpoint.url();
    assert_eq!(refusal(&mut command, &[IMAGE, "true"]), format!(
            "credrun: CloudShell gave no credentials
caused by: {url} answered 403: Unauthorized: the authorization token is wrong
hint: AWS_CONTAINER_AUTHORIZATION_TOKEN must be the one of this very shell; a new CloudShell environment has a new one
"
        ));
}

#[test]
fn an_endpoint_that_answers_500() {
    let body = format!("<p>{}</p>", credential_endpoint::SECRET);
    let (said, url) = refusal_of(Behaviour::Status(500, body));
    assert_eq!(said, format!(
            "credrun: CloudShell gave no credentials
caused by: {url} answered 500
hint: the address is from AWS_CONTAINER_CREDENTIALS_FULL_URI or AWS_CONTAINER_CREDENTIALS_RELATIVE_URI; in CloudShell, restart the shell environment
"
        ));
}

#[test]
fn an_endpoint_that_answers_html() {
    let (said, url) = refusal_of(Behaviour::Html);
    assert_eq!(
        said,
        format!(
            "credrun: CloudShell gave no credentials
caused by: {url}: it answered HTML, not JSON
hint: is AWS_CONTAINER_CREDENTIALS_FULL_URI the address of a credential endpoint?
"
        )
    );
}

#[test]
fn an_endpoint_that_answers_half_a_json() {
    let (said, url) = refusal_of(Behaviour::HalfJson);
    assert_eq!(
        said,
        format!(
            "credrun: CloudShell gave no credentials
caused by: {url}: its JSON ends in the middle
hint: is AWS_CONTAINER_CREDENTIALS_FULL_URI the address of a credential endpoint?
"
        )
    );
}

#[test]
fn an_endpoint_that_answers_an_expired_set() {
    let (said, _) = refusal_of(Behaviour::Expired(Duration::from_secs(3600)));
    assert_eq!(
        said,
        "credrun: the credentials of CloudShell expired 1h ago
hint: reload the CloudShell page, which signs in again
"
    );
}

#[test]
fn an_endpoint_that_answers_no_expiration() {
    let (said, url) = refusal_of(Behaviour::NoExpiration);
    assert_eq!(
        said,
        format!(
            "credrun: CloudShell gave no credentials
caused by: {url}: its answer has no Expiration
hint: is AWS_CONTAINER_CREDENTIALS_FULL_URI the address of a credential endpoint?
"
        )
    );
}

#[test]
fn a_token_file_that_cannot_be_read() {
    let endpoint = CredentialEndpoint::start();
    let mut command = credrun();
    command.envs(endpoint.session()).env(
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        "/nonexistent/token",
    );
    assert_eq!(
        refusal(&mut command, &[IMAGE, "true"]),
        "credrun: CloudShell gave no credentials
caused by: the token file /nonexistent/token cannot be read
caused by: No such file or directory (os error 2)
hint: the file is named by AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE
"
    );
    assert!(endpoint.requests().is_empty(), "asked without a token");
}

#[test]
fn an_endpoint_that_the_token_must_not_go_to() {
    let mut command = credrun();
    command
        .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://example.com/")
        .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", "token");
    assert_eq!(
        refusal(&mut command, &[IMAGE, "true"]),
        "credrun: the container endpoint gave no credentials
caused by: AWS_CONTAINER_CREDENTIALS_FULL_URI names example.com, which may not be asked over plain http
hint: http is for localhost, loopback addresses, 169.254.170.2, 169.254.170.23 and [fd00:ec2::23]; use https for others
"
    );
}
