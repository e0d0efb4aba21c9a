//! credrun's status is the container's, or docker's own for what keeps one from running; and no
//! container stays that was not asked to.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::engine::{
    IMAGE, Removed, containers, docker, engine, no_container_is_left, unique_name,
};
use crate::support::process::{Finished, Lines, credrun_with_keys, finish, run, start};
use crate::support::until;

fn credrun(arguments: &[&str]) -> Finished {
    engine();
    run(credrun_with_keys().args(arguments))
}

/// Runs the same with credrun and with `docker run --rm`: each must have this status, and leave
/// no container.
fn both_end_with(status: i32, arguments: &[&str]) -> Finished {
    engine();
    let name = unique_name("status");
    let named = [&["--name", &name], arguments].concat();
    let ours = credrun(&named);
    assert_eq!(ours.code(), status, "{arguments:?}: {}", ours.stderr);
    no_container_is_left(&name);
    let theirs = docker(&[&["run", "--rm"], named.as_slice()].concat());
    assert_eq!(theirs.code(), status, "{arguments:?}: {}", theirs.stderr);
    no_container_is_left(&name);
    ours
}

#[test]
fn the_containers_status_is_credruns() {
    engine();
    let name = unique_name("code");
    for status in [0, 1, 3, 77, 124, 125, 126, 127, 128, 130, 143, 200, 255] {
        let script = format!("exit {status}");
        let finished = credrun(&["-q", "--name", &name, IMAGE, "sh", "-c", &script]);
        assert_eq!(finished.code(), status);
        assert_eq!(finished.stderr, "", "{status}");
        no_container_is_left(&name);
    }
}

#[test]
fn a_command_that_is_not_there_is_127() {
    let refused = both_end_with(127, &[IMAGE, "no-such-command"]);
    assert!(
        refused
            .stderr
            .contains("hint: the image has no such command"),
        "{}",
        refused.stderr
    );
    both_end_with(127, &["--entrypoint", "/no/such/entrypoint", IMAGE]);
    both_end_with(127, &["-i", IMAGE, "./no-such-file"]);
}

#[test]
fn a_command_that_cannot_be_executed_is_126() {
    both_end_with(126, &[IMAGE, "/etc"]);
    both_end_with(126, &[IMAGE, "/etc/hosts"]);
}

#[test]
fn what_keeps_a_container_from_running_is_125() {
    let refusals: [&[&str]; 12] = [
        &["--network", "credrun-test-no-such-network", IMAGE, "true"],
        &["-u", "nobody-of-that-name", IMAGE, "true"],
        &["--gpus", "all", IMAGE, "true"],
        &["--pull", "never", "credrun-test/no-such-image:1", "true"],
        &["Credrun-Test/Upper:1", "true"],
        &["-m", "1k", IMAGE, "true"],
        &["-w", "not/absolute", IMAGE, "true"],
        &["-p", "99999:1", IMAGE, "true"],
        &["-v", "/a:/b:bogus", IMAGE, "true"],
        &["-a", "stdall", IMAGE, "true"],
        &["--no-such-flag", IMAGE, "true"],
        &["-e", "", IMAGE, "true"],
    ];
    for arguments in refusals {
        let refused = both_end_with(125, arguments);
        assert!(
            refused.stderr.contains("credrun: "),
            "{arguments:?}: {}",
            refused.stderr
        );
    }
}

#[test]
fn a_name_that_is_taken_is_125_and_the_other_container_stays() {
    engine();
    let other = Removed(unique_name("taken"));
    docker(&["create", "--name", &other.0, IMAGE]).success();
    let refused = credrun(&["--name", &other.0, IMAGE, "true"]);
    assert_eq!(refused.code(), 125);
    assert!(
        refused.stderr.contains("is already in use"),
        "{}",
        refused.stderr
    );
    assert!(
        refused.stderr.contains("hint: docker rm -f"),
        "{}",
        refused.stderr
    );
    let theirs = docker(&["run", "--name", &other.0, IMAGE, "true"]);
    assert_eq!(theirs.code(), 125);
    assert_eq!(containers(&other.0), [other.0.as_str()]);
}

#[test]
fn a_signal_that_ends_the_command_is_128_and_its_number() {
    both_end_with(139, &["--init", IMAGE, "sh", "-c", "kill -SEGV $$"]);
    both_end_with(143, &["--init", IMAGE, "sh", "-c", "kill -TERM $$"]);
}

#[test]
fn a_container_that_others_remove_was_killed() {
    engine();
    let name = Removed(unique_name("removed"));
    let script = "echo ready; exec sleep 3600";
    let mut child = start(credrun_with_keys().args(["--name", &name.0, IMAGE, "sh", "-c", script]));
    assert_eq!(
        Lines::of(child.stdout.take().expect("a pipe")).next(),
        "ready"
    );
    docker(&["rm", "--force", &name.0]).success();
    assert_eq!(finish(child).code(), 137);
    no_container_is_left(&name.0);
}

#[test]
fn a_detached_container_is_named_by_its_id_and_removed_at_its_end() {
    engine();
    let name = Removed(unique_name("detached"));
    let finished = credrun(&["-q", "-d", "--name", &name.0, IMAGE, "sleep", "3600"]).success();
    let id = finished.out();
    assert_eq!((id.len(), id.ends_with('\n')), (65, true), "{id:?}");
    let inspected = docker(&["inspect", "--format", "{{.Id}} {{.State.Status}}", &name.0]);
    assert_eq!(
        inspected.success().out(),
        format!("{} running\n", id.trim())
    );
    docker(&["kill", &name.0]).success();
    no_container_is_left(&name.0);
}

#[test]
fn a_detached_container_that_cannot_start_has_an_id_and_127() {
    let refused = both_end_with(127, &["-d", IMAGE, "no-such-command"]);
    assert_eq!(refused.out().len(), 65);
}

#[test]
fn a_container_that_is_to_be_kept_is_kept() {
    engine();
    for (flag, status) in [("--rm=false", 6), ("--restart=on-failure:1", 1)] {
        let name = Removed(unique_name("kept"));
        let script = format!("exit {status}");
        let finished = credrun(&["--name", &name.0, flag, IMAGE, "sh", "-c", &script]);
        assert_eq!(finished.code(), status, "{flag}");
        assert_eq!(containers(&name.0), [name.0.as_str()], "{flag}");
    }
}

#[test]
fn a_restart_policy_and_removal_exclude_each_other() {
    both_end_with(125, &["--rm", "--restart", "always", IMAGE, "true"]);
}

#[test]
fn the_container_id_file_holds_the_id_and_no_newline() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("cid");
    let finished = credrun(&["-q", "-d", "--cidfile", text(&file), IMAGE, "true"]).success();
    let id = fs::read_to_string(&file).expect("a file");
    assert_eq!(finished.out(), format!("{id}\n"));
    until("the container is gone", || {
        !docker(&["inspect", &id]).status.success()
    });
}

#[test]
fn a_container_id_file_that_is_there_is_refused_before_anything_is_asked() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("cid");
    fs::write(&file, "another").expect("a file");
    // Nobody answers there: to be refused is to be refused without an Engine.
    let mut command = credrun_with_keys();
    command.env("DOCKER_HOST", "unix:///nonexistent.sock");
    let refused = run(command.args(["--cidfile", text(&file), IMAGE, "true"]));
    assert_eq!(refused.code(), 125);
    assert!(
        refused.stderr.contains("exists already"),
        "{}",
        refused.stderr
    );
    assert_eq!(fs::read_to_string(&file).expect("a file"), "another");
    let theirs = docker(&["run", "--cidfile", text(&file), IMAGE, "true"]);
    assert_eq!(theirs.code(), 125);
}

#[test]
fn a_container_id_file_goes_where_no_container_came_of_it() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("cid");
    both_end_with(125, &["--cidfile", text(&file), "-m", "1k", IMAGE, "true"]);
    assert!(!file.exists());
}

#[test]
fn a_container_id_file_stays_where_only_the_start_failed() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("cid");
    let refused = credrun(&["--cidfile", text(&file), IMAGE, "no-such-command"]);
    assert_eq!(refused.code(), 127);
    let id = fs::read_to_string(&file).expect("a file");
    assert_eq!(id.len(), 64);
    assert!(!docker(&["inspect", &id]).status.success(), "{id} is left");
}

#[test]
fn a_container_id_file_in_no_directory_is_125_and_not_a_missing_command() {
    let finished = credrun(&["--cidfile", "/nonexistent/cid", IMAGE, "true"]);
    assert_eq!(finished.code(), 125);
    assert!(
        finished
            .stderr
            .contains("cannot write the container ID file /nonexistent/cid"),
        "{}",
        finished.stderr
    );
}

#[test]
fn a_container_whose_id_cannot_be_written_is_removed() {
    engine();
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("cid");
    let name = unique_name("unwritten");
    let credrun = credrun_with_keys();
    // Files may not grow, and the signal that says so is ignored.
    let script = r#"trap '' XFSZ; ulimit -f 0; exec "$@""#;
    let mut shell = Command::new("sh");
    shell
        .args(["-c", script, "sh"])
        .arg(credrun.get_program())
        .env_clear();
    for (variable, value) in credrun.get_envs() {
        shell.env(variable, value.unwrap_or_default());
    }
    let refused = run(shell.args(["--name", &name, "--cidfile", text(&file), IMAGE, "true"]));
    assert_eq!(refused.code(), 125, "{}", refused.stderr);
    assert!(
        refused
            .stderr
            .contains("cannot write the container ID file"),
        "{}",
        refused.stderr
    );
    assert!(!file.exists());
    no_container_is_left(&name);
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path")
}
