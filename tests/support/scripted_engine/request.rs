//! The requests of a client as they come, and the step that each of them is.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::os::unix::net::UnixStream;

use super::{ID, Step};

/// A request as it came. [`line`](Self::line) is `POST /containers/ID/start`, without the version.
#[derive(Debug, Clone)]
pub struct Recorded {
    pub line: String,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

/// None at the end of the connection.
pub(super) fn read_request(reader: &mut BufReader<UnixStream>) -> io::Result<Option<Recorded>> {
    let mut first = String::new();
    if reader.read_line(&mut first)? == 0 {
        return Ok(None);
    }
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers
        .get("content-length")
        .and_then(|length| length.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Some(Recorded {
        line: without_version(&first).replace(ID, "ID"),
        headers,
        body,
    }))
}

/// `POST /v1.41/containers/create HTTP/1.1` → `POST /containers/create`.
fn without_version(line: &str) -> String {
    let mut words = line.split_whitespace();
    let (method, path) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    let unversioned = path
        .strip_prefix("/v")
        .and_then(|rest| rest.find('/').map(|slash| &rest[slash..]));
    format!("{method} {}", unversioned.unwrap_or(path))
}

pub(super) fn step_of(line: &str) -> Step {
    let path = line.split('?').next().unwrap_or(line);
    match path {
        "GET /_ping" | "HEAD /_ping" => Step::Ping,
        "POST /images/create" => Step::Pull,
        "POST /containers/create" => Step::Create,
        "POST /containers/ID/attach" => Step::Attach,
        "POST /containers/ID/wait" => Step::Wait,
        "POST /containers/ID/start" => Step::Start,
        "POST /containers/ID/kill" => Step::Kill,
        "POST /containers/ID/stop" => Step::Stop,
        "POST /containers/ID/resize" => Step::Resize,
        "GET /containers/json" => Step::List,
        "GET /version" => Step::Version,
        "DELETE /containers/ID" => Step::Remove,
        _ if path.starts_with("GET /images/") => Step::Image,
        _ => Step::Other,
    }
}
