//! The real Engine, spoken to in plain HTTP, so that what is tested of `--live` stands on
//! nothing but the Engine's own API. `CREDRUN_TEST_ENGINE` names another socket than Docker's:
//! Podman's, a rootless Engine's.

use std::path::PathBuf;
use std::time::Duration;

use bollard::models::ContainerCreateBody;
use bytes::Bytes;
use credrun::engine::reach::connect::Connector;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, WriteHalf};
use tokio::task::AbortHandle;
use tokio::time::timeout;

/// For any one call; a cold engine takes a second to create a container.
const DEADLINE: Duration = Duration::from_secs(60);

async fn send(request: Request<Full<Bytes>>) -> Response<Incoming> {
    let socket = std::env::var_os("CREDRUN_TEST_ENGINE");
    let socket = PathBuf::from(socket.unwrap_or_else(|| "/var/run/docker.sock".into()));
    let stream = Connector::Unix(socket).connect().await;
    let stream = TokioIo::new(stream.expect("an Engine's socket"));
    let (mut client, connection) = hyper::client::conn::http1::handshake(stream)
        .await
        .expect("HTTP");
    tokio::spawn(connection.with_upgrades());
    timeout(DEADLINE, client.send_request(request))
        .await
        .expect("the Engine answers in time")
        .expect("the Engine answers")
}

fn request(method: Method, path: &str, content_type: &str, body: Bytes) -> Request<Full<Bytes>> {
    Request::builder()
        .method(method)
        .uri(path)
        .header("Host", "docker")
        .header("Content-Type", content_type)
        .body(Full::new(body))
        .expect("a request")
}

/// One call with its whole answer.
pub async fn call(
    method: Method,
    path: &str,
    content_type: &str,
    body: Bytes,
) -> (StatusCode, Bytes) {
    let answer = send(request(method, path, content_type, body)).await;
    let status = answer.status();
    let body = timeout(DEADLINE, answer.into_body().collect()).await;
    (status, body.expect("in time").expect("a body").to_bytes())
}

async fn json(method: Method, path: &str, body: Bytes) -> Value {
    let (status, body) = call(method, path, "application/json", body).await;
    let text = String::from_utf8_lossy(&body);
    assert!(status.is_success(), "{path}: {status} {text}");
    serde_json::from_slice(&body).unwrap_or_default()
}

/// `GET` of an object that must exist.
pub async fn get(path: &str) -> Value {
    json(Method::GET, path, Bytes::new()).await
}

/// `POST` that must succeed.
pub async fn post(path: &str, body: &Value) -> Value {
    json(Method::POST, path, Bytes::from(body.to_string())).await
}

/// Loads an image archive unless the Engine has an image of one of these IDs; the ID.
pub async fn load(ids: &[String], archive: Vec<u8>) -> String {
    if let Some(id) = image_of(ids).await {
        return id;
    }
    let path = "/images/load?quiet=1";
    let (status, body) = call(Method::POST, path, "application/x-tar", archive.into()).await;
    assert!(status.is_success(), "{}", String::from_utf8_lossy(&body));
    image_of(ids).await.expect("the image that was loaded")
}

async fn image_of(ids: &[String]) -> Option<String> {
    for id in ids {
        let path = format!("/images/{id}/json");
        let (status, _) = call(Method::GET, &path, "application/json", Bytes::new()).await;
        if status.is_success() {
            return Some(id.clone());
        }
    }
    None
}

/// Creates a container; its ID.
pub async fn create(body: &ContainerCreateBody, name: Option<&str>) -> String {
    let query = name.map_or(String::new(), |name| format!("?name={name}"));
    let body = serde_json::to_value(body).expect("JSON");
    let created = post(&format!("/containers/create{query}"), &body).await;
    created["Id"].as_str().expect("an ID").to_owned()
}

/// Starts a container.
pub async fn start(id: &str) {
    post(&format!("/containers/{id}/start"), &Value::Null).await;
}

/// Removes a container, running or not.
pub async fn remove(id: &str) {
    let path = format!("/containers/{id}?force=1&v=1");
    call(Method::DELETE, &path, "application/json", Bytes::new()).await;
}

/// Waits for a container's end; its status, and what it wrote.
pub async fn finish(id: &str) -> (i64, String) {
    let ended = post(&format!("/containers/{id}/wait"), &Value::Null).await;
    let path = format!("/containers/{id}/logs?stdout=1&stderr=1");
    let (_, log) = call(Method::GET, &path, "application/json", Bytes::new()).await;
    let mut text = Vec::new();
    let mut rest = &log[..];
    while let [_, 0, 0, 0, a, b, c, d, after @ ..] = rest {
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        let (payload, next) = after.split_at(length);
        text.extend_from_slice(payload);
        rest = next;
    }
    let text = String::from_utf8_lossy(&text).into_owned();
    (ended["StatusCode"].as_i64().expect("a status"), text)
}

/// Waits until the Engine knows no container of this ID.
pub async fn gone(id: &str) {
    let path = format!("/containers/{id}/wait?condition=removed");
    // A container that is gone already is answered by 404, else the answer comes at its end.
    let (status, body) = call(Method::POST, &path, "application/json", Bytes::new()).await;
    let text = String::from_utf8_lossy(&body);
    assert!(
        status.is_success() || status == StatusCode::NOT_FOUND,
        "{status} {text}"
    );
}

/// An attached container without a TTY. Dropping the streams and ending the task closes the
/// connection, as the kernel does for a client that is killed.
pub struct Attached {
    pub stdout: DuplexStream,
    pub stdin: WriteHalf<TokioIo<Upgraded>>,
    pub demultiplexer: AbortHandle,
}

/// Attaches to a container.
pub async fn attach(id: &str) -> Attached {
    let path = format!("/containers/{id}/attach?stream=1&stdin=1&stdout=1&stderr=1");
    let mut request = request(Method::POST, &path, "application/json", Bytes::new());
    let headers = request.headers_mut();
    headers.insert("Connection", http::HeaderValue::from_static("Upgrade"));
    headers.insert("Upgrade", http::HeaderValue::from_static("tcp"));
    let answer = send(request).await;
    assert_eq!(answer.status(), StatusCode::SWITCHING_PROTOCOLS);
    let stream = hyper::upgrade::on(answer).await.expect("an upgrade");
    let (reader, stdin) = tokio::io::split(TokioIo::new(stream));
    let (stdout, sink) = tokio::io::duplex(64 * 1024);
    let demultiplexer = tokio::spawn(demultiplex(reader, sink)).abort_handle();
    Attached {
        stdout,
        stdin,
        demultiplexer,
    }
}

/// Docker's frames, each a stream's number, three zeros, a length and bytes → stdout's bytes.
async fn demultiplex(mut frames: impl AsyncRead + Unpin, mut stdout: DuplexStream) {
    let mut header = [0; 8];
    while frames.read_exact(&mut header).await.is_ok() {
        let [stream, _, _, _, a, b, c, d] = header;
        let mut payload = vec![0; u32::from_be_bytes([a, b, c, d]) as usize];
        if frames.read_exact(&mut payload).await.is_err() {
            return;
        }
        if stream == 1 && stdout.write_all(&payload).await.is_err() {
            return;
        }
    }
}
