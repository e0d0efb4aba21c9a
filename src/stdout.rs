//! What credrun itself writes to stdout: text and JSON.

use std::io::{self, Write as _};

use crate::exit::ExitStatus;
use crate::messages::error::Error;

/// Writes a command's output to stdout. A reader that is gone (`| head -1`) is not an error.
pub(crate) fn print(text: &str) -> Result<ExitStatus, Error> {
    print_bytes(text.as_bytes())
}

/// The same for what may be no text.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<ExitStatus, Error> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(ExitStatus::SUCCESS),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitStatus::OUTPUT_CLOSED),
        Err(source) => Err(Error::Local {
            action: "write to stdout".to_owned(),
            source,
        }),
    }
}

/// JSON as credrun prints it: indented, with a newline at the end.
pub(crate) fn json(value: &impl serde::Serialize) -> String {
    // All values printed here can be written as JSON: their maps have text keys.
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}
