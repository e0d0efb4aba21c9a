//! An HTTP proxy as a company has one: it makes tunnels with `CONNECT`, passes plain requests on,
//! and notes what it was asked. Where a name leads to is its own matter, so that AWS's names lead
//! to stand-ins.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What the proxy does with a request.
#[derive(Debug, Clone, Copy)]
pub enum Manner {
    /// Whatever the name, connects to there.
    LeadTo(SocketAddr),
    /// Answers with this status.
    Answer(u16),
    /// Never answers.
    Hang,
}

/// A request to the proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// `CONNECT sts.eu-west-1.amazonaws.com:443`
    pub line: String,
    /// `Proxy-Authorization`.
    pub authorization: Option<String>,
}

/// The proxy. Its threads end with the process.
pub struct ConnectProxy {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl ConnectProxy {
    /// Listens on a free loopback port.
    pub fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let noted = Arc::clone(&noted);
                thread::spawn(move || serve(stream, manner, &noted));
            }
        });
        Self { address, asked }
    }

    /// `127.0.0.1:PORT`
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Every request so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("not poisoned").clone()
    }

    /// Their first lines.
    pub fn lines(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.line).collect()
    }
}

fn serve(mut client: TcpStream, manner: Manner, noted: &Mutex<Vec<Asked>>) {
    let Some(head) = read_head(&mut client) else {
        return;
    };
    let text = String::from_utf8_lossy(&head).into_owned();
    let first = text.lines().next().unwrap_or_default();
    let authorization = text.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("proxy-authorization")
            .then(|| value.to_owned())
    });
    noted.lock().expect("not poisoned").push(Asked {
        line: first.trim_end_matches(" HTTP/1.1").to_owned(),
        authorization,
    });
    match manner {
        Manner::Hang => {
            // Until the client has given up.
            let _ = client.read(&mut [0]);
        }
        Manner::Answer(status) => {
            let answer = format!("HTTP/1.1 {status} Status\r\nContent-Length: 0\r\n\r\n");
            let _ = client.write_all(answer.as_bytes());
        }
        Manner::LeadTo(address) => {
            let Ok(mut server) = TcpStream::connect(address) else {
                return;
            };
            let begun = if first.starts_with("CONNECT ") {
                client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
            } else {
                server.write_all(in_origin_form(&text).as_bytes())
            };
            if begun.is_ok() {
                pass_on(client, server);
            }
        }
    }
}

/// As the server gets it: the path alone, and nothing that is for the proxy.
fn in_origin_form(head: &str) -> String {
    let (first, rest) = head.split_once("\r\n").unwrap_or((head, ""));
    let mut words = first.splitn(3, ' ');
    let (method, url) = (words.next(), words.next().unwrap_or_default());
    let path = url.splitn(4, '/').nth(3).unwrap_or_default();
    let lines = rest.split_inclusive("\r\n");
    let theirs = lines.filter(|line| !line.to_lowercase().starts_with("proxy-"));
    format!(
        "{} /{path} HTTP/1.1\r\n{}",
        method.unwrap_or_default(),
        theirs.collect::<String>()
    )
}

/// Up to the empty line, and nothing of what follows it.
fn read_head(client: &mut TcpStream) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    Some(head)
}

fn pass_on(client: TcpStream, server: TcpStream) {
    let copy = |mut from: TcpStream, mut to: TcpStream| {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    };
    let (from, to) = (client.try_clone(), server.try_clone());
    if let (Ok(from), Ok(to)) = (from, to) {
        thread::spawn(move || copy(from, to));
    }
    copy(server, client);
}
