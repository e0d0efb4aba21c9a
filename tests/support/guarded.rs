//! Servers that end with the test process, however it ends, and take their files with them.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::DEADLINE;

/// A running server and its directory. It ends, and the directory goes, when this value is
/// dropped or the test process ends: then the shell that watches over it reads end of file.
pub struct Guarded {
    shell: Child,
    directory: PathBuf,
}

/// The arguments are the directory, then the server's command line. What else is to be undone
/// stands in `cleanup` in the directory.
const GUARD: &str = r#"
exec 2>/dev/null
directory=$1; shift
"$@" >"$directory/log" 2>&1 </dev/null &
server=$!
cat >/dev/null
kill "$server"
wait "$server"
test ! -e "$directory/cleanup" || sh "$directory/cleanup"
rm -rf "$directory"
"#;

impl Guarded {
    /// Starts `server`, whose files are all in `directory`; its log is `log` there.
    pub fn start(directory: tempfile::TempDir, server: &Command) -> Self {
        let directory = directory.keep();
        let mut shell = Command::new("sh");
        shell
            .args(["-c", GUARD, "guard"])
            .arg(&directory)
            .arg(server.get_program())
            .args(server.get_args())
            .stdin(Stdio::piped());
        for (name, value) in server.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        let shell = shell.spawn().expect("sh");
        Self { shell, directory }
    }

    /// Its directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Waits until it listens.
    ///
    /// # Panics
    ///
    /// Where it does not; the message has its log.
    pub fn listens_on(self, port: u16) -> Self {
        self.once_up(|| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok())
    }

    /// The same for a Unix socket.
    ///
    /// # Panics
    ///
    /// Where it does not; the message has its log.
    pub fn listens_at(self, socket: &Path) -> Self {
        self.once_up(|| UnixStream::connect(socket).is_ok())
    }

    fn once_up(self, listens: impl Fn() -> bool) -> Self {
        let began = Instant::now();
        while !listens() {
            if began.elapsed() > DEADLINE {
                let log = fs::read_to_string(self.directory.join("log"));
                panic!("the server does not listen: {}", log.unwrap_or_default());
            }
            thread::sleep(Duration::from_millis(20));
        }
        self
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

/// A port of the loopback interface that nobody listens on now.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    listener.local_addr().expect("an address").port()
}
