//! Runs the commands that a profile names: `credential_process`, split into words as the AWS CLI
//! does, and `mfa_process`, with a shell.
//!
//! stdin is empty, since it belongs to the container. The command stays in credrun's process group,
//! so that it can prompt at the terminal and ^C ends it.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::Command;
use zeroize::Zeroizing;

use crate::cli;
use crate::signals::of_commands::let_the_same_signal_come;

/// The longest line of stderr that is repeated in an error.
const LONGEST_LINE: usize = 300;
/// How many lines are repeated: enough for a credrun that the command runs, and one below that.
const MOST_LINES: usize = 12;

/// Why a command returned nothing.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// There is no shell, or no process could be made.
    #[error("it could not be started")]
    Start(#[source] std::io::Error),
    /// It exited with a failure.
    #[error("{status}{}", said(.stderr))]
    Failed {
        status: ExitStatus,
        /// The last lines of its stderr, without secrets.
        stderr: Vec<String>,
    },
    /// It did not end in time.
    #[error("it did not end within {} s", .limit.as_secs())]
    Hung {
        /// Its time limit.
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

/// A single line goes after the status, several go below it.
fn said(lines: &[String]) -> String {
    match lines {
        [] => String::new(),
        [line] => format!(": {}", line.trim_start()),
        lines => lines.iter().map(|line| format!("\n  {line}")).collect(),
    }
}

/// The output of `command`, run by a shell with `variable` set as well. The command is killed if it
/// takes longer than `limit`, or if this future is dropped.
pub(crate) async fn run(
    command: &str,
    limit: Duration,
    variable: Option<(&str, String)>,
) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).envs(variable);
    output_of(shell, Some(limit)).await
}

/// The same for a program and its arguments, without a shell. There is no time limit, since it may
/// wait for a person.
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
    cli::remove_from(command.as_std_mut());
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
    let_the_same_signal_come(output.status).await;
    Err(CommandError::Failed {
        status: output.status,
        stderr: last_lines(&output.stderr),
    })
}

/// The last lines of `stderr`, without anything that may be a key or a token.
fn last_lines(stderr: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(stderr);
    let mut lines = Vec::new();
    let mut is_secret = false;
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        // A secret may also be on the line after its name.
        let was_secret = std::mem::replace(&mut is_secret, names_a_secret(line));
        if !is_secret && !was_secret {
            lines.push(printable(line));
        }
    }
    lines.split_off(lines.len().saturating_sub(MOST_LINES))
}

fn names_a_secret(line: &str) -> bool {
    let lower = line.to_lowercase().replace('_', "");
    ["secretaccesskey", "sessiontoken"]
        .iter()
        .any(|name| lower.contains(name))
}

/// A line with its indentation, but without secrets and control characters.
fn printable(line: &str) -> String {
    let indentation = line.len() - line.trim_start().len();
    let words: Vec<&str> = line
        .split_whitespace()
        .map(|word| if is_secret(word) { "***" } else { word })
        .collect();
    " ".repeat(indentation.min(LONGEST_LINE / 10))
        .chars()
        .chain(words.join(" ").chars().filter(|c| !c.is_control()))
        .take(LONGEST_LINE)
        .collect()
}

/// Whether a word looks like a key or a token: long, with capitals and digits, and not a path, a
/// URL or an ARN.
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

    #[test]
    fn only_long_words_with_capitals_and_digits_are_secrets() {
        let letters = "abcdefghijklmnopqrstuvwxyzabcdefgh";
        for word in [
            "ABC123",
            letters,
            &letters.to_uppercase(),
            &format!("{letters}1"),
            "/Some/Long/Path/with-1/and-2/and-3/and-4",
        ] {
            assert!(!is_secret(word), "{word}");
        }
        assert!(is_secret(&format!("{letters}A1")));
    }

    #[test]
    fn a_line_keeps_little_of_a_deep_indentation() {
        let line = printable(&format!("{}word", " ".repeat(LONGEST_LINE)));
        assert_eq!(line, format!("{}word", " ".repeat(LONGEST_LINE / 10)));
    }

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
    async fn a_failure_says_its_status_and_what_it_was_told() {
        let one = run("echo 'not logged in' >&2; exit 3", LONG, None).await;
        let error = one.expect_err("refused");
        assert_eq!(error.to_string(), "exit status: 3: not logged in");
        let told =
            "printf 'credrun: no set\\n\\ncaused by: x\\n  y\\nhint: log in\\n' >&2; exit 125";
        let error = run(told, LONG, None).await.expect_err("refused");
        assert_eq!(
            error.to_string(),
            "exit status: 125\n  credrun: no set\n  caused by: x\n    y\n  hint: log in"
        );
    }

    #[test]
    fn of_many_lines_the_last_are_repeated() {
        let text: String = (0..100).map(|number| format!("line {number}\n")).collect();
        let lines = last_lines(text.as_bytes());
        assert_eq!(lines.len(), MOST_LINES);
        assert_eq!(lines.last().map(String::as_str), Some("line 99"));
        let long = last_lines("x".repeat(10_000).as_bytes());
        assert_eq!(long[0].len(), LONGEST_LINE);
    }

    #[test]
    fn a_line_that_names_a_secret_is_left_out_and_so_is_the_next() {
        let text = "one\n\"SecretAccessKey\":\n\"hush\",\nAWS_SESSION_TOKEN=hush\nhush\nlast\n";
        assert_eq!(last_lines(text.as_bytes()), ["one", "last"]);
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
        let line = |text: &str| last_lines(text.as_bytes()).concat();
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
