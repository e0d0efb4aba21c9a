//! An ssh server on loopback, and an `ssh` that knows its key and has one of its own.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use super::guarded::{Guarded, free_port};
use super::process::run;

/// The server. `bin/ssh` in its directory is the client.
pub struct Sshd {
    server: Guarded,
    port: u16,
    user: String,
}

impl Sshd {
    /// The one of this test process.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Sshd> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    fn start() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path();
        let port = free_port();
        for key in ["host", "client"] {
            run(Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-f"])
                .arg(path.join(key)))
            .success();
        }
        configure_server(path, port);
        configure_client(path, port);
        // Debian's sshd wants it as root, and its service makes it.
        let _ = fs::create_dir_all("/run/sshd");
        let mut sshd = Command::new("/usr/sbin/sshd");
        sshd.args(["-D", "-e", "-f"]).arg(path.join("sshd_config"));
        let user = run(Command::new("id").arg("-un")).success().out();
        Self {
            server: Guarded::start(directory, &sshd).listens_on(port),
            port,
            user: user.trim().to_owned(),
        }
    }

    /// `ssh://user@host:port`.
    pub fn address(&self) -> String {
        format!("ssh://{}@127.0.0.1:{}", self.user, self.port)
    }

    /// A `PATH` on which its client comes first.
    pub fn path(&self) -> String {
        let mut path = OsString::from(self.server.directory().join("bin"));
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        path.into_string().expect("UTF-8")
    }
}

fn configure_server(directory: &Path, port: u16) {
    fs::copy(directory.join("client.pub"), directory.join("authorized")).expect("a copy");
    let text = format!(
        "ListenAddress 127.0.0.1:{port}\n\
         HostKey {here}/host\n\
         AuthorizedKeysFile {here}/authorized\n\
         PidFile none\n\
         StrictModes no\n\
         UsePAM no\n\
         PermitRootLogin prohibit-password\n\
         SetEnv PATH={path}\n",
        here = directory.display(),
        path = std::env::var("PATH").expect("PATH"),
    );
    fs::write(directory.join("sshd_config"), text).expect("written");
}

fn configure_client(directory: &Path, port: u16) {
    let host_key = fs::read_to_string(directory.join("host.pub")).expect("a key");
    let known = format!("[127.0.0.1]:{port} {host_key}");
    fs::write(directory.join("known"), known).expect("written");
    let here = directory.display();
    let config = format!(
        "IdentityFile {here}/client\n\
         IdentitiesOnly yes\n\
         UserKnownHostsFile {here}/known\n\
         StrictHostKeyChecking yes\n"
    );
    fs::write(directory.join("ssh_config"), config).expect("written");
    let script = format!("#!/bin/sh\nexec /usr/bin/ssh -F {here}/ssh_config \"$@\"\n");
    let source = directory.join("ssh.sh");
    fs::write(&source, script).expect("written");
    // By another process: a file that this one has open for writing while a test beside it
    // forks cannot be executed.
    run(Command::new("install")
        .args(["-D", "-m755"])
        .args([source, directory.join("bin/ssh")]))
    .success();
}
