//! Where the lines of `--record` go: a file, whose size is bounded, or what a new file must not
//! replace.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileExt as _, FileTypeExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{
    AtFlags, FlockOperation, Mode, OFlags, fcntl_setfl, flock, fstat, open, openat, renameat,
    statat,
};
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
            let pipe = OpenOptions::new().write(true).open(path)?;
            // A container that has its folder can have put a link there since.
            if !pipe.metadata()?.file_type().is_fifo() {
                return Err(io::Error::other("it is no pipe any more"));
            }
            self.0 = To::Sink(pipe);
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

/// A folder in which names are looked up. It may be one that is not to be read.
#[cfg(target_os = "linux")]
const FOLDER: OFlags = OFlags::PATH.union(OFlags::DIRECTORY);
#[cfg(not(target_os = "linux"))]
const FOLDER: OFlags = OFlags::DIRECTORY;

/// A container can have the file's folder among its volumes, and put links and pipes there. What they
/// lead to is the user's, and stays as it is.
#[derive(Debug)]
struct Bounded {
    folder: OwnedFd,
    name: OsString,
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
        let path = fs::canonicalize(path)?;
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(Errno::ISDIR.into());
        };
        Ok(Self {
            folder: open(folder, FOLDER | OFlags::CLOEXEC, Mode::empty())?,
            name: name.to_owned(),
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
        let former = former(Path::new(&self.name));
        self.check_place()?;
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        if let Ok(other) = openat(&self.folder, &former, flags, Mode::empty()) {
            lock(&other.into())?;
        }
        renameat(&self.folder, &self.name, &self.folder, &former)?;
        let flags = OFlags::RDWR | OFlags::APPEND | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let file = openat(&self.folder, &self.name, flags, Mode::RUSR | Mode::WUSR)?.into();
        lock(&file)?;
        self.file = file;
        self.length = 0;
        self.lines = Lines {
            here: 0,
            put_aside: self.lines.here,
            lost: self.lines.lost + self.lines.put_aside,
        };
        Ok(())
    }

    /// What has taken the file's place is not put aside: lines of this run may be there.
    fn check_place(&self) -> io::Result<()> {
        let there = statat(&self.folder, &self.name, AtFlags::SYMLINK_NOFOLLOW)?;
        let own = fstat(&self.file)?;
        match (there.st_dev, there.st_ino) == (own.st_dev, own.st_ino) {
            true => Ok(()),
            false => Err(io::Error::other("something else has taken its place")),
        }
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
impl RecordFile {
    /// One with the record of an earlier run, which the system does not let anybody empty.
    #[cfg(target_os = "linux")]
    pub(super) fn sealed() -> Self {
        use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};

        let file = memfd_create("record", MemfdFlags::ALLOW_SEALING).expect("a file");
        let file = File::from(file);
        (&file).write_all(b"{\"Time\":1}\n").expect("written");
        fcntl_add_seals(&file, SealFlags::SHRINK).expect("sealed");
        let folder = open("/", FOLDER, Mode::empty()).expect("a folder");
        Self(To::File(Bounded {
            folder,
            name: "record".into(),
            file,
            length: 0,
            limit: LIMIT,
            lines: Lines::default(),
            has_begun: false,
        }))
    }
}

#[cfg(test)]
mod tests;
