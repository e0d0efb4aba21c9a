//! Any bytes as a client's: no panic, an end, and no secret without the token.
#![no_main]

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use credrun::credentials::Credentials;
use credrun::inject::live::endpoint::Endpoint;
use credrun::inject::live::renewal::Renewal;
use libfuzzer_sys::fuzz_target;
use secrecy::SecretString;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Short, so that the fuzzer finds it.
const TOKEN: &str = "tok";
const SECRET: &[u8] = b"the-secret-key";

fuzz_target!(|input: &[u8]| {
    let answer = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        // A client that stops in the middle is waited for, but not in real time.
        .start_paused(true)
        .build()
        .expect("a runtime")
        .block_on(answer_to(input));
    if contains(&answer, SECRET) {
        assert!(contains(input, TOKEN.as_bytes()));
        assert!(contains(input, b"/credentials"));
    }
});

async fn answer_to(input: &[u8]) -> Vec<u8> {
    let set = Credentials {
        access_key_id: "ASIAEXAMPLE".to_owned(),
        secret_access_key: SecretString::from(String::from_utf8_lossy(SECRET).into_owned()),
        session_token: Some(SecretString::from("session")),
        expiration: Some(SystemTime::now() + Duration::from_secs(3600)),
        account_id: None,
    };
    let again = set.clone();
    let fetch = move || std::future::ready(Ok(again.clone()));
    let renewal = Renewal::start(set, fetch, Arc::new(|_| {}));
    let report = Arc::new(|event| drop(format!("{event}")));
    let endpoint = Endpoint::new(SecretString::from(TOKEN), renewal.current(), report);

    let (mut client, server) = tokio::io::duplex(1 << 20);
    client.write_all(input).await.expect("room");
    let deadline = Duration::from_secs(60);
    tokio::time::timeout(deadline, endpoint.serve_connection(server))
        .await
        .expect("every connection ends");
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).await.expect("an end");
    answer
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}
