//! A small HTTP/1.1 server for stand-ins: a thread a connection, one request each, after which it is
//! closed, or falls silent.
//!
//! On a real socket and without a runtime, so that a stand-in serves a test of the library and a
//! child process alike.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

/// One request, as it came.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    pub target: String,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

/// What is sent back.
#[derive(Debug, Clone)]
pub enum Reply {
    /// A whole answer.
    Answer {
        status: u16,
        headers: Vec<(String, String)>,
        body: String,
    },
    /// The bytes of a file.
    File(Vec<u8>),
    /// The connection is closed without a word.
    Close,
    /// The connection stays open without a word, until the server ends.
    Hang,
}

/// Stops listening when dropped.
pub struct HttpServer {
    address: SocketAddr,
    ended: Arc<AtomicBool>,
}

impl HttpServer {
    /// Serves on a free loopback port.
    pub fn start(handler: impl Fn(Request) -> Reply + Send + Sync + 'static) -> Self {
        Self::serving(handler, false)
    }

    /// The same with connections that stay open after an answer, and on which no other comes: as
    /// if the way to the server had changed meanwhile.
    pub fn falling_silent(handler: impl Fn(Request) -> Reply + Send + Sync + 'static) -> Self {
        Self::serving(handler, true)
    }

    fn serving(
        handler: impl Fn(Request) -> Reply + Send + Sync + 'static,
        falls_silent: bool,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let ended = Arc::new(AtomicBool::new(false));
        let handler = Arc::new(handler);
        let flag = Arc::clone(&ended);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if flag.load(Ordering::SeqCst) {
                    break;
                }
                let (handler, flag) = (Arc::clone(&handler), Arc::clone(&flag));
                if let Ok(stream) = stream {
                    std::thread::spawn(move || serve(stream, &*handler, falls_silent, &flag));
                }
            }
        });
        Self { address, ended }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        // Wakes the listening thread, which then lets go of the port.
        let _ = TcpStream::connect(self.address);
    }
}

/// A loopback address where nothing listens.
pub fn refused_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("an address")
}

/// `time` as in the header `Date`.
pub fn http_date(time: SystemTime) -> String {
    let seconds = DateTime::from(time).secs();
    DateTime::from_secs(seconds)
        .fmt(Format::HttpDate)
        .expect("a date")
}

fn serve(
    mut stream: TcpStream,
    handler: &dyn Fn(Request) -> Reply,
    falls_silent: bool,
    ended: &AtomicBool,
) {
    let Some(request) = read_request(&stream) else {
        return;
    };
    let hang = || {
        while !ended.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    let (status, mut headers, body) = match handler(request) {
        Reply::Close => return,
        Reply::Hang => return hang(),
        Reply::Answer {
            status,
            headers,
            body,
        } => (status, headers, body.into_bytes()),
        Reply::File(bytes) => (200, Vec::new(), bytes),
    };
    headers.push(("Content-Length".to_owned(), body.len().to_string()));
    if !falls_silent {
        headers.push(("Connection".to_owned(), "close".to_owned()));
    }
    let mut head = format!("HTTP/1.1 {status} Status\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let _ = stream.write_all(&[(head + "\r\n").as_bytes(), &body].concat());
    if falls_silent {
        hang();
    }
}

fn read_request(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':')?;
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers
        .get("content-length")
        .and_then(|length| length.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request {
        method,
        target,
        headers,
        body,
    })
}
