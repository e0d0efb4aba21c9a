//! An image of Amazon ECR is pulled with the AWS credentials of the run, without `docker login`.
//!
//! moto stands in for ECR's API, and a registry that takes moto's tokens for ECR itself: an Engine
//! of its own has that registry as its HTTP proxy, so that ECR's host names lead there.

mod support;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::thread;

use credrun::credentials::Credentials;
use credrun::engine::ecr::{EcrError, EcrRegistry, TokenError};
use credrun::engine::registry_auth::RegistryAuth;
use credrun::vars::Environment;
use secrecy::ExposeSecret as _;
use support::aws::AwsStandIn;
use support::engine::engine;
use support::guarded::Guarded;
use support::process::{Finished, credrun, run};
use support::registry::Registry;
use support::second_engine::dockerd;

/// In another region than the session's, as images often are.
const HOST: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
/// What moto gives out for that account.
const PASSWORD: &str = "123456789012-auth-token";

/// Credentials from variables as [`AwsStandIn`] has them.
fn credentials<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Credentials {
    let mut credentials = Credentials {
        access_key_id: String::new(),
        secret_access_key: "".into(),
        session_token: None,
        expiration: None,
        account_id: None,
    };
    for (name, value) in variables {
        match name {
            "AWS_ACCESS_KEY_ID" => credentials.access_key_id = value.to_owned(),
            "AWS_SECRET_ACCESS_KEY" => credentials.secret_access_key = value.into(),
            "AWS_SESSION_TOKEN" => credentials.session_token = Some(value.into()),
            _ => {}
        }
    }
    credentials
}

async fn login(
    host: &str,
    credentials: &Credentials,
    environment: &Environment,
) -> Result<RegistryAuth, EcrError> {
    let registry = EcrRegistry::of_domain(host).expect("a registry");
    tokio::time::timeout(support::DEADLINE, registry.login(credentials, environment))
        .await
        .expect("within the deadline")
}

#[tokio::test]
async fn aws_credentials_are_exchanged_for_a_login() {
    let aws = AwsStandIn::shared();
    let environment = Environment::fixed([("AWS_ENDPOINT_URL", aws.endpoint_url())]);
    let temporary = aws.temporary(aws.session_role_arn());
    let temporary = temporary
        .iter()
        .map(|(name, value)| (*name, value.as_str()));
    for credentials in [credentials(aws.long_lived()), credentials(temporary)] {
        let auth = login(HOST, &credentials, &environment)
            .await
            .expect("a login");
        assert_eq!(auth.username, "AWS");
        assert_eq!(auth.password.expose_secret(), PASSWORD);
        assert_eq!(auth.server_address, HOST);
    }
}

#[tokio::test]
async fn a_refusal_names_the_permission_that_is_missing() {
    let aws = AwsStandIn::shared();
    let environment = Environment::fixed([("AWS_ENDPOINT_URL", aws.endpoint_url())]);
    let reader = aws.temporary(aws.role_arn());
    let credentials = credentials(reader.iter().map(|(name, value)| (*name, value.as_str())));
    let error = login(HOST, &credentials, &environment)
        .await
        .expect_err("refused");
    assert_eq!(
        error.to_string(),
        format!("cannot log in to {HOST} with the AWS credentials of this run")
    );
    assert!(
        // moto says it without the name that ECR gives it.
        matches!(&error.source, TokenError::Refused { status: 403, .. }),
        "{error:?}"
    );
    let hint = error.hint().expect("a hint");
    for permission in [
        "ecr:GetAuthorizationToken",
        "ecr:BatchGetImage",
        "ecr:GetDownloadUrlForLayer",
    ] {
        assert!(hint.contains(permission), "{hint}");
    }
}

/// A server that gives each connection the next of these answers. Returns its URL, and the
/// requests that came, once all are given.
fn answering(answers: &'static [&'static str]) -> (String, thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let server = thread::spawn(move || {
        let mut requests = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().expect("a connection");
            let mut request = String::new();
            let mut reader = BufReader::new(stream.try_clone().expect("a handle"));
            let mut length = 0;
            while !request.ends_with("\r\n\r\n") {
                let start = request.len();
                reader.read_line(&mut request).expect("a line");
                let line = request[start..].to_lowercase();
                if let Some(value) = line.strip_prefix("content-length:") {
                    length = value.trim().parse().expect("a length");
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).expect("a body");
            request.push_str(&String::from_utf8(body).expect("UTF-8"));
            requests.push(request);
            let (status, body) = answer.split_once(' ').expect("a status and a body");
            let length = body.len();
            write!(
                stream,
                "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            )
            .expect("written");
        }
        requests
    });
    (url, server)
}

fn some_credentials() -> Credentials {
    credentials([
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "s3cret"),
        ("AWS_SESSION_TOKEN", "t0ken"),
    ])
}

#[tokio::test]
async fn ecr_public_is_asked_in_its_own_region_and_words() {
    // `AWS:pw` in base64.
    let (url, server) =
        answering(&[r#"200 {"authorizationData":{"authorizationToken":"QVdTOnB3"}}"#]);
    let environment = Environment::fixed([("AWS_ENDPOINT_URL_ECR_PUBLIC", &url)]);
    let auth = login("public.ecr.aws", &some_credentials(), &environment)
        .await
        .expect("a login");
    assert_eq!(auth.password.expose_secret(), "pw");
    let request = server.join().expect("served").remove(0);
    for part in [
        "POST / HTTP/1.1",
        "x-amz-target: SpencerFrontendService.GetAuthorizationToken",
        "/us-east-1/ecr-public/aws4_request",
        "x-amz-security-token: t0ken",
    ] {
        assert!(request.contains(part), "{part} is not in {request}");
    }
}

#[tokio::test]
async fn a_failure_of_awss_own_is_tried_again_and_a_refusal_is_not() {
    let (url, server) = answering(&[
        "503 {}",
        r#"400 {"__type":"ThrottlingException"}"#,
        r#"200 {"authorizationData":[{"authorizationToken":"QVdTOnB3"}]}"#,
    ]);
    let environment = Environment::fixed([("AWS_ENDPOINT_URL_ECR", &url)]);
    login(HOST, &some_credentials(), &environment)
        .await
        .expect("a login");
    assert_eq!(server.join().expect("served").len(), 3);

    let (url, server) = answering(&[r#"400 {"__type":"ExpiredTokenException","message":"old"}"#]);
    let environment = Environment::fixed([("AWS_ENDPOINT_URL_ECR", &url)]);
    let error = login(HOST, &some_credentials(), &environment)
        .await
        .expect_err("refused");
    assert_eq!(error.source.to_string(), "ExpiredTokenException: old");
    assert_eq!(server.join().expect("served").len(), 1);
}

/// An Engine for which a registry is ECR.
struct EcrEngine {
    server: Guarded,
    _registry: Registry,
}

impl EcrEngine {
    fn start() -> Self {
        engine();
        let registry = Registry::start("AWS", PASSWORD);
        drop(registry.push("app", 1, 1));
        let directory = tempfile::tempdir().expect("a directory");
        let socket = directory.path().join("docker.sock");
        let arguments = ["--insecure-registry".into(), HOST.into()];
        let mut dockerd = dockerd(
            directory.path(),
            &format!("unix://{}", socket.display()),
            &arguments,
        );
        // A registry without TLS is asked with TLS first, which its answer to CONNECT ends.
        let proxy = format!("http://{}", registry.domain());
        dockerd.env("HTTP_PROXY", &proxy).env("HTTPS_PROXY", &proxy);
        let server = Guarded::start(directory, &dockerd).listens_at(&socket);
        Self {
            server,
            _registry: registry,
        }
    }

    fn address(&self) -> String {
        format!(
            "unix://{}",
            self.server.directory().join("docker.sock").display()
        )
    }

    /// Runs `echo` in the image of ECR. The container has no network, as this Engine has none.
    fn run_image(&self, aws: &AwsStandIn, config: &Path, flags: &[&str]) -> Finished {
        let image = format!("{HOST}/app");
        let mut command = credrun();
        command
            .envs(aws.cloudshell())
            .env("DOCKER_HOST", self.address())
            .env("DOCKER_CONFIG", config)
            .args(["run", "--rm", "--network", "none"])
            .args(flags)
            .args([&image, "echo", "pulled"]);
        run(&mut command)
    }

    fn forget_image(&self) {
        run(Command::new("docker")
            .env("DOCKER_HOST", self.address())
            .args(["rmi", "--force", &format!("{HOST}/app")]))
        .success();
    }
}

#[test]
fn an_image_of_ecr_runs_without_docker_login() {
    let aws = AwsStandIn::shared();
    let ecr = EcrEngine::start();
    let config = tempfile::tempdir().expect("a directory");

    let refused = ecr.run_image(aws, config.path(), &["--ecr-login=false"]);
    assert_eq!(refused.code(), 125, "{}", refused.stderr);
    assert!(
        refused.stderr.contains("no basic auth credentials"),
        "{}",
        refused.stderr
    );

    let ran = ecr.run_image(aws, config.path(), &[]).success();
    assert_eq!(ran.out(), "pulled\n");
    ecr.forget_image();

    // A login that docker has wins, even a wrong one: `AWS:wrong` in base64.
    let wrong = format!(r#"{{"auths":{{"{HOST}":{{"auth":"QVdTOndyb25n"}}}}}}"#);
    fs::write(config.path().join("config.json"), wrong).expect("written");
    let refused = ecr.run_image(aws, config.path(), &[]);
    assert_eq!(refused.code(), 125, "{}", refused.stderr);
}
