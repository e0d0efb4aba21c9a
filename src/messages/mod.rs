//! Everything that a user reads on stderr: errors, notices, log lines.

pub mod error;
pub mod logging;
pub mod notices;
pub mod stderr;
pub(crate) mod visible;
