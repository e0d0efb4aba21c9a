//! credrun's exit status: the container's own, or one of docker's for failures outside it.
//!
//! | status | meaning |
//! |---|---|
//! | 0–255 | the container's |
//! | 1 | `policy --check`: not all calls are certainly allowed |
//! | 125 | credrun or the Engine failed; the message says in which phase |
//! | 126 | the container's command was found but cannot be executed |
//! | 127 | the container's command was not found |
//! | 128+n | signal n ended credrun: before the container was started, or at the third signal to end, which leaves it running |
//! | 141 | 128+13 (SIGPIPE): the reader of credrun's output has closed it |

use std::fmt;

/// A process exit status, 0 to 255.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExitStatus(u8);

impl ExitStatus {
    pub const SUCCESS: Self = Self(0);
    /// `policy --check`: the policy does not allow all calls, or it cannot be told.
    pub const NOT_ALL_ALLOWED: Self = Self(1);
    /// credrun itself or the Engine failed.
    pub const FAILED: Self = Self(125);
    /// The command exists but cannot be executed.
    pub const NOT_EXECUTABLE: Self = Self(126);
    /// The command does not exist.
    pub const NOT_FOUND: Self = Self(127);
    /// The output has no reader any more: the status of a program that SIGPIPE (13) ended.
    pub const OUTPUT_CLOSED: Self = Self(128 + 13);

    /// The status that the Engine reports for a container. It is a C `int` on the wire; only
    /// the low byte can be a process's status, as in a shell.
    #[must_use]
    pub fn of_container(code: i64) -> Self {
        Self((code & 0xff) as u8)
    }

    /// The status of a process that signal number `signal` ended.
    #[must_use]
    pub fn of_signal(signal: i32) -> Self {
        Self((128 + signal) as u8)
    }

    /// The status of another process, as a shell reports it.
    #[must_use]
    pub fn of_process(status: std::process::ExitStatus) -> Self {
        use std::os::unix::process::ExitStatusExt as _;
        match (status.code(), status.signal()) {
            (Some(code), _) => Self::of_container(i64::from(code)),
            (None, Some(signal)) => Self::of_signal(signal),
            (None, None) => Self::FAILED,
        }
    }

    #[must_use]
    pub fn code(self) -> u8 {
        self.0
    }
}

impl fmt::Display for ExitStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<ExitStatus> for std::process::ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_containers_status_only_the_low_byte_counts_as_in_a_shell() {
        for (code, status) in [(0, 0), (1, 1), (255, 255), (256, 0), (259, 3), (-1, 255)] {
            assert_eq!(ExitStatus::of_container(code).code(), status, "{code}");
        }
    }

    #[test]
    fn a_signals_status_is_128_and_its_number() {
        assert_eq!(ExitStatus::of_signal(15).code(), 143);
        assert_eq!(ExitStatus::OUTPUT_CLOSED.to_string(), "141");
    }
}
