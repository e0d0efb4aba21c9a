//! Clients in Python, in containers.

use std::process::Command;
use std::time::Duration;

use crate::support::aws::python_tool;
use crate::support::engine::{IMAGE, Removed, engine, unique_name};
use crate::support::host_python::{mount, mount_python};
use crate::support::process::{Finished, finish_within, start};
use crate::support::repository;
use crate::support::verifying_aws::Caller;

/// On a machine that is busy with other things.
pub(crate) const PATIENCE: Duration = Duration::from_secs(240);

/// A client, and what it received: none of the caller's secrets, as is seen at its end.
pub(crate) struct Client<'a> {
    caller: Option<&'a Caller<'a>>,
    command: Command,
    container: Removed,
    received: tempfile::TempDir,
}

impl<'a> Client<'a> {
    /// `credrun run --keyless FLAGS… IMAGE`, with Python in the image.
    pub(crate) fn new(caller: &'a Caller<'a>, purpose: &str, flags: &[&str]) -> Self {
        let mut client = Self::of(caller.credrun(), purpose, flags);
        client.caller = Some(caller);
        client
    }

    /// The same for a credrun that has its credentials from elsewhere.
    pub(crate) fn of(mut command: Command, purpose: &str, flags: &[&str]) -> Self {
        engine();
        let python = python_tool("python");
        let container = Removed(unique_name(purpose));
        let received = tempfile::tempdir().expect("a directory");
        command.args(["run", "--keyless", "--name", &container.0]);
        command.args(["--tmpfs", "/tmp", "--tmpfs", "/root"]);
        let kept = received.path().to_str().expect("UTF-8");
        command.args(["-v", &format!("{kept}:/received")]);
        mount_python(&mut command);
        mount(
            &mut command,
            &repository("tests/keyless/clients"),
            "/clients",
        );
        command
            .args([
                "-e",
                "PYTHONPATH=/clients",
                "-e",
                "PYTHONDONTWRITEBYTECODE=1",
            ])
            .args(["-e", "HOME=/root", "-w", "/clients"])
            .args(flags)
            .args(["--entrypoint", python.to_str().expect("UTF-8"), IMAGE]);
        Self {
            caller: None,
            command,
            container,
            received,
        }
    }

    /// Runs Python with these arguments.
    pub(crate) fn run(&mut self, arguments: &[&str]) -> Finished {
        finish_within(PATIENCE, start(self.command.args(arguments)))
    }

    /// What [`Self::run`] starts, still without Python's arguments.
    pub(crate) fn command(&mut self) -> &mut Command {
        &mut self.command
    }

    pub(crate) fn container(&self) -> &str {
        &self.container.0
    }

    /// Every byte that the client has received so far.
    fn received(&self) -> Vec<u8> {
        let files = self.received.path().read_dir().expect("a directory");
        let mut received = Vec::new();
        for file in files {
            let path = file.expect("an entry").path();
            received.extend(std::fs::read(path).expect("a file"));
        }
        received
    }

    /// # Panics
    ///
    /// Where the client has received nothing, which would be searched in vain.
    pub(crate) fn has_received(&self) {
        assert!(
            !self.received().is_empty(),
            "no client kept what it received"
        );
    }
}

impl Client<'_> {
    /// # Panics
    ///
    /// Where the client has received this secret, or nothing.
    pub(crate) fn has_not_received(&self, secret: &str) {
        self.has_received();
        assert_absent(&self.received(), secret, "what the client received");
    }
}

impl Drop for Client<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let received = self.received();
        for secret in self.caller.iter().flat_map(|caller| caller.secrets()) {
            assert_absent(&received, &secret, "what the client received");
        }
    }
}

/// # Panics
///
/// Where `content` has the secret as it is, or as one of the protocols writes it.
pub(crate) fn assert_absent(content: &[u8], secret: &str, where_it_is_looked_for: &str) {
    let percent: String = secret
        .bytes()
        .map(|byte| match byte {
            b'+' | b'/' | b'=' => format!("%{byte:02X}"),
            _ => char::from(byte).to_string(),
        })
        .collect();
    for form in [secret, &percent, &secret.replace('/', "\\/")] {
        let found = content
            .windows(form.len())
            .any(|part| part == form.as_bytes());
        assert!(!found, "{form} is in {where_it_is_looked_for}");
    }
}
