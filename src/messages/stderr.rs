//! credrun's own words on stderr: errors, notices and log lines, none of which may hold up a run.
//!
//! A thread of their own writes them with plain blocking calls, as others do with a container's
//! output ([`crate::streams`]). Where nobody reads stderr, that thread stands still and nothing
//! else does. A line that stderr can take at once is waited for, so that what the container says
//! next comes after it. How a line looks is left to those who write it.

mod queue;

use std::borrow::Cow;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::credentials::iso8601;
use crate::{streams, terminal};

use queue::Queue;

/// How long a line is waited for that stderr could take at once. Only a container that fills it
/// in the same moment makes it last.
const AT_ONCE: Duration = Duration::from_millis(100);
/// How long the end of the program waits for a reader of notices.
const AT_THE_END: Duration = Duration::from_secs(1);

/// None where no thread can be had.
static QUEUE: LazyLock<RwLock<Option<Queue>>> =
    LazyLock::new(|| RwLock::new(Queue::start(AT_ONCE, write_out).ok()));

static LOGGING: AtomicBool = AtomicBool::new(false);

fn queue() -> Option<Queue> {
    let queue = QUEUE.read().unwrap_or_else(PoisonError::into_inner);
    queue.clone()
}

/// Says `text`, which is whole lines. Where stderr is not read, it waits for that in the
/// background; where too much waits already, it is left out, and the number of such texts told.
pub fn say(text: &[u8]) {
    match queue() {
        _ if text.is_empty() => {}
        Some(queue) => queue.say(text, takes_more()),
        None => write_out(text),
    }
}

/// Stderr is a log from now on: each line begins with the time. Whoever did not read the old stderr
/// holds up nothing that is written there; what waited for that goes to the log.
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

/// Whether what is said is read later, and what is not worth a line on a terminal is there.
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

/// Says the last words of a program. Where stderr is slow, they are waited for if `wait` says so,
/// or until `given_up`: a reader of notices alone is not worth more than a moment.
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

/// Waits for a moment until all has been written.
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

/// Stderr for those who write to a [`io::Write`]: each call [says](say) a text.
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

/// Whether a write would not wait, unless somebody else writes first.
fn takes_more() -> bool {
    let stderr = rustix::stdio::stderr();
    poll(
        &mut [PollFd::new(&stderr, PollFlags::OUT)],
        Some(&Timespec::default()),
    )
    .is_ok_and(|ready| ready > 0)
}

/// A reader of stderr who is gone must not end a run.
fn write_out(text: &[u8]) {
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
