//! The machine sleeps, or its clock is set, or one end of `--live` stands still: whoever asks then
//! gets a set that has not ended.

use std::fs;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use crate::support::credential_endpoint::{Behaviour, CredentialEndpoint};
use crate::support::engine::{IMAGE, Removed, docker, engine, unique_name};
use crate::support::live::{ASK, nothing_is_left};
use crate::support::process::{Lines, credrun, finish, signal, start};
use crate::support::sts::Sts;
use crate::support::until;
use crate::support::wall_clock::WallClock;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use rustix::process::Signal;

const NIGHT: i64 = 8 * 3600;
/// Whatever "at once" is on a busy machine; less than credrun's own delay after failures.
const AT_ONCE: Duration = Duration::from_secs(4);

/// Short enough to see sets come and go.
const SHORT: Behaviour = Behaviour::Rotate {
    life: Duration::from_secs(8),
    spare: Duration::from_secs(4),
};

/// A container that asks when it is told to, and the credrun that serves it.
struct Served {
    credrun: Child,
    clock: WallClock,
    said: Lines,
    container: Removed,
}

impl Served {
    /// `credrun` has its credentials in the environment, `flags` say what to do with them.
    fn by(mut credrun: Command, flags: &[&str], purpose: &str) -> Self {
        engine();
        let container = Removed(unique_name(purpose));
        let clock = WallClock::of(&mut credrun);
        // Asks once, and as boto3 does for two seconds.
        let script = format!(
            "echo up; while :; do if [ -e /go ]; then rm /go; echo \"$(timeout 2 {ASK} 2>&1)\"; fi; \
             sleep 0.02; done"
        );
        credrun.args(["run", "--live", "--name", &container.0]);
        credrun.args(flags).args([IMAGE, "sh", "-c", &script]);
        let mut credrun = start(&mut credrun);
        let said = Lines::of(credrun.stdout.take().expect("a pipe"));
        assert_eq!(said.next(), "up");
        Self {
            credrun,
            clock,
            said,
            container,
        }
    }

    fn by_cloudshell(endpoint: &CredentialEndpoint, purpose: &str) -> Self {
        let mut credrun = credrun();
        credrun
            .envs(endpoint.session())
            .env("AWS_REGION", "eu-west-1");
        Self::by(credrun, &[], purpose)
    }

    /// Lets the container ask, and gives what it got.
    fn ask(&self) -> Answer {
        docker(&["exec", &self.container.0, "touch", "/go"]).success();
        Answer(self.said.next())
    }

    /// How long its credrun has computed.
    fn computed(&self) -> Duration {
        let path = format!("/proc/{}/stat", self.credrun.id());
        let stat = fs::read_to_string(path).expect("it runs");
        let (_, fields) = stat.rsplit_once(") ").expect("a name");
        // utime and stime, proc_pid_stat(5), in hundredths of a second.
        let ticks = fields.split(' ').skip(11).take(2);
        let ticks = ticks.map(|ticks| ticks.parse::<u64>().expect("a number"));
        Duration::from_millis(ticks.sum::<u64>() * 10)
    }

    fn end(self) {
        docker(&["kill", &self.container.0]).success();
        let ended = finish(self.credrun);
        assert_eq!(ended.code(), 137, "{ended:?}");
        nothing_is_left(&self.container.0);
    }
}

/// A set, or what the container's client says instead.
#[derive(Debug)]
struct Answer(String);

impl Answer {
    /// When the set ends; none for a refusal.
    fn end(&self) -> Option<SystemTime> {
        let set: serde_json::Value = serde_json::from_str(&self.0).ok()?;
        let end = set["Expiration"].as_str().expect("an end");
        let end = DateTime::from_str(end, Format::DateTime).expect("a time");
        Some(end.try_into().expect("a time"))
    }

    /// Whether it is a set that is valid by a clock that is so far ahead.
    fn is_valid(&self, ahead: i64) -> bool {
        let ahead = Duration::from_secs(ahead.unsigned_abs());
        self.end()
            .is_some_and(|end| end > SystemTime::now() + ahead)
    }

    fn is_refusal(&self) -> bool {
        self.0.contains("503 Service Unavailable")
    }
}

#[test]
fn the_first_request_after_a_sleep_gets_a_new_set() {
    let endpoint = CredentialEndpoint::start();
    let served = Served::by_cloudshell(&endpoint, "live-sleep");
    assert!(served.ask().is_valid(0));
    for awake in (1..=4).map(|nights| nights * NIGHT) {
        endpoint.set_clock(awake);
        served.clock.set(awake);
        let answer = served.ask();
        assert!(answer.is_valid(awake), "{answer:?}");
    }
    served.end();
}

#[test]
fn a_role_is_assumed_again_after_a_sleep_and_signed_for_by_the_time_it_is_now() {
    let sts = Sts::start();
    let mut credrun = credrun();
    credrun.envs(sts.user());
    let role = "--role-arn=arn:aws:iam::123456789012:role/deploy";
    let served = Served::by(credrun, &["--long-lived", role], "live-sleep-role");
    for awake in (1..=4).map(|nights| nights * NIGHT) {
        sts.advance(Duration::from_secs(NIGHT.unsigned_abs()));
        served.clock.set(awake);
        let answer = served.ask();
        assert!(answer.is_valid(awake), "{answer:?}");
    }
    served.end();
}

#[test]
fn a_connection_of_before_the_sleep_is_not_waited_for() {
    let sts = Sts::falling_silent();
    let mut credrun = credrun();
    credrun.envs(sts.user());
    let role = "--role-arn=arn:aws:iam::123456789012:role/deploy";
    let served = Served::by(credrun, &["--long-lived", role], "live-sleep-silent");
    sts.advance(Duration::from_secs(NIGHT.unsigned_abs()));
    // For so long a connection is kept for another call of the same fetch.
    thread::sleep(Duration::from_secs(1));
    served.clock.set(NIGHT);
    let answer = served.ask();
    assert!(answer.is_valid(NIGHT), "{answer:?}");
    served.end();
}

#[test]
fn before_the_network_is_back_a_request_is_refused_in_time_and_then_served_at_once() {
    let endpoint = CredentialEndpoint::start();
    let served = Served::by_cloudshell(&endpoint, "live-sleep-offline");
    endpoint.set_clock(NIGHT);
    endpoint.behave(Behaviour::Close);
    served.clock.set(NIGHT);
    // Long enough for the delays between credrun's own attempts to have become long.
    let asleep = Instant::now();
    while asleep.elapsed() < 2 * AT_ONCE {
        let answer = served.ask();
        assert!(answer.is_refusal(), "{answer:?}");
    }
    endpoint.behave(Behaviour::cloudshell());
    let back = Instant::now();
    until("there is a new set", || served.ask().is_valid(NIGHT));
    let took = back.elapsed();
    assert!(took < AT_ONCE, "{took:?}");
    served.end();
}

#[test]
fn a_clock_that_was_wrong_and_is_set_right_neither_stalls_renewal_nor_hurries_it() {
    let endpoint = CredentialEndpoint::behaving(SHORT);
    let served = Served::by_cloudshell(&endpoint, "live-clock");
    for wrong in [NIGHT, -NIGHT] {
        served.clock.set(wrong);
        served.ask();
        served.clock.set(0);
        let right = Instant::now();
        until("there is a set", || served.ask().is_valid(0));
        assert!(right.elapsed() < AT_ONCE, "{:?}", right.elapsed());

        let (asked, computed) = (endpoint.requests().len(), served.computed());
        // For as long as a set lives, in which one that is half used up is replaced.
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(8) {
            let answer = served.ask();
            assert!(answer.is_valid(0), "{answer:?}");
        }
        let asked = endpoint.requests().len() - asked;
        let computed = served.computed() - computed;
        assert!((1..=6).contains(&asked), "asked {asked} times");
        assert!(computed < Duration::from_secs(4), "computed {computed:?}");
    }
    served.end();
}

#[test]
fn a_credrun_that_stood_still_for_longer_than_its_set_lives_serves_a_new_one() {
    let endpoint = CredentialEndpoint::behaving(SHORT);
    let served = Served::by_cloudshell(&endpoint, "live-stopped");
    signal(&served.credrun, Signal::STOP);
    // Nothing tells when the set has ended but the time.
    thread::sleep(Duration::from_secs(9));
    signal(&served.credrun, Signal::CONT);
    let answer = served.ask();
    assert!(answer.is_valid(0), "{answer:?}");
    served.end();
}

#[test]
fn sets_are_renewed_while_the_container_is_paused() {
    let endpoint = CredentialEndpoint::behaving(SHORT);
    let served = Served::by_cloudshell(&endpoint, "live-paused");
    let before = served.ask().end().expect("a set");
    docker(&["pause", &served.container.0]).success();
    let asked = endpoint.requests().len();
    until("that set has ended", || before <= SystemTime::now());
    assert!(endpoint.requests().len() > asked);
    docker(&["unpause", &served.container.0]).success();
    let answer = served.ask();
    assert!(answer.is_valid(0), "{answer:?}");
    served.end();
}
