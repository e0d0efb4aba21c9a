use std::io::Read as _;
use std::path::PathBuf;
use std::time::{Instant, SystemTime};

use super::*;
use crate::record::Verdict;

fn call() -> Call {
    Call {
        module: Some("sts"),
        operation: Some("GetCallerIdentity"),
        verdict: Verdict::Passed,
        ..Call::begun(SystemTime::UNIX_EPOCH)
    }
}

fn fifo() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("fifo");
    // rustix has no call for it on macOS.
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.expect("mkfifo").success());
    (directory, path)
}

fn recorder(path: &std::path::Path) -> Recorder {
    let file = RecordFile::open(path).expect("a file");
    Recorder::new(Some(file)).expect("a thread")
}

#[tokio::test]
async fn each_call_is_a_line_of_the_file_in_order() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("calls.jsonl");
    let recorder = recorder(&path);
    for sent in 0..500 {
        recorder.note(&Call { sent, ..call() });
    }
    recorder.finish().await.expect("all of them");
    let text = std::fs::read_to_string(&path).expect("readable");
    for (index, line) in text.lines().enumerate() {
        let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(line["BytesSent"], index);
    }
    assert_eq!(text.lines().count(), 500);
    assert_eq!(recorder.summary().calls, 500);
}

#[tokio::test]
async fn without_a_file_calls_are_counted() {
    let recorder = Recorder::new(None).expect("no thread");
    recorder.note(&call());
    recorder.finish().await.expect("nothing to write");
    assert_eq!(recorder.summary().to_string(), "1 call");
}

#[tokio::test(start_paused = true)]
async fn a_pipe_that_nobody_reads_holds_up_no_call_and_its_lines_are_counted_as_missing() {
    let (_directory, path) = fifo();
    let recorder = recorder(&path);
    let began = Instant::now();
    for _ in 0..10 * QUEUE {
        recorder.note(&call());
    }
    assert!(began.elapsed() < Duration::from_secs(20), "it waited");
    let missing = recorder.finish().await.expect_err("nobody reads");
    assert_eq!(
        missing.to_string(),
        "is not complete: 10240 calls are missing (it was not read within 5 s)"
    );
}

#[tokio::test]
async fn a_reader_that_comes_late_gets_what_was_kept_for_it() {
    let (_directory, path) = fifo();
    let recorder = recorder(&path);
    for _ in 0..3 {
        recorder.note(&call());
    }
    let reader = thread::spawn(move || {
        let mut text = String::new();
        let mut pipe = std::fs::File::open(path).expect("a writer");
        pipe.read_to_string(&mut text).expect("text");
        text
    });
    recorder.finish().await.expect("a reader came");
    assert_eq!(reader.join().expect("no panic").lines().count(), 3);
}

#[tokio::test]
async fn a_reader_of_a_run_without_calls_sees_the_end_of_file() {
    let (_directory, path) = fifo();
    let recorder = recorder(&path);
    let reader = thread::spawn(move || std::fs::read(path).expect("an end"));
    // Joining waits for a writer to open the pipe, and to close it.
    recorder.finish().await.expect("nothing to write");
    assert!(reader.join().expect("no panic").is_empty());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_is_told_with_how_many_lines_it_has_cost() {
    let recorder = recorder(std::path::Path::new("/dev/full"));
    for _ in 0..2 {
        recorder.note(&call());
    }
    let missing = recorder.finish().await.expect_err("no room");
    let told = missing.to_string();
    assert!(
        told.starts_with("is not complete: 2 calls are missing (No space left"),
        "{told}"
    );
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_run_without_calls_says_that_the_record_of_an_earlier_one_is_still_there() {
    let recorder = Recorder::new(Some(RecordFile::sealed())).expect("a thread");
    recorder.run_begins();
    let missing = recorder.finish().await.expect_err("sealed").to_string();
    assert!(
        missing.starts_with(
            "is still the one of an earlier run: it could not be emptied (Operation not permitted"
        ),
        "{missing}"
    );
}
