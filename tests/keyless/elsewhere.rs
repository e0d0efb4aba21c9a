//! A run with `--keyless` on an Engine that is reached in another way, or is not docker's.

use std::process::Command;

use crate::client::Client;
use crate::sdks::all_are_verified;
use crate::support::engine::{IMAGE, docker, engine};
use crate::support::podman::Podman;
use crate::support::process::run;
use crate::support::sshd::Sshd;
use crate::support::tls_engine::TlsEngine;
use crate::support::verifying_aws::VerifyingAws;

const CALL: &str = "
import boto3
print(boto3.client('sts').get_caller_identity()['Account'])
boto3.client('s3').list_buckets()
";

/// Points a client of the Engine at one.
type Engine<'a> = &'a dyn Fn(&mut Command);

#[test]
fn a_container_calls_through_tls_through_ssh_and_on_podman() {
    engine();
    let directory = tempfile::tempdir().expect("a directory");
    let archive = directory.path().join("image.tar");
    let archive = archive.to_str().expect("UTF-8");
    docker(&["save", "--output", archive, IMAGE]).success();
    let over_tls = |command: &mut Command| {
        let remote = TlsEngine::shared();
        command
            .env("DOCKER_HOST", remote.address())
            .env("DOCKER_TLS_VERIFY", "1")
            .env("DOCKER_CERT_PATH", remote.directory_name());
    };
    let mut load = Command::new("docker");
    over_tls(load.args(["load", "--input", archive]));
    run(&mut load).success();
    let podman = Podman::shared();
    podman.podman(&["load", "--input", archive]).success();
    let through_ssh = |command: &mut Command| {
        command
            .env("DOCKER_HOST", Sshd::shared().address())
            .env("PATH", Sshd::shared().path());
    };
    let on_podman = |command: &mut Command| {
        command.env("DOCKER_HOST", podman.address());
    };
    let engines: [(&str, Engine<'_>); 3] = [
        ("tls", &over_tls),
        ("ssh", &through_ssh),
        ("podman", &on_podman),
    ];
    for (name, on) in engines {
        let caller = VerifyingAws::shared().caller();
        let mut client = Client::new(&caller, "keyless-elsewhere", &[]);
        on(client.command());
        let ran = client.run(&["-c", CALL]).success();
        assert_eq!(ran.out(), "123456789012\n", "{name}: {}", ran.stderr);
        let calls = caller.calls();
        all_are_verified(&calls, &caller);
        assert_eq!(calls.len(), 2, "{name}");
        client.received_no_secret_of(&caller);
    }
}
