//! Runs the commands that a profile names: `credential_process`, in words as the AWS CLI splits
//! them, and `mfa_process`, with a shell.
//!
//! stdin is empty, since it belongs to the container. The command stays in credrun's process
//! group, so that it may ask at the terminal, and ^C ends it.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::Command;
use zeroize::Zeroizing;

/// The longest line of stderr that is repeated.
const LONGEST_LINE: usize = 300;

/// Why a command gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// There is no shell, or no process could be made.
    #[error("it could not be started")]
    Start(#[source] std::io::Error),
    /// It ended with a failure.
    #[error("{status}{}", .stderr.as_deref().map(|line| format!(": {line}")).unwrap_or_default())]
    Failed {
        /// How it ended.
        status: ExitStatus,
        /// The last line of what it said.
        stderr: Option<String>,
    },
    /// It did not end in time.
    #[error("it did not end within {} s", .limit.as_secs())]
    Hung {
        /// How long it was given.
        limit: Duration,
    },
}

impl CommandError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Failed { status, .. } if status.code() == Some(127) => {
                Some("the command was not found; a full path works everywhere".to_owned())
            }
            Self::Failed { .. } | Self::Hung { .. } => {
                Some("run the command by itself to see what it does".to_owned())
            }
            Self::Start(_) => None,
        }
    }
}

/// What `command` prints, run by a shell with `variable` set as well. It is killed when it takes
/// longer than `limit`, or when nobody waits for it any more.
pub(crate) async fn run(
    command: &str,
    limit: Duration,
    variable: Option<(&str, String)>,
) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).envs(variable);
    output_of(shell, Some(limit)).await
}

/// The same for a program and its arguments, without a shell and without a limit: it may wait for
/// a person.
pub(crate) async fn run_words(
    program: &str,
    arguments: &[String],
    variable: (&str, String),
) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    let mut command = Command::new(program);
    command.args(arguments).envs([variable]);
    output_of(command, None).await
}

async fn output_of(
    mut command: Command,
    limit: Option<Duration>,
) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(CommandError::Start)?;
    let output = child.wait_with_output();
    let output = match limit {
        None => output.await,
        Some(limit) => tokio::time::timeout(limit, output)
            .await
            .map_err(|_| CommandError::Hung { limit })?,
    };
    let output = output.map_err(CommandError::Start)?;
    let stdout = Zeroizing::new(output.stdout);
    if output.status.success() {
        return Ok(stdout);
    }
    Err(CommandError::Failed {
        status: output.status,
        stderr: last_line(&output.stderr),
    })
}

/// The last line of `stderr`, without what may be a key or a token.
fn last_line(stderr: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(stderr);
    let line = text.lines().rev().find(|line| !line.trim().is_empty())?;
    let lower = line.to_lowercase().replace('_', "");
    if ["secretaccesskey", "sessiontoken"]
        .iter()
        .any(|name| lower.contains(name))
    {
        return None;
    }
    let words: Vec<&str> = line
        .split_whitespace()
        .map(|word| if is_secret(word) { "***" } else { word })
        .collect();
    let line = words.join(" ");
    Some(
        line.chars()
            .filter(|c| !c.is_control())
            .take(LONGEST_LINE)
            .collect(),
    )
}

/// Whether a word looks like a key or a token: long, with capitals and digits, and neither a path
/// nor a URL nor an ARN.
fn is_secret(word: &str) -> bool {
    let longest_run = word
        .split(|c: char| !c.is_ascii_alphanumeric() && !"+/=".contains(c))
        .max_by_key(|run| run.len())
        .unwrap_or_default();
    longest_run.len() >= 32
        && longest_run.contains(|c: char| c.is_ascii_uppercase())
        && longest_run.contains(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(300);
    const LONG: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn the_output_of_a_success_is_returned() {
        let output = run("printf '%s' \"a b\"", LONG, None)
            .await
            .expect("output");
        assert_eq!(&**output, b"a b");
    }

    #[tokio::test]
    async fn a_failure_says_its_status_and_its_last_words() {
        let error = run(
            "echo first >&2; echo 'not logged in' >&2; exit 3",
            LONG,
            None,
        )
        .await
        .expect_err("refused");
        assert_eq!(error.to_string(), "exit status: 3: not logged in");
    }

    #[tokio::test]
    async fn last_words_that_may_hold_a_secret_are_left_out() {
        let error = run(
            "echo '{\"SecretAccessKey\":\"hush\"}' >&2; exit 1",
            LONG,
            None,
        )
        .await
        .expect_err("refused");
        assert!(!format!("{error} {error:?}").contains("hush"));
    }

    #[test]
    fn keys_and_tokens_are_masked_and_all_else_is_kept() {
        let line = |text: &str| last_line(text.as_bytes()).expect("a line");
        let key = "got wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY back";
        assert_eq!(line(key), "got *** back");
        let plain = "the token has expired, see https://example.com/login and /home/me/.aws/config";
        assert_eq!(line(plain), plain);
        let arn = "no access to arn:aws:iam::123456789012:role/Deploy";
        assert_eq!(line(arn), arn);
    }

    #[tokio::test]
    async fn a_command_that_hangs_is_given_up() {
        let error = run("exec sleep 60", SHORT, None)
            .await
            .expect_err("given up");
        assert!(matches!(error, CommandError::Hung { .. }));
    }

    #[tokio::test]
    async fn a_command_that_reads_stdin_sees_its_end() {
        let output = run("cat; echo end", LONG, None).await.expect("output");
        assert_eq!(&**output, b"end\n");
    }
}
