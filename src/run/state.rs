//! The directory in which credrun keeps what outlives a process, for the user's eyes only: the
//! logs of `-d --live`, until when what runs is served, and, with `--mfa-session-cache`, sessions
//! that MFA codes bought ([`crate::credentials`]).

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use crate::vars::{self, Environment};

/// Files that nobody has written to for this long are removed.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

/// What credrun's files there end in.
pub(super) const LOG: &str = "log";
/// See [`super::valid_until`].
pub(super) const VALID_UNTIL: &str = "valid-until";

/// `$XDG_STATE_HOME/credrun`, or the same below the home directory; none where there is neither.
pub(crate) fn directory(environment: &Environment) -> Option<PathBuf> {
    let state = environment
        .non_empty(vars::XDG_STATE_HOME)
        .map(PathBuf::from)
        .or_else(|| environment.home().map(|home| home.join(".local/state")));
    Some(state?.join("credrun"))
}

/// What the operating system says against making the directory. It goes inside an [`io::Error`],
/// from which [`hint`] knows it again.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
struct NotMade(io::Error);

/// What the user can do about a failure, where it is that of [`make`].
pub(crate) fn hint(error: &io::Error) -> Option<String> {
    let cause = error.get_ref()?;
    cause.is::<NotMade>().then(|| {
        format!(
            "the logs of -d --live go there; set {} to a directory that credrun may write to",
            vars::XDG_STATE_HOME
        )
    })
}

/// Makes it.
///
/// # Errors
/// What the operating system says.
pub(crate) fn make(directory: &Path) -> io::Result<()> {
    let made = DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory);
    made.map_err(|error| io::Error::new(error.kind(), NotMade(error)))
}

/// Marks a file as one that a process still writes to, for as long as that has it open, which may
/// be months between two lines.
pub(super) fn hold(file: &File) {
    // Where the file system knows no locks, the file may go with the old ones.
    let _ = flock(file, FlockOperation::NonBlockingLockShared);
}

fn is_held(path: &Path) -> bool {
    let file = OpenOptions::new().read(true).write(true).open(path);
    let lock = |file: &File| flock(file, FlockOperation::NonBlockingLockExclusive);
    file.is_ok_and(|file| lock(&file) == Err(Errno::WOULDBLOCK))
}

/// Removes old files from it. What cannot be removed is left for the next time.
pub(super) fn remove_old(directory: &Path) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let age = entry
            .metadata()
            .and_then(|file| file.modified())
            .map(|at| at.elapsed());
        let path = entry.path();
        let is_ours = path
            .extension()
            .is_some_and(|name| name == LOG || name == VALID_UNTIL);
        if is_ours && matches!(age, Ok(Ok(age)) if age > KEPT) && !is_held(&path) {
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn what_is_old_and_credruns_and_nobodys_any_more_is_removed() {
        let home = tempfile::tempdir().expect("a directory");
        let state = home.path().join("state/credrun");
        make(&state).expect("made");
        let write = |name: &str, age: Duration| {
            let file = File::create(state.join(name)).expect("a file");
            file.set_modified(SystemTime::now() - age).expect("a time");
        };
        let old = KEPT + Duration::from_secs(60);
        for name in ["a.log", "b.valid-until", "c.txt"] {
            write(name, old);
        }
        write("new.log", Duration::ZERO);
        write("held.log", old);
        let held = File::open(state.join("held.log")).expect("a file");
        hold(&held);
        remove_old(&state);
        let mut left: Vec<String> = fs::read_dir(&state)
            .expect("a directory")
            .map(|entry| entry.expect("a file").file_name().to_string_lossy().into())
            .collect();
        left.sort();
        assert_eq!(left, ["c.txt", "held.log", "new.log"]);
        let mode = fs::metadata(&state).expect("it").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    #[test]
    fn the_directory_is_the_states_or_the_homes_or_none() {
        let at = |environment: &Environment| directory(environment);
        let both = Environment::fixed([("XDG_STATE_HOME", "/state"), ("HOME", "/home/me")]);
        assert_eq!(at(&both), Some("/state/credrun".into()));
        let home = Environment::fixed([("XDG_STATE_HOME", ""), ("HOME", "/home/me")]);
        assert_eq!(at(&home), Some("/home/me/.local/state/credrun".into()));
        assert_eq!(at(&Environment::fixed([])), None);
    }
}
