//! Calls `listen(2)` to make the queue of clients longer than the 128 that std sets.
//!
//! A client that finds the queue full tries again after a second, which is as long as the least
//! patient SDKs wait.
#![allow(unsafe_code)]

use std::ffi::c_int;
use std::io;
use std::net::TcpListener;
use std::os::fd::AsRawFd;

/// More than the kernel allows by default; the kernel's limit then applies.
const LENGTH: c_int = 4096;

/// Makes a listening socket's queue as long as the kernel allows.
pub(crate) fn lengthen(listener: &TcpListener) -> io::Result<()> {
    unsafe extern "C" {
        fn listen(socket: c_int, backlog: c_int) -> c_int;
    }
    // SAFETY: the call takes no pointer, and the descriptor is open for as long as it is borrowed.
    match unsafe { listen(listener.as_raw_fd(), LENGTH) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
