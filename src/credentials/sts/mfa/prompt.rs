//! Prompts for an MFA code at the terminal.
//!
//! The prompt uses `/dev/tty`, since stdin and stdout belong to the container, and turns echo off.
//! A guard restores the mode on every exit, including when the future is dropped. Signal keys are
//! off as well, so that Ctrl-C arrives as a byte and cannot end the process while echo is off.

use std::fs::File;
use std::io::Write as _;
use std::os::fd::AsFd as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use secrecy::SecretString;
use zeroize::Zeroizing;

use super::TokenCodeError;

const END_OF_TEXT: u8 = 0x03;
const END_OF_TRANSMISSION: u8 = 0x04;
const BACKSPACE: u8 = 0x08;
const ERASE_LINE: u8 = 0x15;
const DELETE: u8 = 0x7f;
/// How soon an abandoned prompt releases the terminal.
const LOOK: Duration = Duration::from_millis(100);

/// Where to prompt for MFA codes.
#[derive(Debug, Clone)]
pub struct TokenCodePrompt {
    terminal: PathBuf,
    closed: Arc<AtomicBool>,
}

impl Default for TokenCodePrompt {
    /// The process's own terminal.
    fn default() -> Self {
        Self::at("/dev/tty")
    }
}

impl TokenCodePrompt {
    #[must_use]
    pub fn at(terminal: impl Into<PathBuf>) -> Self {
        Self {
            terminal: terminal.into(),
            closed: Arc::default(),
        }
    }

    /// Stops prompting.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }

    /// Prompts for the code of the device `serial`.
    pub(crate) async fn ask(&self, serial: &str) -> Result<SecretString, TokenCodeError> {
        if self.closed.load(Ordering::Relaxed) {
            return Err(TokenCodeError::Closed {
                serial: serial.to_owned(),
            });
        }
        let mut terminal = File::options()
            .read(true)
            .write(true)
            .open(&self.terminal)
            .map_err(|source| TokenCodeError::NoTerminal {
                serial: serial.to_owned(),
                source,
            })?;
        let _quiet = Quiet::begin(&terminal).map_err(TokenCodeError::Terminal)?;
        write!(terminal, "MFA code for {serial}: ").map_err(TokenCodeError::Terminal)?;
        let abandoned = Abandoned::default();
        let flag = Arc::clone(&abandoned.0);
        let mut reader = terminal.try_clone().map_err(TokenCodeError::Terminal)?;
        let line = tokio::task::spawn_blocking(move || read_line(&mut reader, &flag))
            .await
            .unwrap_or(Err(TokenCodeError::Cancelled));
        // The line break was not echoed either.
        let _ = terminal.write_all(b"\r\n");
        line
    }
}

/// Tells the reading thread that its result is no longer needed.
#[derive(Default)]
struct Abandoned(Arc<AtomicBool>);

impl Drop for Abandoned {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The terminal without echo, line editing and signal keys, until this is dropped.
struct Quiet {
    terminal: File,
    before: Termios,
}

impl Quiet {
    fn begin(terminal: &File) -> std::io::Result<Self> {
        let terminal = terminal.try_clone()?;
        let before = tcgetattr(&terminal)?;
        let mut quiet = before.clone();
        quiet.local_modes &= !(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
        tcsetattr(&terminal, OptionalActions::Flush, &quiet)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
    }
}

fn read_line(terminal: &mut File, abandoned: &AtomicBool) -> Result<SecretString, TokenCodeError> {
    let mut line = Zeroizing::new(String::with_capacity(16));
    loop {
        match read_byte(terminal, abandoned)? {
            Some(END_OF_TEXT) => return Err(TokenCodeError::Interrupted),
            None | Some(END_OF_TRANSMISSION) => return Err(TokenCodeError::Cancelled),
            Some(b'\r' | b'\n') => return Ok(SecretString::from(line.trim())),
            Some(BACKSPACE | DELETE) => {
                line.pop();
            }
            Some(ERASE_LINE) => line.clear(),
            Some(byte) => line.push(char::from(byte)),
        }
    }
}

/// The next byte; `None` at the terminal's end, or if the prompt was abandoned.
fn read_byte(terminal: &mut File, abandoned: &AtomicBool) -> Result<Option<u8>, TokenCodeError> {
    use std::io::Read as _;

    let look = Timespec::try_from(LOOK).map_err(|_| TokenCodeError::Cancelled)?;
    loop {
        if abandoned.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let mut ready = [PollFd::from_borrowed_fd(terminal.as_fd(), PollFlags::IN)];
        match poll(&mut ready, Some(&look)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => continue,
            Ok(_) => break,
            Err(error) => return Err(TokenCodeError::Terminal(error.into())),
        }
    }
    let mut byte = [0];
    match terminal.read(&mut byte) {
        Ok(0) => Ok(None),
        Ok(_) => Ok(Some(byte[0])),
        Err(error) => Err(TokenCodeError::Terminal(error)),
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::OwnedFd;
    use std::time::Duration;

    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use secrecy::ExposeSecret;

    use super::*;

    struct Pty {
        master: File,
        slave: PathBuf,
        // Keeps the terminal's mode alive between the prompt's own openings.
        held: File,
    }

    impl Pty {
        fn open() -> Self {
            let master: OwnedFd = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pty");
            grantpt(&master).expect("granted");
            unlockpt(&master).expect("unlocked");
            let name = ptsname(&master, Vec::new()).expect("a name");
            let slave = PathBuf::from(name.into_string().expect("UTF-8"));
            let held = File::options()
                .read(true)
                .write(true)
                .open(&slave)
                .expect("the slave");
            Self {
                master: master.into(),
                slave,
                held,
            }
        }

        fn echoes(&self) -> bool {
            let mode = tcgetattr(&self.held).expect("a mode");
            mode.local_modes
                .contains(LocalModes::ECHO | LocalModes::ISIG)
        }

        /// What appears on the terminal up to `end`.
        fn read_until(&mut self, end: &str) -> String {
            use std::io::Read as _;
            let mut text = String::new();
            let mut byte = [0];
            while !text.ends_with(end) {
                self.master.read_exact(&mut byte).expect("output");
                text.push(char::from(byte[0]));
            }
            text
        }
    }

    async fn answer(keys: &'static [u8]) -> (Result<SecretString, TokenCodeError>, String, bool) {
        let mut pty = Pty::open();
        let prompt = TokenCodePrompt::at(&pty.slave);
        let typist = tokio::task::spawn_blocking(move || {
            let mut shown = pty.read_until("me: ");
            let was_quiet = !pty.echoes();
            pty.master.write_all(keys).expect("typed");
            shown.push_str(&pty.read_until("\n"));
            (shown, was_quiet, pty)
        });
        let code = tokio::time::timeout(Duration::from_secs(10), prompt.ask("me"))
            .await
            .expect("an answer in time");
        let (shown, was_quiet, pty) = typist.await.expect("typed");
        assert!(was_quiet, "the terminal echoed while the code was typed");
        let restored = pty.echoes();
        (code, shown, restored)
    }

    #[tokio::test]
    async fn the_code_is_read_without_echo_and_the_mode_restored() {
        let (code, shown, restored) = answer(b"123456\r").await;
        assert_eq!(code.expect("a code").expose_secret(), "123456");
        assert_eq!(shown.trim_end(), "MFA code for me:");
        assert!(restored);
    }

    #[tokio::test]
    async fn erase_keys_work() {
        let (code, _, _) = answer(b"99\x15124\x7f3\r").await;
        assert_eq!(code.expect("a code").expose_secret(), "123");
    }

    #[tokio::test]
    async fn ctrl_c_interrupts_ctrl_d_cancels_and_the_mode_is_restored() {
        let (code, _, restored) = answer(b"12\x03").await;
        assert!(matches!(code, Err(TokenCodeError::Interrupted)));
        assert!(restored);
        let (code, _, restored) = answer(b"12\x04").await;
        assert!(matches!(code, Err(TokenCodeError::Cancelled)));
        assert!(restored);
    }

    #[tokio::test]
    async fn an_abandoned_question_restores_the_mode() {
        let mut pty = Pty::open();
        let prompt = TokenCodePrompt::at(&pty.slave);
        let question = tokio::spawn(async move { prompt.ask("me").await.map(drop) });
        let pty = tokio::task::spawn_blocking(move || {
            pty.read_until("me: ");
            pty
        })
        .await
        .expect("asked");
        question.abort();
        assert!(question.await.expect_err("aborted").is_cancelled());
        assert!(pty.echoes());
    }

    #[tokio::test]
    async fn a_closed_prompt_asks_nothing() {
        let pty = Pty::open();
        let prompt = TokenCodePrompt::at(&pty.slave);
        prompt.clone().close();
        let error = prompt.ask("me").await.expect_err("refused");
        assert!(matches!(error, TokenCodeError::Closed { .. }));
    }

    #[tokio::test]
    async fn no_terminal_says_which_flag_to_use() {
        let error = TokenCodePrompt::at("/nonexistent/tty")
            .ask("me")
            .await
            .expect_err("refused");
        assert!(error.hint().expect("a hint").contains("--token-code"));
    }
}
