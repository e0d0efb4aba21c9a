//! Any bytes as a client's: no panic, an end, and no secret without the token.
#![allow(dead_code, reason = "the relay's property uses a part of it")]

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use credrun::credentials::{CredentialValues, Credentials};
use credrun::live::endpoint::Endpoint;
use credrun::live::renewal::Renewal;
use secrecy::SecretString;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

/// Short, so that the fuzzer finds it.
const TOKEN: &str = "tok";
/// The secret access key of the set that is served.
pub(super) const SECRET: &str = "the-secret-key";
/// Longer than anything may take.
pub(super) const DEADLINE: Duration = Duration::from_secs(60);

/// What is answered to `input`.
///
/// # Panics
/// Where the property does not hold.
pub(super) fn holds(input: &[u8]) -> Vec<u8> {
    let answer = in_no_time(async {
        let (endpoint, _renewal) = endpoint();
        let (mut client, server) = tokio::io::duplex(1 << 20);
        client.write_all(input).await.expect("room");
        timeout(DEADLINE, endpoint.serve_connection(server))
            .await
            .expect("every connection ends");
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).await.expect("an end");
        answer
    });
    keeps_the_secret(input, &answer);
    answer
}

/// Runs `story` by a clock that goes on whenever everyone waits: a client that stops in the middle
/// is waited for, but not in real time.
pub(super) fn in_no_time<T>(story: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime")
        .block_on(story)
}

/// An endpoint with a set that lives for an hour.
pub(super) fn endpoint() -> (Arc<Endpoint>, Renewal) {
    let set = Credentials::new(CredentialValues {
        access_key_id: "ASIAEXAMPLE".to_owned(),
        secret_access_key: SecretString::from(SECRET),
        session_token: Some(SecretString::from("session")),
        expiration: Some(SystemTime::now() + Duration::from_secs(3600)),
        account_id: None,
    })
    .expect("a set");
    let again = set.clone();
    let fetch = move || std::future::ready(Ok(again.clone()));
    let renewal = Renewal::start(set, fetch, Arc::new(|_| {}));
    let report = Arc::new(|event| drop(format!("{event}")));
    let endpoint = Endpoint::new(SecretString::from(TOKEN), renewal.current(), report);
    (Arc::new(endpoint), renewal)
}

/// Who is told the secret has shown the token, and named the path.
///
/// # Panics
/// Where that is not so.
pub(super) fn keeps_the_secret(input: &[u8], answer: &[u8]) {
    if contains(answer, SECRET) {
        assert!(contains(input, TOKEN));
        assert!(contains(input, "/credentials"));
    }
}

/// Whether `text` is somewhere in `bytes`.
pub(super) fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}
