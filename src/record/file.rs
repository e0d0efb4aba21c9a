//! Where the lines of `--record` go: a file, whose size is bounded, or what a new file must not
//! replace.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, Mode, OFlags, fcntl_setfl, flock, open};
use rustix::io::Errno;

use crate::sinks;

/// A file that would grow beyond this gets `.1` at the end of its name, and a new one takes its
/// place. An earlier one with that name is lost.
const LIMIT: u64 = 64 * 1024 * 1024;

/// The file of `--record`.
#[derive(Debug)]
pub(crate) struct RecordFile(To);

#[derive(Debug)]
enum To {
    File(Bounded),
    /// A pipe, a device, or a file that stdout or stderr goes to.
    Sink(File),
    /// A named pipe that nobody reads yet.
    Unread(PathBuf),
}

impl RecordFile {
    /// Opens the file, and empties one that is there.
    ///
    /// # Errors
    /// What the operating system says.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        // Of a symbolic link, the file behind it is renamed.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let to = if sinks::is_pipe(&path) {
            open_pipe(path)?
        } else if sinks::is_one(&path) {
            To::Sink(OpenOptions::new().append(true).open(&path)?)
        } else {
            To::File(Bounded::open(path, LIMIT)?)
        };
        Ok(Self(to))
    }

    /// Waits for a pipe's reader, without limit. One that comes must see the end of file, even if
    /// there is no line.
    ///
    /// # Errors
    /// What the operating system says.
    pub(super) fn wait_for_reader(&mut self) -> io::Result<()> {
        if let To::Unread(path) = &self.0 {
            self.0 = To::Sink(OpenOptions::new().write(true).open(path)?);
        }
        Ok(())
    }

    /// Writes a line. The reader of a pipe may let it wait.
    ///
    /// # Errors
    /// What the operating system says. A part of the line stays in a pipe, and none in a file.
    pub(super) fn write(&mut self, line: &[u8]) -> io::Result<()> {
        self.wait_for_reader()?;
        match &mut self.0 {
            To::File(file) => file.write(line),
            To::Sink(file) => file.write_all(line),
            To::Unread(_) => Ok(()),
        }
    }
}

/// A named pipe opens for a writer who does not wait only if it has a reader (fifo(7)).
fn open_pipe(path: PathBuf) -> io::Result<To> {
    let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    match open(&path, flags, Mode::empty()) {
        Ok(pipe) => {
            fcntl_setfl(&pipe, OFlags::empty())?;
            Ok(To::Sink(pipe.into()))
        }
        Err(Errno::NXIO) => Ok(To::Unread(path)),
        Err(error) => Err(error.into()),
    }
}

#[derive(Debug)]
struct Bounded {
    path: PathBuf,
    file: File,
    length: u64,
    limit: u64,
    lines: Lines,
}

/// How many lines of the run are where.
#[derive(Debug, Default, Clone, Copy)]
struct Lines {
    here: u64,
    put_aside: u64,
    lost: u64,
}

impl Bounded {
    fn create(path: &Path) -> io::Result<File> {
        // It has names of accounts, buckets and keys.
        let file = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(path)?;
        // Two runs in one file would erase each other's lines. A file system may have no locks.
        if let Err(Errno::WOULDBLOCK) = flock(&file, FlockOperation::NonBlockingLockExclusive) {
            return Err(io::Error::other("another credrun writes its record there"));
        }
        file.set_len(0)?;
        Ok(file)
    }

    fn open(path: PathBuf, limit: u64) -> io::Result<Self> {
        let file = Self::create(&path)?;
        remove_former(&path);
        Ok(Self {
            path,
            file,
            length: 0,
            limit,
            lines: Lines::default(),
        })
    }

    /// Puts the file aside, and begins a new one.
    fn begin_anew(&mut self) -> io::Result<()> {
        let (path, lines) = (self.path.clone(), self.lines);
        fs::rename(&path, former(&path))?;
        let file = Self::create(&path)?;
        self.file = file;
        self.length = 0;
        self.lines = Lines {
            here: 0,
            put_aside: lines.here,
            lost: lines.lost + lines.put_aside,
        };
        Ok(())
    }

    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        if self.length > 0 && self.length + line.len() as u64 > self.limit {
            self.begin_anew()?;
        }
        let marked = match (self.length, self.lines.lost, line.strip_prefix(b"{")) {
            (0, 1.., Some(rest)) => Some(with_lost(self.lines.lost, rest)),
            _ => None,
        };
        let line = marked.as_deref().unwrap_or(line);
        match self.file.write_all(line) {
            Ok(()) => {
                self.length += line.len() as u64;
                self.lines.here += 1;
            }
            Err(error) => {
                // What a full disk took of it.
                self.file.set_len(self.length)?;
                return Err(error);
            }
        }
        Ok(())
    }
}

/// The line, which says how many of the run's are in no file.
fn with_lost(lost: u64, rest: &[u8]) -> Vec<u8> {
    [format!("{{\"LinesLost\":{lost},").as_bytes(), rest].concat()
}

/// Where a full file is put aside.
pub(crate) fn former(path: &Path) -> PathBuf {
    let mut former: OsString = path.to_owned().into();
    former.push(".1");
    former.into()
}

/// What an earlier run has put aside would be read as the beginning of this one.
fn remove_former(path: &Path) {
    let former = former(path);
    let is_record = || -> io::Result<bool> {
        let mut start = [0; 6];
        if fs::symlink_metadata(&former)?.is_file() {
            File::open(&former)?.read_exact(&mut start)?;
        }
        Ok([b"{\"Time", b"{\"Line"].contains(&&start))
    };
    if is_record().unwrap_or(false) {
        let _ = fs::remove_file(&former);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_earlier_run_has_put_aside_is_removed_but_nothing_else() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("calls.jsonl");
        let former = former(&path);
        for (text, stays) in [
            ("{\"Time\":\"2026\"}\n", false),
            ("{\"LinesLost\":7,\"Time\":\"2026\"}\n", false),
            ("notes\n", true),
            ("", true),
        ] {
            fs::write(&former, text).expect("written");
            drop(RecordFile::open(&path).expect("opened"));
            assert_eq!(former.exists(), stays, "{text}");
        }
    }

    #[test]
    fn a_file_says_how_many_lines_of_the_run_are_lost() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("calls.jsonl");
        let mut file = Bounded::open(path.clone(), 20).expect("a file");
        let read = || fs::read_to_string(&path).expect("readable");
        let mut first_lines = Vec::new();
        for number in 1..=7 {
            let line = format!("{{\"a\":{number}}}\n");
            file.write(line.as_bytes()).expect("written");
            let first = read().lines().next().map(str::to_owned);
            if first_lines.last() != first.as_ref() {
                first_lines.extend(first);
            }
        }
        assert_eq!(
            first_lines,
            [
                r#"{"a":1}"#,
                r#"{"a":3}"#,
                r#"{"LinesLost":2,"a":5}"#,
                r#"{"LinesLost":4,"a":6}"#,
                r#"{"LinesLost":5,"a":7}"#,
            ]
        );
    }

    #[test]
    fn a_file_that_another_run_writes_to_is_refused_and_keeps_its_lines() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("calls.jsonl");
        let mut first = RecordFile::open(&path).expect("opened");
        first.write(b"a line\n").expect("written");
        assert!(RecordFile::open(&path).is_err());
        assert_eq!(fs::read(&path).expect("a file"), b"a line\n");
        drop(first);
        assert!(RecordFile::open(&path).is_ok());
    }

    #[test]
    fn a_file_begins_anew_and_is_put_aside_when_it_is_full() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("calls.jsonl");
        fs::write(&path, "of an earlier run\n").expect("written");
        let mut file = Bounded::open(path.clone(), 20).expect("a file");
        for line in ["line 1\n", "line 2\n", "line 3\n", "line 4\n", "line 5\n"] {
            file.write(line.as_bytes()).expect("written");
        }
        let read = |path: &Path| fs::read_to_string(path).expect("readable");
        assert_eq!(read(&path), "line 5\n");
        assert_eq!(
            read(&directory.path().join("calls.jsonl.1")),
            "line 3\nline 4\n"
        );
    }

    #[test]
    fn a_line_that_is_longer_than_a_file_may_be_is_written_whole() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("calls.jsonl");
        let mut file = Bounded::open(path.clone(), 3).expect("a file");
        file.write(b"longer\n").expect("written");
        assert_eq!(fs::read(&path).expect("readable"), b"longer\n");
    }

    #[test]
    fn what_is_no_file_and_no_sink_is_refused_at_once() {
        let directory = tempfile::tempdir().expect("a directory");
        let refused = RecordFile::open(directory.path()).expect_err("a directory");
        assert_eq!(refused.kind(), io::ErrorKind::IsADirectory);
        let missing = directory.path().join("none").join("calls.jsonl");
        let refused = RecordFile::open(&missing).expect_err("no directory");
        assert_eq!(refused.kind(), io::ErrorKind::NotFound);
    }
}
