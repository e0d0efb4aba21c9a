//! The container's stdin, stdout and stderr, passed through byte for byte.
//!
//! Each direction is a thread that reads and writes with plain blocking calls. A slow reader of
//! credrun's stdout then holds back only the container: credrun still sees signals, the window's
//! size and the container's end.

mod demultiplex;
mod input;
mod output;

pub(crate) use demultiplex::{Collector, Demultiplexer};
pub use demultiplex::{DemultiplexError, Target};
pub(crate) use input::{Input, InputEnd};
pub(crate) use output::write_to_stderr;
pub(crate) use output::{Framing, Output, OutputEnd};
