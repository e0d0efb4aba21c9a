//! The binary and the relay for arm64, on an emulated processor.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use credrun::relay::image::relay_binary;
use credrun::relay::mux::Mux;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::credential_endpoint::CredentialEndpoint;
use crate::support::dist::unpacked;
use crate::support::process::{clean, run};

const DEADLINE: Duration = Duration::from_secs(60);
const EMULATOR: &str = "qemu-aarch64-static";

fn emulated(program: &Path) -> Command {
    let mut command = Command::new(EMULATOR);
    command.arg(program);
    clean(command)
}

#[test]
fn the_arm64_binary_says_its_version_and_exports_the_credentials_of_an_endpoint() {
    let unpacked = unpacked("aarch64");
    let program = unpacked.path().join("credrun");
    let version = run(emulated(&program).arg("--version")).success();
    let expected = format!("credrun {}", env!("CARGO_PKG_VERSION"));
    assert!(version.out().starts_with(&expected), "{version:?}");

    let endpoint = CredentialEndpoint::start();
    let mut export = emulated(&program);
    export.arg("export").envs(endpoint.session());
    let exported = run(&mut export).success();
    assert!(exported.out().contains("ASIATURN00000000"), "{exported:?}");
}

/// Writes the relay that this credrun carries for arm64: each credrun has the same.
fn relay(directory: &Path) -> PathBuf {
    let path = directory.join("credrun-relay");
    fs::write(&path, relay_binary("arm64").expect("a relay")).expect("room");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a mode");
    path
}

#[tokio::test]
async fn the_arm64_relay_passes_a_connection_in_both_directions() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut relay = tokio::process::Command::new(EMULATOR)
        .arg(relay(directory.path()))
        .arg("0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("qemu-user-static");
    let (stdout, stdin) = (relay.stdout.take().unwrap(), relay.stdin.take().unwrap());
    let mux = timeout(DEADLINE, Mux::connect(stdout, stdin));
    let mut mux = mux.await.expect("in time").expect("the relay listens");

    let client = TcpStream::connect(("127.0.0.1", mux.port()));
    let mut client = client.await.expect("the relay's port");
    client.write_all(b"a question").await.expect("written");
    let connection = timeout(DEADLINE, mux.accept()).await.expect("in time");
    let mut connection = connection.expect("no breach").expect("a connection").stream;
    let mut asked = [0; 10];
    let read = timeout(DEADLINE, connection.read_exact(&mut asked));
    read.await.expect("in time").expect("ten bytes");
    assert_eq!(&asked, b"a question");

    connection.write_all(b"an answer").await.expect("written");
    connection.shutdown().await.expect("shut down");
    let mut answered = String::new();
    let read = timeout(DEADLINE, client.read_to_string(&mut answered));
    read.await.expect("in time").expect("text");
    assert_eq!(answered, "an answer");
}
