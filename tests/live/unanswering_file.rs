//! `--live` goes on serving while a renewal waits for a file that does not answer.

use std::fs;
use std::io::Write as _;
use std::time::Duration;

use crate::support::credential_endpoint::{Behaviour, CredentialEndpoint, in_cloudshell};
use crate::support::engine::{IMAGE, Removed, docker, unique_name};
use crate::support::fifo::Fifo;
use crate::support::live::{ASK, nothing_is_left, runs};
use crate::support::process::{finish, start};

#[test]
fn the_endpoint_serves_while_a_renewal_waits_for_the_token_file() {
    // Renewed at half of their life, and valid for long after that.
    let endpoint = CredentialEndpoint::behaving(Behaviour::Rotate {
        life: Duration::from_secs(40),
        spare: Duration::from_secs(20),
    });
    let fifo = Fifo::new();
    let token = tempfile::NamedTempFile::new().expect("a file");
    fs::write(token.path(), endpoint.token()).expect("written");
    let container = Removed(unique_name("unanswering-file"));
    let name = container.0.as_str();
    let run_on = "echo up; cat";
    let mut credrun = in_cloudshell(&endpoint);
    credrun
        .env_remove("AWS_CONTAINER_AUTHORIZATION_TOKEN")
        .env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", token.path())
        .args([
            "run", "--live", "-i", "--name", name, IMAGE, "sh", "-c", run_on,
        ]);
    let mut child = start(&mut credrun);
    let input = child.stdin.take().expect("a pipe");
    runs(name);
    fs::remove_file(token.path()).expect("removed");
    std::os::unix::fs::symlink(fifo.path(), token.path()).expect("a link");

    let mut writer = fifo.hold_reader();
    let served = docker(&["exec", name, "sh", "-c", ASK]).success().out();
    assert!(served.contains("ASIATURN"), "{served}");
    // Let it renew now, and end.
    let _ = writer.write_all(endpoint.token().as_bytes());
    drop((writer, input));
    finish(child).success();
    nothing_is_left(name);
}
