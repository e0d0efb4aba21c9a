//! `.credrun/devcontainer.env`: the variables of a folder's dev container, for `docker run --env-file`.
//!
//! The folder is mounted into the container, which may have put anything there: links are not
//! followed, and its content is only a proposal.

use std::ffi::CString;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{
    AtFlags, CWD, FileType, Mode, OFlags, fstat, mkdirat, openat, renameat, unlinkat,
};
use rustix::io::Errno;
use zeroize::Zeroizing;

use crate::container::grammar::env::EnvEntry;
use crate::messages::error::Error;

/// In the folder, beside `.devcontainer`.
const DIRECTORY: &str = ".credrun";
const FILE: &str = "devcontainer.env";
/// credrun's own are shorter.
const LONGEST: u64 = 64 * 1024;

/// Never through a link, which the container may have made.
const GUARDED: OFlags = OFlags::NOFOLLOW
    .union(OFlags::CLOEXEC)
    .union(OFlags::NONBLOCK);

/// The file of a folder.
#[derive(Debug)]
pub(super) struct EnvFile {
    folder: PathBuf,
    directory: OwnedFd,
    /// What has just been written there.
    made: File,
}

impl EnvFile {
    /// Makes its directory if needed, which git ignores.
    ///
    /// # Errors
    /// What the operating system says.
    pub(super) fn of(folder: &Path) -> Result<Self, Error> {
        let open = || -> io::Result<(OwnedFd, File)> {
            let path = folder.join(DIRECTORY);
            match mkdirat(CWD, &path, Mode::RWXU) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
            let directory = openat(CWD, &path, GUARDED | OFlags::DIRECTORY, Mode::empty())
                .map_err(not_a_directory)?;
            // Also where a repository has brought the directory along.
            let made = write(&directory, ".gitignore", "*\n")?;
            Ok((directory, made))
        };
        let (directory, made) =
            open().map_err(|source| failed("make", &folder.join(DIRECTORY), source))?;
        Ok(Self {
            folder: folder.to_owned(),
            directory,
            made,
        })
    }

    /// The variables that a dev container of this folder has been given before. A copy of the folder
    /// gets a key of its own, and so does a folder with a file that others can read: a repository may have
    /// brought it, and then everybody knows its key.
    pub(super) fn read(&self) -> Zeroizing<Vec<String>> {
        let read = || -> io::Result<Zeroizing<String>> {
            let file = openat(&self.directory, FILE, GUARDED, Mode::empty())?;
            let file = File::from(file);
            let mut text = Zeroizing::new(String::new());
            if !self.is_as_made(&file)? {
                return Ok(text);
            }
            file.take(LONGEST).read_to_string(&mut text)?;
            Ok(text)
        };
        let text = read().unwrap_or_default();
        let mut lines = text.lines();
        let is_own = lines.next() == Some(&*self.heading());
        Zeroizing::new(lines.filter(|_| is_own).map(str::to_owned).collect())
    }

    /// Replaces its content: a reader finds the old one or the new.
    ///
    /// # Errors
    /// What the operating system says.
    pub(super) fn write(&self, variables: &[EnvEntry]) -> Result<(), Error> {
        let lines = variables.iter().map(|entry| format!("{entry}\n"));
        let text: String = std::iter::once(self.heading() + "\n")
            .chain(lines)
            .collect();
        let text = Zeroizing::new(text);
        write(&self.directory, FILE, &text)
            .map(drop)
            .map_err(|source| failed("write", &self.folder.join(DIRECTORY).join(FILE), source))
    }

    /// Whether it is a file that only this user can read, as credrun makes it. Not each file system knows
    /// modes, so it is compared with a file that credrun has just made.
    fn is_as_made(&self, file: &File) -> io::Result<bool> {
        let (found, made) = (fstat(file)?, fstat(&self.made)?);
        let is_file = FileType::from_raw_mode(found.st_mode) == FileType::RegularFile;
        Ok(is_file && (found.st_mode, found.st_uid) == (made.st_mode, made.st_uid))
    }

    fn heading(&self) -> String {
        format!("# credrun devcontainer, in {:?}", self.folder)
    }
}

fn write(directory: &OwnedFd, name: &str, text: &str) -> io::Result<File> {
    let new = CString::new(format!("{name}.{}", std::process::id()))?;
    // A killed process with this number may have left it.
    let _ = unlinkat(directory, &new, AtFlags::empty());
    let flags = GUARDED | OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
    let mut file = File::from(openat(directory, &new, flags, Mode::RUSR | Mode::WUSR)?);
    file.write_all(text.as_bytes())?;
    renameat(directory, &new, directory, name)?;
    Ok(file)
}

/// Says what to do where the name is taken. Linux calls a link that is not followed no directory, others a loop.
fn not_a_directory(error: Errno) -> io::Error {
    match error {
        Errno::NOTDIR | Errno::LOOP => io::Error::new(
            io::ErrorKind::NotADirectory,
            "it is a file or a symbolic link; remove it, and credrun makes a directory",
        ),
        other => other.into(),
    }
}

fn failed(what: &str, path: &Path, source: io::Error) -> Error {
    Error::Local {
        action: format!("{what} {}", path.display()),
        source,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;
    use crate::container::grammar::env::EnvOrigin;

    const LINE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN=c0ffee";

    fn variables() -> [EnvEntry; 1] {
        [EnvEntry::parse(LINE, EnvOrigin::Credrun)]
    }

    fn path_in(folder: &Path) -> PathBuf {
        folder.join(DIRECTORY).join(FILE)
    }

    #[test]
    fn a_folder_keeps_what_its_container_was_given_and_git_does_not_see_it() {
        let folder = tempfile::tempdir().expect("a directory");
        let file = EnvFile::of(folder.path()).expect("made");
        assert!(file.read().is_empty());
        file.write(&variables()).expect("written");
        let again = EnvFile::of(folder.path()).expect("there");
        assert_eq!(*again.read(), [LINE]);
        let at = folder.path().join(DIRECTORY);
        let mode = fs::metadata(at.join(FILE)).expect("there").permissions();
        assert_eq!(mode.mode() & 0o777, 0o600);
        let ignored = fs::read_to_string(at.join(".gitignore")).expect("there");
        assert_eq!(ignored, "*\n");
        assert_eq!(fs::read_dir(at).expect("there").count(), 2);
    }

    #[test]
    fn a_copy_of_the_folder_begins_anew() {
        let folder = tempfile::tempdir().expect("a directory");
        let file = EnvFile::of(folder.path()).expect("made");
        file.write(&variables()).expect("written");
        let copy = tempfile::tempdir().expect("a directory");
        let copied = EnvFile::of(copy.path()).expect("made");
        fs::copy(path_in(folder.path()), path_in(copy.path())).expect("copied");
        assert!(copied.read().is_empty());
    }

    #[test]
    fn a_file_that_others_can_read_or_that_is_none_is_not_taken_over() {
        let folder = tempfile::tempdir().expect("a directory");
        let file = EnvFile::of(folder.path()).expect("made");
        let path = path_in(folder.path());
        for mode in [0o644, 0o640, 0o700] {
            file.write(&variables()).expect("written");
            assert_eq!(*file.read(), [LINE]);
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a mode");
            assert!(file.read().is_empty(), "{mode:o}");
        }
        fs::remove_file(&path).expect("removed");
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.expect("mkfifo").success());
        assert!(file.read().is_empty());
        file.write(&variables()).expect("written");
        assert_eq!(*file.read(), [LINE]);
    }

    #[test]
    fn links_that_the_container_has_made_are_not_followed() {
        let folder = tempfile::tempdir().expect("a directory");
        let other = tempfile::tempdir().expect("a directory");
        let precious = other.path().join("precious");
        fs::write(&precious, "mine").expect("written");
        let file = EnvFile::of(folder.path()).expect("made");
        symlink(&precious, path_in(folder.path())).expect("a link");
        assert!(file.read().is_empty());
        file.write(&variables()).expect("written");
        assert_eq!(fs::read_to_string(&precious).expect("there"), "mine");
        assert_eq!(*file.read(), [LINE]);

        fs::remove_dir_all(folder.path().join(DIRECTORY)).expect("removed");
        symlink(other.path(), folder.path().join(DIRECTORY)).expect("a link");
        let refused = EnvFile::of(folder.path()).expect_err("refused").report();
        assert!(refused.contains("cannot make "), "{refused}");
        assert!(refused.contains("a symbolic link; remove it"), "{refused}");
    }
}
