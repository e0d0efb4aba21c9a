//! How long a call waits for AWS's answer.

use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use tokio::time::timeout;

/// Lambda answers 15 minutes after it has the call, and no other service later.
const ANSWER_DEADLINE: Duration = Duration::from_secs(16 * 60);
/// How often to look whether more of a body has come.
const LOOK: Duration = Duration::from_secs(60);

/// The answer; none where none comes for [`ANSWER_DEADLINE`] after the last byte of the body has come. A
/// large one may be on its way for hours.
pub(super) async fn in_time<T>(answer: impl Future<Output = T>, sent: &AtomicU64) -> Option<T> {
    let mut answer = pin!(answer);
    let (mut seen, mut silent) = (sent.load(Relaxed), Duration::ZERO);
    while silent < ANSWER_DEADLINE {
        if let Ok(answer) = timeout(LOOK, answer.as_mut()).await {
            return Some(answer);
        }
        let now = sent.load(Relaxed);
        silent = if now > seen {
            Duration::ZERO
        } else {
            silent + LOOK
        };
        seen = now;
    }
    None
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::time::{Instant, sleep};

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[tokio::test(start_paused = true)]
    async fn an_upload_may_take_hours_as_long_as_it_goes_on() {
        let sent = AtomicU64::new(0);
        let upload = async {
            for _ in 0..30 {
                sleep(10 * MINUTE).await;
                sent.fetch_add(1, Relaxed);
            }
            sleep(15 * MINUTE).await;
            "answer"
        };
        assert_eq!(in_time(upload, &sent).await, Some("answer"));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_does_not_come_is_not_waited_for_without_end() {
        let sent = AtomicU64::new(1);
        let upload = async {
            for _ in 0..20 {
                sleep(MINUTE).await;
                sent.fetch_add(1, Relaxed);
            }
            pending::<()>().await;
        };
        let began = Instant::now();
        assert_eq!(in_time(upload, &sent).await, None);
        let after = began.elapsed() - 20 * MINUTE;
        assert!(
            (ANSWER_DEADLINE..=ANSWER_DEADLINE + MINUTE).contains(&after),
            "{after:?}"
        );
    }
}
