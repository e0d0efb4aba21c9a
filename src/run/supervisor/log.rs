//! The log of a supervisor, in the state directory: as the supervisor writes it, and as
//! `credrun logs` finds it again.
//!
//! Its first line names the container. Nobody else has written to the file by then, and nobody but
//! the user can. So it is found by name and by ID after the container is gone, too.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::PathBuf;
use std::time::SystemTime;

use crate::credentials::iso8601;
use crate::messages::error::Error;
use crate::run::state::{self, StateDirectory};
use crate::vars::Environment;

/// What the first line says after the time: `credrun: serves CONTAINER ID`.
const SERVES: &str = "credrun: serves ";
/// No first line is longer. Engines have no limit for a container's name, but file systems do.
const HEAD_LIMIT: u64 = 4096;

/// The container of a supervisor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    pub name: String,
    pub id: String,
}

impl Served {
    fn line(&self, now: SystemTime) -> String {
        format!("{} {SERVES}{} {}\n", iso8601(now), self.name, self.id)
    }

    fn of_line(line: &str) -> Option<Self> {
        let (_time, said) = line.trim_end().split_once(' ')?;
        let (name, id) = said.strip_prefix(SERVES)?.rsplit_once(' ')?;
        Some(Self {
            name: name.to_owned(),
            id: id.to_owned(),
        })
    }
}

/// The supervisor's side. The file is removed if the container does not start.
#[derive(Debug)]
pub(super) struct Log {
    directory: StateDirectory,
    name: String,
    file: File,
    stays: Cell<bool>,
}

impl Log {
    /// `<UTC time>-<process>.log`
    pub(super) fn create(environment: &Environment) -> Result<Self, Error> {
        let directory = StateDirectory::make(environment)?;
        directory.tidy();
        let now = iso8601(SystemTime::now()).replace([':', '-'], "");
        let name = format!("{now}-{}.{}", std::process::id(), state::LOG);
        let file = directory.create(&name).map_err(|source| Error::Local {
            action: format!("write {}", directory.path_of(&name).display()),
            source,
        })?;
        Ok(Self {
            directory,
            name,
            file,
            stays: Cell::new(false),
        })
    }

    /// Writes the first line.
    pub(super) fn begin_with(&self, container: &Served) -> io::Result<()> {
        let line = container.line(SystemTime::now());
        (&self.file).write_all(line.as_bytes())
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// From now on, it outlives the process.
    pub(super) fn stays(&self) {
        self.stays.set(true);
    }

    pub(super) fn path(&self) -> PathBuf {
        self.directory.path_of(&self.name)
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        if !self.stays.get() {
            let _ = self.directory.remove(&self.name);
        }
    }
}

/// A log as its reader finds it.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) container: Served,
    /// At its beginning.
    pub(crate) file: File,
}

/// All logs of this user, the newest first.
pub(crate) fn all(environment: &Environment) -> Vec<Found> {
    let Some(directory) = StateDirectory::existing(environment) else {
        return Vec::new();
    };
    // Their names begin with the time.
    let mut names = directory.names(state::LOG);
    names.sort_unstable_by(|one, other| other.cmp(one));
    let open = |name: &String| Found::of(directory.open_to_read(name).ok()?);
    names.iter().filter_map(open).collect()
}

impl Found {
    /// `None` of a file without a first line: its container has not started.
    fn of(file: File) -> Option<Self> {
        let mut line = String::new();
        let mut head = BufReader::new(io::Read::take(&file, HEAD_LIMIT));
        head.read_line(&mut line).ok()?;
        let container = Served::of_line(&line)?;
        io::Seek::rewind(&mut &file).ok()?;
        Some(Self { container, file })
    }

    /// What has been written since the last call.
    pub(crate) fn read_on(&self) -> io::Result<Vec<u8>> {
        let mut new = Vec::new();
        (&self.file).read_to_end(&mut new)?;
        Ok(new)
    }

    /// Whether a process may still write to it: the supervisor, or a command that it has started.
    /// Where the file system has no locks, that is not known, and taken to be so.
    pub(crate) fn is_in_use(&self) -> bool {
        !state::is_abandoned(&self.file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> (tempfile::TempDir, Environment) {
        let home = tempfile::tempdir().expect("a directory");
        let environment = Environment::fixed([("HOME", home.path().to_str().expect("UTF-8"))]);
        (home, environment)
    }

    fn served(name: &str) -> Served {
        Served {
            name: name.to_owned(),
            id: "c0ffee".to_owned(),
        }
    }

    #[test]
    fn the_first_line_names_the_container() {
        let line = served("web").line(SystemTime::UNIX_EPOCH);
        assert_eq!(line, "1970-01-01T00:00:00Z credrun: serves web c0ffee\n");
        assert_eq!(Served::of_line(&line), Some(served("web")));
        for other in [
            "",
            "\n",
            "1970-01-01T00:00:00Z credrun: warning: serves web c0ffee",
            "credrun: serves web c0ffee",
        ] {
            assert_eq!(Served::of_line(other), None, "{other}");
        }
    }

    #[test]
    fn a_log_is_found_and_read_to_its_end_for_as_long_as_it_is_written() {
        let (_home, environment) = home();
        assert!(all(&environment).is_empty());
        let log = Log::create(&environment).expect("a log");
        assert!(
            all(&environment).is_empty(),
            "its container has not started"
        );
        log.begin_with(&served("web")).expect("written");
        log.stays();

        let found = all(&environment).pop().expect("a log");
        assert_eq!(found.container, served("web"));
        let first = found.read_on().expect("read");
        assert!(first.ends_with(b"serves web c0ffee\n"));
        assert!(found.is_in_use());
        log.file().write_all(b"more\n").expect("written");
        drop(log);
        assert!(!found.is_in_use());
        assert_eq!(found.read_on().expect("read"), b"more\n");
    }

    #[test]
    fn a_log_whose_container_does_not_start_is_removed() {
        let (_home, environment) = home();
        let log = Log::create(&environment).expect("a log");
        let path = log.path();
        assert!(path.exists());
        drop(log);
        assert!(!path.exists());
    }
}
