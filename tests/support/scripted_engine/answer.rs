//! What a scripted Engine answers with.

use std::io::{self, Write as _};
use std::os::unix::net::UnixStream;

use credrun::architecture::docker_name;
use serde_json::{Value, json};

/// Of an Engine on a machine like this one.
pub(super) fn version() -> Value {
    let architecture = docker_name(std::env::consts::ARCH);
    json!({
        "Version": "20.10.24", "ApiVersion": "1.41", "MinAPIVersion": "1.12",
        "Os": "linux", "Arch": architecture,
    })
}

/// A whole answer in JSON.
pub(super) fn respond(stream: &mut UnixStream, status: u16, body: &str) -> io::Result<()> {
    let length = match status {
        204 => String::new(),
        _ => format!("Content-Length: {}\r\n", body.len()),
    };
    let head = format!(
        "HTTP/1.1 {status} Status\r\nApi-Version: 1.41\r\nOstype: linux\r\n\
         Content-Type: application/json\r\n{length}\r\n"
    );
    stream.write_all((head + body).as_bytes())
}
