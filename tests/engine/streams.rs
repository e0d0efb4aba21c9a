//! stdin, stdout and stderr pass between credrun and the container byte for byte.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::time::Instant;

use rustix::process::Signal;

use crate::support::engine::{IMAGE, Removed, engine, no_container_is_left, unique_name};
use crate::support::process::{
    Finished, Lines, credrun_with_keys, finish, run, run_with_stdin, signal, start,
};
use crate::support::{DEADLINE, until};

/// `credrun --name NAME` with these arguments; the container is removed in any case.
fn named(purpose: &str, arguments: &[&str]) -> (Command, Removed) {
    engine();
    let name = unique_name(purpose);
    let mut command = credrun_with_keys();
    command.args(["-q", "--name", &name]).args(arguments);
    (command, Removed(name))
}

/// Bytes without a pattern that a mistake could repeat (xorshift64).
fn random_bytes(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

#[test]
fn stdout_and_stderr_are_kept_apart() {
    let script = "echo out; echo err >&2; printf 'no newline'; printf last >&2";
    let (mut credrun, container) = named("apart", &[IMAGE, "sh", "-c", script]);
    let finished = run(&mut credrun).success();
    assert_eq!(finished.out(), "out\nno newline");
    assert_eq!(finished.stderr, "err\nlast");
    no_container_is_left(&container.0);
}

#[test]
fn what_goes_in_comes_out_byte_for_byte() {
    let data = random_bytes(64 << 20);
    let (mut credrun, container) = named("cat", &["-i", "--log-driver", "none", IMAGE, "cat"]);
    let finished = run_with_stdin(&mut credrun, &data).success();
    assert_eq!(finished.stdout.len(), data.len());
    assert!(finished.stdout == data, "the bytes differ");
    no_container_is_left(&container.0);
}

#[test]
fn a_gibibyte_comes_out_exactly_and_is_not_kept_in_memory() {
    const TIMES: usize = 1024;
    const MOST: u64 = 48 << 20;
    let directory = tempfile::tempdir().expect("a directory");
    let piece = random_bytes(1 << 20);
    std::fs::write(directory.path().join("piece"), &piece).expect("a file");
    let volume = format!("{}:/data:ro", directory.path().display());
    let script = format!("i=0; while [ $i -lt {TIMES} ]; do cat /data/piece; i=$((i+1)); done");
    let arguments = ["--log-driver", "none", "-v", &volume, IMAGE];
    let (mut credrun, container) = named("gib", &arguments);
    let mut child = start(credrun.args(["sh", "-c", &script]));
    let mut stdout = child.stdout.take().expect("a pipe");

    let mut seen = vec![0; piece.len()];
    for time in 0..TIMES {
        stdout.read_exact(&mut seen).expect("a whole piece");
        assert!(seen == piece, "piece {time} differs");
        if time == TIMES / 2 {
            let peak = peak_memory(child.id());
            assert!(peak < MOST, "{peak} bytes of memory");
        }
    }
    assert_eq!(stdout.read(&mut seen).expect("the end"), 0);
    finish(child).success();
    no_container_is_left(&container.0);
}

/// The most memory that a process has ever had, in bytes.
fn peak_memory(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next());
    kilobytes
        .and_then(|text| text.parse::<u64>().ok())
        .expect("a number")
        * 1024
}

#[test]
fn the_end_of_stdin_reaches_the_container_and_its_output_still_comes() {
    let script = "cat; echo after the end";
    let (mut credrun, container) = named("half", &["-i", IMAGE, "sh", "-c", script]);
    let finished = run_with_stdin(&mut credrun, b"input\n").success();
    assert_eq!(finished.out(), "input\nafter the end\n");
    no_container_is_left(&container.0);
}

#[test]
fn a_closed_stdin_is_an_empty_one() {
    let (credrun, container) = named("closed", &["-i", IMAGE, "wc", "-c"]);
    let finished = run(&mut in_shell(&credrun, "exec \"$@\" <&-")).success();
    assert_eq!(finished.out(), "0\n");
    no_container_is_left(&container.0);
}

#[test]
fn without_i_stdin_is_left_to_others() {
    let (credrun, container) = named("unread", &[IMAGE, "cat"]);
    let mut shell = in_shell(&credrun, "\"$@\"; cat");
    let finished = run_with_stdin(&mut shell, b"for the next").success();
    assert_eq!(finished.out(), "for the next");
    no_container_is_left(&container.0);
}

/// A shell that runs `script`, in which `"$@"` is `command`.
fn in_shell(command: &Command, script: &str) -> Command {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", script, "sh"])
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear();
    for (name, value) in command.get_envs() {
        shell.env(name, value.unwrap_or_default());
    }
    shell
}

#[test]
fn a_container_that_has_read_enough_ends_the_run_while_stdin_is_open() {
    let (mut credrun, container) = named("enough", &["-i", IMAGE, "head", "-c", "10"]);
    let mut child = start(&mut credrun);
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(b"0123456789and more").expect("room");
    let finished = finish(child).success();
    assert_eq!(finished.out(), "0123456789");
    drop(stdin);
    no_container_is_left(&container.0);
}

#[test]
fn the_streams_that_a_names_are_attached_as_docker_attaches_them() {
    let selections: [&[&str]; 6] = [
        &["-a", "stdout"],
        &["-a", "STDERR"],
        &["-a", "stdout", "-a", "stderr"],
        &["-a", "stdin"],
        &["-i", "-a", "stdin", "-a", "stdout"],
        &["-i", "-a", "stderr"],
    ];
    for selection in selections {
        let arguments = [selection, &[IMAGE, "sh", "-c", "cat; probe both x; exit 5"]].concat();
        let (mut credrun, container) = named("attach", &arguments);
        let ours = run_with_stdin(&mut credrun, b"typed\n");
        no_container_is_left(&container.0);
        let mut docker = Command::new("docker");
        docker.args(["run", "--rm"]).args(&arguments);
        let docker = run_with_stdin(&mut docker, b"typed\n");
        let facts = |finished: &Finished| {
            let stdout = String::from_utf8_lossy(&finished.stdout).into_owned();
            (finished.code(), stdout, finished.stderr.clone())
        };
        assert_eq!(facts(&ours), facts(&docker), "{selection:?}");
        assert_eq!(ours.code(), 5, "{selection:?}");
    }
}

#[test]
fn a_reader_that_goes_away_ends_the_container() {
    // With -i, credrun still holds the connection for a stdin that stays open.
    for flags in [&[][..], &["-i"]] {
        let (mut credrun, container) = named("head", &[flags, &[IMAGE, "yes"]].concat());
        let mut child = start(&mut credrun);
        let stdin = child.stdin.take();
        let first = Lines::of(child.stdout.take().expect("a pipe"));
        assert_eq!(first.next(), "y");
        let began = Instant::now();
        drop(first);
        let finished = finish(child);
        // As a program that SIGPIPE ends.
        assert_eq!(finished.code(), 128 + 13, "{}", finished.stderr);
        assert_eq!(finished.stderr, "");
        no_container_is_left(&container.0);
        assert!(began.elapsed() < DEADLINE / 2, "{:?}", began.elapsed());
        drop(stdin);
    }
}

#[test]
fn a_stdout_that_takes_nothing_is_said_to() {
    let (mut credrun, container) = named("full", &[IMAGE, "yes"]);
    let full = File::options()
        .write(true)
        .open("/dev/full")
        .expect("a device");
    let child = credrun
        .stdin(Stdio::null())
        .stdout(full)
        .stderr(Stdio::piped())
        .spawn();
    let finished = finish(child.expect("credrun"));
    assert_eq!(finished.code(), 125);
    assert!(
        finished
            .stderr
            .starts_with("credrun: cannot write to stdout\ncaused by: No space left on device"),
        "{}",
        finished.stderr
    );
    no_container_is_left(&container.0);
}

#[test]
fn what_credrun_itself_cannot_write_does_not_end_a_run() {
    engine();
    let name = unique_name("mute");
    let full = || {
        File::options()
            .write(true)
            .open("/dev/full")
            .expect("a device")
    };
    let mut credrun = credrun_with_keys();
    credrun.args(["--name", &name, IMAGE, "sh", "-c", "exit 3"]);
    let child = credrun
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(full())
        .spawn();
    assert_eq!(finish(child.expect("credrun")).code(), 3);
    no_container_is_left(&name);
}

#[test]
fn a_reader_that_reads_nothing_holds_up_no_signal() {
    // More than the pipe to the reader holds, and less than would stall Docker 20.10 itself, whose
    // kill hangs with any client when its own buffers are full.
    let script = "trap 'exit 9' TERM; head -c 131072 /dev/zero; sleep 3600 & wait";
    let (mut credrun, container) = named("slow", &[IMAGE, "sh", "-c", script]);
    let child = start(&mut credrun);
    let stdout = child.stdout.as_ref().expect("a pipe");
    let mut before = 0;
    until("the pipe to the reader is full", || {
        let now = rustix::io::ioctl_fionread(stdout).expect("a pipe");
        let full = now == before && now >= 60 * 1024;
        before = now;
        full
    });
    signal(&child, Signal::TERM);
    no_container_is_left(&container.0);
    // Only now is anything read.
    let finished = finish(child);
    assert_eq!(finished.code(), 9);
    assert!(finished.stdout == [0; 131_072], "the bytes differ");
}

#[test]
fn a_reader_that_reads_nothing_keeps_nobody_who_has_lost_patience() {
    let (mut credrun, container) = named("stuck", &[IMAGE, "head", "-c", "131072", "/dev/zero"]);
    let mut child = start(&mut credrun);
    let stdout = child.stdout.as_ref().expect("a pipe");
    until("there is output", || {
        rustix::io::ioctl_fionread(stdout).expect("a pipe") > 0
    });
    no_container_is_left(&container.0);
    // One signal at a time: those that come together count once.
    until("it ends", || {
        let ended = child.try_wait().expect("a child").is_some();
        if !ended {
            signal(&child, Signal::TERM);
        }
        ended
    });
    assert_eq!(finish(child).code(), 128 + 15);
}
