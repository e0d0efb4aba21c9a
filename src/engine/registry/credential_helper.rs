//! Docker's credential helpers: programs called `docker-credential-…` that hold registry logins.
//!
//! The protocol: `docker-credential-X get` reads the server from standard input, without a line
//! end, and answers with JSON; an error is a non-zero status, with the message on standard
//! *output*. See <https://github.com/docker/docker-credential-helpers>.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output, Stdio};
use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::cli;
use crate::engine::reach::program;
use crate::vars::Environment;

/// How long a helper may take. It may have to ask the user to unlock a keyring.
const TIMEOUT: Duration = Duration::from_secs(60);

const NOT_FOUND: &str = "credentials not found in native keychain";
/// The user name that marks the secret as an identity token.
const TOKEN_USER: &str = "<token>";

/// What a helper knows about a server.
#[derive(Debug, Clone)]
pub(crate) enum HelperLogin {
    /// A user name and a password.
    Password(String, SecretString),
    /// An OAuth refresh token.
    IdentityToken(SecretString),
}

/// Why a helper did not answer.
#[derive(Debug, thiserror::Error)]
pub enum HelperError {
    /// There is no such program.
    #[error("{0} is not in PATH")]
    Missing(String),
    /// It could not be started or spoken to.
    #[error("cannot run {}", program.display())]
    Run {
        program: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// It took too long.
    #[error("{} did not respond within {} seconds", program.display(), TIMEOUT.as_secs())]
    Timeout { program: PathBuf },
    #[error("{} ended with {status}{}", program.display(), said(.message))]
    Refused {
        program: PathBuf,
        status: ExitStatus,
        /// What it wrote to standard output and standard error.
        message: String,
    },
    /// Its answer does not follow the protocol. It may hold a secret and is not shown.
    #[error("{} did not return a login in JSON", program.display())]
    Malformed { program: PathBuf },
}

fn said(message: &str) -> String {
    match message {
        "" => String::new(),
        message => format!(": {message}"),
    }
}

#[derive(Deserialize)]
#[serde(default, rename_all = "PascalCase")]
#[derive(Default)]
struct Answer {
    username: String,
    secret: String,
}

/// The helper's program, if it is installed.
pub(crate) fn find(helper: &str, environment: &Environment) -> Option<PathBuf> {
    program::find(&file_name(helper), environment)
}

fn file_name(helper: &str) -> String {
    format!("docker-credential-{helper}")
}

/// Asks `docker-credential-<helper>` for the login at `server`; none if it has none.
///
/// # Errors
/// See [`HelperError`].
pub(crate) async fn get(
    helper: &str,
    server: &str,
    environment: &Environment,
) -> Result<Option<HelperLogin>, HelperError> {
    let program =
        find(helper, environment).ok_or_else(|| HelperError::Missing(file_name(helper)))?;
    let output = match timeout(TIMEOUT, run(&program, server)).await {
        Ok(Ok(output)) => output,
        Ok(Err(source)) => return Err(HelperError::Run { program, source }),
        Err(_) => return Err(HelperError::Timeout { program }),
    };
    let stdout = Zeroizing::new(output.stdout);
    if output.status.success() {
        return parse(&stdout)
            .map(Some)
            .ok_or(HelperError::Malformed { program });
    }
    let message = text(&stdout);
    if message == NOT_FOUND {
        return Ok(None);
    }
    Err(HelperError::Refused {
        program,
        status: output.status,
        message: [message, text(&output.stderr)].join(" ").trim().to_owned(),
    })
}

async fn run(program: &Path, server: &str) -> io::Result<Output> {
    let mut helper = Command::new(program);
    // One for Amazon ECR may run credrun for its credentials.
    cli::remove_from(helper.as_std_mut());
    let mut child = helper
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        match stdin.write_all(server.as_bytes()).await {
            // A helper that does not read its input may still answer.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error),
            _ => {}
        }
    }
    child.wait_with_output().await
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

fn parse(answer: &[u8]) -> Option<HelperLogin> {
    let Answer { username, secret } = serde_json::from_slice(answer).ok()?;
    let secret = SecretString::from(secret);
    Some(if username == TOKEN_USER {
        HelperLogin::IdentityToken(secret)
    } else {
        HelperLogin::Password(username, secret)
    })
}
