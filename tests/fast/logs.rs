//! `credrun logs` where the Engine is of no help.

use std::fs;
use std::os::unix::net::UnixListener;
use std::time::{Duration, Instant};

use crate::support::process::{credrun, run};

const LOG: &str = "2027-01-02T03:04:05Z credrun: serves web c0ffee\n";

/// Connecting may take half a minute elsewhere.
#[test]
fn an_engine_that_hangs_delays_a_log_by_seconds_and_not_by_half_a_minute() {
    let directory = tempfile::tempdir().expect("a directory");
    let socket = directory.path().join("engine.sock");
    let _engine = UnixListener::bind(&socket).expect("a socket");
    let state = directory.path().join("credrun");
    fs::create_dir(&state).expect("a directory");
    fs::write(state.join("20270102T030405Z-1.log"), LOG).expect("a log");
    let began = Instant::now();
    let mut logs = credrun();
    logs.args(["logs", "web"])
        .env("XDG_STATE_HOME", directory.path())
        .env("DOCKER_HOST", format!("unix://{}", socket.display()));
    let printed = run(&mut logs).success();
    assert_eq!((&*printed.out(), &*printed.stderr), (LOG, ""));
    assert!(began.elapsed() < Duration::from_secs(20));
}
