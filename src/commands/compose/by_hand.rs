//! A call of `credrun compose` that somebody has typed at a terminal: what Compose would read as JSON
//! goes there in words.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _};

use super::protocol;
use crate::exit::ExitStatus;
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::messages::stderr;
use crate::run::supervisor::{Begun, begin, leave_behind};

/// Starts the process that stays behind.
///
/// # Errors
/// It cannot be started. What it fails with itself, it has said on stdout for Compose.
pub async fn start(typed: Vec<OsString>) -> Result<ExitStatus, Error> {
    if !io::stdout().is_terminal() {
        return leave_behind(typed, Notices::new(true)).await;
    }
    let Begun { output, status, .. } = begin(typed).await?;
    let (errors, others) = protocol::without_errors(&output);
    for error in errors {
        stderr::say(format!("{error}\n").as_bytes());
    }
    crate::stdout::print(&others)?;
    Ok(status)
}
