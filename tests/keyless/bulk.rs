//! Bodies of gibibytes, in both directions: credrun and the relay keep none of it.

use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::PoisonError;
use std::thread;

use crate::client::{Client, PATIENCE};
use crate::hostile::FLOOD;
use crate::support::engine::docker;
use crate::support::live::relays;
use crate::support::process::{finish_within, start};
use crate::support::until;
use crate::support::verifying_aws::VerifyingAws;

/// What credrun may have at most beside its code, which in a debug build is large.
const MOST_KIB: u64 = 16 * 1024;
/// All that it may have. The pages of a debug build's code grow with the program, and are no measure.
const MOST_WITH_CODE_KIB: u64 = if cfg!(debug_assertions) { 64 } else { 32 } * 1024;

/// `BULK_GIB=10` takes minutes.
fn body() -> u64 {
    let gibibytes = env::var("BULK_GIB").map(|text| text.parse().expect("a number"));
    gibibytes.unwrap_or(2) << 30
}

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
fn serve(stream: TcpStream, body: u64) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        reader.read_line(&mut head)?;
    }
    let mut stream = stream;
    if head.starts_with("PUT") {
        std::io::copy(&mut reader.take(body), &mut std::io::sink())?;
        return stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {body}\r\n\r\n")?;
    std::io::copy(&mut std::io::repeat(0).take(body), &mut stream)?;
    Ok(())
}

fn endless_s3(body: u64) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || serve(stream, body));
        }
    });
    format!("http://{address}")
}

/// A line of a process's status, in KiB.
fn kib(process: &str, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("a process");
    let line = status.lines().find(|line| line.starts_with(name));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.and_then(|kib| kib.parse().ok()).expect("a number")
}

/// The most memory that a process ever had.
fn peak_kib(process: &str) -> u64 {
    kib(process, "VmHWM:")
}

/// The same without the pages of files, which are read and stay.
fn own_peak_kib(process: &str) -> u64 {
    peak_kib(process) - kib(process, "RssFile:")
}

#[test]
fn bodies_of_gibibytes_pass_in_little_memory() {
    let _alone = FLOOD.lock().unwrap_or_else(PoisonError::into_inner);
    let caller = VerifyingAws::shared().caller();
    let mut client = Client::new(
        &caller,
        "keyless-bulk",
        &["-i", "--log-driver", "json-file"],
    );
    let length = body().to_string();
    let command = client.command();
    command.env("AWS_ENDPOINT_URL_S3", endless_s3(body()));
    let mut child = start(command.args(["-c", TRANSFERS, &length]));
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let mut next = || lines.next().expect("a line").expect("text");
    assert_eq!([next(), next()], ["put 200", "get True"]);

    let process = child.id().to_string();
    let credrun = peak_kib(&process);
    let own = own_peak_kib(&process);
    let name = client.container().to_owned();
    until("the relay is there", || !relays(&name).is_empty());
    let relay = relays(&name).remove(0);
    let relay = docker(&["inspect", "--format={{.State.Pid}}", &relay]).success();
    let relay = peak_kib(relay.out().trim());
    println!("at most {credrun} KiB in credrun, {own} beside its code, {relay} KiB in the relay");
    assert!(own <= MOST_KIB, "{own} KiB");
    assert!(credrun <= MOST_WITH_CODE_KIB, "{credrun} KiB");
    assert!(relay <= 4 * 1024, "{relay} KiB");
    writeln!(child.stdin.take().expect("a pipe")).expect("a reader");
    finish_within(PATIENCE, child).success();
}
