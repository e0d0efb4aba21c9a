//! Where the lines of `--record` go: a file, whose size is bounded, or what a new file must not
//! replace.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, Mode, OFlags, fcntl_setfl, flock, open};
use rustix::io::Errno;

use crate::sinks;

/// A file that would grow beyond this gets `.1` at the end of its name, and a new one takes its
/// place, whose first line says so. An earlier one with that name is lost.
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
    /// Opens the file. The record of an earlier run stays in it until [`Self::begin`] or the first line.
    ///
    /// # Errors
    /// What the operating system says, or the file has something else in it than a record.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let to = if sinks::is_pipe(path) {
            open_pipe(path.to_owned())?
        } else if sinks::is_one(path) {
            To::Sink(OpenOptions::new().append(true).open(path)?)
        } else {
            To::File(Bounded::open(path, LIMIT)?)
        };
        Ok(Self(to))
    }

    /// Whether the run takes the place of an earlier one.
    pub(super) fn replaces(&self) -> bool {
        matches!(self.0, To::File(_))
    }

    /// Empties the file of the record of an earlier run.
    ///
    /// # Errors
    /// What the operating system says.
    pub(super) fn begin(&mut self) -> io::Result<()> {
        match &mut self.0 {
            To::File(file) => file.begin(),
            To::Sink(_) | To::Unread(_) => Ok(()),
        }
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
    /// There is nothing of an earlier run in the file.
    has_begun: bool,
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
            .read(true)
            .create(true)
            .mode(0o600)
            .open(path)?;
        lock(&file)?;
        Ok(file)
    }

    /// The system opens it by the name that the user gave, so that it can refuse a link of somebody else's.
    /// What is renamed later is the file behind a link of the user's.
    fn open(path: &Path, limit: u64) -> io::Result<Self> {
        let file = Self::create(path)?;
        if !is_record(&file)? {
            return Err(io::Error::other("it is not empty, and not a record"));
        }
        Ok(Self {
            path: fs::canonicalize(path)?,
            file,
            length: 0,
            limit,
            lines: Lines::default(),
            has_begun: false,
        })
    }

    fn begin(&mut self) -> io::Result<()> {
        if !self.has_begun {
            self.file.set_len(0)?;
            self.has_begun = true;
        }
        Ok(())
    }

    /// Puts the file aside, and begins a new one.
    fn begin_anew(&mut self) -> io::Result<()> {
        let (path, lines) = (self.path.clone(), self.lines);
        let former = former(&path);
        if let Ok(other) = File::open(&former) {
            lock(&other)?;
        }
        fs::rename(&path, &former)?;
        let file = Self::create(&path)?;
        file.set_len(0)?;
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
        self.begin()?;
        if self.length > 0 && self.length + line.len() as u64 > self.limit {
            self.begin_anew()?;
        }
        let marked = match (self.length, self.lines.put_aside, line.strip_prefix(b"{")) {
            (0, 1.., Some(rest)) => Some(self.lines.before(rest)),
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

impl Lines {
    /// The first line of a file, which says where those before it are.
    fn before(self, rest: &[u8]) -> Vec<u8> {
        let mut start = format!("{{\"LinesPutAside\":{},", self.put_aside);
        if self.lost > 0 {
            start += &format!("\"LinesLost\":{},", self.lost);
        }
        [start.as_bytes(), rest].concat()
    }
}

/// Two runs in one file would erase each other's lines. A file system may have no locks.
fn lock(file: &File) -> io::Result<()> {
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Err(Errno::WOULDBLOCK) => Err(io::Error::other("another credrun writes its record there")),
        _ => Ok(()),
    }
}

/// Whether a file is empty or begins as a record does.
fn is_record(file: &File) -> io::Result<bool> {
    let mut start = [0; 6];
    let length = file.read_at(&mut start, 0)?;
    Ok(length == 0 || [b"{\"Time", b"{\"Line"].contains(&&start))
}

/// Where a full file is put aside.
pub(crate) fn former(path: &Path) -> PathBuf {
    let mut former: OsString = path.to_owned().into();
    former.push(".1");
    former.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_record_is_not_replaced() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("calls.jsonl");
        for (text, is_opened) in [
            ("{\"Time\":\"2026\"}\n", true),
            ("{\"LinesPutAside\":7,\"Time\":\"2026\"}\n", true),
            ("", true),
            ("import boto3\n", false),
            ("{\"Version\":\"2012-10-17\"}\n", false),
        ] {
            fs::write(&path, text).expect("written");
            assert_eq!(RecordFile::open(&path).is_ok(), is_opened, "{text}");
            assert_eq!(fs::read_to_string(&path).expect("readable"), text);
        }
    }

    #[test]
    fn the_record_of_an_earlier_run_stays_until_the_next_begins() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("calls.jsonl");
        let earlier = "{\"Time\":\"2026\"}\n";
        fs::write(&path, earlier).expect("written");
        let mut file = RecordFile::open(&path).expect("opened");
        assert_eq!(fs::read_to_string(&path).expect("readable"), earlier);
        file.begin().expect("begun");
        assert_eq!(fs::read_to_string(&path).expect("readable"), "");
        file.write(b"{}\n").expect("written");
        file.begin().expect("begun");
        assert_eq!(fs::read_to_string(&path).expect("readable"), "{}\n");
    }

    #[test]
    fn a_file_that_another_run_writes_to_is_not_replaced_by_one_that_is_put_aside() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("calls.jsonl");
        let mut other = RecordFile::open(&former(&path)).expect("opened");
        other.write(b"{}\n").expect("written");
        let mut file = Bounded::open(&path, 5).expect("a file");
        file.write(b"{}\n").expect("written");
        assert!(file.write(b"{}\n").is_err());
        assert_eq!(fs::read(former(&path)).expect("readable"), b"{}\n");
    }

    #[test]
    fn a_file_says_how_many_lines_of_the_run_are_lost() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("calls.jsonl");
        let mut file = Bounded::open(&path, 20).expect("a file");
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
                r#"{"LinesPutAside":2,"a":3}"#,
                r#"{"LinesPutAside":1,"LinesLost":2,"a":4}"#,
                r#"{"LinesPutAside":1,"LinesLost":3,"a":5}"#,
                r#"{"LinesPutAside":1,"LinesLost":4,"a":6}"#,
                r#"{"LinesPutAside":1,"LinesLost":5,"a":7}"#,
            ]
        );
    }

    #[test]
    fn a_file_that_another_run_writes_to_is_refused_and_keeps_its_lines() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("calls.jsonl");
        let mut first = RecordFile::open(&path).expect("opened");
        first.write(b"{\"Time\":1}\n").expect("written");
        assert!(RecordFile::open(&path).is_err());
        assert_eq!(fs::read(&path).expect("a file"), b"{\"Time\":1}\n");
        drop(first);
        assert!(RecordFile::open(&path).is_ok());
    }

    #[test]
    fn a_file_begins_anew_and_is_put_aside_when_it_is_full() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("calls.jsonl");
        fs::write(&path, "{\"Time\":\"of an earlier run\"}\n").expect("written");
        let mut file = Bounded::open(&path, 20).expect("a file");
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
        let mut file = Bounded::open(&path, 3).expect("a file");
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
