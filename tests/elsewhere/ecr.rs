//! An image of Amazon ECR is pulled with the AWS credentials of the run, without `docker login`.
//!
//! moto stands in for ECR's API, and a registry that takes moto's tokens for ECR itself: an Engine
//! of its own has that registry as its HTTP proxy, so that ECR's host names lead there.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use crate::support::aws::AwsStandIn;
use crate::support::engine::engine;
use crate::support::guarded::Guarded;
use crate::support::http_server::{HttpServer, Reply, Request};
use crate::support::process::{Finished, credrun, run};
use crate::support::registry::Registry;
use crate::support::second_engine::dockerd;
use credrun::credentials::{CredentialValues, Credentials, HttpClient};
use credrun::engine::registry::auth::RegistryAuth;
use credrun::engine::registry::ecr::{EcrError, EcrRegistry, TokenError};
use credrun::vars::Environment;
use credrun::waits::Waits;
use secrecy::ExposeSecret as _;

/// In another region than the session's, as images often are.
const HOST: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
/// What moto gives out for that account.
const PASSWORD: &str = "123456789012-auth-token";

/// Credentials from variables as [`AwsStandIn`] has them.
fn credentials<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Credentials {
    let mut credentials = CredentialValues {
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
    Credentials::new(credentials).expect("a set")
}

async fn login(
    host: &str,
    credentials: &Credentials,
    environment: &Environment,
) -> Result<RegistryAuth, EcrError> {
    let registry = EcrRegistry::of_domain(host).expect("a registry");
    let http = HttpClient::new(environment, None, &Waits::default());
    let login = registry.login(credentials, &http, environment);
    tokio::time::timeout(crate::support::DEADLINE, login)
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

/// A server that gives each request the next of these answers, and notes the requests.
fn answering(answers: &'static [(u16, &'static str)]) -> (HttpServer, Arc<Mutex<Vec<Request>>>) {
    let requests = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&requests);
    let server = HttpServer::start(move |request| {
        let mut noted = noted.lock().expect("unpoisoned");
        noted.push(request);
        match answers.get(noted.len() - 1) {
            Some((status, body)) => Reply::Answer {
                status: *status,
                headers: Vec::new(),
                body: (*body).to_owned(),
            },
            None => Reply::Close,
        }
    });
    (server, requests)
}

/// The login that this server gives, and the requests that it took.
async fn login_at(
    host: &str,
    variable: &str,
    answers: &'static [(u16, &'static str)],
) -> (Result<RegistryAuth, EcrError>, Vec<Request>) {
    let (server, requests) = answering(answers);
    let url = format!("http://{}", server.address());
    let environment = Environment::fixed([(variable, &url)]);
    let outcome = login(host, &some_credentials(), &environment).await;
    let requests = requests.lock().expect("unpoisoned").clone();
    (outcome, requests)
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
    const ANSWER: &str = r#"{"authorizationData":{"authorizationToken":"QVdTOnB3"}}"#;
    let (outcome, requests) = login_at(
        "public.ecr.aws",
        "AWS_ENDPOINT_URL_ECR_PUBLIC",
        &[(200, ANSWER)],
    )
    .await;
    assert_eq!(outcome.expect("a login").password.expose_secret(), "pw");
    let Request {
        method,
        target,
        headers,
        ..
    } = &requests[0];
    assert_eq!((method.as_str(), target.as_str()), ("POST", "/"));
    assert_eq!(
        headers["x-amz-target"],
        "SpencerFrontendService.GetAuthorizationToken"
    );
    assert_eq!(headers["x-amz-security-token"], "t0ken");
    let scope = "/us-east-1/ecr-public/aws4_request";
    assert!(headers["authorization"].contains(scope), "{headers:?}");
}

#[tokio::test]
async fn a_failure_of_awss_own_is_tried_again() {
    const ANSWER: &str = r#"{"authorizationData":[{"authorizationToken":"QVdTOnB3"}]}"#;
    let (outcome, requests) = login_at(
        HOST,
        "AWS_ENDPOINT_URL_ECR",
        &[
            (503, "{}"),
            (400, r#"{"__type":"ThrottlingException"}"#),
            (200, ANSWER),
        ],
    )
    .await;
    outcome.expect("a login");
    assert_eq!(requests.len(), 3);
}

#[tokio::test]
async fn a_refusal_is_not_tried_again() {
    let (outcome, requests) = login_at(
        HOST,
        "AWS_ENDPOINT_URL_ECR",
        &[(400, r#"{"__type":"ExpiredTokenException","message":"old"}"#)],
    )
    .await;
    let error = outcome.expect_err("refused");
    assert_eq!(error.source.to_string(), "ExpiredTokenException: old");
    assert!(error.hint().is_some_and(|hint| hint.contains("expired")));
    assert_eq!(requests.len(), 1);
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
