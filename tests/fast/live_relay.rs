//! The relay's program, run as it is in the engine: its stdin and stdout are credrun's, its
//! loopback the clients'.

mod breaches;
mod datagrams;
mod flow;
mod turns;

use std::env::consts::ARCH;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{self, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use credrun::credentials::{CredentialValues, Credentials};
use credrun::live::Event;
use credrun::live::endpoint::{Endpoint, PATH};
use credrun::live::renewal::Renewal;
use credrun::relay::frame;
use credrun::relay::image::relay_binary;
use credrun::relay::mux::{Mux, RelayError};
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
use secrecy::SecretString;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

const DEADLINE: Duration = Duration::from_secs(20);
const TOKEN: &str = "the-token";

/// The relay, running.
struct Relay {
    process: Child,
}

/// Written once: a program cannot be started while a test beside holds it open for writing. It is there at
/// each moment: a test starts this program again.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let (path, new) = ("credrun-relay", format!("credrun-relay-{}", process::id()));
        let (path, new) = (directory.join(path), directory.join(new));
        fs::write(&new, relay_binary(ARCH).expect("a relay")).expect("room");
        fs::set_permissions(&new, fs::Permissions::from_mode(0o755)).expect("a mode");
        fs::rename(&new, &path).expect("renamed");
        path
    })
}

impl Relay {
    fn start(port: u16) -> Self {
        Self::start_by(Command::new(program()).arg(port.to_string()))
    }

    fn start_by(command: &mut Command) -> Self {
        let process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the relay starts");
        Self { process }
    }

    async fn mux(&mut self) -> Result<Mux, RelayError> {
        let stdout = self.process.stdout.take().expect("a pipe");
        let stdin = self.process.stdin.take().expect("a pipe");
        Mux::connect(stdout, stdin).await
    }
}

/// A relay with the endpoint behind it: its port, and what was reported.
async fn endpoint(relay: &mut Relay) -> (u16, Renewal, Arc<Mutex<Vec<Event>>>) {
    endpoint_with(relay, Duration::from_secs(10)).await
}

/// The same with a deadline for each connection.
async fn endpoint_with(
    relay: &mut Relay,
    deadline: Duration,
) -> (u16, Renewal, Arc<Mutex<Vec<Event>>>) {
    let mux = relay.mux().await.expect("the relay listens");
    let port = mux.port();
    let (renewal, events) = endpoint_of(mux, deadline);
    (port, renewal, events)
}

/// An endpoint for what comes through `mux`.
fn endpoint_of(mux: Mux, deadline: Duration) -> (Renewal, Arc<Mutex<Vec<Event>>>) {
    let events = Arc::new(Mutex::new(Vec::new()));
    let report = {
        let events = Arc::clone(&events);
        Arc::new(move |event| events.lock().expect("a lock").push(event))
    };
    let set = Credentials::new(CredentialValues {
        access_key_id: "ASIAEXAMPLE".to_owned(),
        secret_access_key: SecretString::from("secret"),
        session_token: Some(SecretString::from("session")),
        expiration: Some(SystemTime::now() + Duration::from_secs(3600)),
        account_id: None,
    })
    .expect("a set");
    let again = set.clone();
    let fetch = move || {
        let set = again.clone();
        async move { Ok(set) }
    };
    let renewal = Renewal::start(set, fetch, report.clone());
    let endpoint = Endpoint::new(SecretString::from(TOKEN), renewal.current(), report);
    let endpoint = endpoint.with_deadline(deadline);
    tokio::spawn(async move { Arc::new(endpoint).serve(mux).await });
    (renewal, events)
}

fn request(port: u16) -> String {
    format!("GET {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: {TOKEN}\r\n\r\n")
}

async fn exchange(port: u16, request: &[u8]) -> std::io::Result<String> {
    let mut client = TcpStream::connect(("127.0.0.1", port)).await?;
    client.write_all(request).await?;
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

async fn ask(port: u16) -> String {
    timeout(DEADLINE, exchange(port, request(port).as_bytes()))
        .await
        .expect("an answer in time")
        .expect("an answer")
}

#[tokio::test]
async fn a_request_through_the_relay_is_answered() {
    let mut relay = Relay::start(0);
    let (port, _renewal, _) = endpoint(&mut relay).await;
    let answer = ask(port).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains(r#"{"AccessKeyId":"ASIAEXAMPLE","SecretAccessKey":"secret""#));
}

#[tokio::test]
async fn a_client_that_shuts_down_its_sending_half_still_gets_its_answer() {
    let mut relay = Relay::start(0);
    let (port, _renewal, _) = endpoint(&mut relay).await;
    let mut client = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    client.write_all(request(port).as_bytes()).await.unwrap();
    client.shutdown().await.unwrap();
    let mut answer = String::new();
    let read = client.read_to_string(&mut answer);
    timeout(DEADLINE, read).await.expect("in time").unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
}

#[tokio::test]
async fn the_relay_ends_with_its_stdin() {
    let mut relay = Relay::start(0);
    let mux = relay.mux().await.expect("the relay listens");
    let port = mux.port();
    let idle = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    drop(mux);
    let status = timeout(DEADLINE, relay.process.wait()).await;
    assert!(status.expect("in time").unwrap().success());
    drop(idle);
    assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err());
}

#[tokio::test]
async fn the_relay_ends_with_its_reader() {
    let mut relay = Relay::start(0);
    let _stdin = relay.process.stdin.take();
    drop(relay.process.stdout.take());
    let status = timeout(DEADLINE, relay.process.wait()).await;
    assert!(status.is_ok());
}

#[tokio::test]
async fn a_port_that_is_taken_is_passed_over() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let mut relay = Relay::start(port);
    let mux = relay.mux().await.expect("the relay listens");
    assert_ne!(mux.port(), port);
}

#[tokio::test]
async fn something_else_than_a_relay_is_told_from_one() {
    let (ours, mut theirs) = tokio::io::duplex(1024);
    theirs.write_all(b"Hello from Docker!\n").await.unwrap();
    let (stdout, stdin) = tokio::io::split(ours);
    let error = Mux::connect(stdout, stdin).await.unwrap_err();
    assert!(matches!(error, RelayError::OtherProtocol));
}

#[tokio::test]
async fn a_thousand_connections_at_once_are_answered() {
    let mut relay = Relay::start(0);
    let (port, _renewal, _) = endpoint(&mut relay).await;
    let start = Instant::now();
    let mut clients = JoinSet::new();
    for _ in 0..frame::MAX_CONNECTIONS {
        clients.spawn(ask(port));
    }
    let mut answered = 0;
    while let Some(answer) = clients.join_next().await {
        answered += usize::from(answer.unwrap().contains("200 OK"));
    }
    assert_eq!(answered, frame::MAX_CONNECTIONS);
    println!("{answered} connections at once: {:?}", start.elapsed());
}

#[tokio::test]
async fn a_client_that_floods_or_never_reads_holds_up_no_other() {
    let mut relay = Relay::start(0);
    let (port, _renewal, events) = endpoint(&mut relay).await;
    let mut floods = JoinSet::new();
    for _ in 0..8 {
        floods.spawn(async move {
            let mut client = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            let garbage = [b'x'; 64 * 1024];
            // Until the relay ends the connection.
            while client.write_all(&garbage).await.is_ok() {}
        });
    }
    // These hold their places and say nothing.
    let mut silent = Vec::new();
    for _ in 0..200 {
        silent.push(TcpStream::connect(("127.0.0.1", port)).await.unwrap());
    }
    for _ in 0..50 {
        assert!(ask(port).await.contains("200 OK"));
    }
    while let Some(ended) = timeout(DEADLINE, floods.join_next())
        .await
        .expect("in time")
    {
        ended.unwrap();
    }
    let told = events.lock().unwrap().len();
    assert!((1..=10).contains(&told), "{told} reports");
}

/// Asks again and again behind more than a thousand connections that `others` hold, which nobody has
/// to give back: no deadline ends them.
async fn is_answered_beside<F>(others: impl Fn(u16, TcpStream) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    // Both ends of all connections.
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let enough = current.unwrap_or(u64::MAX).max(4000);
    let current = Some(enough.min(maximum.unwrap_or(u64::MAX)));
    prlimit(None, Resource::Nofile, Rlimit { current, maximum }).expect("a limit");

    let mut relay = Relay::start(0);
    let (port, _renewal, _) = endpoint_with(&mut relay, Duration::from_secs(3600)).await;
    let mut holding = JoinSet::new();
    for _ in 0..frame::MAX_CONNECTIONS + 50 {
        // The kernel hands connections over in their order, so all of these come first.
        holding.spawn(others(port, connect(port).await));
    }
    let asked = async {
        for _ in 0..5 {
            let request = request(port);
            let answer = exchange(port, request.as_bytes()).await;
            assert!(answer.expect("an answer").contains("200 OK"));
        }
    };
    timeout(12 * DEADLINE, asked).await.expect("answers");
    assert!(holding.try_join_next().is_none(), "the attack has ended");
}

async fn connect(port: u16) -> TcpStream {
    let connected = TcpStream::connect(("127.0.0.1", port)).await;
    connected.expect("a connection")
}

/// Says `begun`, waits for the end, and connects anew.
async fn holds_a_place(port: u16, mut client: TcpStream, begun: &[u8]) {
    loop {
        let _ = client.write_all(begun).await;
        let _ = client.read_to_end(&mut Vec::new()).await;
        sleep(Duration::from_millis(200)).await;
        client = connect(port).await;
    }
}

#[tokio::test]
async fn connections_that_say_nothing_keep_no_request_out() {
    is_answered_beside(|port, client| holds_a_place(port, client, b"")).await;
}

#[tokio::test]
async fn requests_that_never_become_whole_keep_no_request_out() {
    let half = b"GET /credentials HTTP/1.1\r\nHost: ";
    is_answered_beside(|port, client| holds_a_place(port, client, half)).await;
}

#[tokio::test]
async fn requests_that_are_refused_keep_no_other_out() {
    let wrong = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    is_answered_beside(|port, client| holds_a_place(port, client, wrong)).await;
}

#[tokio::test]
async fn clients_that_ask_and_leave_keep_no_other_out() {
    is_answered_beside(|port, mut client| async move {
        loop {
            let _ = client.write_all(request(port).as_bytes()).await;
            let _ = client.shutdown().await;
            sleep(Duration::from_secs(1)).await;
            client = connect(port).await;
        }
    })
    .await;
}

#[tokio::test]
async fn the_relays_memory_stays_flat() {
    let mut relay = Relay::start(0);
    let (port, _renewal, _) = endpoint(&mut relay).await;
    let process = relay.process.id().expect("a running relay");
    for _ in 0..200 {
        ask(port).await;
    }
    let before = resident_kib(process);
    for _ in 0..3000 {
        ask(port).await;
    }
    let after = resident_kib(process);
    assert!(after < before + 64, "{before} KiB, then {after} KiB");
}

/// A relay that has no descriptor left for a connection would be told of the waiting client
/// without end.
#[tokio::test]
async fn a_relay_without_a_descriptor_rests_until_it_has_one() {
    // Three, two copies and the listener.
    let script = "ulimit -S -n 6; exec \"$0\" 0";
    let mut relay = Relay::start_by(Command::new("sh").arg("-c").arg(script).arg(program()));
    let (port, _renewal, _) = endpoint(&mut relay).await;
    let asked = tokio::spawn(ask(port));
    let process = relay.process.id().expect("a running relay");
    let rests = || in_status(process, "voluntary_ctxt_switches:");
    let before = rests();
    let rested = async {
        while rests() < before + 5 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(DEADLINE, rested).await.expect("it rests");
    assert!(!asked.is_finished());

    let pid = Pid::from_raw(process as i32);
    let more = Rlimit {
        current: Some(64),
        maximum: getrlimit(Resource::Nofile).maximum,
    };
    prlimit(pid, Resource::Nofile, more).expect("a limit");
    assert!(asked.await.expect("asked").contains("200 OK"));
}

fn resident_kib(process: u32) -> u64 {
    in_status(process, "VmRSS:")
}

/// A number that the kernel tells of a process.
fn in_status(process: u32, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("a process");
    let line = status
        .lines()
        .find(|line| line.starts_with(name))
        .expect("a line of this name");
    line.split_whitespace()
        .nth(1)
        .and_then(|number| number.parse().ok())
        .expect("a number")
}
