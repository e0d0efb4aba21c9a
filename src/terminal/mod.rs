//! The terminal that credrun runs in: raw mode, its size, and the keys that detach.

mod detach;
mod raw;

use std::os::fd::AsFd;

pub use detach::DetachKeys;
pub use raw::RawMode;

/// The size of a terminal, in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowSize {
    /// Lines.
    pub rows: u16,
    /// Cells in a line.
    pub columns: u16,
}

impl WindowSize {
    /// The size of the terminal behind `fd`; none where that is no terminal, or one that does
    /// not know its size (0 × 0), which must never be sent to the Engine.
    #[must_use]
    pub fn of(fd: impl AsFd) -> Option<Self> {
        let size = rustix::termios::tcgetwinsize(fd).ok()?;
        (size.ws_row > 0 && size.ws_col > 0).then_some(Self {
            rows: size.ws_row,
            columns: size.ws_col,
        })
    }
}

/// Is this a terminal?
#[must_use]
pub fn is_terminal(fd: impl AsFd) -> bool {
    rustix::termios::isatty(fd)
}
