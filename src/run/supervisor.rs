//! `-d --live`: the credrun that stays behind to renew credentials.
//!
//! The caller starts the program once more, with the same arguments and
//! [`vars::CREDRUN_SUPERVISOR_LOG`] set. That second credrun makes the whole run; when the
//! container has started, it leaves the terminal and writes to the log. The caller sees its
//! output end, and leaves it behind.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

#[cfg(target_os = "linux")]
use rustix::process::{Signal as Os, set_parent_process_death_signal};
use rustix::stdio::{dup2_stderr, dup2_stdin, dup2_stdout};
use tokio::time::sleep;

use crate::credentials::iso8601;
use crate::engine::{Engine, EngineError, Wait, WaitCondition, short_id};
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::notices::Notices;
use crate::signals::Signals;
use crate::stderr;
use crate::vars::{self, Environment};

use super::interruption::no_signals;
use super::session::PATIENCE;
use super::state;

/// How long a `docker restart` may take between its stop and its start, on a busy machine.
const BETWEEN_STOP_AND_START: Duration = Duration::from_secs(3);
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// What the supervisor says, behind the container's ID, when it settles.
const STARTED: &str = "started\n";

/// Whether this process is the one that stays behind, and where it logs.
#[must_use]
pub fn log(environment: &Environment) -> Option<PathBuf> {
    environment
        .non_empty(vars::CREDRUN_SUPERVISOR_LOG)
        .map(PathBuf::from)
}

/// In the caller: starts the one that stays behind, and returns when the container runs, or
/// cannot.
///
/// # Errors
/// Where there can be no log, or the program cannot be started. A failure of the run itself has
/// been told by the other, and is its status here.
pub async fn leave_behind(
    environment: &Environment,
    notices: Notices,
) -> Result<ExitStatus, Error> {
    let log = new_log(environment)?;
    let mut signals = Signals::ending().map_err(no_signals)?;
    let mut supervisor = start(&log).map_err(|source| failed("start the supervisor", source))?;
    let said = heard(&mut supervisor, &mut signals)
        .await
        .map_err(|source| failed("hear from the supervisor", source))?;
    let started = said.strip_suffix(STARTED);
    io::stdout()
        .write_all(started.unwrap_or(&said).as_bytes())
        .map_err(|source| failed("write the container's ID to stdout", source))?;
    if started.is_some() {
        notices.stays_behind(supervisor.id(), &log);
        return Ok(ExitStatus::SUCCESS);
    }
    let _ = fs::remove_file(&log);
    let status = supervisor
        .wait()
        .map_err(|source| failed("wait for the supervisor", source))?;
    Ok(ExitStatus::of_process(status))
}

/// All that the supervisor says until the container has started, or the supervisor has ended. A
/// signal is for it to act on: what it has made by then is gone when it ends, and not before.
async fn heard(supervisor: &mut Child, signals: &mut Signals) -> io::Result<String> {
    let Some(mut stdout) = supervisor.stdout.take() else {
        return Ok(String::new());
    };
    let mut reading = tokio::task::spawn_blocking(move || {
        let mut said = String::new();
        stdout.read_to_string(&mut said).map(|_| said)
    });
    loop {
        tokio::select! {
            biased;
            said = &mut reading => return said?,
            signal = signals.next_ending() => {
                // It may have had this one from the terminal as well, and it may have ended.
                let _ = signal.send_to(supervisor);
            }
        }
    }
}

fn start(log: &Path) -> io::Result<Child> {
    let mut words = std::env::args_os();
    let mut command = Command::new(std::env::current_exe()?);
    // Under the same name: as docker's plugin it reads its arguments in another way.
    if let Some(name) = words.next() {
        command.arg0(name);
    }
    command
        .args(words)
        .env(vars::CREDRUN_SUPERVISOR_LOG, log)
        // docker ends with the caller, and closes this socket by that.
        .env_remove(vars::DOCKER_CLI_PLUGIN_SOCKET)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
}

/// `<UTC time>-<process>.log` in credrun's [directory](state::directory).
fn new_log(environment: &Environment) -> Result<PathBuf, Error> {
    let state =
        state::directory(environment).unwrap_or_else(|| std::env::temp_dir().join("credrun"));
    state::make(&state).map_err(|source| failed(&format!("make {}", state.display()), source))?;
    state::remove_old(&state);
    let now = iso8601(SystemTime::now()).replace([':', '-'], "");
    let path = state.join(format!("{now}-{}.{}", std::process::id(), state::LOG));
    let opened = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path);
    opened.map_err(|source| failed(&format!("write {}", path.display()), source))?;
    Ok(path)
}

/// In the one that stays behind, until it has [settled](settle): a caller that is killed ends the
/// run, as if there were only one process. Elsewhere than on Linux, the write of the container's
/// ID fails, before the start.
///
/// # Errors
/// What the operating system says.
pub fn end_with_caller() -> Result<(), Error> {
    #[cfg(target_os = "linux")]
    set_parent_process_death_signal(Some(Os::TERM))
        .map_err(|source| failed("follow the caller", source.into()))?;
    Ok(())
}

/// In the one that stays behind: leaves the terminal, and lets the caller go.
///
/// # Errors
/// What the operating system says.
pub fn settle(log: &Path) -> Result<(), Error> {
    let settled = || -> io::Result<()> {
        // Readable, since some file systems lock only what is.
        let log = OpenOptions::new().read(true).append(true).open(log)?;
        // The lock is the open file's, which stderr and stdout are from now on.
        state::hold(&log);
        let null = File::open("/dev/null")?;
        #[cfg(target_os = "linux")]
        set_parent_process_death_signal(None)?;
        // A process that its parent has just started leads no group, so it may leave the session.
        rustix::process::setsid()?;
        dup2_stdin(null)?;
        dup2_stderr(&log)?;
        stderr::is_a_log();
        io::stdout().write_all(STARTED.as_bytes())?;
        io::stdout().flush()?;
        // Last: this is what the caller waits for.
        dup2_stdout(&log)?;
        Ok(())
    };
    settled().map_err(|source| failed("stay behind", source))
}

/// Follows a container that nobody is attached to until it is gone for good: a restart policy
/// may start it again.
///
/// A signal that asks to end is passed on to the container, whose network and credentials would
/// end with the supervisor. A hangup is not: the terminal has been left.
///
/// # Errors
/// Where the Engine fails, or fails to start the container again, or at the third such signal.
pub async fn follow(
    engine: &Engine,
    id: &str,
    mut wait: Wait,
    restarts: bool,
    signals: &mut Signals,
) -> Result<ExitStatus, Error> {
    let mut asked = 0;
    loop {
        let status = next_exit(engine, id, wait, signals, &mut asked).await?;
        if !comes_back(engine, id, restarts).await? {
            tell(&format!(
                "the container {} ended with status {status}",
                short_id(id)
            ));
            return match engine.start_failure(id).await? {
                Some(message) => Err(Error::NotStartedAgain { message }),
                None => Ok(status),
            };
        }
        tell(&format!(
            "the container {} ended with status {status}, and is to be started again",
            short_id(id)
        ));
        // It may have ended once more since it was looked at.
        match engine.wait(id, WaitCondition::NotRunning).await {
            Err(EngineError::Refused { source, .. }) if source.status == 404 => return Ok(status),
            registered => wait = registered?,
        }
    }
}

/// Whether a container that has ended runs again, or will. Where it may, it is looked at for a
/// while: between the stop and the start of a `docker restart`, the Engine shows it as ended.
async fn comes_back(engine: &Engine, id: &str, restarts: bool) -> Result<bool, EngineError> {
    let began = Instant::now();
    loop {
        if engine.is_active(id).await? {
            return Ok(true);
        }
        if !restarts || began.elapsed() >= BETWEEN_STOP_AND_START {
            return Ok(false);
        }
        sleep(BETWEEN_LOOKS).await;
    }
}

async fn next_exit(
    engine: &Engine,
    id: &str,
    wait: Wait,
    signals: &mut Signals,
    asked: &mut u32,
) -> Result<ExitStatus, Error> {
    let mut ended = std::pin::pin!(wait.ended());
    let mut silent = std::pin::pin!(engine.silent());
    loop {
        tokio::select! {
            biased;
            ended = &mut ended => return Ok(ended?.status),
            signal = signals.next_ending() => if !signal.is_hangup() {
                *asked += 1;
                if *asked >= PATIENCE {
                    return Err(Error::LeftRunning { signal, id: short_id(id) });
                }
                tell(&format!("SIG{} is passed on to the container", signal.name()));
                if let Err(error) = engine.kill(id, &signal.name()).await {
                    tell(&format!("it did not get there: {error}"));
                }
            },
            error = &mut silent => return Err(error.into()),
        }
    }
}

fn failed(action: &str, source: io::Error) -> Error {
    Error::Local {
        action: action.to_owned(),
        source,
    }
}

fn tell(line: &str) {
    stderr::say(format!("credrun: {line}\n").as_bytes());
}
