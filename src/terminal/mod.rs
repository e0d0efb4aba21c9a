//! The terminal that credrun runs in: raw mode, its size, and the keys that detach.

mod detach;
mod raw;

use std::os::fd::AsFd;
use std::time::Duration;

use rustix::termios::OutputModes;

use crate::container::FlagError;
use crate::container::streams::Streams;

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

/// Tells the other side the size of this terminal, again and again for half a second: a process
/// that has only just been started may have no terminal yet.
pub fn tell_size<F, E>(tell: impl Fn(WindowSize) -> F + Send + 'static)
where
    F: Future<Output = Result<(), E>> + Send,
{
    const ATTEMPTS: u32 = 10;
    tokio::spawn(async move {
        for attempt in 1..=ATTEMPTS {
            // Read each time: the window may have changed meanwhile.
            let Some(size) = WindowSize::of(rustix::stdio::stdout()) else {
                return;
            };
            if tell(size).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10) * attempt).await;
        }
        tracing::warn!("failed to resize the container's terminal, using its default size");
    });
}

/// Is this a terminal?
#[must_use]
pub fn is_terminal(fd: impl AsFd) -> bool {
    rustix::termios::isatty(fd)
}

/// Is this a terminal that takes output as it is, so that a newline does not begin a line on the
/// left?
#[must_use]
pub fn is_raw(fd: impl AsFd) -> bool {
    let cooked = OutputModes::OPOST | OutputModes::ONLCR;
    rustix::termios::tcgetattr(fd).is_ok_and(|modes| !modes.output_modes.contains(cooked))
}

/// Whether stdin is a terminal whose keys are another job's at the moment.
#[must_use]
pub fn is_in_background() -> bool {
    rustix::termios::tcgetpgrp(rustix::stdio::stdin())
        .is_ok_and(|foreground| foreground != rustix::process::getpgrp())
}

/// A terminal in a container that is to read credrun's stdin needs one on this side, too:
/// otherwise keys, window size and end of file would mean different things on both.
///
/// # Errors
/// There is none.
pub fn check(streams: Streams) -> Result<(), FlagError> {
    if streams.tty && streams.attach_stdin && !is_terminal(rustix::stdio::stdin()) {
        return Err(FlagError::with_hint(
            "-t wants a terminal, but stdin is none",
            "leave -t out to feed the container from a pipe or a file: -i alone does that",
        ));
    }
    Ok(())
}
