//! The terminal that credrun runs in: raw mode, its size, and the keys that detach.

mod detach;
mod raw;
mod size;

use std::os::fd::AsFd;

use rustix::termios::OutputModes;

use crate::container::FlagError;
use crate::container::streams::Streams;
use crate::vars::{self, Environment};

pub(crate) use detach::DetachKeys;
pub(crate) use raw::RawMode;
pub(crate) use size::{Resizer, WindowSize};

/// Is this a terminal?
#[must_use]
pub(crate) fn is_terminal(fd: impl AsFd) -> bool {
    rustix::termios::isatty(fd)
}

/// Whether the terminal can only show text: it knows neither colours nor a cursor to move. Such are
/// the shells in Emacs, and the consoles of some CI services.
#[must_use]
pub(crate) fn is_dumb(environment: &Environment) -> bool {
    environment
        .get(vars::TERM)
        .is_some_and(|term| term == "dumb")
}

/// Is this a terminal that takes output as it is, so that a newline does not return to the left?
#[must_use]
pub(crate) fn is_raw(fd: impl AsFd) -> bool {
    let cooked = OutputModes::OPOST | OutputModes::ONLCR;
    rustix::termios::tcgetattr(fd).is_ok_and(|modes| !modes.output_modes.contains(cooked))
}

/// Whether stdin is a terminal whose input currently goes to another job.
#[must_use]
pub(crate) fn is_in_background() -> bool {
    rustix::termios::tcgetpgrp(rustix::stdio::stdin())
        .is_ok_and(|foreground| foreground != rustix::process::getpgrp())
}

/// Whether stdin is a terminal whose keys go to this process and its children.
#[must_use]
pub(crate) fn is_in_foreground() -> bool {
    rustix::termios::tcgetpgrp(rustix::stdio::stdin())
        .is_ok_and(|foreground| foreground == rustix::process::getpgrp())
}

/// A container's terminal that reads credrun's stdin needs a terminal on this side, too: otherwise
/// keys, window size and end of file would mean different things on the two sides.
///
/// There is no terminal.
/// There is none.
pub(crate) fn check(streams: Streams) -> Result<(), FlagError> {
    if streams.tty && streams.attach_stdin && !is_terminal(rustix::stdio::stdin()) {
        return Err(FlagError::with_hint(
            "-t needs a terminal, but stdin is not one",
            "to send a pipe or a file to the container, use -i without -t",
        ));
    }
    Ok(())
}
