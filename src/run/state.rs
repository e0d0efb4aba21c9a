//! The directory for what outlives a credrun process, in files that only the user can read: the
//! logs of `-d --live`, the expiry of each served set, which process serves a Compose project, and,
//! with `--mfa-session-cache`, sessions obtained with MFA codes ([`crate::credentials`]).
//!
//! No other user may change it. It belongs to the user, is writable only by the user, is not a
//! symbolic link, and each file in it is opened through the directory that was checked.

pub mod unusable;

use std::fs::{DirBuilder, File, Metadata};
use std::io::{self, Read as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{
    AtFlags, Dir, FlockOperation, Mode, OFlags, flock, fstat, open, openat, renameat, unlinkat,
};
use rustix::io::Errno;
use rustix::process::geteuid;

use crate::messages::error::Error;
use crate::vars::Environment;

use unusable::Unusable;

/// Files that no process has written to for this long are removed.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);
/// A younger file may be about to be held.
const NEW: Duration = Duration::from_secs(60);

/// The suffixes of credrun's files there.
pub(super) const LOG: &str = "log";
/// See [`super::valid_until`].
pub(super) const VALID_UNTIL: &str = "valid-until";
/// Which process serves a Compose project, or a folder's dev container.
pub(crate) const COMPOSE: &str = "compose";
/// Whose call that process has to wait for.
pub(crate) const CALLER: &str = "caller";

#[derive(Debug)]
pub(crate) struct StateDirectory {
    path: PathBuf,
    open: OwnedFd,
}

impl StateDirectory {
    /// Creates it if needed.
    ///
    /// # Errors
    /// There is no place for it, it cannot be created, or it does not belong to the user alone.
    pub(crate) fn make(environment: &Environment) -> Result<Self, Error> {
        let Some(path) = environment.state_directory() else {
            return Err(failed(
                "find a directory for logs of -d".to_owned(),
                Unusable::NoHome,
            ));
        };
        let mut builder = DirBuilder::new();
        let made = builder.recursive(true).mode(0o700).create(&path);
        made.map_err(|error| {
            let action = format!("make {}", path.display());
            failed(action, Unusable::NotMade(error))
        })?;
        Self::open(&path).map_err(|source| Error::Local {
            action: format!("use {}", path.display()),
            source,
        })
    }

    /// None if it does not exist, or must not be used.
    pub(crate) fn existing(environment: &Environment) -> Option<Self> {
        Self::open(&environment.state_directory()?).ok()
    }

    fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let open = open(path, flags, Mode::empty()).map_err(|error| match path.is_symlink() {
            true => io::Error::other(Unusable::Link),
            false => error.into(),
        })?;
        let found = fstat(&open)?;
        if found.st_uid != geteuid().as_raw() {
            return Err(io::Error::other(Unusable::OtherOwner(found.st_uid)));
        }
        let mode = found.st_mode & 0o777;
        if mode & 0o022 != 0 {
            #[allow(clippy::useless_conversion, reason = "macOS has 16 bits for it")]
            return Err(io::Error::other(Unusable::OpenToOthers(mode.into())));
        }
        Ok(Self {
            path: path.to_owned(),
            open,
        })
    }

    /// Where one of its files is, for a person.
    pub(crate) fn path_of(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Creates a new file, which its opener [holds](hold).
    ///
    /// # Errors
    /// What the operating system says.
    pub(crate) fn create(&self, name: &str) -> io::Result<File> {
        // Readable, because some file systems lock only readable files.
        let flags = OFlags::RDWR | OFlags::APPEND | OFlags::CREATE | OFlags::EXCL;
        let file = openat(&self.open, name, flags | GUARDED, Mode::RUSR | Mode::WUSR)?;
        let file = File::from(file);
        hold(&file);
        Ok(file)
    }

    /// Opens a file, which is created if needed, and holds it alone for as long as it is open. `None`
    /// while another process holds it, if only to see whether it [is abandoned](is_abandoned).
    ///
    /// # Errors
    /// What the operating system says.
    pub(crate) fn hold_alone(&self, name: &str) -> io::Result<Option<File>> {
        let flags = OFlags::RDWR | OFlags::CREATE | GUARDED;
        let file = openat(&self.open, name, flags, Mode::RUSR | Mode::WUSR)?;
        // A file system may have no locks.
        if flock(&file, FlockOperation::NonBlockingLockExclusive) == Err(Errno::WOULDBLOCK) {
            return Ok(None);
        }
        // Its former holder may have removed it since.
        let is_there = fstat(&file)?.st_nlink > 0;
        Ok(is_there.then(|| file.into()))
    }

    /// Atomically replaces one of its files with another: readers find the old one or the new.
    ///
    /// # Errors
    /// What the operating system says.
    pub(crate) fn replace(&self, name: &str, by: &str) -> io::Result<()> {
        Ok(renameat(&self.open, by, &self.open, name)?)
    }

    /// The content of a file.
    ///
    /// # Errors
    /// What the operating system says.
    pub(crate) fn read(&self, name: &str) -> io::Result<String> {
        let mut text = String::new();
        self.open_to_read(name)?.read_to_string(&mut text)?;
        Ok(text)
    }

    /// Opens a file.
    ///
    /// # Errors
    /// What the operating system says.
    pub(crate) fn open_to_read(&self, name: &str) -> io::Result<File> {
        let file = openat(&self.open, name, OFlags::RDONLY | GUARDED, Mode::empty())?;
        Ok(file.into())
    }

    /// The names of all files with this suffix.
    pub(super) fn names(&self, suffix: &str) -> Vec<String> {
        let names = self.all_names();
        names.filter(|name| ending(name) == suffix).collect()
    }

    fn all_names(&self) -> impl Iterator<Item = String> {
        let entries = Dir::read_from(&self.open).into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned())
    }

    /// Removes a file.
    ///
    /// # Errors
    /// What the operating system says.
    pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
        Ok(unlinkat(&self.open, name, AtFlags::empty())?)
    }

    /// Removes what ended credruns left: logs that are old or empty, and expiries that no process
    /// updates. What cannot be removed is left for the next time.
    pub(crate) fn tidy(&self) {
        for name in self.all_names() {
            if let Some(_held) = self.left_over(&name) {
                let _ = self.remove(&name);
            }
        }
    }

    /// The file, locked, if an ended credrun has left it: nobody takes it before it is removed.
    fn left_over(&self, name: &str) -> Option<File> {
        let ending = ending(name);
        if ![LOG, VALID_UNTIL, COMPOSE, CALLER].contains(&ending) {
            return None;
        }
        let file = openat(&self.open, name, OFlags::RDWR | GUARDED, Mode::empty()).ok()?;
        let file = File::from(file);
        let found = file.metadata().ok()?;
        let age = age(&found);
        // This check must not hold its lock when a new process is about to take one.
        if !found.is_file() || age <= NEW {
            return None;
        }
        let is_left_over = match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => age > KEPT || ![LOG, CALLER].contains(&ending) || found.size() == 0,
            Err(Errno::WOULDBLOCK) => false,
            // A file system without locks: its holder is unknown.
            Err(_) => age > KEPT,
        };
        is_left_over.then_some(file)
    }
}

/// Opens the named file itself, never through a link, and closed to programs that credrun executes.
const GUARDED: OFlags = OFlags::NOFOLLOW
    .union(OFlags::CLOEXEC)
    .union(OFlags::NONBLOCK);

/// Marks a file as in use by a process for as long as that has it open, which may be months between
/// two lines.
fn hold(file: &File) {
    // If the file system has no locks, the file may be removed with the old ones.
    let _ = flock(file, FlockOperation::NonBlockingLockShared);
}

/// Whether no process [holds](hold) this file any more; false where that is not known.
pub(crate) fn is_abandoned(file: &File) -> bool {
    let abandoned = flock(file, FlockOperation::NonBlockingLockExclusive).is_ok();
    if abandoned {
        let _ = flock(file, FlockOperation::Unlock);
    }
    abandoned
}

fn ending(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or_default()
}

fn age(file: &Metadata) -> Duration {
    let modified = file.modified().ok();
    modified
        .and_then(|at| at.elapsed().ok())
        .unwrap_or_default()
}

fn failed(action: String, why: Unusable) -> Error {
    let kind = match &why {
        Unusable::NotMade(error) => error.kind(),
        _ => io::ErrorKind::Other,
    };
    Error::Local {
        action,
        source: io::Error::new(kind, why),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::time::SystemTime;

    use super::*;

    /// A home directory, and credrun's own in it.
    fn home() -> (tempfile::TempDir, Environment, PathBuf) {
        let home = tempfile::tempdir().expect("a directory");
        let path = home.path().to_str().expect("UTF-8");
        let environment = Environment::fixed([("HOME", path)]);
        let state = environment.state_directory().expect("a home");
        (home, environment, state)
    }

    fn why_not(environment: &Environment) -> String {
        let error = StateDirectory::make(environment).expect_err("refused");
        assert!(StateDirectory::existing(environment).is_none());
        error.report()
    }

    #[test]
    fn the_directory_is_the_states_or_the_homes_or_none() {
        let both = Environment::fixed([("XDG_STATE_HOME", "/state"), ("HOME", "/home/me")]);
        assert_eq!(both.state_directory(), Some("/state/credrun".into()));
        let home = Environment::fixed([("XDG_STATE_HOME", ""), ("HOME", "/home/me")]);
        assert_eq!(
            home.state_directory(),
            Some("/home/me/.local/state/credrun".into())
        );
        let relative = Environment::fixed([("XDG_STATE_HOME", "state"), ("HOME", "/home/me")]);
        assert_eq!(relative.state_directory(), home.state_directory());
        let neither = Environment::fixed([]);
        assert_eq!(neither.state_directory(), None);
        assert_eq!(
            why_not(&neither),
            "credrun: cannot find a directory for logs of -d\n\
             caused by: no home directory found\n\
             hint: logs of -d with --live or --keyless go there; set XDG_STATE_HOME to a directory that only \
             you can write to\n"
        );
    }

    #[test]
    fn only_what_a_gone_credrun_has_left_is_removed() {
        let (_home, environment, path) = home();
        let state = StateDirectory::make(&environment).expect("made");
        let write = |name: &str, age: Duration, content: &str| {
            let mut file = state.create(name).expect("a file");
            io::Write::write_all(&mut file, content.as_bytes()).expect("written");
            file.set_modified(SystemTime::now() - age).expect("a time");
            file
        };
        let old = KEPT + Duration::from_secs(60);
        let hour = Duration::from_secs(3600);
        for (name, age, content) in [
            ("old.log", old, "lines"),
            ("read.log", hour, "lines"),
            ("empty.log", hour, ""),
            ("new-and-empty.log", Duration::ZERO, ""),
            ("stale.valid-until", hour, "a time"),
            ("new.valid-until", Duration::ZERO, "a time"),
            ("others.txt", old, ""),
        ] {
            drop(write(name, age, content));
        }
        let _held = [
            write("held.log", old, "lines"),
            write("held-and-empty.log", hour, ""),
            write("held.valid-until", old, "a time"),
        ];
        fs::write(path.join("target"), "").expect("written");
        symlink(path.join("target"), path.join("link.log")).expect("a link");
        state.tidy();
        let mut left: Vec<String> = fs::read_dir(&path)
            .expect("a directory")
            .map(|entry| entry.expect("a file").file_name().to_string_lossy().into())
            .collect();
        left.sort();
        assert_eq!(
            left,
            [
                "held-and-empty.log",
                "held.log",
                "held.valid-until",
                "link.log",
                "new-and-empty.log",
                "new.valid-until",
                "others.txt",
                "read.log",
                "target",
            ]
        );
    }

    #[test]
    fn the_directory_and_its_files_are_the_users_alone() {
        let (_home, environment, path) = home();
        let state = StateDirectory::make(&environment).expect("made");
        state.create("a.log").expect("a file");
        let mode = |path: &Path| fs::metadata(path).expect("it").permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o700);
        assert_eq!(mode(&path.join("a.log")), 0o600);
    }

    #[test]
    fn a_symbolic_link_is_refused_in_its_place() {
        let (home, environment, path) = home();
        let elsewhere = home.path().join("elsewhere");
        fs::create_dir(&elsewhere).expect("made");
        fs::create_dir_all(path.parent().expect("a parent")).expect("made");
        symlink(&elsewhere, &path).expect("a link");
        let told = why_not(&environment);
        assert!(
            told.contains("caused by: it is a symbolic link\nhint: "),
            "{told}"
        );
    }

    #[test]
    fn a_directory_that_others_may_write_to_is_refused() {
        let (_home, environment, path) = home();
        StateDirectory::make(&environment).expect("made");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o770)).expect("a mode");
        let told = why_not(&environment);
        assert!(told.contains("its mode is 770\nhint: "), "{told}");
        assert!(told.contains("chmod 700"), "{told}");
    }

    #[test]
    fn a_file_that_is_a_link_is_neither_written_nor_read() {
        let (home, environment, path) = home();
        let state = StateDirectory::make(&environment).expect("made");
        let secret = home.path().join("secret");
        fs::write(&secret, "KEEP-OUT").expect("written");
        symlink(&secret, path.join("a.valid-until")).expect("a link");
        assert!(state.read("a.valid-until").is_err());
        assert!(state.create("a.valid-until").is_err());
    }
}
