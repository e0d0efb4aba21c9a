//! `listen(2)` with a length of its own for the queue of clients, which std sets to 128.
//!
//! A client that finds the queue full tries again after a second, which is all that the least
//! patient SDKs wait.
#![allow(unsafe_code)]

use std::ffi::c_int;
use std::io;
use std::net::TcpListener;
use std::os::fd::AsRawFd;

/// More than the kernel gives by default, which is what counts then.
const LENGTH: c_int = 4096;

/// Makes the queue of a socket that listens as long as the kernel lets it be.
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
