//! What becomes of a `--live` run when something else than its container ends or is killed. What
//! stands still is in `live_sleep.rs`.

mod support;

use std::fs;
use std::process::Command;
use std::thread;
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use support::engine::{IMAGE, docker, engine};
use support::guarded::Guarded;
use support::live::{ASK, Network, detached, inspected, live, nothing_is_left, relays, runs};
use support::process::{Finished, Lines, credrun_with_keys, finish, run, signal, start};
use support::second_engine::dockerd;
use support::terminal::Terminal;
use support::until;

/// Asks whenever the test wants it to, when there is a file `/go`, until it is answered.
fn ask_on_demand() -> String {
    format!(
        "echo up; while :; do if [ -e /go ] && {ASK} 2>/dev/null; then rm /go; echo; fi; \
         sleep 0.05; done"
    )
}

fn asks(container: &str) {
    docker(&["exec", container, "touch", "/go"]).success();
}

/// Ends a container of [`ask_on_demand`] and the credrun that follows it.
fn killed(container: &str, credrun: std::process::Child) -> Finished {
    docker(&["kill", container]).success();
    let ended = finish(credrun);
    assert_eq!(ended.code(), 137, "{ended:?}");
    ended
}

fn a_relay_is_killed(network: &str) -> Finished {
    let script = ask_on_demand();
    let (mut credrun, container) = live(
        "live-relay",
        &["--network", network, IMAGE, "sh", "-c", &script],
    );
    let mut child = start(&mut credrun);
    let lines = Lines::of(child.stdout.take().expect("a pipe"));
    assert_eq!(lines.next(), "up");
    let first = relays(&container.0);
    docker(&["kill", &first[0]]).success();
    until("another relay serves", || {
        let now = relays(&container.0);
        now.len() == 1 && now != first
    });
    asks(&container.0);
    assert!(lines.next().contains("wJalrXUtnFEMI"));

    let listed = run(credrun_with_keys().arg("ps")).success().out();
    let row = listed.lines().find(|line| line.contains(&container.0));
    let process = format!("process {}", child.id());
    assert!(row.is_some_and(|row| row.contains(&process)), "{listed}");
    let ended = killed(&container.0, child);
    nothing_is_left(&container.0);
    ended
}

#[test]
fn a_relay_that_is_killed_is_replaced_where_the_network_is_not_its_own() {
    for network in ["none", "host"] {
        let ended = a_relay_is_killed(network);
        assert!(
            ended
                .stderr
                .ends_with("and a new one renews the credentials\n"),
            "{ended:?}"
        );
    }
}

#[test]
fn a_relay_that_is_killed_is_replaced_and_the_loss_of_its_network_told() {
    let ended = a_relay_is_killed("bridge");
    assert!(
        ended.stderr.contains(
            "a new one renews the credentials; \
             the container's network was the relay's, and does not come back\n"
        ),
        "{ended:?}"
    );
}

#[test]
fn a_restart_that_fails_for_want_of_the_first_relay_is_told_in_the_log() {
    let script = "echo up; until [ -e /go ]; do sleep 0.05; done";
    let command = ["--restart=always", IMAGE, "sh", "-c", script];
    let (ran, container) = detached("live-not-again", &command);
    let ran = ran.success();
    runs(&container.0);
    let first = relays(&container.0);
    docker(&["kill", &first[0]]).success();
    until("another relay serves", || {
        let now = relays(&container.0);
        now.len() == 1 && now != first
    });
    asks(&container.0);
    let failure = "could not start the container again: ";
    let logged = || fs::read_to_string(log(&ran)).expect("a log");
    until("the failure is logged", || logged().contains(failure));
    for line in logged().lines() {
        let (time, rest) = line.split_once(' ').expect("a time");
        assert!(time.starts_with("20") && time.ends_with('Z'), "{line}");
        assert!(!rest.is_empty(), "{line}");
    }
}

#[test]
fn a_hangup_of_the_terminal_is_the_containers_and_nothing_is_left() {
    let script = "trap 'exit 7' HUP; echo up; while :; do sleep 0.05; done";
    let (credrun, container) = live("live-hangup", &[IMAGE, "sh", "-c", script]);
    let mut terminal = Terminal::start(&credrun);
    terminal.read_until("up");
    signal(terminal.process(), Signal::HUP);
    assert_eq!(terminal.wait().0, 7);
    nothing_is_left(&container.0);
}

#[test]
fn a_detached_container_outlives_the_terminal() {
    let script = ask_on_demand();
    let (mut credrun, container) = live("live-left", &[]);
    credrun.args(["-d", "--rm=false", IMAGE, "sh", "-c", &script]);
    let mut terminal = Terminal::start(&credrun);
    terminal.read_until("its log: ");
    assert_eq!(terminal.wait().0, 0);
    // Whoever is left in the terminal's session is sent SIGHUP now.
    drop(terminal);
    asks(&container.0);
    until("the container has its credentials", || {
        docker(&["logs", &container.0])
            .out()
            .contains("wJalrXUtnFEMI")
    });
    docker(&["kill", &container.0]).success();
    until("the relay is gone", || relays(&container.0).is_empty());
}

#[test]
fn a_container_that_is_left_by_the_detach_keys_is_said_to_lack_credentials() {
    let script = "echo up; sleep 60";
    let (credrun, container) = live("live-detach-keys", &["-it", IMAGE, "sh", "-c", script]);
    let mut terminal = Terminal::start(&credrun);
    terminal.read_until("up");
    terminal.type_in("\x10\x11");
    terminal.read_until("runs on without credentials");
    assert_eq!(terminal.wait().0, 0);
    docker(&["kill", &container.0]).success();
    nothing_is_left(&container.0);
}

#[test]
fn a_supervisor_passes_what_asks_it_to_end_on_to_its_container() {
    let script = "trap 'exit 0' TERM; echo up; while :; do sleep 0.05; done";
    let (ran, container) = detached("live-asked", &[IMAGE, "sh", "-c", script]);
    let ran = ran.success();
    runs(&container.0);
    kill_process(supervisor(&ran), Signal::HUP).expect("it runs");
    kill_process(supervisor(&ran), Signal::TERM).expect("it runs");
    nothing_is_left(&container.0);
    until("the end is logged", || {
        let log = fs::read_to_string(log(&ran)).expect("a log");
        log.contains("SIGTERM is passed on") && log.contains("ended with status 0")
    });
}

#[test]
fn a_supervisor_that_is_killed_leaves_no_relay() {
    let (ran, container) = detached("live-orphan", &[IMAGE, "sh", "-c", "echo up; sleep 60"]);
    let ran = ran.success();
    runs(&container.0);
    kill_process(supervisor(&ran), Signal::KILL).expect("it runs");
    until("the relay is gone", || relays(&container.0).is_empty());
}

/// `credrun: process 17 renews the credentials; its log: /path`
fn supervisor(ran: &Finished) -> Pid {
    let (_, rest) = ran.stderr.split_once("process ").expect("a process");
    let number = rest.split(' ').next().and_then(|text| text.parse().ok());
    number.and_then(Pid::from_raw).expect("a number")
}

fn log(ran: &Finished) -> &str {
    let (_, path) = ran.stderr.split_once("its log: ").expect("a log");
    path.trim()
}

#[test]
fn a_credrun_that_is_killed_at_any_moment_leaves_nothing_for_the_next() {
    const MOMENTS: u32 = 24;
    engine();
    let network = Network::new("live-moments");
    let flags = ["--network", &network.0, "-p", "127.0.0.1::80"];
    let command = [&flags[..], &[IMAGE, "sh", "-c", "echo up; sleep 600"]].concat();

    // A whole one, to know how long it takes here until the container runs.
    let began = Instant::now();
    let (mut credrun, container) = live("live-whole", &command);
    let mut child = start(&mut credrun);
    let lines = Lines::of(child.stdout.take().expect("a pipe"));
    assert_eq!(lines.next(), "up");
    let whole = began.elapsed();
    signal(&child, Signal::KILL);
    finish(child);

    let mut left = vec![container];
    for moment in 0..MOMENTS {
        let (mut credrun, container) = live("live-moment", &command);
        let child = start(&mut credrun);
        // Not to wait for something: the moment itself is what is tried.
        thread::sleep(whole * moment / (MOMENTS - 4));
        signal(&child, Signal::KILL);
        finish(child);
        left.push(container);
    }
    // A create that was under way is carried out by the Engine after the client's end.
    until("the next run has tidied up", || {
        let (mut next, _container) = live("live-next", &[IMAGE, "true"]);
        run(&mut next).success();
        left.iter().all(|container| is_gone_or_runs(&container.0))
    });
    let went_on = left.iter().filter(|container| goes_on(&container.0));
    let went_on = went_on.count();
    assert!((1..left.len()).contains(&went_on), "{went_on} went on");
    drop(left);
    docker(&["network", "rm", &network.0]).success();
}

#[test]
fn a_caller_that_is_killed_at_any_moment_leaves_a_container_that_runs_or_none() {
    const MOMENTS: u32 = 12;
    let command = [IMAGE, "sh", "-c", "echo up; sleep 600"];
    let began = Instant::now();
    let (ran, _whole) = detached("live-whole", &command);
    ran.success();
    let whole = began.elapsed();

    let mut left = Vec::new();
    for moment in 0..MOMENTS {
        let (mut credrun, container) = live("live-caller", &[&["-d"], &command[..]].concat());
        let child = start(&mut credrun);
        // Not to wait for something: the moment itself is what is tried.
        thread::sleep(whole * moment / MOMENTS);
        // It may have ended.
        let _ = kill_process(Pid::from_child(&child), Signal::KILL);
        finish(child);
        left.push(container);
    }
    until("the next run has tidied up", || {
        let (mut next, _container) = live("live-next", &[IMAGE, "true"]);
        run(&mut next).success();
        left.iter().all(|container| match state(&container.0) {
            Some(state) => state == "running",
            None => relays(&container.0).is_empty(),
        })
    });
    for container in &left {
        docker(&["rm", "--force", &container.0]);
        until("the relay is gone", || relays(&container.0).is_empty());
    }
}

/// No relay, and of the container nothing or one that got to its start, which goes on without
/// credentials.
fn is_gone_or_runs(container: &str) -> bool {
    let state = state(container);
    relays(container).is_empty() && state.is_none_or(|state| state == "running")
}

/// Whether there still is a container. It must have no secret.
fn goes_on(container: &str) -> bool {
    let is_there = state(container).is_some();
    if is_there {
        let shown = inspected(container);
        for secret in ["wJalrXUtnFEMI", "IQoJb3JpZ2luX2Vj"] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }
    is_there
}

fn state(container: &str) -> Option<String> {
    let state = docker(&["inspect", "--format", "{{.State.Status}}", container]);
    let is_there = state.status.success();
    is_there.then(|| state.out().trim().to_owned())
}

#[test]
fn a_kept_container_cannot_be_started_without_its_relay() {
    let (mut credrun, container) = live("live-kept", &["--rm=false", IMAGE, "true"]);
    run(&mut credrun).success();
    until("the relay is gone", || relays(&container.0).is_empty());
    let started = docker(&["start", &container.0]);
    assert!(
        started.stderr.contains("No such container: "),
        "{started:?}"
    );
}

/// An Engine that is started again whenever it ends. Its containerd goes on, as where both are
/// services: an Engine waits 15 seconds for one that its own predecessor has left.
struct Restarted(Guarded);

impl Restarted {
    fn start() -> Self {
        const AGAIN: &str = r#"
            cd "$1"; shift
            containerd --config containerd.toml & containerd=$!
            # A killed Engine's mount of its own directory stays under the next one's.
            ended() {
                trap - TERM
                kill $engine; wait $engine; kill $containerd; wait
                while umount data; do :; done
                exit
            }
            trap ended TERM
            while :; do "$@" & engine=$!; wait $engine; done
        "#;
        let directory = tempfile::tempdir().expect("a directory");
        let path = |name: &str| directory.path().join(name);
        let config = format!(
            "version = 2\nroot = {root:?}\nstate = {state:?}\n\
             disabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n\
             [grpc]\naddress = {address:?}\n",
            root = path("containerd"),
            state = path("state"),
            address = path("containerd.sock"),
        );
        fs::write(path("containerd.toml"), config).expect("written");
        let socket = path("engine.sock");
        let host = format!("unix://{}", socket.display());
        let containerd = ["--containerd".into(), path("containerd.sock").into()];
        let engine = dockerd(directory.path(), &host, &containerd);
        let mut shell = Command::new("sh");
        shell.args(["-c", AGAIN, "sh"]).arg(directory.path());
        shell.arg(engine.get_program()).args(engine.get_args());
        let started = Self(Guarded::start(directory, &shell).listens_at(&socket));
        started.load_image();
        started
    }

    fn address(&self) -> String {
        let socket = self.0.directory().join("engine.sock");
        format!("unix://{}", socket.display())
    }

    fn docker(&self, arguments: &[&str]) -> Finished {
        let mut docker = Command::new("docker");
        run(docker.args(["--host", &self.address()]).args(arguments))
    }

    /// Whether it has no container. A restored Engine may go on listing one that it has removed.
    fn has_none(&self) -> bool {
        let listed = self.docker(&["ps", "--all", "--quiet"]);
        let is_there = |id: &str| self.docker(&["inspect", id]).status.success();
        listed.status.success() && !listed.out().lines().any(is_there)
    }

    fn load_image(&self) {
        let archive = self.0.directory().join("image.tar");
        let archive = archive.to_str().expect("UTF-8");
        docker(&["save", "--output", archive, IMAGE]).success();
        self.docker(&["load", "--input", archive]).success();
    }

    /// Ends the Engine, and waits until the next one answers.
    fn restart(&self, how: Signal) {
        let path = self.0.directory().join("pid");
        let before = fs::read_to_string(&path).expect("a process number");
        let pid = before.trim().parse().ok().and_then(Pid::from_raw);
        kill_process(pid.expect("a number"), how).expect("it runs");
        until("the next Engine answers", || {
            fs::read_to_string(&path).is_ok_and(|now| now != before)
                && self.docker(&["version"]).status.success()
        });
    }
}

#[test]
fn an_engine_that_is_started_again_ends_the_run_and_leaves_nothing() {
    engine();
    let engine = Restarted::start();
    let script = "trap 'exit 5' TERM; echo up; while :; do sleep 0.05; done";
    let credrun = |flags: &[&str]| {
        let mut credrun = credrun_with_keys();
        credrun.env("DOCKER_HOST", engine.address()).arg("run");
        credrun.args(flags).args([IMAGE, "sh", "-c", script]);
        credrun
    };
    for how in [Signal::TERM, Signal::KILL] {
        let detached = run(&mut credrun(&["-d", "--live"])).success();
        let mut child = start(&mut credrun(&["--live"]));
        let lines = Lines::of(child.stdout.take().expect("a pipe"));
        assert_eq!(lines.next(), "up");
        // An Engine that is killed before it knows that a container runs never ends it.
        until("the Engine knows what runs", || {
            let running = engine.docker(&["ps", "--quiet", "--filter", "status=running"]);
            running.out().lines().count() == 4
        });
        engine.restart(how);
        let ended = finish(child);
        match how {
            // The Engine ends its containers first, and may still get to say so.
            Signal::TERM => assert!([5, 125].contains(&ended.code()), "{ended:?}"),
            _ => assert_eq!(ended.code(), 125, "{ended:?}"),
        }
        until("the supervisor has ended", || {
            test_kill_process(supervisor(&detached)).is_err()
        });
        until("no container is left", || engine.has_none());
    }
}
