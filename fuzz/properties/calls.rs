//! Any bytes as a client's of `--keyless`: no panic, an end, and no call is sent that is not signed
//! with the run's key, which nobody can guess.

use credrun::keyless::any_bytes;
use tokio::time::timeout;

/// What is answered to `input`.
///
/// # Panics
/// Where the property does not hold.
pub(super) fn holds(input: &[u8]) -> Vec<u8> {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime")
        .block_on(async {
            let answered = timeout(any_bytes::DEADLINE, any_bytes::answer(input)).await;
            let (answer, summary) = answered.expect("an end").expect("a proxy");
            assert_eq!(summary.calls, summary.refused, "{summary}");
            answer
        })
}
