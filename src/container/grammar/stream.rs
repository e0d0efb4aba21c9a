//! A standard stream, as `--attach` names it.

use crate::container::FlagError;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    Stdin,
    Stdout,
    Stderr,
}

/// Reads a stream's name, in any case.
///
/// # Errors
/// Any other name.
pub(crate) fn parse_stream(name: &str) -> Result<Stream, FlagError> {
    match name.to_lowercase().as_str() {
        "stdin" => Ok(Stream::Stdin),
        "stdout" => Ok(Stream::Stdout),
        "stderr" => Ok(Stream::Stderr),
        _ => Err(FlagError::new("valid streams are STDIN, STDOUT and STDERR")),
    }
}
