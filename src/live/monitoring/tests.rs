use std::fs;

use serde_json::json;
use tokio::io::AsyncWriteExt as _;

use super::*;
use crate::credentials::{CredentialValues, Credentials};
use crate::live::event::FailureKind;
use crate::live::renewal::{FetchError, Renewal};
use crate::record::RecordFile;
use crate::relay::frame::{Frame, VERSION};
use crate::relay::mux::Mux;

const TOKEN: &str = "IQoJb3JpZ2luX2VjEXAMPLETOKEN";

/// A call, as botocore tells of it, in this region.
fn attempt(region: &str) -> Vec<u8> {
    let told = json!({
        "Version": 1, "ClientId": "credrun", "Type": "ApiCallAttempt",
        "Service": "S3", "Api": "ListObjectsV2", "AttemptLatency": 42,
        "SessionToken": TOKEN, "Region": region, "HttpStatusCode": 200,
    });
    told.to_string().into_bytes()
}

/// The datagrams of a relay that passes these on and ends.
async fn datagrams(of: &[Vec<u8>]) -> Datagrams {
    let mut frames = Vec::new();
    let ready = Frame::Ready {
        version: VERSION,
        port: 21776,
    };
    ready.encode(&mut frames);
    for bytes in of {
        Frame::Datagram(bytes).encode(&mut frames);
    }
    let (mut relay, stdout) = tokio::io::duplex(frames.len());
    relay.write_all(&frames).await.expect("room");
    drop(relay);
    let connected = Mux::connect(stdout, tokio::io::sink()).await;
    let mut mux = connected.expect("a relay");
    let datagrams = mux.datagrams().expect("the first to ask");
    assert!(mux.accept().await.expect("no breach").is_none());
    datagrams
}

/// Notes them, and returns the record's lines and how many were lost.
async fn noted(of: &[Vec<u8>]) -> (Vec<String>, u64) {
    let set = Credentials::new(CredentialValues {
        access_key_id: "ASIAIOSFODNN7EXAMPLE".to_owned(),
        secret_access_key: "secret".into(),
        session_token: Some(TOKEN.into()),
        expiration: None,
        account_id: None,
    });
    let fetch = async || {
        Err::<Credentials, _>(FetchError {
            why: "nobody is there".into(),
            kind: FailureKind::Other,
        })
    };
    let renewal = Renewal::start(set.expect("a set"), fetch, Arc::new(|_| {}));
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("calls.jsonl");
    let file = RecordFile::open(&path).expect("a file");
    let recorder = Arc::new(Recorder::new(Some(file)).expect("a thread"));
    recorder.run_begins();
    let lost = Arc::<AtomicU64>::default();
    let monitor = Monitor::new(Arc::clone(&recorder), Arc::clone(&lost), renewal.current());
    monitor.watch(datagrams(of).await).await;
    recorder.finish().await.expect("all lines");
    let record = fs::read_to_string(path).expect("the record");
    let lines = record.lines().map(str::to_owned).collect();
    (lines, lost.load(Ordering::Relaxed))
}

#[tokio::test]
async fn calls_that_sdks_tell_of_are_noted_without_the_sets_secrets() {
    let told = [attempt("eu-west-1"), b"no JSON".to_vec(), attempt(TOKEN)];
    let (lines, lost) = noted(&told).await;
    let calls: Vec<_> = lines
        .iter()
        .filter(|line| line.contains("ListObjectsV2"))
        .collect();
    assert_eq!((calls.len(), lost), (2, 0), "{lines:?}");
    assert!(calls[0].contains("eu-west-1"), "{lines:?}");
    assert!(lines.iter().all(|line| !line.contains(TOKEN)), "{lines:?}");
}

#[tokio::test]
async fn what_comes_faster_than_it_is_read_is_dropped_and_counted_once() {
    let told: Vec<_> = (0..600).map(|_| attempt("eu-west-1")).collect();
    let (lines, lost) = noted(&told).await;
    let calls = lines.iter().filter(|line| line.contains("ListObjectsV2"));
    assert_eq!(calls.count() as u64 + lost, 600);
    assert!(lost > 0);
}
