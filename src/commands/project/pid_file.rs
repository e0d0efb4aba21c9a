//! The PID file of the process that serves a provider service: in the state directory, and locked for
//! as long as that process lives. It has no secret in it.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};

use crate::digest::sha256_hex;
use crate::engine::reach::endpoint::Endpoint;
use crate::messages::error::Error;
use crate::relay::owner::Owner;
use crate::run::state::{self, StateDirectory};
use crate::vars::Environment;

/// How long a process that was asked to end may take.
const END_LIMIT: Duration = Duration::from_secs(10);
/// How long others, who look whether the file is held, may keep it.
const CLAIM_LIMIT: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(20);

/// That of one provider service of a project, on one Engine.
#[derive(Debug)]
pub(in crate::commands) struct PidFile {
    directory: StateDirectory,
    file: String,
}

/// What has become of an attempt to serve it.
#[derive(Debug)]
pub(super) enum Claim {
    /// This process is the one, for as long as the file is open.
    Held(File),
    /// Another process was faster.
    Lost(Note),
}

/// What the process has written about itself.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::commands) struct Note {
    pub(super) process: i32,
    /// The same process, also after a restart of the machine has given its number to another. None
    /// where the kernel does not say.
    owner: Option<Owner>,
    /// A digest of what it was started with.
    pub(super) options: String,
    pub(in crate::commands) region: Option<String>,
    /// The file that it writes calls to, as typed.
    pub(super) record: Option<PathBuf>,
}

impl PidFile {
    /// # Errors
    /// There is no place for state.
    pub(in crate::commands) fn of(
        environment: &Environment,
        engine: &Endpoint,
        project: &str,
        service: &str,
    ) -> Result<Self, Error> {
        let directory = StateDirectory::make(environment)?;
        directory.tidy();
        // Several machines may share a home directory.
        let this = Owner::this_process();
        let machine = this.as_ref().map_or("", Owner::host_name);
        let digest = sha256_hex([machine, &engine.address, project, service].join("\0"));
        Ok(Self {
            directory,
            file: format!("{}.{}", &digest[..32], state::COMPOSE),
        })
    }

    /// The process that serves it, if one does.
    pub(super) fn current(&self) -> Option<Note> {
        let file = self.directory.open_to_read(&self.file).ok()?;
        if state::is_abandoned(&file) {
            return None;
        }
        let note: Note = serde_json::from_str(&self.directory.read(&self.file).ok()?).ok()?;
        // A file system without locks does not tell.
        note.owner
            .as_ref()
            .is_none_or(Owner::is_running)
            .then_some(note)
    }

    /// Makes this process the one that serves it, for as long as the returned file is open.
    ///
    /// # Errors
    /// The file cannot be written, or another process holds it, and does not say that it serves.
    pub(super) async fn claim(&self, note: &Note) -> Result<Claim, Error> {
        let began = Instant::now();
        loop {
            let claimed = self.claim_once(note);
            if let Some(held) = claimed.map_err(|source| self.failed("write", source))? {
                return Ok(Claim::Held(held));
            }
            if let Some(other) = self.current() {
                return Ok(Claim::Lost(other));
            }
            if began.elapsed() > CLAIM_LIMIT {
                let held = io::Error::new(io::ErrorKind::TimedOut, "another process holds it");
                return Err(self.failed("write", held));
            }
            sleep(LOOK).await;
        }
    }

    fn claim_once(&self, note: &Note) -> io::Result<Option<File>> {
        let Some(mut file) = self.directory.hold_alone(&self.file)? else {
            return Ok(None);
        };
        // A killed process may have left it.
        file.set_len(0)?;
        file.write_all(serde_json::to_string(note)?.as_bytes())?;
        Ok(Some(file))
    }

    /// Asks the process that serves it to end, and waits until it has.
    ///
    /// # Errors
    /// It does not end.
    pub(in crate::commands) async fn end_current(&self) -> Result<(), Error> {
        let began = Instant::now();
        let mut asked = None;
        while let Some(note) = self.current() {
            if began.elapsed() > END_LIMIT {
                let late = io::Error::from(io::ErrorKind::TimedOut);
                return Err(self.failed("end the process of", late));
            }
            if asked != Some(note.process) {
                asked = Some(note.process);
                if let Some(process) = Pid::from_raw(note.process) {
                    // It may have ended since.
                    let _ = kill_process(process, Signal::TERM);
                }
            }
            sleep(LOOK).await;
        }
        Ok(())
    }

    /// Has the process that serves it wait for what a later caller starts.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn wait_for(&self, caller: &Owner) -> Result<(), Error> {
        let new = format!("{}.{}.{}", self.file, std::process::id(), state::CALLER);
        let write = || -> io::Result<()> {
            // A killed process with this number may have left it.
            let _ = self.directory.remove(&new);
            let mut file = self.directory.create(&new)?;
            file.write_all(serde_json::to_string(caller)?.as_bytes())?;
            self.directory.replace(&self.of_caller(), &new)
        };
        write().map_err(|source| self.failed("write beside", source))
    }

    /// Whether a later caller may still start something.
    pub(super) fn is_waited_for(&self) -> bool {
        let read = || -> Option<Owner> {
            serde_json::from_str(&self.directory.read(&self.of_caller()).ok()?).ok()
        };
        read().is_some_and(|caller| caller.is_running())
    }

    fn of_caller(&self) -> String {
        format!("{}.{}", self.file, state::CALLER)
    }

    /// Nobody is left to wait for it.
    pub(super) fn forget_caller(&self) {
        let _ = self.directory.remove(&self.of_caller());
    }

    /// The process that held it serves no more.
    pub(super) fn leave(&self, _held: File) {
        self.forget_caller();
        let _ = self.directory.remove(&self.file);
    }

    /// Removes what a killed process has left.
    pub(in crate::commands) fn tidy(&self) {
        if let Ok(Some(held)) = self.directory.hold_alone(&self.file) {
            self.leave(held);
        }
    }

    fn failed(&self, what: &str, source: io::Error) -> Error {
        Error::Local {
            action: format!("{what} {}", self.directory.path_of(&self.file).display()),
            source,
        }
    }
}

impl Note {
    /// About this process.
    pub(super) fn of_this_process(
        options: String,
        region: Option<String>,
        record: Option<PathBuf>,
    ) -> Self {
        Self {
            process: rustix::process::getpid().as_raw_nonzero().get(),
            owner: Owner::this_process(),
            options,
            region,
            record,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command};

    use super::*;

    fn pid_file(home: &tempfile::TempDir) -> PidFile {
        let home = home.path().to_str().expect("UTF-8");
        let environment = Environment::fixed([("HOME", home)]);
        PidFile {
            directory: StateDirectory::make(&environment).expect("made"),
            file: "pid.compose".to_owned(),
        }
    }

    fn note() -> Note {
        Note::of_this_process("digest".to_owned(), None, None)
    }

    async fn claimed(pid_file: &PidFile, note: &Note) -> File {
        match pid_file.claim(note).await.expect("no error") {
            Claim::Held(held) => held,
            Claim::Lost(other) => panic!("{other:?}"),
        }
    }

    fn bystander() -> Child {
        Command::new("sleep").arg("60").spawn().expect("sleep")
    }

    fn is_alive(child: &mut Child) -> bool {
        child.try_wait().expect("a child").is_none()
    }

    #[tokio::test]
    async fn one_process_serves_until_it_leaves() {
        let home = tempfile::tempdir().expect("a directory");
        let pid_file = pid_file(&home);
        let held = claimed(&pid_file, &note()).await;
        assert_eq!(pid_file.current().expect("this").options, "digest");
        let Ok(Claim::Lost(first)) = pid_file.claim(&note()).await else {
            panic!("not lost");
        };
        assert_eq!(first.options, "digest");
        pid_file.tidy();
        assert!(pid_file.current().is_some(), "what is held is not tidied");
        pid_file.leave(held);
        assert!(pid_file.current().is_none());
        claimed(&pid_file, &note()).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_file_that_somebody_holds_who_does_not_serve_is_an_error() {
        let home = tempfile::tempdir().expect("a directory");
        let pid_file = pid_file(&home);
        let held = pid_file.directory.hold_alone(&pid_file.file);
        let _held = held.expect("no error").expect("nobody else");
        let failed = pid_file.claim(&note()).await.expect_err("held");
        assert!(
            failed.report().contains("another process holds it"),
            "{failed}"
        );
    }

    // The kernel says who it is.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_later_caller_is_waited_for_while_it_runs() {
        let home = tempfile::tempdir().expect("a directory");
        let pid_file = pid_file(&home);
        assert!(!pid_file.is_waited_for());
        pid_file
            .wait_for(&Owner::this_process().expect("/proc"))
            .expect("noted");
        assert!(pid_file.is_waited_for());
        pid_file.directory.tidy();
        assert!(pid_file.is_waited_for());
        let gone = serde_json::json!({ "host": "here/another-boot/1", "process": "1/1" });
        let gone = serde_json::from_value(gone).expect("an owner");
        pid_file.wait_for(&gone).expect("noted");
        assert!(!pid_file.is_waited_for());
    }

    #[tokio::test]
    async fn a_file_that_a_process_before_a_restart_has_left_is_nobodys() {
        let home = tempfile::tempdir().expect("a directory");
        let pid_file = pid_file(&home);
        // Its number belongs to another process now.
        let mut other = bystander();
        let process = i32::try_from(other.id()).expect("a number");
        let note = Note { process, ..note() };
        drop(claimed(&pid_file, &note).await);
        assert!(pid_file.current().is_none());
        pid_file.end_current().await.expect("nobody to end");
        assert!(is_alive(&mut other));
        claimed(&pid_file, &note).await;
        other.kill().expect("ended");
        other.wait().expect("its end");
    }

    #[tokio::test]
    async fn a_held_file_of_another_boot_names_no_process_to_end() {
        let home = tempfile::tempdir().expect("a directory");
        let pid_file = pid_file(&home);
        let mut other = bystander();
        let owner = serde_json::json!({ "host": "here/another-boot/1", "process": format!("{}/1", other.id()) });
        let note = Note {
            process: i32::try_from(other.id()).expect("a number"),
            owner: serde_json::from_value(owner).expect("an owner"),
            ..note()
        };
        // As a file system without locks looks.
        let _held = claimed(&pid_file, &note).await;
        assert!(pid_file.current().is_none());
        pid_file.end_current().await.expect("nobody to end");
        assert!(is_alive(&mut other));
        other.kill().expect("ended");
        other.wait().expect("its end");
    }
}
