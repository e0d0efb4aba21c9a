//! credruns that are killed at moments spread over their start.

use std::process::Command;
use std::thread;
use std::time::Instant;

use rustix::process::Signal;

use super::engine::Removed;
use super::process::{Lines, finish, signal, start};

/// Kills a run that has started, and then one at each of `moments` moments, `to_start` of which
/// are as long as the first took until its container wrote `up`. Returns their containers, the
/// first among them.
///
/// # Panics
///
/// Where the first does not write that.
pub fn kill_at_each(
    moments: u32,
    to_start: u32,
    run: impl Fn() -> (Command, Removed),
) -> Vec<Removed> {
    let began = Instant::now();
    let (mut credrun, container) = run();
    let mut child = start(&mut credrun);
    let lines = Lines::of(child.stdout.take().expect("a pipe"));
    assert_eq!(lines.next(), "up");
    let whole = began.elapsed();
    signal(&child, Signal::KILL);
    finish(child);

    let mut left = vec![container];
    for moment in 0..moments {
        let (mut credrun, container) = run();
        let child = start(&mut credrun);
        // Not to wait for something: the moment itself is what is tried.
        thread::sleep(whole * moment / to_start);
        signal(&child, Signal::KILL);
        finish(child);
        left.push(container);
    }
    left
}
