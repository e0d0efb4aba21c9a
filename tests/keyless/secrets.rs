//! With `--keyless`, real credentials are in credrun's memory and nowhere else on this machine.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use crate::client::{Client, assert_absent};
use crate::support::engine::docker;
use crate::support::live::{relays, runs};
use crate::support::process::{finish, start};
use crate::support::verifying_aws::{Caller, VerifyingAws};

/// Calls through which a secret could come: bodies both ways, sets in answers, an error that
/// repeats what it was signed with.
const CALLS: &str = "
import time, boto3
from botocore.exceptions import ClientError
sts = boto3.client('sts')
role = sts.assume_role(RoleArn='arn:aws:iam::123456789012:role/r', RoleSessionName='me')
sts.get_session_token()
s3 = boto3.client('s3')
s3.create_bucket(Bucket='secrets-of-keyless',
    CreateBucketConfiguration={'LocationConstraint': s3.meta.region_name})
s3.put_object(Bucket='secrets-of-keyless', Key='key', Body=b'x' * 3_000_000)
s3.get_object(Bucket='secrets-of-keyless', Key='key')['Body'].read()
try:
    s3.get_object(Bucket='none-of-keyless', Key='key')
except ClientError:
    pass
print('up', flush=True)
input()
";

fn engine_shows_no(secrets: &[String], containers: &[&str]) {
    for container in containers {
        for what in ["inspect", "top", "diff", "logs"] {
            // A relay has no log.
            let shown = docker(&[what, container]);
            for secret in secrets {
                assert_absent(&shown.stdout, secret, what);
                assert_absent(shown.stderr.as_bytes(), secret, what);
            }
        }
    }
}

/// Arguments and environment of every process but `credrun`'s own.
fn processes_show_no(secrets: &[String], credrun: u32) {
    let processes = fs::read_dir("/proc").expect("/proc");
    let numbers = processes
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    for process in numbers.filter(|process| *process != credrun) {
        for file in ["cmdline", "environ"] {
            // It may have ended since.
            let content = fs::read(format!("/proc/{process}/{file}")).unwrap_or_default();
            for secret in secrets {
                assert_absent(&content, secret, &format!("{file} of {process}"));
            }
        }
    }
}

/// All memory of a process that can be read.
fn memory_of(process: &str) -> Vec<u8> {
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).expect("a process, and root");
    let mut memory = File::open(format!("/proc/{process}/mem")).expect("its memory");
    let mut content = Vec::new();
    for line in maps.lines() {
        let (range, rest) = line.split_once(' ').expect("a range");
        let (from, to) = range.split_once('-').expect("two ends");
        let address = |text| u64::from_str_radix(text, 16).expect("an address");
        // vsyscall is not memory of the process.
        if rest.starts_with('r') && !rest.ends_with("[vsyscall]") && !rest.ends_with("[vvar]") {
            memory
                .seek(SeekFrom::Start(address(from)))
                .expect("a place");
            let length = address(to) - address(from);
            let _ = (&mut memory).take(length).read_to_end(&mut content);
        }
    }
    content
}

fn relay_of(container: &str) -> (String, String) {
    let relay = relays(container).remove(0);
    let pid = docker(&["inspect", "--format={{.State.Pid}}", &relay]);
    (relay, pid.success().out().trim().to_owned())
}

fn fault(caller: &Caller) {
    let body = "<Error><Code>InvalidToken</Code><Token-0>{session_token}</Token-0></Error>";
    let answer = serde_json::json!({"status": 400, "body": body});
    caller.fault(&serde_json::json!({"where": "none-of-keyless", "answer": answer}));
}

fn files_show_no(secrets: &[String], directory: &Path) {
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files_show_no(secrets, &path);
        } else if let Ok(content) = fs::read(&path) {
            for secret in secrets {
                assert_absent(&content, secret, &path.display().to_string());
            }
        }
    }
}

#[test]
fn no_real_secret_is_anywhere_but_in_credrun() {
    let caller = VerifyingAws::shared().caller();
    fault(&caller);
    let room = tempfile::tempdir().expect("a directory");
    let record = room.path().join("record");
    let record = record.to_str().expect("UTF-8");
    let flags = ["-i", "--log-level=trace", "--record", record];
    let mut client = Client::new(&caller, "keyless-secrets", &flags);
    for variable in ["HOME", "TMPDIR", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"] {
        client.command().env(variable, room.path());
    }
    let mut child = start(client.command().args(["-c", CALLS]));
    let input = child.stdin.take();
    runs(client.container());

    // Of the run, the role and the session: a secret and a token each.
    let secrets = caller.secrets();
    assert_eq!(secrets.len(), 6);
    let (relay, process) = relay_of(client.container());
    engine_shows_no(&secrets, &[client.container(), &relay]);
    processes_show_no(&secrets, child.id());
    let memory = memory_of(&process);
    // What has passed last is still there, so the search is a search.
    assert!(
        memory.windows(9).any(|part| part == b"xxxxxxxxx"),
        "{}",
        memory.len()
    );
    for secret in &secrets {
        assert_absent(&memory, secret, "the relay's memory");
    }

    drop(input);
    // `input` fails without a line.
    let ended = finish(child);
    for secret in &secrets {
        assert_absent(&ended.stdout, secret, "stdout");
        assert_absent(ended.stderr.as_bytes(), secret, "stderr");
    }
    assert!(ended.stderr.contains("DEBUG credrun"), "{}", ended.stderr);
    files_show_no(&secrets, room.path());
    client.has_received();
}
