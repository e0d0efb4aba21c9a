//! `poll(2)`, which std lacks: waits on many descriptors with one thread.
//!
//! This and [`crate::backlog`] are the relay's only unsafe code.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_ulong};
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::time::Duration;

/// Bytes can be read, or a connection accepted.
pub(crate) const READ: i16 = 0x001;
/// Bytes can be written.
pub(crate) const WRITE: i16 = 0x004;
/// The other end is gone. It is reported even if not requested.
pub(crate) const GONE: i16 = 0x008 | 0x010 | 0x020;

/// A descriptor, the events to wait for, and the events that came: the kernel's `struct pollfd`.
#[repr(C)]
pub(crate) struct Interest {
    fd: RawFd,
    awaited: i16,
    came: i16,
}

impl Interest {
    /// Waits for `events` of `source`. Without events, only [`GONE`] is reported.
    pub(crate) fn new(source: &impl AsRawFd, events: i16) -> Self {
        Self {
            fd: source.as_raw_fd(),
            awaited: events,
            came: 0,
        }
    }

    /// Waits for nothing: `poll` skips what is no descriptor.
    pub(crate) fn none() -> Self {
        Self {
            fd: -1,
            awaited: 0,
            came: 0,
        }
    }

    /// Whether one of `events` came.
    pub(crate) fn came(&self, events: i16) -> bool {
        self.came & events != 0
    }
}

/// Waits until an event comes, or `limit` has passed, which is less than a minute. Without a limit it
/// waits forever.
pub(crate) fn wait(interests: &mut [Interest], limit: Option<Duration>) -> io::Result<()> {
    unsafe extern "C" {
        fn poll(fds: *mut Interest, count: c_ulong, timeout: c_int) -> c_int;
    }
    // Rounded up, for else it would be too early, again and again.
    let timeout = limit.map_or(-1, |limit| limit.as_millis() as c_int + 1);
    loop {
        // SAFETY: the pointer and the length are those of a live, exclusively borrowed slice,
        // and `Interest` has the layout of `struct pollfd`. A descriptor that is not open is
        // reported, not undefined.
        let status = unsafe { poll(interests.as_mut_ptr(), interests.len() as c_ulong, timeout) };
        if status >= 0 {
            return Ok(());
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}
