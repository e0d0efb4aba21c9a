//! What the caller passes to the supervisor at its start: the command line through a socket, which
//! no other user can read, and the descriptors that the caller has inherited.
//!
//! The socket is the supervisor's stdout. In the other direction it carries the supervisor's
//! messages.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read as _, Write as _};
use std::net::Shutdown;
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd, RawFd};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::net::UnixStream;
use std::path::Path;

use rustix::fs::{Dir, Mode, OFlags};
use rustix::io::{Errno, FdFlags, fcntl_setfd};
use rustix::net::sockopt::socket_type;

/// In the caller: sends the command line, and reads the supervisor's output until it has
/// [settled](super::Supervisor::settle) or ended.
pub(super) fn converse(mut socket: UnixStream, arguments: &[OsString]) -> io::Result<Vec<u8>> {
    let words: Vec<u8> = arguments
        .iter()
        .flat_map(|word| [word.as_bytes(), b"\0"].concat())
        .collect();
    // One that has ended already has said why.
    let _ = socket.write_all(&words);
    let _ = socket.shutdown(Shutdown::Write);
    let mut said = Vec::new();
    socket.read_to_end(&mut said)?;
    Ok(said)
}

/// In the supervisor: the command line that the caller has sent.
///
/// # Errors
/// There is no sender: a user started the supervisor by hand.
pub(super) fn arguments() -> io::Result<Vec<OsString>> {
    let stdout = rustix::stdio::stdout();
    socket_type(stdout)?;
    let mut words = Vec::new();
    let mut buffer = [0; 16 * 1024];
    loop {
        match rustix::io::read(stdout, &mut buffer) {
            Ok(0) => break,
            Ok(length) => words.extend_from_slice(&buffer[..length]),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let words = words
        .strip_suffix(b"\0")
        .ok_or(io::ErrorKind::UnexpectedEof)?;
    let words = words.split(|&byte| byte == 0);
    Ok(words
        .map(|word| OsString::from_vec(word.to_vec()))
        .collect())
}

/// The descriptors beside stdin, stdout and stderr that this process was started with. One of them
/// may hold a lock of the caller's.
///
/// They stay open until the supervisor settles, because a flag may name one (a shell turns
/// `--env-file <(…)` into `--env-file /dev/fd/63`), but no program that credrun executes inherits
/// them.
#[derive(Debug)]
pub(super) struct Inherited(Vec<OwnedFd>);

impl Inherited {
    /// Takes them over. It must run first in the process, before anything opens a descriptor.
    #[allow(
        unsafe_code,
        reason = "whoever is started with a descriptor has its number only"
    )]
    pub(super) fn take() -> io::Result<Self> {
        let owned = numbers()?.into_iter().map(|number| {
            // SAFETY: it is open, because the kernel has listed it, and has no other owner: the
            // program has just begun.
            unsafe { OwnedFd::from_raw_fd(number) }
        });
        let owned: Vec<OwnedFd> = owned.collect();
        for descriptor in &owned {
            fcntl_setfd(descriptor, FdFlags::CLOEXEC)?;
        }
        Ok(Self(owned))
    }

    /// Closes all except the one that `path` names, as `/dev/fd/3` does.
    pub(super) fn close_all_but(&mut self, path: Option<&Path>) {
        let kept = path.and_then(number_in);
        self.0
            .retain(|descriptor| Some(descriptor.as_raw_fd()) == kept);
    }
}

/// The numbers of all open descriptors above stderr's. `/dev/fd` exists on macOS as well.
fn numbers() -> io::Result<Vec<RawFd>> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let mut list = Dir::new(rustix::fs::open("/dev/fd", flags, Mode::empty())?)?;
    let own = list.fd()?.as_raw_fd();
    let mut numbers = Vec::new();
    while let Some(entry) = list.read() {
        let entry = entry?;
        let number = entry
            .file_name()
            .to_str()
            .ok()
            .and_then(|name| name.parse().ok());
        numbers.extend(number.filter(|&number: &RawFd| number > 2 && number != own));
    }
    Ok(numbers)
}

fn number_in(path: &Path) -> Option<RawFd> {
    let directories = [Path::new("/dev/fd"), Path::new("/proc/self/fd")];
    let is_one = |parent: &Path| directories.contains(&parent);
    path.parent().filter(|&parent| is_one(parent))?;
    path.file_name().and_then(OsStr::to_str)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_descriptor_is_known_by_its_path() {
        let number = |path: &str| number_in(Path::new(path));
        assert_eq!(number("/dev/fd/63"), Some(63));
        assert_eq!(number("/proc/self/fd/3"), Some(3));
        for other in ["/dev/fd", "/dev/fd/x", "report.json", "/tmp/3"] {
            assert_eq!(number(other), None, "{other}");
        }
    }
}
