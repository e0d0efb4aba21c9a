//! What the integration tests stand on: a real Engine, the program as a user starts it, a
//! terminal, and stand-ins for AWS.
//!
//! One library for all test programs, each of which knows it as `support`.

pub mod aws;
pub mod bare_live;
pub mod bare_root;
pub mod compose;
pub mod connect_proxy;
pub mod create_request;
pub mod credential_endpoint;
pub mod cut_engine;
pub mod dist;
pub mod docker_run_flags;
pub mod engine;
pub mod engines_elsewhere;
pub mod fifo;
mod flag_forms;
pub mod full_pipe;
pub mod golden;
pub mod guarded;
pub mod host_python;
pub mod http_server;
pub mod identity_sts;
pub mod live;
pub mod metadata_service;
pub mod moments;
pub mod podman;
pub mod process;
pub mod raw_engine;
pub mod recording_engine;
pub mod registry;
pub mod release;
pub mod scripted_engine;
pub mod second_engine;
pub mod sshd;
pub mod sts;
// setsid is util-linux's.
#[cfg(target_os = "linux")]
pub mod terminal;
pub mod tls_engine;
pub mod tls_front;
pub mod verifying_aws;
pub mod wall_clock;
pub mod web_identity_front;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long anything may take that is expected to happen at all.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// Asks `condition` again and again until it holds.
///
/// # Panics
///
/// Where it does not within [`DEADLINE`]; `what` says what was waited for.
pub fn until(what: &str, condition: impl FnMut() -> bool) {
    until_within(DEADLINE, what, condition);
}

/// The same, with another deadline.
///
/// # Panics
///
/// Where it does not within `limit`.
pub fn until_within(limit: Duration, what: &str, mut condition: impl FnMut() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < limit, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A file or directory of the repository.
pub fn repository(path: &str) -> PathBuf {
    let support = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = support.ancestors().nth(2).expect("tests/support is in it");
    root.join(path)
}

/// A file of `scripts/`.
pub fn script(name: &str) -> PathBuf {
    repository("scripts").join(name)
}
