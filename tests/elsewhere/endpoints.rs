//! Engines are reached as docker's client reaches them: over TLS, and through ssh.
//!
//! Each way is tried with a real Engine by a container that copies its input to its output: its
//! end of input can only come from the end of the connection's writing half.

use std::error::Error as _;
use std::fs;
use std::future::Future;
use std::path::Path;

use crate::support::engine::{IMAGE, engine, unique_name};
use crate::support::sshd::Sshd;
use crate::support::tls_engine::TlsEngine;
use bollard::models::{ContainerCreateBody, HostConfig};
use credrun::cli::engine::EngineArgs;
use credrun::engine::reach::config_file::DockerConfig;
use credrun::engine::reach::endpoint::EndpointError;
use credrun::engine::{Attachment, Endpoint, Engine, EngineError, WaitCondition};
use credrun::vars::Environment;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

fn endpoint<const N: usize>(variables: [(&str, &str); N]) -> Result<Endpoint, EndpointError> {
    let arguments = EngineArgs::default();
    let environment = Environment::fixed(variables);
    let (config, warnings) = DockerConfig::load(&arguments, &environment);
    assert_eq!(warnings, []);
    Endpoint::resolve(&arguments, &environment, &config)
}

/// Everything here is over within the deadline, refusals too.
async fn in_time<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(crate::support::DEADLINE, what)
        .await
        .expect("within the deadline")
}

async fn connect<const N: usize>(variables: [(&str, &str); N]) -> Result<Engine, EngineError> {
    in_time(Engine::connect(endpoint(variables).expect("an endpoint"))).await
}

/// An error with all its causes.
fn told(error: &EngineError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

/// Sends much to `cat`, closes the writing half, and reads all of it back after that.
async fn round_trip(engine: &Engine) {
    let container = ContainerCreateBody {
        image: Some(IMAGE.to_owned()),
        cmd: Some(vec!["cat".to_owned()]),
        open_stdin: Some(true),
        stdin_once: Some(true),
        attach_stdin: Some(true),
        attach_stdout: Some(true),
        host_config: Some(HostConfig {
            network_mode: Some("none".to_owned()),
            ..HostConfig::default()
        }),
        ..ContainerCreateBody::default()
    };
    let name = unique_name("endpoint");
    let created = engine.create(Some(&name), None, &container).await;
    let id = created.expect("a container").id;
    let outcome = copy_through(engine, &id).await;
    engine.remove(&id).await.expect("removed");
    outcome.expect("a round trip");
}

async fn copy_through(engine: &Engine, id: &str) -> Result<(), EngineError> {
    let attachment = Attachment {
        stdin: true,
        stdout: true,
        ..Attachment::default()
    };
    let attached = engine.attach(id, &attachment).await?;
    let wait = engine.wait(id, WaitCondition::NextExit).await?;
    engine.start(id).await?;

    let sent: Vec<u8> = (0..1_000_000_u32).map(|n| (n % 251) as u8).collect();
    let (mut from, mut to) = tokio::io::split(attached.stream);
    let mut received = attached.first.to_vec();
    let write = async {
        to.write_all(&sent).await.expect("written");
        to.shutdown().await.expect("shut down");
    };
    let read = async { from.read_to_end(&mut received).await.expect("read") };
    tokio::join!(write, read);
    assert_eq!(payload(&received), sent);
    assert_eq!(
        wait.ended().await?.status,
        credrun::exit::ExitStatus::SUCCESS
    );
    Ok(())
}

/// The bytes inside the Engine's frames: a header of eight bytes, the length in its second half.
fn payload(mut frames: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Some((header, rest)) = frames.split_first_chunk::<8>() {
        let length = u32::from_be_bytes([header[4], header[5], header[6], header[7]]) as usize;
        bytes.extend_from_slice(&rest[..length]);
        frames = &rest[length..];
    }
    bytes
}

#[tokio::test]
async fn over_tls_with_the_variables_input_ends_and_output_goes_on() {
    engine();
    let tls = TlsEngine::shared();
    let engine = connect([
        ("DOCKER_HOST", &tls.address()),
        ("DOCKER_TLS_VERIFY", "1"),
        ("DOCKER_CERT_PATH", tls.directory_name()),
    ])
    .await
    .expect("an engine");
    in_time(round_trip(&engine)).await;
}

#[tokio::test]
async fn over_tls_with_a_context_input_ends_and_output_goes_on() {
    engine();
    let tls = TlsEngine::shared();
    let config = tempfile::tempdir().expect("a directory");
    docker_context(config.path(), tls);
    let engine = connect([
        ("DOCKER_CONFIG", config.path().to_str().expect("UTF-8")),
        ("DOCKER_CONTEXT", "secured"),
    ])
    .await
    .expect("an engine");
    in_time(round_trip(&engine)).await;
}

/// Has docker itself make the context.
fn docker_context(config: &Path, tls: &TlsEngine) {
    let file = |name: &str| tls.directory().join(name).display().to_string();
    let endpoint = format!(
        "host={},ca={},cert={},key={}",
        tls.address(),
        file("ca.pem"),
        file("cert.pem"),
        file("key.pem")
    );
    crate::support::process::run(
        std::process::Command::new("docker")
            .env("DOCKER_CONFIG", config)
            .args(["context", "create", "secured", "--docker", &endpoint]),
    )
    .success();
}

#[tokio::test]
async fn an_engine_of_another_authority_is_not_spoken_to() {
    engine();
    let tls = TlsEngine::shared();
    let others = tls.others();
    let error = connect([
        ("DOCKER_HOST", tls.address().as_str()),
        ("DOCKER_TLS_VERIFY", "1"),
        ("DOCKER_CERT_PATH", others.to_str().expect("UTF-8")),
    ])
    .await
    .expect_err("refused");
    assert!(matches!(error, EngineError::Unreachable { .. }));
    assert!(told(&error).contains("certificate"), "{}", told(&error));
}

#[tokio::test]
async fn tls_without_verification_takes_any_certificate() {
    engine();
    let tls = TlsEngine::shared();
    // The authority of somebody else, the client certificate of this Engine's.
    let mixed = tempfile::tempdir().expect("a directory");
    for name in ["cert.pem", "key.pem"] {
        fs::copy(tls.directory().join(name), mixed.path().join(name)).expect("a copy");
    }
    fs::copy(tls.others().join("ca.pem"), mixed.path().join("ca.pem")).expect("a copy");
    let variables = [
        ("DOCKER_HOST", tls.address()),
        ("DOCKER_TLS", "1".to_owned()),
        ("DOCKER_CERT_PATH", mixed.path().display().to_string()),
    ];
    connect(
        variables
            .each_ref()
            .map(|(name, value)| (*name, value.as_str())),
    )
    .await
    .expect("an engine");
}

#[tokio::test]
async fn an_engine_that_misses_a_client_certificate_says_so() {
    engine();
    let tls = TlsEngine::shared();
    let without = tempfile::tempdir().expect("a directory");
    fs::copy(
        tls.directory().join("ca.pem"),
        without.path().join("ca.pem"),
    )
    .expect("a copy");
    let error = connect([
        ("DOCKER_HOST", tls.address().as_str()),
        ("DOCKER_TLS_VERIFY", "1"),
        ("DOCKER_CERT_PATH", without.path().to_str().expect("UTF-8")),
    ])
    .await
    .expect_err("refused");
    // The Engine's alert is called so, or `CertificateRequired`.
    assert!(told(&error).contains("Certificate"), "{}", told(&error));
}

#[tokio::test]
async fn through_ssh_input_ends_and_output_goes_on() {
    engine();
    let sshd = Sshd::shared();
    let engine = connect([("DOCKER_HOST", &sshd.address()), ("PATH", &sshd.path())])
        .await
        .expect("an engine");
    in_time(round_trip(&engine)).await;
}

#[tokio::test]
async fn the_path_of_an_ssh_address_is_the_socket_over_there() {
    engine();
    let sshd = Sshd::shared();
    for (path, works) in [("/var/run/docker.sock", true), ("/nowhere's socket", false)] {
        let address = format!("{}{path}", sshd.address());
        match connect([("DOCKER_HOST", &address), ("PATH", &sshd.path())]).await {
            Ok(_) => assert!(works, "{path}"),
            Err(error) => {
                assert!(!works, "{}", told(&error));
                assert!(told(&error).contains(path), "{}", told(&error));
            }
        }
    }
}

#[tokio::test]
async fn what_ssh_says_when_it_fails_is_passed_on() {
    let sshd = Sshd::shared();
    let address = format!("ssh://127.0.0.1:{}", crate::support::guarded::free_port());
    let error = connect([("DOCKER_HOST", &address), ("PATH", &sshd.path())])
        .await
        .expect_err("refused");
    let told = told(&error);
    assert!(told.contains("ssh ended with exit status: 255"), "{told}");
    assert!(told.contains("Connection refused"), "{told}");
}

/// Addresses that nobody listens at, which docker names when it fails.
#[test]
fn addresses_are_read_as_docker_reads_them() {
    let config = tempfile::tempdir().expect("a directory");
    let config = config.path().to_str().expect("UTF-8");
    for host in [
        "unix:///nowhere/docker.sock",
        "unix://unix:///nowhere/docker.sock",
        "unix://nowhere.sock",
        "tcp://127.0.0.1:1",
        "127.0.0.1:1",
        "  127.0.0.1:1 ",
        "tcp://127.0.0.1:1/base",
        "tcp://user@127.0.0.1:1?query#fragment",
        "tcp://[::1]:1",
        "tcp://:1",
    ] {
        let docker = crate::support::process::run(
            std::process::Command::new("docker")
                .env("DOCKER_CONFIG", config)
                .env("DOCKER_HOST", host)
                .args(["ps"]),
        );
        let ours = endpoint([("DOCKER_CONFIG", config), ("DOCKER_HOST", host)]);
        let ours = ours.expect("an endpoint").address;
        let said = docker.stderr.split(" at ").nth(1).unwrap_or_default();
        let theirs = said.split(". Is the docker").next().unwrap_or_default();
        assert_eq!(ours, theirs, "{host}: {}", docker.stderr);
    }
}
