//! Bodies of a gibibyte, in both directions: credrun and the relay keep none of it.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

use crate::client::{Client, PATIENCE};
use crate::support::engine::docker;
use crate::support::live::relays;
use crate::support::process::{finish_within, start};
use crate::support::until;
use crate::support::verifying_aws::VerifyingAws;

const BODY: u64 = 1 << 30;

/// Uploads and downloads, and waits for a line before it ends.
const TRANSFERS: &str = "
import sys, raw
length, block = int(sys.argv[1]), bytes(1 << 20)
unsigned = {'X-Amz-Content-SHA256': 'UNSIGNED-PAYLOAD'}
put = raw.Request('PUT', '/bucket/key', 's3', b'', unsigned)
put.set('Content-Length', str(length)).add('Connection', 'close')
with raw.connect(200) as connection:
    connection.sendall(put.encoded())
    for _ in range(length // len(block)):
        connection.sendall(block)
    print('put', raw.status(connection.makefile('rb').read()))
get = raw.Request('GET', '/bucket/key', 's3').add('Connection', 'close')
with raw.connect(200) as connection:
    connection.sendall(get.encoded())
    received, buffer = 0, bytearray(1 << 20)
    answer = connection.makefile('rb')
    while answer.readline() != b'\\r\\n':
        pass
    while count := connection.recv_into(buffer):
        received += count
    # The file has read ahead.
    print('get', length - received < 1 << 20, flush=True)
input()
";

/// An S3 that reads any body to its end, and answers a GET with as much.
fn serve(stream: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        reader.read_line(&mut head)?;
    }
    let mut stream = stream;
    if head.starts_with("PUT") {
        std::io::copy(&mut reader.take(BODY), &mut std::io::sink())?;
        return stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {BODY}\r\n\r\n")?;
    std::io::copy(&mut std::io::repeat(0).take(BODY), &mut stream)?;
    Ok(())
}

fn endless_s3() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || serve(stream));
        }
    });
    format!("http://{address}")
}

/// `VmHWM` of a process: the most memory that it ever had.
fn peak_kib(process: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("a process");
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.and_then(|kib| kib.parse().ok()).expect("a number")
}

#[test]
fn bodies_of_a_gibibyte_pass_in_little_memory() {
    let caller = VerifyingAws::shared().caller();
    let mut client = Client::new(
        &caller,
        "keyless-bulk",
        &["-i", "--log-driver", "json-file"],
    );
    let length = BODY.to_string();
    let command = client.command();
    command.env("AWS_ENDPOINT_URL_S3", endless_s3());
    let mut child = start(command.args(["-c", TRANSFERS, &length]));
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let mut next = || lines.next().expect("a line").expect("text");
    assert_eq!([next(), next()], ["put 200", "get True"]);

    let credrun = peak_kib(&child.id().to_string());
    let name = client.container().to_owned();
    until("the relay is there", || !relays(&name).is_empty());
    let relay = relays(&name).remove(0);
    let relay = docker(&["inspect", "--format={{.State.Pid}}", &relay]).success();
    let relay = peak_kib(relay.out().trim());
    println!("at most {credrun} KiB in credrun, {relay} KiB in the relay");
    // A debug build's code is in it.
    assert!(credrun <= 48 * 1024, "{credrun} KiB");
    assert!(relay <= 4 * 1024, "{relay} KiB");
    writeln!(child.stdin.take().expect("a pipe")).expect("a reader");
    finish_within(PATIENCE, child).success();
}
