use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use super::*;

fn pipe(path: &Path) {
    // rustix has no call for it on macOS.
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.expect("mkfifo").success());
}

#[test]
fn what_is_not_a_record_is_not_replaced() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("calls.jsonl");
    for (text, is_opened) in [
        ("{\"Time\":\"2026\"}\n", true),
        ("{\"LinesPutAside\":7,\"Time\":\"2026\"}\n", true),
        ("", true),
        ("import boto3\n", false),
        ("{\"Version\":\"2012-10-17\"}\n", false),
    ] {
        fs::write(&path, text).expect("written");
        assert_eq!(RecordFile::open(&path).is_ok(), is_opened, "{text}");
        assert_eq!(fs::read_to_string(&path).expect("readable"), text);
    }
}

#[test]
fn the_record_of_an_earlier_run_stays_until_the_next_begins() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("calls.jsonl");
    let earlier = "{\"Time\":\"2026\"}\n";
    fs::write(&path, earlier).expect("written");
    let mut file = RecordFile::open(&path).expect("opened");
    assert_eq!(fs::read_to_string(&path).expect("readable"), earlier);
    file.begin().expect("begun");
    assert_eq!(fs::read_to_string(&path).expect("readable"), "");
    file.write(b"{}\n").expect("written");
    file.begin().expect("begun");
    assert_eq!(fs::read_to_string(&path).expect("readable"), "{}\n");
}

#[test]
fn a_file_that_another_run_writes_to_is_not_replaced_by_one_that_is_put_aside() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("calls.jsonl");
    let mut other = RecordFile::open(&former(&path)).expect("opened");
    other.write(b"{}\n").expect("written");
    let mut file = Bounded::open(&path, 5).expect("a file");
    file.write(b"{}\n").expect("written");
    assert!(file.write(b"{}\n").is_err());
    assert_eq!(fs::read(former(&path)).expect("readable"), b"{}\n");
}

#[test]
fn a_file_says_how_many_lines_of_the_run_are_lost() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("calls.jsonl");
    let mut file = Bounded::open(&path, 20).expect("a file");
    let read = || fs::read_to_string(&path).expect("readable");
    let mut first_lines = Vec::new();
    for number in 1..=7 {
        let line = format!("{{\"a\":{number}}}\n");
        file.write(line.as_bytes()).expect("written");
        let first = read().lines().next().map(str::to_owned);
        if first_lines.last() != first.as_ref() {
            first_lines.extend(first);
        }
    }
    assert_eq!(
        first_lines,
        [
            r#"{"a":1}"#,
            r#"{"LinesPutAside":2,"a":3}"#,
            r#"{"LinesPutAside":1,"LinesLost":2,"a":4}"#,
            r#"{"LinesPutAside":1,"LinesLost":3,"a":5}"#,
            r#"{"LinesPutAside":1,"LinesLost":4,"a":6}"#,
            r#"{"LinesPutAside":1,"LinesLost":5,"a":7}"#,
        ]
    );
}

#[test]
fn a_file_that_another_run_writes_to_is_refused_and_keeps_its_lines() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("calls.jsonl");
    let mut first = RecordFile::open(&path).expect("opened");
    first.write(b"{\"Time\":1}\n").expect("written");
    assert!(RecordFile::open(&path).is_err());
    assert_eq!(fs::read(&path).expect("a file"), b"{\"Time\":1}\n");
    drop(first);
    assert!(RecordFile::open(&path).is_ok());
}

#[test]
fn a_file_begins_anew_and_is_put_aside_when_it_is_full() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("calls.jsonl");
    fs::write(&path, "{\"Time\":\"of an earlier run\"}\n").expect("written");
    let mut file = Bounded::open(&path, 20).expect("a file");
    for line in ["line 1\n", "line 2\n", "line 3\n", "line 4\n", "line 5\n"] {
        file.write(line.as_bytes()).expect("written");
    }
    let read = |path: &Path| fs::read_to_string(path).expect("readable");
    assert_eq!(read(&path), "line 5\n");
    assert_eq!(
        read(&directory.path().join("calls.jsonl.1")),
        "line 3\nline 4\n"
    );
}

#[test]
fn a_line_that_is_longer_than_a_file_may_be_is_written_whole() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("calls.jsonl");
    let mut file = Bounded::open(&path, 3).expect("a file");
    file.write(b"longer\n").expect("written");
    assert_eq!(fs::read(&path).expect("readable"), b"longer\n");
}

#[test]
fn what_is_no_file_and_no_sink_is_refused_at_once() {
    let directory = tempfile::tempdir().expect("a directory");
    let refused = RecordFile::open(directory.path()).expect_err("a directory");
    assert_eq!(refused.kind(), io::ErrorKind::IsADirectory);
    let missing = directory.path().join("none").join("calls.jsonl");
    let refused = RecordFile::open(&missing).expect_err("no directory");
    assert_eq!(refused.kind(), io::ErrorKind::NotFound);
}

#[test]
fn a_link_in_the_place_of_a_full_file_is_not_followed() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("calls.jsonl");
    let target = directory.path().join("target");
    fs::write(&target, "the user's\n").expect("written");
    let mut file = Bounded::open(&path, 8).expect("a file");
    file.write(b"line 1\n").expect("written");
    file.write(b"line 2\n").expect("written");
    fs::remove_file(&path).expect("removed");
    symlink(&target, &path).expect("a link");
    for _ in 0..2 {
        let refused = file.write(b"line 3\n").expect_err("a link");
        assert_eq!(refused.to_string(), "something else has taken its place");
    }
    let read = |path: &Path| fs::read_to_string(path).expect("readable");
    assert_eq!(read(&target), "the user's\n");
    assert_eq!(read(&former(&path)), "line 1\n");
}

#[test]
fn a_link_that_is_made_while_a_file_begins_anew_is_not_followed() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("calls.jsonl");
    let target = directory.path().join("target");
    fs::write(&target, "the user's\n").expect("written");
    for _ in 0..100 {
        let _ = fs::remove_file(&path);
        let mut file = Bounded::open(&path, 8).expect("a file");
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    let _ = symlink(&target, &path);
                }
            });
            while file.write(b"line 1\n").is_ok() && file.lines.lost < 100 {}
            is_over.store(true, Ordering::Relaxed);
        });
    }
    let text = fs::read_to_string(&target).expect("readable");
    assert_eq!(text, "the user's\n");
}

#[test]
fn a_pipe_where_a_full_file_is_put_aside_holds_up_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("calls.jsonl");
    pipe(&former(&path));
    let mut file = Bounded::open(&path, 8).expect("a file");
    file.write(b"line 1\n").expect("written");
    let (told, tells) = channel();
    thread::spawn(move || told.send(file.write(b"line 2\n")));
    let written = tells.recv_timeout(Duration::from_secs(20));
    written.expect("it waits for a writer").expect("written");
    assert_eq!(fs::read(former(&path)).expect("a file"), b"line 1\n");
}

#[test]
fn a_link_in_the_place_of_a_pipe_that_nobody_reads_is_not_written_to() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("calls");
    let target = directory.path().join("target");
    fs::write(&target, "the user's\n").expect("written");
    pipe(&path);
    let mut file = RecordFile::open(&path).expect("a pipe");
    fs::remove_file(&path).expect("removed");
    symlink(&target, &path).expect("a link");
    let refused = file.write(b"line 1\n").expect_err("no pipe");
    assert_eq!(refused.to_string(), "it is no pipe any more");
    assert_eq!(fs::read(&target).expect("readable"), b"the user's\n");
}
