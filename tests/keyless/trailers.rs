//! Fields behind bodies, from the container to AWS and back.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use crate::client::Client;
use crate::support::verifying_aws::VerifyingAws;

/// Behind the content of each answer. `{token}` is that of the real set.
const ANSWER: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\
    Trailer: X-After, X-Leak, Set-Cookie, Content-Length\r\n\r\n\
    7\r\ncontent\r\n0\r\nX-After: 1\r\nX-Leak: {token}\r\nSet-Cookie: a=b\r\nContent-Length: 7\r\n\r\n";

/// Reads a request, and gives its head and what comes behind its body.
fn serve(mut stream: TcpStream, seen: &Sender<String>, answer: &str) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let mut request = String::new();
        while !request.ends_with("\r\n\r\n") {
            if reader.read_line(&mut request)? == 0 {
                return Ok(());
            }
        }
        if request
            .to_ascii_lowercase()
            .contains("transfer-encoding: chunked")
        {
            let mut size = String::new();
            while size != "0\r\n" {
                size.clear();
                reader.read_line(&mut size)?;
                let Ok(length) = usize::from_str_radix(size.trim(), 16) else {
                    return Ok(());
                };
                let mut chunk = vec![0; if length == 0 { 0 } else { length + 2 }];
                reader.read_exact(&mut chunk)?;
            }
            while !request.ends_with("\r\n\r\n\r\n") {
                let mut line = String::new();
                reader.read_line(&mut line)?;
                request.push_str(&line);
                if line == "\r\n" {
                    break;
                }
            }
        }
        seen.send(request).expect("a reader");
        stream.write_all(answer.as_bytes())?;
    }
}

/// An S3 that has fields behind all its answers, and tells what requests it got.
fn s3(token: &str) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let answer = ANSWER.replace("{token}", token);
    let (seen, requests) = channel();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (seen, answer) = (seen.clone(), answer.clone());
            thread::spawn(move || serve(stream, &seen, &answer));
        }
    });
    (format!("http://{address}"), requests)
}

/// What the client printed, and the requests that came.
fn ran(steps: &[&str]) -> (String, Vec<String>) {
    let caller = VerifyingAws::shared().caller();
    let (address, requests) = s3(&caller.variables()["AWS_SESSION_TOKEN"]);
    let mut client = Client::new(&caller, "keyless-trailers", &[]);
    client.command().env("AWS_ENDPOINT_URL_S3", address);
    let ran = client.run(&[&["trailers.py"], steps].concat()).success();
    println!("{}{}", ran.out(), ran.stderr);
    client.has_received();
    (ran.out(), requests.try_iter().collect())
}

/// The lines of a request that are about what is behind its body, and the lines there.
fn trailers(request: &str) -> (Vec<&str>, Vec<&str>) {
    let (head, behind) = request.split_once("\r\n\r\n").expect("a head");
    let head = head.lines().filter(|line| {
        let line = line.to_ascii_lowercase();
        ["te:", "trailer:", "connection:"]
            .iter()
            .any(|name| line.starts_with(name))
    });
    (
        head.collect(),
        behind.lines().filter(|line| !line.is_empty()).collect(),
    )
}

#[test]
fn announced_trailers_pass_both_ways_over_http1() {
    let (out, requests) = ran(&["over_http1", "without_te"]);
    let with = "http1 200 ['trailer: x-after, x-leak']\n7|content|0|x-after: 1||\n";
    assert_eq!(out, format!("{with}7|content|0||\n"));
    let [put, get] = &requests[..] else {
        panic!("{requests:?}")
    };
    let announced = vec!["te: trailers", "connection: te", "trailer: x-own"];
    assert_eq!(trailers(put), (announced, vec!["x-own: 1"]));
    assert_eq!(trailers(get), (vec![], vec![]));
}

#[test]
fn trailers_pass_both_ways_over_http2() {
    let (out, requests) = ran(&["from_http2", "to_http2"]);
    assert_eq!(out, "HTTP/2 200|contentx-after: 1\nto http2\n");
    let [get, put] = &requests[..] else {
        panic!("{requests:?}")
    };
    assert_eq!(trailers(get), (vec![], vec![]));
    assert_eq!(trailers(put), (vec!["trailer: x-own"], vec!["x-own: 1"]));
}

#[test]
fn a_trailer_that_would_change_the_call_ends_it() {
    let (out, requests) = ran(&["misplaced"]);
    let names = [
        "X-Amz-Acl",
        "Authorization",
        "Content-Length",
        "Host",
        "held",
    ];
    let lines = names.map(|name| format!("misplaced {name} 400 InvalidRequest\n"));
    assert_eq!(out, lines.concat());
    assert_eq!(requests, [""; 0]);
}
