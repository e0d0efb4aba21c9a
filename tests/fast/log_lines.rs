//! `--log-level debug` tells each request and each decision.

use crate::support::credential_endpoint::CredentialEndpoint;
use crate::support::http_server::refused_address;
use crate::support::metadata_service::MetadataService;
use crate::support::process::{Finished, credrun, run};
use crate::support::scripted_engine::ScriptedEngine;
use crate::support::sts::Sts;

const ROLE: &str = "arn:aws:iam::123456789012:role/deploy";

/// Asserts that there is a line with all of `parts` in it.
fn assert_line(finished: &Finished, parts: &[&str]) {
    let has = |line: &str| parts.iter().all(|part| line.contains(part));
    assert!(
        finished.stderr.lines().any(has),
        "no line has {parts:?}:\n{}",
        finished.stderr
    );
}

#[test]
fn each_request_of_a_run_has_a_line_with_method_path_status_duration_and_attempt() {
    let endpoint = CredentialEndpoint::start();
    let sts = Sts::start();
    sts.refuse_all(503, "ServiceUnavailable", "busy");
    let engine = ScriptedEngine::start([]);
    let finished = run(credrun()
        .args(["--log-level=debug", "--role-arn", ROLE, "an/image"])
        .envs(endpoint.session())
        .env("AWS_ENDPOINT_URL_STS", sts.url())
        .env("DOCKER_HOST", engine.host()));
    let of_endpoint = format!("url={}", endpoint.url());
    assert_line(
        &finished,
        &[
            "DEBUG",
            "method=\"GET\"",
            &of_endpoint,
            "attempt=1",
            "status=200",
            "ms=",
        ],
    );
    let of_sts = format!("url={}/", sts.url());
    for attempt in ["attempt=\"1\"", "attempt=\"3\""] {
        assert_line(
            &finished,
            &[
                "method=POST",
                &of_sts,
                "call=\"AssumeRole\"",
                attempt,
                "status=503",
                "ms=",
            ],
        );
    }
    assert_line(
        &finished,
        &[
            "method=GET",
            "path=/v",
            "/images/an/image/json",
            "status=",
            "ms=",
        ],
    );
}

#[test]
fn each_decision_has_a_line() {
    let config = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(config.path(), "[default]\nregion = eu-west-3\n").expect("written");
    let endpoint = CredentialEndpoint::start();
    let finished = run(credrun()
        .args(["export", "--log-level=debug"])
        .envs(endpoint.session())
        .env("AWS_CONFIG_FILE", config.path()))
    .success();
    let path = config.path().display().to_string();
    assert_line(&finished, &["file read", &path, "bytes=29"]);
    assert_line(
        &finished,
        &["passed over", "environment", "AWS_ACCESS_KEY_ID is not set"],
    );
    assert_line(&finished, &["passed over", "web identity"]);
    assert_line(
        &finished,
        &["passed over", "profile", "has no settings for credentials"],
    );
    assert_line(&finished, &["chosen", "source=CloudShell"]);
    assert_line(&finished, &["region=eu-west-3", "from=profile \"default\""]);
    assert_line(&finished, &["asked for", "profile=\"default\""]);
}

#[test]
fn a_request_without_an_answer_has_a_line_as_well() {
    let url = format!("http://{}", refused_address());
    let sts = Sts::start();
    let finished = run(credrun()
        .args(["whoami", "--log-level=debug"])
        .envs(sts.user())
        .env("AWS_ENDPOINT_URL_STS", &url));
    assert_line(
        &finished,
        &["call=\"GetSessionToken\"", "error=\"could not connect to"],
    );
}

#[test]
fn the_instance_metadata_service_is_among_them() {
    let service = MetadataService::start();
    let finished = run(credrun()
        .args(["export", "--log-level=debug"])
        .env_remove("AWS_EC2_METADATA_DISABLED")
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", service.url()))
    .success();
    assert_line(
        &finished,
        &["method=PUT", "/latest/api/token", "status=200"],
    );
    assert_line(
        &finished,
        &[
            "method=GET",
            "/latest/meta-data/iam/security-credentials",
            "status=200",
        ],
    );
}
