//! The matrix of `make test-sdks` on Engines that are elsewhere: behind TLS, behind `ssh://`, and
//! Podman. Its image is large and its sets live for a minute, so only `make test-sdks` runs this.

use std::process::{Command, Stdio};

use credrun_test_support::engine::docker;
use credrun_test_support::podman::Podman;
use credrun_test_support::process::run;
use credrun_test_support::sshd::Sshd;
use credrun_test_support::tls_engine::TlsEngine;

const IMAGE: &str = "credrun-sdks:latest";

/// One a language, of those that make all calls in one process.
const CLIENTS: [&str; 8] = [
    "Python: boto3",
    "JavaScript v3",
    "Java v2: in SageMaker",
    "PHP",
    "Ruby: Debian's",
    "Rust: aws-sdk-sts",
    "Go v2: Debian's",
    "C++: in pyarrow",
];

/// Runs the matrix, with `variables` saying where the Engine is. Its table goes to stdout.
fn matrix(place: &str, variables: &[(&str, String)]) {
    let root = env!("CARGO_MANIFEST_DIR");
    let mut matrix = Command::new(format!("{root}/target/python/bin/python"));
    matrix
        .arg(format!("{root}/tests/sdks/matrix.py"))
        .args(["--credrun", env!("CARGO_BIN_EXE_credrun")])
        .args(["--network", "host"])
        .args(CLIENTS.iter().flat_map(|client| ["--client", client]))
        .envs(variables.iter().map(|(name, value)| (name, value)));
    let ran = matrix.stdin(Stdio::null()).output().expect("the matrix");
    let said = String::from_utf8_lossy(&ran.stdout);
    println!("{place}\n{said}");
    let why = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{place}: {said}{why}");
}

#[test]
fn no_call_fails_wherever_the_engine_is() {
    let directory = tempfile::tempdir().expect("a directory");
    let archive = directory.path().join("image.tar");
    let archive = archive.to_str().expect("UTF-8");
    docker(&["save", "--output", archive, IMAGE]).success();

    let tls = TlsEngine::shared();
    let tls = [
        ("DOCKER_HOST", tls.address()),
        ("DOCKER_TLS_VERIFY", "1".to_owned()),
        ("DOCKER_CERT_PATH", tls.directory_name().to_owned()),
    ];
    let mut load = Command::new("docker");
    load.envs(tls.clone()).args(["load", "--input", archive]);
    run(&mut load).success();
    let podman = Podman::shared();
    podman.podman(&["load", "--input", archive]).success();
    let podman = [("DOCKER_HOST", podman.address())];
    let sshd = Sshd::shared();
    let ssh = [("DOCKER_HOST", sshd.address()), ("PATH", sshd.path())];

    std::thread::scope(|scope| {
        scope.spawn(|| matrix("over TLS", &tls));
        scope.spawn(|| matrix("through ssh", &ssh));
        scope.spawn(|| matrix("on Podman", &podman));
    });
}
