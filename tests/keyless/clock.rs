//! The machine sleeps, or its clock is wrong and is set right.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::process::{Child, ChildStdin, ChildStdout};
use std::time::{Duration, Instant};

use crate::client::{Client, PATIENCE};
use crate::support::process::{finish_within, start};
use crate::support::verifying_aws::VerifyingAws;
use crate::support::wall_clock::WallClock;

const NIGHT: i64 = 8 * 3600;
const LIFE: Duration = Duration::from_secs(900);
const SPARE: Duration = Duration::from_secs(300);
/// Whatever "at once" is on a busy machine; less than credrun's own delay after failures.
const AT_ONCE: Duration = Duration::from_secs(4);

/// Calls when it is told to, and says what comes of it. An SDK would try again.
const CALLS: &str = "
import sys, raw
for line in sys.stdin:
    print(*raw.ask(raw.identity())[:2], flush=True)
";

/// A container that calls when it is told to.
struct Caller {
    child: Child,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Caller {
    /// The container has the clock of its machine, as has credrun.
    fn start(client: &mut Client, clock: &WallClock) -> Self {
        clock.give(client.command());
        let mut child = start(client.command().args(["-c", CALLS]));
        let stdin = child.stdin.take().expect("a pipe");
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        Self {
            child,
            stdin,
            lines,
        }
    }

    /// Status and code.
    fn call(&mut self) -> String {
        writeln!(self.stdin).expect("a reader");
        let line = self.lines.next().expect("a line").expect("text");
        line.trim().to_owned()
    }

    fn end(self) {
        drop(self.stdin);
        finish_within(PATIENCE, self.child).success();
    }
}

fn flags(clock: &WallClock) -> Vec<String> {
    [clock.flags(), vec!["-i".to_owned()]].concat()
}

#[test]
fn the_first_call_after_a_sleep_is_signed_with_a_set_that_has_not_ended() {
    let (aws, clock) = VerifyingAws::by_a_clock();
    let caller = aws.rotating(LIFE, SPARE);
    let flags = flags(&clock);
    let flags: Vec<_> = flags.iter().map(String::as_str).collect();
    let mut client = Client::new(&caller, "keyless-sleep", &flags);
    let mut container = Caller::start(&mut client, &clock);
    assert_eq!(container.call(), "200");
    for awake in (1..=4).map(|nights| nights * NIGHT) {
        clock.set(awake);
        assert_eq!(container.call(), "200", "after {awake} s");
    }
    container.end();
    for call in caller.calls() {
        assert_eq!(call.refused, None, "{call:?}");
    }
}

/// AWS's clock is right all the time. By a wrong one, each new set seems to have ended.
#[test]
fn calls_go_on_at_once_when_a_clock_that_was_wrong_is_set_right() {
    let caller = VerifyingAws::shared().rotating(LIFE, SPARE);
    let clock = WallClock::right();
    let flags = flags(&clock);
    let flags: Vec<_> = flags.iter().map(String::as_str).collect();
    let mut client = Client::new(&caller, "keyless-clock", &flags);
    let mut container = Caller::start(&mut client, &clock);
    assert_eq!(container.call(), "200");
    for wrong in [NIGHT, -NIGHT] {
        clock.set(wrong);
        container.call();
        clock.set(0);
        let right = Instant::now();
        while container.call() != "200" {
            assert!(right.elapsed() < AT_ONCE, "{:?}", right.elapsed());
        }
    }
    container.end();
}
