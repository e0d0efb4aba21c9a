//! The proxy with bytes of any client, for `fuzz/` and the property that it looks for
//! counterexamples to.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::account::Account;
use super::keys::{IssuedSet, Keys};
use super::proxy::{Proxy, Settings};
use super::upstream::Upstreams;
use crate::credentials::{CredentialValues, Credentials, HttpClient, ServiceEndpoints};
use crate::iam::lists::Lists;
use crate::live::renewal::Renewal;
use crate::record::{Recorder, Summary};
use crate::vars::Environment;
use crate::waits::Waits;

/// On which the proxy answers, as far as it knows.
pub const PORT: u16 = 80;
/// What fits between the client and the proxy: as much as any input.
const ROOM: usize = 1 << 20;

/// What a proxy answers to these bytes, and what became of the calls in them. AWS is nowhere.
///
/// # Errors
/// The operating system has no randomness, or starts no thread.
pub async fn answer(input: &[u8]) -> std::io::Result<(Vec<u8>, Summary)> {
    let set = Credentials::new(CredentialValues {
        access_key_id: "ASIAEXAMPLE".to_owned(),
        secret_access_key: SecretString::from("example"),
        session_token: None,
        expiration: None,
        account_id: None,
    })
    .map_err(|_| std::io::ErrorKind::InvalidData)?;
    let again = set.clone();
    let fetch = move || std::future::ready(Ok(again.clone()));
    let renewal = Renewal::start(set, fetch, Arc::new(|_| {}));
    let recorder = Arc::new(Recorder::new(None)?);
    let issued = IssuedSet::random().map_err(std::io::Error::other)?;
    let upstreams = Upstreams::new(ServiceEndpoints::default(), Some("eu-west-1"));
    let settings = Settings {
        port: PORT,
        lists: Lists::default(),
        account: Account::default(),
        upstreams: Arc::new(upstreams.map_err(std::io::Error::other)?),
        recorder: Arc::clone(&recorder),
    };
    let http = HttpClient::new(&Environment::fixed([]), None, &Waits::default());
    let keys = Arc::new(Keys::new(issued, renewal.current()));
    let proxy = Proxy::new(settings, keys, &http, Arc::new(|_| {}));
    let (mut client, server) = tokio::io::duplex(ROOM);
    client.write_all(input).await?;
    proxy.serve_connection(server).await;
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).await?;
    Ok((answer, recorder.summary()))
}

/// Longer than anything may take.
pub const DEADLINE: Duration = Duration::from_secs(600);
