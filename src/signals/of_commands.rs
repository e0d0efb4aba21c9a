//! The commands that credrun runs get the signals of the terminal, too.

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::time::Duration;

use tokio::time::sleep;

use super::Signal;

/// A signal of the terminal reaches credrun and the command within this time of each other.
const SAME_SIGNAL: Duration = Duration::from_millis(500);

/// What a shell, and a program in its place, returns after ^C.
const AFTER_INTERRUPT: i32 = 130;

/// Waits a moment where a signal has ended a command. credrun gets that signal as well, and ends by
/// it; but the thread that takes it may run later than the one that sees the command's end.
pub(crate) async fn let_the_same_signal_come(status: ExitStatus) {
    let by_signal = status
        .signal()
        .is_some_and(|number| Signal(number).ends_a_program());
    if by_signal || status.code() == Some(AFTER_INTERRUPT) {
        sleep(SAME_SIGNAL).await;
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    /// Of a process that ended with this code, or by this signal.
    async fn waited_after(status: i32) -> Duration {
        let began = Instant::now();
        let_the_same_signal_come(ExitStatus::from_raw(status)).await;
        began.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn only_a_signal_that_people_send_is_waited_for() {
        let (int, kill) = (2, 9);
        for status in [int, AFTER_INTERRUPT << 8] {
            assert!(waited_after(status).await >= SAME_SIGNAL, "{status}");
        }
        for status in [0, 1 << 8, kill] {
            assert!(waited_after(status).await < SAME_SIGNAL, "{status}");
        }
    }
}
