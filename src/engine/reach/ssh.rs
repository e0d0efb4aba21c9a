//! Reaches an Engine on another machine through `ssh` and `docker system dial-stdio` there.
//!
//! As in docker's client, each connection is a separate `ssh` process, whose standard input and
//! output are the stream. Keys, agents, jump hosts and their configuration are left to ssh.

use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::process::{ExitStatus, Stdio};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::sync::oneshot;
use tokio::task::AbortHandle;
use tokio::time::{Sleep, sleep, timeout};

use crate::cli;
use crate::engine::reach::ssh_target::SshTarget;

/// How much of ssh's standard error is kept for a message.
const STDERR_LIMIT: usize = 4096;
/// How long to wait for the rest of standard error once ssh has ended: a shared ssh connection
/// (`ControlPersist`) keeps the pipe open.
const STDERR_GRACE: Duration = Duration::from_millis(200);
/// How long ssh may take to exit once its output has ended.
const EXIT_GRACE: Duration = Duration::from_secs(5);

/// Calls `ssh`.
#[derive(Debug, Clone)]
pub struct SshDialer {
    program: PathBuf,
    arguments: Vec<String>,
}

impl SshDialer {
    /// Calls `program` to reach `target`.
    pub(crate) fn new(program: PathBuf, target: &SshTarget) -> Self {
        Self {
            program,
            arguments: target.arguments(),
        }
    }

    /// Starts `ssh`. The first read shows whether it gets through.
    pub(crate) fn connect(&self) -> io::Result<SshStream> {
        let mut ssh = Command::new(&self.program);
        // ssh may run `aws ssm`, which may run credrun for its credentials.
        cli::remove_from(ssh.as_std_mut());
        let mut child = ssh
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C is for the container; it must not reach ssh through the terminal.
            .process_group(0)
            // A background process that prompts on the terminal is stopped silently. docker's ssh
            // has no terminal at all; this makes ssh prompt the same way, or fail.
            .env("SSH_ASKPASS_REQUIRE", "force")
            .kill_on_drop(true)
            .spawn()?;
        let missing = || io::Error::other("ssh was started without pipes");
        let stdin = child.stdin.take().ok_or_else(missing)?;
        let stdout = child.stdout.take().ok_or_else(missing)?;
        let stderr = child.stderr.take().ok_or_else(missing)?;
        let (report, exit) = oneshot::channel();
        let watcher = tokio::spawn(async move {
            // The receiver is gone once the stream is.
            let _ = report.send(watch(child, stderr).await);
        });
        Ok(SshStream {
            stdin: Some(stdin),
            stdout,
            end: End::Running {
                exit,
                patience: None,
            },
            watcher: watcher.abort_handle(),
        })
    }
}

/// ssh, or docker on the other machine, failed.
#[derive(Debug, Clone, thiserror::Error)]
#[error("ssh ended with {status}{}", .stderr.as_ref().map(|text| format!(": {text}")).unwrap_or_default())]
pub(crate) struct SshFailed {
    status: ExitStatus,
    stderr: Option<String>,
}

async fn watch(mut child: Child, mut stderr: ChildStderr) -> Option<SshFailed> {
    let mut said = Vec::new();
    let status = tokio::select! {
        status = child.wait() => status,
        () = read_last(&mut stderr, &mut said) => child.wait().await,
    };
    // After the timeout, use what has been read until then.
    let _ = timeout(STDERR_GRACE, read_last(&mut stderr, &mut said)).await;
    let status = status.ok().filter(|status| !status.success())?;
    let text = String::from_utf8_lossy(&said).trim().replace("\r\n", "\n");
    Some(SshFailed {
        status,
        stderr: (!text.is_empty()).then_some(text),
    })
}

/// Reads to the end and keeps the last bytes, which hold the reason.
async fn read_last(from: &mut ChildStderr, kept: &mut Vec<u8>) {
    let mut buffer = [0; 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        kept.extend_from_slice(&buffer[..count]);
        let surplus = kept.len().saturating_sub(STDERR_LIMIT);
        kept.drain(..surplus);
    }
}

/// A stream to the Engine through one `ssh` process, which ends with the stream.
#[derive(Debug)]
pub struct SshStream {
    stdin: Option<ChildStdin>,
    stdout: ChildStdout,
    end: End,
    watcher: AbortHandle,
}

#[derive(Debug)]
enum End {
    Running {
        exit: oneshot::Receiver<Option<SshFailed>>,
        patience: Option<Pin<Box<Sleep>>>,
    },
    Ended(Option<SshFailed>),
}

impl SshStream {
    /// Waits for ssh to end, so that the end of its output can be told from its failure.
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let End::Running { exit, patience } = &mut self.end {
            let out_of_patience = patience
                .get_or_insert_with(|| Box::pin(sleep(EXIT_GRACE)))
                .as_mut()
                .poll(cx)
                .is_ready();
            let failed = match Pin::new(exit).poll(cx) {
                Poll::Ready(failed) => failed.ok().flatten(),
                Poll::Pending if out_of_patience => None,
                Poll::Pending => return Poll::Pending,
            };
            self.end = End::Ended(failed);
        }
        Poll::Ready(match &self.end {
            End::Ended(Some(failed)) => Err(io::Error::other(failed.clone())),
            _ => Ok(()),
        })
    }
}

impl Drop for SshStream {
    fn drop(&mut self) {
        // Aborting the watcher ends the process.
        self.watcher.abort();
    }
}

impl AsyncRead for SshStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        ready!(Pin::new(&mut this.stdout).poll_read(cx, buf))?;
        if buf.filled().len() > before || buf.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        this.poll_end(cx)
    }
}

impl AsyncWrite for SshStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let Some(stdin) = &mut this.stdin else {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        };
        match ready!(Pin::new(stdin).poll_write(cx, buf)) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                // ssh has ended; report why.
                ready!(this.poll_end(cx))?;
                Poll::Ready(Err(error))
            }
            other => Poll::Ready(other),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().stdin {
            Some(stdin) => Pin::new(stdin).poll_flush(cx),
            None => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Writes to a pipe are never buffered, so there is nothing to flush. When the pipe closes,
        // dial-stdio closes the writing half on the other side.
        self.get_mut().stdin = None;
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::reach::host_port::AddressError;

    fn arguments(text: &str) -> String {
        SshTarget::parse(text)
            .expect("a target")
            .arguments()
            .join(" ")
    }

    #[test]
    fn ssh_is_called_as_docker_calls_it() {
        assert_eq!(
            arguments("h"),
            "-o ConnectTimeout=30 -T -- h docker system dial-stdio"
        );
        assert_eq!(
            arguments("u@h:22/run/d.sock"),
            "-l u -p 22 -o ConnectTimeout=30 -T -- h \
             docker --host=unix:///run/d.sock system dial-stdio"
        );
        assert_eq!(
            arguments("h/"),
            "-o ConnectTimeout=30 -T -- h docker system dial-stdio"
        );
    }

    #[test]
    fn a_path_cannot_break_out_of_its_word() {
        assert_eq!(
            arguments("h/a'; reboot"),
            "-o ConnectTimeout=30 -T -- h \
             docker '--host=unix:///a'\\''; reboot' system dial-stdio"
        );
    }

    #[test]
    fn an_address_is_written_as_it_was_given() {
        for text in ["h", "u@h:22/run/d.sock", "[::1]:22"] {
            let target = SshTarget::parse(text).expect("a target");
            assert_eq!(target.to_string(), format!("ssh://{text}"));
        }
    }

    #[test]
    fn passwords_queries_fragments_and_empty_hosts_are_refused() {
        for (text, error) in [
            ("u:p@h", AddressError::SshPassword),
            ("h?x", AddressError::SshExtra('?')),
            ("h#x", AddressError::SshExtra('#')),
            ("", AddressError::SshHost),
            ("u@:1", AddressError::SshHost),
        ] {
            assert_eq!(SshTarget::parse(text), Err(error), "{text}");
        }
    }
}
