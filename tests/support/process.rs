//! Processes with a clean environment and a deadline.

use std::fs;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::DEADLINE;

/// credrun as a user starts it, in an environment without credentials: nothing of the caller's
/// `AWS_*`, an empty home directory, no instance metadata. `DOCKER_HOST` stays.
pub fn credrun() -> Command {
    clean(Command::new(program()))
}

/// The program under test. cargo names it to each test that it runs.
///
/// # Panics
///
/// Where something else than cargo has started the test.
pub fn program() -> PathBuf {
    let path = std::env::var_os("CARGO_BIN_EXE_credrun");
    path.expect("cargo runs the tests").into()
}

/// A directory of the build's, for what tests leave behind on purpose.
pub fn target_directory() -> PathBuf {
    let target = program()
        .parent()
        .and_then(Path::parent)
        .map(Path::to_owned);
    target.expect("target/PROFILE/credrun").join("tmp")
}

/// The same with a temporary set of credentials and a region in the environment, so that a run
/// needs nobody but the Engine.
pub fn credrun_with_keys() -> Command {
    let mut command = credrun();
    command.envs([
        ("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE"),
        (
            "AWS_SECRET_ACCESS_KEY",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        ),
        ("AWS_SESSION_TOKEN", "IQoJb3JpZ2luX2VjEXAMPLE"),
        ("AWS_REGION", "eu-central-1"),
    ]);
    command
}

/// Gives `command` that environment.
pub fn clean(mut command: Command) -> Command {
    let home = target_directory().join("home");
    fs::create_dir_all(&home).expect("a home directory");
    command
        .env_clear()
        .env("HOME", home)
        .env("AWS_EC2_METADATA_DISABLED", "true");
    for kept in ["PATH", "DOCKER_HOST"] {
        if let Some(value) = std::env::var_os(kept) {
            command.env(kept, value);
        }
    }
    command
}

/// How a process ended, and what it wrote.
#[derive(Debug)]
pub struct Finished {
    pub status: ExitStatus,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Finished {
    /// The exit status as a shell would say it: 128+n where signal n ended the process.
    pub fn code(&self) -> i32 {
        let signal = || self.status.signal().map(|signal| 128 + signal);
        self.status.code().or_else(signal).expect("an exit status")
    }

    /// stdout as text.
    pub fn out(&self) -> String {
        String::from_utf8(self.stdout.clone()).expect("text on stdout")
    }

    /// The same, where the process succeeded.
    ///
    /// # Panics
    ///
    /// Where it did not; the message has what it wrote.
    pub fn success(self) -> Self {
        assert!(
            self.status.success(),
            "{}\nstdout: {}\nstderr: {}",
            self.status,
            String::from_utf8_lossy(&self.stdout),
            self.stderr
        );
        self
    }
}

/// Runs `command` to its end, without stdin.
///
/// # Panics
///
/// Where it has not ended within [`DEADLINE`]; it is killed then.
pub fn run(command: &mut Command) -> Finished {
    run_with_stdin(command, b"")
}

/// Runs `command` to its end; `stdin` is all that it can read.
///
/// # Panics
///
/// Where it has not ended within [`DEADLINE`]; it is killed then.
pub fn run_with_stdin(command: &mut Command, stdin: &[u8]) -> Finished {
    let mut child = start(command);
    let mut pipe = child.stdin.take().expect("a pipe");
    let input = stdin.to_vec();
    // The process may end without reading all of it.
    let writer = thread::spawn(move || drop(pipe.write_all(&input)));
    let finished = finish(child);
    writer.join().expect("stdin was written");
    finished
}

/// Starts `command` with pipes on stdin, stdout and stderr.
pub fn start(command: &mut Command) -> Child {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// Waits for a process of [`start`]; its stdin is closed.
///
/// # Panics
///
/// Where it has not ended within [`DEADLINE`]; it is killed then.
pub fn finish(child: Child) -> Finished {
    finish_within(DEADLINE, child)
}

/// The same with another deadline, for what takes long on a busy machine.
///
/// # Panics
///
/// Where it has not ended by then; it is killed then.
pub fn finish_within(limit: Duration, child: Child) -> Finished {
    let pid = Pid::from_child(&child);
    let (ended, end) = mpsc::channel::<()>();
    let watchdog = thread::spawn(move || {
        let in_vain = end.recv_timeout(limit) == Err(mpsc::RecvTimeoutError::Timeout);
        if in_vain {
            let _ = kill_process(pid, Signal::KILL);
        }
        in_vain
    });
    let output = child.wait_with_output().expect("its output");
    drop(ended);
    let finished = Finished {
        status: output.status,
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    };
    let in_vain = watchdog.join().expect("the watchdog");
    assert!(!in_vain, "did not end within {limit:?}: {finished:?}");
    finished
}

/// What a process writes, line by line, with a deadline for each.
pub struct Lines(mpsc::Receiver<String>);

impl Lines {
    /// Reads from now on.
    pub fn of(output: impl Read + Send + 'static) -> Self {
        let (send, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        Self(lines)
    }

    /// The next line.
    ///
    /// # Panics
    ///
    /// Where none comes within [`DEADLINE`].
    pub fn next(&self) -> String {
        let line = self.0.recv_timeout(DEADLINE);
        line.unwrap_or_else(|error| panic!("no further line: {error}"))
    }
}

/// The signals that people send to end a program.
pub const ENDING: [Signal; 4] = [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT];

/// Sends a signal to a process of [`start`].
pub fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).expect("a running process");
}
