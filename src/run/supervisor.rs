//! `-d` behind a relay: the credrun process that stays behind to serve the container.
//!
//! The caller starts the program once more, and [hands over](handover) its command line without
//! showing it in a list of processes: `ps` shows `credrun --supervisor` for as long as the
//! container runs, and that may be months. That second process does the whole run; when the
//! container has started, it leaves the terminal and writes to a log. The caller then sees end of
//! file on its output, and exits.
//!
//! Its environment is the caller's, because renewal may need credentials from there. The kernel
//! shows that environment to the same user, and to root.

mod following;
mod handover;

pub(crate) mod log;

use std::cell::RefCell;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use rustix::io::Errno;
use rustix::stdio::{dup2_stderr, dup2_stdin, dup2_stdout};

use crate::exit::ExitStatus;
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::messages::stderr;
use crate::signals::Signals;
use crate::signals::interruption::no_signals;
use crate::vars::{self, Environment};

use handover::Inherited;
use log::{Log, Served};
#[cfg(target_os = "linux")]
use rustix::process::{Signal as Os, set_parent_process_death_signal};

pub use following::follow;

/// The only argument of a supervisor.
const ARGUMENT: &str = "--supervisor";

/// What a supervisor has said before it settled or ended.
#[derive(Debug)]
pub struct Begun {
    pub output: Vec<u8>,
    /// If it stays behind: its number, and its log.
    pub behind: Option<(u32, PathBuf)>,
    /// Of one that has ended. It has reported a failure itself.
    pub status: ExitStatus,
}

/// In the caller: starts the process that stays behind, and returns when the container runs or has
/// failed to. `arguments` is the whole command line, as [`crate::cli::parse`] reads it.
///
/// # Errors
/// Where the program cannot be started. The supervisor has reported a failure of the run itself;
/// its status is returned here.
pub async fn leave_behind(arguments: Vec<OsString>, notices: Notices) -> Result<ExitStatus, Error> {
    let begun = begin(arguments).await?;
    io::stdout()
        .write_all(&begun.output)
        .map_err(|source| failed("write to stdout", source))?;
    if let Some((process, log)) = begun.behind {
        notices.stays_behind(process, &log);
    }
    Ok(begun.status)
}

/// The same, with the output for the caller to read.
///
/// # Errors
/// Where the program cannot be started.
pub async fn begin(arguments: Vec<OsString>) -> Result<Begun, Error> {
    let mut signals = Signals::ending().map_err(no_signals)?;
    let started = UnixStream::pair().and_then(|(ours, its)| Ok((ours, start(its.into())?)));
    let (socket, mut supervisor) =
        started.map_err(|source| failed("start the supervisor", source))?;
    let said = heard(&mut supervisor, socket, arguments, &mut signals)
        .await
        .map_err(|source| failed("read from the supervisor", source))?;
    let (output, log) = halves(&said);
    let behind = log.map(|log| (supervisor.id(), log));
    let status = match &behind {
        Some(_) => ExitStatus::SUCCESS,
        None => supervisor
            .wait()
            .map(ExitStatus::of_process)
            .map_err(|source| failed("wait for the supervisor", source))?,
    };
    Ok(Begun {
        output: output.to_vec(),
        behind,
        status,
    })
}

/// Ends the supervisor's output, which has no such byte, once it has settled. The path of its log
/// follows.
const SETTLED: u8 = 0;

/// The supervisor's output, and the path of the log if it has settled.
fn halves(said: &[u8]) -> (&[u8], Option<PathBuf>) {
    let mut halves = said.splitn(2, |&byte| byte == SETTLED);
    let output = halves.next().unwrap_or_default();
    let log = halves.next().map(|log| OsString::from_vec(log.to_vec()));
    (output, log.map(PathBuf::from))
}

/// Everything that the supervisor writes until the container has started, or the supervisor has
/// ended. Signals are left to the supervisor: it removes what it has created before it ends.
async fn heard(
    supervisor: &mut Child,
    socket: UnixStream,
    arguments: Vec<OsString>,
    signals: &mut Signals,
) -> io::Result<Vec<u8>> {
    let mut talk = tokio::task::spawn_blocking(move || handover::converse(socket, &arguments));
    loop {
        tokio::select! {
            biased;
            said = &mut talk => return said?,
            signal = signals.next_ending() => {
                // It may have got this signal from the terminal as well, and it may have ended.
                let _ = signal.send_to(supervisor);
            }
        }
    }
}

/// Passes stdin on: the supervisor reads `--env-file /dev/stdin`.
fn start(stdout: OwnedFd) -> io::Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    if let Some(name) = std::env::args_os().next() {
        command.arg0(name);
    }
    command
        .arg(ARGUMENT)
        // docker ends with the caller, and thereby closes this socket.
        .env_remove(vars::DOCKER_CLI_PLUGIN_SOCKET)
        .stdout(stdout)
        .spawn()
}

/// The process that stays behind, until it has ended.
#[derive(Debug)]
pub struct Supervisor {
    log: Log,
    inherited: RefCell<Inherited>,
    /// The path of the report, which may need a descriptor to the end.
    report: RefCell<Option<PathBuf>>,
}

impl Supervisor {
    /// Whether this command line is a supervisor's.
    #[must_use]
    pub fn is_meant(argv: &[OsString]) -> bool {
        matches!(argv, [_, argument] if argument == ARGUMENT)
    }

    /// Begins as a supervisor, with the command line from the caller. A process must do this first.
    ///
    /// # Errors
    /// The log cannot be created, or there is no caller.
    pub fn begin(environment: &Environment) -> Result<(Self, Vec<OsString>), Error> {
        let inherited = Inherited::take();
        let inherited = inherited.map_err(|source| failed("list the open files", source))?;
        let arguments = handover::arguments()
            .map_err(|source| failed("run as a supervisor without credrun -d", source))?;
        let supervisor = Self {
            log: Log::create(environment)?,
            inherited: RefCell::new(inherited),
            report: RefCell::default(),
        };
        Ok((supervisor, arguments))
    }

    /// A report will be written to this path at the end.
    pub fn will_report_to(&self, path: &Path) {
        self.report.replace(Some(path.to_owned()));
    }

    /// Until it has [settled](Self::settle), a caller that is killed ends the run, as if there were
    /// only one process. Except on Linux, the write of the container's ID fails then, before the
    /// start.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn end_with_caller(&self) -> Result<(), Error> {
        #[cfg(target_os = "linux")]
        set_parent_process_death_signal(Some(Os::TERM))
            .map_err(|source| failed("watch the calling process", source.into()))?;
        Ok(())
    }

    /// Whatever becomes of the caller does not end it any more: others depend on it.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn outlive_caller(&self) -> Result<(), Error> {
        leave_caller().map_err(|source| failed("leave the session of the caller", source))
    }

    /// Leaves the terminal and everything shared with the caller, and lets the caller exit. The
    /// log begins with the container that it is about.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn settle(&self, container: &Served) -> Result<(), Error> {
        let settled = || -> io::Result<()> {
            let log = &self.log;
            log.begin_with(container)?;
            let null = File::open("/dev/null")?;
            leave_caller()?;
            dup2_stdin(null)?;
            dup2_stderr(log.file())?;
            stderr::is_a_log();
            let report = self.report.borrow();
            self.inherited.borrow_mut().close_all_but(report.as_deref());
            log.stays();
            // A caller that is gone needs to know nothing.
            let path = log.path();
            let _ = io::stdout()
                .write_all(&[&[SETTLED], path.as_os_str().as_bytes()].concat())
                .and_then(|()| io::stdout().flush());
            // Last, because the caller waits for this.
            dup2_stdout(log.file())?;
            Ok(())
        };
        settled().map_err(|source| failed("go into the background", source))
    }
}

fn leave_caller() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    set_parent_process_death_signal(None)?;
    match rustix::process::setsid() {
        // A process just started by its parent leads no group, so it has left before.
        Ok(_) | Err(Errno::PERM) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn failed(action: &str, source: io::Error) -> Error {
    Error::Local {
        action: action.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    #[test]
    fn what_a_supervisor_says_is_its_output_and_the_path_of_a_log() {
        assert_eq!(halves(b""), (&b""[..], None));
        assert_eq!(halves(b"c0ffee\n"), (&b"c0ffee\n"[..], None));
        let (output, log) = halves(b"{}\n{}\n\0/a \xff/b.log");
        assert_eq!(output, b"{}\n{}\n");
        let log = log.expect("a path");
        assert_eq!(log.as_os_str(), OsStr::from_bytes(b"/a \xff/b.log"));
    }
}
