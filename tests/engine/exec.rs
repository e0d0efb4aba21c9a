//! `credrun exec`: a command in a running container gets a fresh set, and nobody else there.

use std::process::Command;

use crate::support::engine::{IMAGE, Removed, docker, engine, unique_name};
use crate::support::podman::Podman;
use crate::support::process::{Finished, credrun, finish, run, run_with_stdin, signal, start};
use crate::support::sts::{self, Sts};
use crate::support::terminal::Terminal;
use crate::support::until;
use rustix::process::Signal;

/// A container that runs until it is removed.
struct Running {
    name: String,
    _removed: Removed,
    sts: Sts,
}

impl Running {
    fn start() -> Self {
        Self::with(&[])
    }

    fn with(flags: &[&str]) -> Self {
        engine();
        let name = unique_name("exec");
        let removed = Removed(name.clone());
        let run = ["run", "--detach", "--init", "--network", "none", "--name"];
        let sleep = [IMAGE, "sleep", "600"];
        docker(&[&run[..], &[&name], flags, &sleep].concat()).success();
        Self {
            name,
            _removed: removed,
            sts: Sts::start(),
        }
    }

    /// `credrun exec FLAGS CONTAINER COMMAND`.
    fn command(&self, flags: &[&str], command: &[&str]) -> Command {
        let mut credrun = credrun();
        credrun.envs(self.sts.user()).arg("exec").args(flags);
        credrun.arg(&self.name).args(command);
        credrun
    }

    fn exec(&self, flags: &[&str], command: &[&str]) -> Finished {
        run(&mut self.command(flags, command))
    }

    /// The same by docker.
    fn docker_exec(&self, flags: &[&str], command: &[&str]) -> Finished {
        docker(&[&["exec"], flags, &[&self.name], command].concat())
    }

    /// Whether a process of the container has these words in its command line.
    fn runs(&self, words: &str) -> bool {
        let top = docker(&["top", &self.name, "-o", "pid,args"])
            .success()
            .out();
        top.contains(words)
    }
}

#[test]
fn a_command_gets_a_set_and_nobody_else_in_the_container_does() {
    let container = Running::start();
    let env = container.exec(&[], &["env"]).success();
    let out = env.out();
    assert!(
        out.contains(&format!("AWS_SECRET_ACCESS_KEY={}", sts::SECRET)),
        "{out}"
    );
    assert!(out.contains(&format!("AWS_SESSION_TOKEN={}", sts::SESSION_TOKEN)));
    assert!(out.contains("AWS_REGION=eu-west-1\n"));
    assert!(out.contains("AWS_DEFAULT_REGION=eu-west-1\n"));
    assert!(
        env.stderr
            .starts_with("credrun: credentials from session of environment"),
        "{}",
        env.stderr
    );
    let others = container.docker_exec(&[], &["env"]).success().out();
    let inspected = docker(&["inspect", &container.name]).success().out();
    for text in [others, inspected, env.stderr] {
        assert!(!text.contains(sts::SECRET), "{text}");
        assert!(!text.contains(sts::SESSION_TOKEN), "{text}");
    }
}

#[test]
fn variables_of_the_container_that_outrank_the_set_are_unset_for_the_command() {
    let container = Running::with(&[
        "-e",
        "AWS_PROFILE=dev",
        "-e",
        "AWS_SESSION_TOKEN=old",
        "-e",
        "KEPT=1",
    ]);
    let out = container.exec(&["-q"], &["env"]).success().out();
    assert!(!out.contains("AWS_PROFILE"), "{out}");
    assert!(!out.contains("=old"), "{out}");
    assert!(out.contains("KEPT=1"), "{out}");
}

#[test]
fn variables_of_flags_and_files_reach_the_command_and_win() {
    let container = Running::start();
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("env");
    std::fs::write(&file, "FROM_FILE=1\nBOTH=file\n").expect("written");
    let file = file.to_str().expect("UTF-8");
    let own = [
        "--env-file",
        file,
        "-e",
        "BOTH=flag",
        "-e",
        "AWS_REGION=us-east-1",
    ];
    let finished = container.exec(&own, &["env"]).success();
    let out = finished.out();
    for line in ["FROM_FILE=1", "BOTH=flag", "AWS_DEFAULT_REGION=us-east-1"] {
        assert!(
            out.lines().any(|found| found == line),
            "{line} is not in {out}"
        );
    }
    assert!(
        finished
            .stderr
            .contains("keeping your AWS_REGION from -e or --env-file"),
        "{}",
        finished.stderr
    );
}

#[test]
fn statuses_and_output_are_docker_execs() {
    let container = Running::start();
    let capabilities: &[&str] = &["grep", "CapEff", "/proc/self/status"];
    let cases: [(&[&str], &[&str]); 11] = [
        (&[], &["true"]),
        (&[], &["sh", "-c", "exit 42"]),
        (&[], &["sh", "-c", "kill -9 $$"]),
        (&[], &["no-such-command"]),
        (&[], &["/etc"]),
        (&["-w", "/no/such/directory"], &["true"]),
        (&["-u", "nobody-here"], &["true"]),
        (&[], capabilities),
        (&["--privileged"], capabilities),
        (
            &["-u", "7:8", "-w", "/tmp"],
            &["sh", "-c", "id -u; id -g; pwd"],
        ),
        (&[], &["probe", "args", "-e", "--rm", "a b", ""]),
    ];
    for (flags, command) in cases {
        let ours = container.exec(&[flags, &["-q"]].concat(), command);
        let dockers = container.docker_exec(flags, command);
        // An Engine that refuses the request itself, as newer ones do for an unknown user.
        let expected = match dockers.code() {
            1 if dockers.stderr.starts_with("Error response from daemon") => 125,
            status => status,
        };
        assert_eq!(ours.code(), expected, "{flags:?} {command:?}");
        assert_eq!(ours.stdout, dockers.stdout, "{flags:?} {command:?}");
        if expected != 125 {
            assert_eq!(ours.stderr, dockers.stderr, "{flags:?} {command:?}");
        }
    }
}

#[test]
fn stdout_and_stderr_are_told_apart() {
    let container = Running::start();
    let both = container
        .exec(&["-q"], &["probe", "both", "text"])
        .success();
    assert_eq!(
        (both.out().as_str(), both.stderr.as_str()),
        ("text\n", "text\n")
    );
}

#[test]
fn stdin_is_the_commands_where_it_is_interactive() {
    let container = Running::start();
    let mut bytes = vec![0, 255, b'\r', b'\n'];
    bytes.extend(std::iter::repeat_n(b'x', 300_000));
    let cat = |flags: &[&str]| run_with_stdin(&mut container.command(flags, &["cat"]), &bytes);
    assert!(cat(&["-q", "-i"]).success().stdout == bytes);
    assert!(cat(&["-q"]).success().stdout.is_empty());
}

#[test]
fn in_the_background_a_command_outlives_credrun() {
    let container = Running::start();
    let detached = container.exec(&["-q", "-d"], &["sleep", "587"]).success();
    assert_eq!((detached.out(), detached.stderr), Default::default());
    assert!(container.runs("sleep 587"));
    let missing = container.exec(&["-q", "-d"], &["no-such-command"]);
    assert_eq!(missing.code(), 127);
}

#[test]
fn a_terminal_has_the_windows_size_and_follows_it() {
    let container = Running::start();
    // Asked again and again: the command may be quicker than the first size.
    let script = "until [ \"$(stty size)\" = '24 80' ]; do sleep 0.05; done; echo first; \
                  until [ \"$(stty size)\" = '30 100' ]; do sleep 0.05; done; echo second";
    let mut terminal = Terminal::start(&container.command(&["-it", "-q"], &["sh", "-c", script]));
    terminal.read_until("first");
    terminal.resize(30, 100);
    terminal.read_until("second");
    assert_eq!(terminal.wait().0, 0);
}

#[test]
fn control_c_reaches_the_command_in_a_terminal() {
    let container = Running::start();
    let script = "trap 'echo caught; exit 5' INT; echo ready; while :; do sleep 1; done";
    let mut terminal = Terminal::start(&container.command(&["-it", "-q"], &["sh", "-c", script]));
    terminal.read_until("ready");
    terminal.type_in("\x03");
    terminal.read_until("caught");
    assert_eq!(terminal.wait().0, 5);
}

#[test]
fn the_detach_keys_leave_the_command_to_itself() {
    let container = Running::start();
    let flags = ["-it", "-q", "--detach-keys", "ctrl-a,x"];
    let script = "echo ready; sleep 588";
    let mut terminal = Terminal::start(&container.command(&flags, &["sh", "-c", script]));
    terminal.read_until("ready");
    terminal.type_in("\x01x");
    assert_eq!(terminal.wait().0, 0);
    assert!(container.runs("sleep 588"));
}

#[test]
fn a_signal_ends_credrun_and_says_that_the_command_runs_on() {
    let container = Running::start();
    for (sent, code, seconds) in [
        (Signal::INT, 130, "591"),
        (Signal::TERM, 143, "592"),
        (Signal::HUP, 129, "593"),
    ] {
        let command = format!("sleep {seconds}");
        let child = start(&mut container.command(&["-q"], &["sleep", seconds]));
        until("the command runs", || container.runs(&command));
        signal(&child, sent);
        let ended = finish(child);
        assert_eq!(ended.code(), code);
        let says = format!("the command in {} is still running", container.name);
        assert!(ended.stderr.contains(&says), "{}", ended.stderr);
        assert!(container.runs(&command));
    }
}

#[test]
fn a_command_that_closes_its_output_is_followed_to_its_end() {
    let container = Running::start();
    let script = "echo seen; exec >&- 2>&-; sleep 1; exit 6";
    let finished = container.exec(&["-q"], &["sh", "-c", script]);
    assert_eq!((finished.code(), finished.out().as_str()), (6, "seen\n"));
}

#[test]
fn the_end_of_the_container_is_the_end_of_the_command() {
    let container = Running::start();
    let child = start(&mut container.command(&["-q"], &["sleep", "590"]));
    until("the command runs", || container.runs("sleep 590"));
    docker(&["kill", &container.name]).success();
    assert_eq!(finish(child).code(), 137);
}

#[test]
fn what_cannot_be_run_in_is_said() {
    let container = Running::start();
    docker(&["kill", &container.name]).success();
    let stopped = container.exec(&["-q"], &["true"]);
    assert_eq!(stopped.code(), 125);
    assert!(
        stopped.stderr.contains("is not running") && stopped.stderr.contains("hint: "),
        "{}",
        stopped.stderr
    );
    docker(&["rm", &container.name]).success();
    let missing = container.exec(&["-q"], &["true"]);
    assert_eq!(missing.code(), 125);
    assert!(
        missing.stderr.contains("No such container"),
        "{}",
        missing.stderr
    );
}

#[test]
fn what_cannot_be_meant_is_refused_before_anybody_is_asked() {
    let refused = |arguments: &[&str]| {
        let finished = run(credrun().arg("exec").args(arguments));
        assert_eq!(finished.code(), 125, "{arguments:?}");
        finished.stderr
    };
    assert!(refused(&[]).contains("no container given"));
    assert!(refused(&["-it", "box"]).contains("no command given"));
    assert!(refused(&["-it", "box", "sh"]).contains("-t needs a terminal"));
    assert!(refused(&["--detach-keys", "ctrl-é", "box", "sh"]).contains("detach keys"));
    assert!(refused(&["--publish", "80", "box", "sh"]).contains("unknown flag: --publish"));
}

#[test]
fn no_log_holds_a_secret() {
    let container = Running::start();
    let logged = container
        .exec(&["--log-level", "trace"], &["true"])
        .success();
    assert!(
        logged.stderr.contains("engine answered"),
        "{}",
        logged.stderr
    );
    for secret in [sts::SECRET, sts::SESSION_TOKEN, Sts::USER_SECRET] {
        assert!(!logged.stderr.contains(secret));
    }
}

#[test]
fn podman_runs_a_command_and_what_it_cannot_unset_is_said() {
    engine();
    let podman = Podman::shared();
    let name = unique_name("exec");
    let at = |arguments: &[&str]| {
        let mut docker = Command::new("docker");
        run(docker.args(["-H", &podman.address()]).args(arguments))
    };
    let run_it = ["run", "-d", "--network", "none", "-e", "AWS_PROFILE=dev"];
    at(&[&run_it[..], &["--name", &name, IMAGE, "sleep", "60"]].concat()).success();
    let sts = Sts::start();
    let mut credrun = credrun();
    credrun
        .envs(sts.user())
        .args(["exec", "-H", &podman.address(), &name, "env"]);
    let finished = run(&mut credrun);
    at(&["rm", "--force", &name]).success();
    let finished = finished.success();
    assert!(
        finished.out().contains("AWS_SESSION_TOKEN"),
        "{}",
        finished.out()
    );
    assert!(
        finished
            .stderr
            .contains("the container's AWS_PROFILE may override"),
        "{}",
        finished.stderr
    );
}
