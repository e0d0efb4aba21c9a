//! A stand-in Engine that writes down create requests and refuses them.
//!
//! It speaks just enough of the API for a client to get to its create request: `/_ping` and `/version`
//! answer, every image is there, and all else is answered with an error that ends the client.
//! The one container that it creates is a relay of `--live`, or its target's request, which names
//! the relay, would never come.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};

use credrun::relay::labels::LABEL_FOR;
use serde_json::Value;

/// Any image: one without variables of its own.
const IMAGE: &str = r#"{"Id":"sha256:1","Os":"linux","Architecture":"amd64","Config":{}}"#;

/// The ID of a relay.
pub const RELAY: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// One `POST /containers/create`.
#[derive(Debug)]
pub struct CreateRequest {
    /// The path with its query.
    pub path: String,
    /// The body.
    pub body: Vec<u8>,
}

impl CreateRequest {
    /// Whether it is for a relay.
    pub fn is_relays(&self) -> bool {
        let body = serde_json::from_slice::<Value>(&self.body);
        body.is_ok_and(|body| body["Labels"].get(LABEL_FOR).is_some())
    }
}

/// The Engine, listening until the test process ends.
pub struct RecordingEngine {
    socket: PathBuf,
    requests: Receiver<CreateRequest>,
}

impl RecordingEngine {
    /// Listens on `socket`, and says that it speaks this version of the API.
    pub fn start(socket: &Path, api_version: &'static str) -> Self {
        let listener = UnixListener::bind(socket).expect("a free socket");
        let (sender, requests) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let sender = sender.clone();
                std::thread::spawn(move || serve(stream, api_version, &sender));
            }
        });
        Self {
            socket: socket.to_owned(),
            requests,
        }
    }

    /// As `DOCKER_HOST` wants it.
    pub fn address(&self) -> String {
        format!("unix://{}", self.socket.display())
    }

    /// The next create request of a client that has ended, if it sent one.
    pub fn take_request(&self) -> Option<CreateRequest> {
        // The client has its answer, so the request is here.
        self.requests.try_recv().ok()
    }
}

/// The ID in a request for an image by its ID.
fn asked_id(path: &str) -> Option<&str> {
    let (_, name) = path.split_once("/images/")?;
    let name = name.strip_suffix("/json")?;
    name.starts_with("sha256:").then_some(name)
}

/// Serves one connection until its client is gone.
fn serve(stream: UnixStream, api_version: &str, requests: &Sender<CreateRequest>) {
    let Ok(mut writer) = stream.try_clone() else {
        return;
    };
    let mut reader = BufReader::new(stream);
    let created = format!(r#"{{"Id":"{RELAY}","Warnings":[]}}"#);
    while let Some((method, path, body)) = read_request(&mut reader) {
        let image = IMAGE.replace("sha256:1", asked_id(&path).unwrap_or("sha256:1"));
        let (status, answer) = if path.contains("/containers/create") {
            let request = CreateRequest { path, body };
            let is_relays = request.is_relays();
            // The receiver is gone when the test is.
            let _ = requests.send(request);
            if is_relays {
                ("201 Created", created.as_str())
            } else {
                ("400 Bad Request", r#"{"message":"recorded"}"#)
            }
        } else if path.ends_with("/_ping") {
            ("200 OK", "OK")
        } else if path.ends_with("/version") {
            ("200 OK", r#"{"Version":"28.0.0","Arch":"amd64"}"#)
        } else if method == "GET" && path.contains("/images/") {
            ("200 OK", image.as_str())
        } else {
            ("501 Not Implemented", r#"{"message":"not recorded"}"#)
        };
        let shown = if method == "HEAD" { "" } else { answer };
        let response = format!(
            "HTTP/1.1 {status}\r\nApi-Version: {api_version}\r\nOstype: linux\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{shown}",
            answer.len()
        );
        if writer.write_all(response.as_bytes()).is_err() {
            return;
        }
    }
}

/// Method, path and body of the next request; None at the connection's end.
fn read_request(reader: &mut BufReader<UnixStream>) -> Option<(String, String, Vec<u8>)> {
    let first = read_line(reader)?;
    let mut words = first.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut length = 0;
    let mut chunked = false;
    loop {
        let line = read_line(reader)?.to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        chunked |= line.starts_with("transfer-encoding:") && line.ends_with("chunked");
    }
    let body = if chunked {
        read_chunks(reader)?
    } else {
        read_exactly(reader, length)?
    };
    Some((method, path, body))
}

fn read_chunks(reader: &mut BufReader<UnixStream>) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let length = usize::from_str_radix(&read_line(reader)?, 16).ok()?;
        body.extend(read_exactly(reader, length)?);
        read_line(reader)?;
        if length == 0 {
            return Some(body);
        }
    }
}

fn read_exactly(reader: &mut BufReader<UnixStream>, length: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes).ok()?;
    Some(bytes)
}

fn read_line(reader: &mut BufReader<UnixStream>) -> Option<String> {
    let mut line = String::new();
    let read = reader.read_line(&mut line).ok()?;
    (read > 0).then(|| line.trim_end().to_owned())
}
