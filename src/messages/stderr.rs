//! credrun's own output on stderr: errors, notices and log lines. None of it may delay a run.
//!
//! A separate thread writes it with blocking calls, as others do with a container's output
//! ([`crate::streams`]). If stderr is not read, only that thread blocks. If stderr can take a line
//! at once, credrun waits for it, so that the container's next output comes after it. Callers
//! decide how a line looks.

mod queue;

use std::borrow::Cow;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::visible::visible;
use crate::credentials::iso8601;
use crate::{streams, terminal};

use queue::Queue;

/// How long to wait for a line that stderr can take at once. It takes longer only if the container
/// fills stderr at the same moment.
const AT_ONCE: Duration = Duration::from_millis(100);
/// How long the end of the program waits for a reader of notices.
const AT_THE_END: Duration = Duration::from_secs(1);

/// `None` if the thread could not be created.
static QUEUE: LazyLock<RwLock<Option<Queue>>> =
    LazyLock::new(|| RwLock::new(Queue::start(AT_ONCE, write_out).ok()));

static LOGGING: AtomicBool = AtomicBool::new(false);

fn queue() -> Option<Queue> {
    let queue = QUEUE.read().unwrap_or_else(PoisonError::into_inner);
    queue.clone()
}

/// Writes `text`, which is whole lines. If stderr is not read, the text waits in the background. If
/// too much is waiting already, the text is dropped, and the number of dropped texts is reported.
pub fn say(text: &[u8]) {
    match queue() {
        _ if text.is_empty() => {}
        Some(queue) => queue.say(text, takes_more()),
        None => write_out(text),
    }
}

/// Stderr is a log from now on: each line begins with the time. Text that still waited for the old
/// stderr goes to the log, and an unread old stderr no longer blocks anything.
pub fn is_a_log() {
    LOGGING.store(true, Ordering::Relaxed);
    let mut queue = QUEUE.write().unwrap_or_else(PoisonError::into_inner);
    let next = Queue::start(AT_ONCE, |text| {
        write_out(&with_times(text, SystemTime::now()));
    });
    let next = next.ok();
    if let (Some(old), Some(next)) = (&*queue, &next) {
        let waiting = old.take_over();
        if !waiting.is_empty() {
            next.say_in_any_case(&waiting, false);
        }
    }
    *queue = next;
}

/// Whether stderr is a log that is read later, and lines too minor for a terminal are included.
#[must_use]
pub fn is_logged() -> bool {
    LOGGING.load(Ordering::Relaxed)
}

fn with_times(text: &[u8], now: SystemTime) -> Vec<u8> {
    let time = format!("{} ", iso8601(now));
    let lines = text.split_inclusive(|&byte| byte == b'\n');
    lines
        .flat_map(|line| [time.as_bytes(), line].concat())
        .collect()
}

/// Writes a program's last text. If stderr is slow, it waits until the text is written if `wait` is
/// set, or until `given_up`; for notices alone, it waits only a moment.
pub async fn say_last(text: &[u8], wait: bool, given_up: impl Future<Output = ()>) {
    match queue() {
        Some(queue) => queue.say_in_any_case(text, takes_more()),
        None => write_out(text),
    }
    if !wait {
        return settle().await;
    }
    tokio::select! {
        biased;
        () = written() => {}
        () = given_up => {}
    }
}

/// Waits a moment until all text has been written.
pub async fn settle() {
    let _ = tokio::time::timeout(AT_THE_END, written()).await;
}

async fn written() {
    if let Some(queue) = queue()
        && !queue.is_idle()
    {
        let _ = tokio::task::spawn_blocking(move || queue.wait_until_idle()).await;
    }
}

/// Stderr as an [`io::Write`]: each call [writes](say) a text.
#[derive(Debug, Clone, Copy)]
pub struct Stderr;

impl io::Write for Stderr {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        say(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether a write would not block, unless another process writes first.
fn takes_more() -> bool {
    let stderr = rustix::stdio::stderr();
    poll(
        &mut [PollFd::new(&stderr, PollFlags::OUT)],
        Some(&Timespec::default()),
    )
    .is_ok_and(|ready| ready > 0)
}

/// Writes what a terminal would obey spelled out. Ignores errors: a reader of stderr that is gone must not end a run.
fn write_out(text: &[u8]) {
    let text = String::from_utf8_lossy(text);
    let text = visible(&text);
    let text = text.as_bytes();
    let text = match terminal::is_raw(rustix::stdio::stderr()) {
        true => with_carriage_returns(text),
        false => Cow::Borrowed(text),
    };
    let _ = streams::write_to_stderr(&text);
}

fn with_carriage_returns(text: &[u8]) -> Cow<'_, [u8]> {
    let mut lines = Vec::with_capacity(text.len() + 8);
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        match line.strip_suffix(b"\n") {
            Some(line) => lines.extend([line, b"\r\n"].concat()),
            None => lines.extend(line),
        }
    }
    Cow::Owned(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_raw_mode_each_line_begins_on_the_left() {
        assert_eq!(
            with_carriage_returns(b"one\ntwo\n\nhalf"),
            b"one\r\ntwo\r\n\r\nhalf".as_slice()
        );
    }

    #[test]
    fn each_line_of_a_log_begins_with_the_time() {
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_728_549_000);
        assert_eq!(
            with_times(b"one\ntwo\n", at),
            b"2024-10-10T08:30:00Z one\n2024-10-10T08:30:00Z two\n"
        );
    }
}
