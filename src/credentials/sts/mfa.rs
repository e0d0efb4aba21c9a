//! The MFA device and its code.
//!
//! A code comes from the flag, from the profile's `mfa_process`, or from a prompt at the terminal,
//! in that order. AWS accepts each code once. [`super::session_token`] makes the result of one code
//! last for the run, and [`session_cache`] for later runs, if that is enabled.

mod prompt;
mod session_cache;

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::credentials::command::{self, CommandError};

pub use prompt::TokenCodePrompt;
pub(crate) use session_cache::SessionCache;
pub use session_cache::{KeptSession, SessionCacheError, kept_mfa_sessions};

/// Touching a hardware key takes its user a while.
const PROCESS_LIMIT: Duration = Duration::from_secs(60);

/// An MFA device, and the command that prints its codes, if a profile has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mfa {
    pub(crate) serial: String,
    pub(crate) process: Option<String>,
}

impl Mfa {
    /// The device `serial`, whose codes a person reads.
    pub(crate) fn device(serial: &str) -> Self {
        Self {
            serial: serial.to_owned(),
            process: None,
        }
    }
}

/// Why there is no MFA code.
#[derive(Debug, thiserror::Error)]
pub enum TokenCodeError {
    /// There is no terminal to prompt at.
    #[error("there is no terminal to ask for the code of {serial}")]
    NoTerminal {
        serial: String,
        /// Why the terminal could not be opened.
        #[source]
        source: std::io::Error,
    },
    /// The terminal belongs to the container.
    #[error("a new code of {serial} is needed, but the terminal belongs to the container")]
    Closed { serial: String },
    #[error("the terminal could not be read")]
    Terminal(#[source] std::io::Error),
    /// The user pressed Ctrl-C, which arrives as a byte during the prompt.
    #[error("the MFA prompt was interrupted")]
    Interrupted,
    /// The user pressed Ctrl-D, or the terminal is gone.
    #[error("the MFA prompt was cancelled")]
    Cancelled,
    /// The text that was typed, or that `mfa_process` printed, is not a code.
    #[error("the text from {from} is not an MFA code")]
    NotACode {
        /// The terminal or `mfa_process`.
        from: &'static str,
    },
    /// `mfa_process` failed.
    #[error("the profile's mfa_process failed")]
    Process(#[source] CommandError),
}

impl TokenCodeError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoTerminal { .. } => Some(
                "type `credrun whoami --mfa-session-cache` at a terminal, which saves a session, and use --mfa-session-cache here, too; \
                 or pass the code with --token-code, or set mfa_process in the profile to a command that prints it"
                    .to_owned(),
            ),
            Self::Closed { .. } => Some(
                "start again, or set mfa_process in the profile to a command that prints codes; with --mfa-session-cache, a code that another run asks for is enough"
                    .to_owned(),
            ),
            Self::NotACode { .. } => Some("a code is six digits".to_owned()),
            Self::Process(error) => error.hint(),
            Self::Terminal(_) | Self::Interrupted | Self::Cancelled => None,
        }
    }
}

/// An MFA device and its current code.
pub(crate) struct MfaProof {
    pub(crate) serial: String,
    pub(crate) code: SecretString,
}

impl MfaProof {
    /// The code, for a request to STS.
    pub(crate) fn code(&self) -> String {
        self.code.expose_secret().to_owned()
    }
}

/// What is wrong with a code, if anything.
pub(crate) fn check_code(code: &SecretString) -> Result<(), &'static str> {
    let code = code.expose_secret();
    if code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(())
    } else {
        Err("it is not six digits")
    }
}

/// The device's current code.
pub(crate) async fn code(
    device: &Mfa,
    given: Option<SecretString>,
    prompt: &TokenCodePrompt,
) -> Result<SecretString, TokenCodeError> {
    if let Some(code) = given {
        return Ok(code);
    }
    let (code, from) = match &device.process {
        Some(command) => (from_process(command).await?, "mfa_process"),
        None => (prompt.ask(&device.serial).await?, "the terminal"),
    };
    check_code(&code).map_err(|_| TokenCodeError::NotACode { from })?;
    Ok(code)
}

async fn from_process(command: &str) -> Result<SecretString, TokenCodeError> {
    let output = command::run(command, PROCESS_LIMIT, None)
        .await
        .map_err(TokenCodeError::Process)?;
    let text = std::str::from_utf8(&output).unwrap_or_default().trim();
    Ok(SecretString::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_six_digits() {
        assert!(check_code(&"123456".into()).is_ok());
        for wrong in ["", "12345", "1234567", "12345a", "123 56"] {
            assert!(check_code(&wrong.into()).is_err(), "{wrong}");
        }
    }

    #[tokio::test]
    async fn mfa_process_gives_the_code_and_its_line_break_is_left_out() {
        let device = Mfa {
            serial: "arn:aws:iam::123456789012:mfa/me".to_owned(),
            process: Some("echo 654321".to_owned()),
        };
        let code = code(&device, None, &TokenCodePrompt::default()).await;
        assert_eq!(code.expect("a code").expose_secret(), "654321");
    }

    #[tokio::test]
    async fn an_mfa_process_that_prints_no_code_is_named_without_its_output() {
        let device = Mfa {
            serial: "arn:aws:iam::123456789012:mfa/me".to_owned(),
            process: Some("echo touch your key".to_owned()),
        };
        let error = code(&device, None, &TokenCodePrompt::default())
            .await
            .expect_err("refused");
        assert_eq!(
            error.to_string(),
            "the text from mfa_process is not an MFA code"
        );
    }
}
