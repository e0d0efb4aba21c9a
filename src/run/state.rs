//! The directory in which credrun keeps what outlives a process, for the user's eyes only: the
//! logs of `-d --live`, and until when what runs is served.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::vars::{self, Environment};

/// Files that nobody has written to for this long are removed.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

/// What credrun's files there end in.
pub(super) const LOG: &str = "log";
/// See [`super::valid_until`].
pub(super) const VALID_UNTIL: &str = "valid-until";

/// `$XDG_STATE_HOME/credrun`, or the same below the home directory; none where there is neither.
pub(super) fn directory(environment: &Environment) -> Option<PathBuf> {
    let state = environment
        .non_empty(vars::XDG_STATE_HOME)
        .map(PathBuf::from)
        .or_else(|| environment.home().map(|home| home.join(".local/state")));
    Some(state?.join("credrun"))
}

/// Makes it, and removes old files from it.
///
/// # Errors
/// What the operating system says.
pub(super) fn make(directory: &Path) -> io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)?;
    remove_old(directory);
    Ok(())
}

/// What cannot be removed is left for the next time.
fn remove_old(directory: &Path) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let age = entry
            .metadata()
            .and_then(|file| file.modified())
            .map(|at| at.elapsed());
        let path = entry.path();
        let is_ours = path
            .extension()
            .is_some_and(|name| name == LOG || name == VALID_UNTIL);
        if is_ours && matches!(age, Ok(Ok(age)) if age > KEPT) {
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::unix::fs::PermissionsExt as _;
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn what_is_old_and_credruns_is_removed() {
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
        make(&state).expect("made");
        let mut left: Vec<String> = fs::read_dir(&state)
            .expect("a directory")
            .map(|entry| entry.expect("a file").file_name().to_string_lossy().into())
            .collect();
        left.sort();
        assert_eq!(left, ["c.txt", "new.log"]);
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
