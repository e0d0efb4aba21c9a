//! Bytes in bulk through a relay on a real Engine: all of `--live` between a client's socket and
//! credrun's stream, and nothing else.

use std::fs;
use std::time::{Duration, Instant};

use bollard::models::{ContainerCreateBody, HostConfig};
use credrun::relay::image::relay_image;
use credrun::relay::mux::Mux;
use credrun::relay::request::{UsedImage, random_user, relay_request};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::engine::engine;
use crate::support::raw_engine;

const BODY: usize = 256 << 20;
/// On a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(240);

async fn write_all(mut to: impl tokio::io::AsyncWrite + Unpin) -> u64 {
    let block = vec![7; 256 * 1024];
    for _ in 0..BODY / block.len() {
        to.write_all(&block).await.expect("it is taken");
    }
    to.shutdown().await.expect("an end");
    BODY as u64
}

async fn read_all(mut from: impl tokio::io::AsyncRead + Unpin) -> u64 {
    let mut buffer = vec![0; 256 * 1024];
    let mut total = 0;
    loop {
        match from.read(&mut buffer).await.expect("it is sent") {
            0 => return total,
            count => total += count as u64,
        }
    }
}

/// `VmHWM` of a process: the most memory that it ever had.
fn peak_kib(process: i64) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("a process");
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.and_then(|kib| kib.parse().ok()).expect("a number")
}

#[tokio::test]
async fn large_bodies_pass_in_both_directions_and_the_relay_stays_small() {
    engine();
    let info = raw_engine::get("/info").await;
    let architecture = info["Architecture"].as_str().expect("an architecture");
    let image = relay_image(architecture).expect("a relay for this engine");
    let image = UsedImage::Own(raw_engine::load(&image.ids, image.archive).await);
    // So that the test can be the client.
    let network = ContainerCreateBody {
        host_config: Some(HostConfig {
            network_mode: Some("host".to_owned()),
            ..HostConfig::default()
        }),
        ..ContainerCreateBody::default()
    };
    let user = random_user().expect("randomness");
    let request = relay_request(&image, "bulk", &user, network);
    let relay = raw_engine::create(&request, None).await;
    let attached = raw_engine::attach(&relay).await;
    raw_engine::start(&relay).await;
    let mux = Mux::connect(attached.stdout, attached.stdin).await;
    let mut mux = mux.expect("the relay listens");
    for up in [true, false] {
        let client = TcpStream::connect(("127.0.0.1", mux.port())).await;
        let client = client.expect("a connection");
        let accepted = mux.accept().await.expect("a sound relay");
        let stream = accepted.expect("a connection").stream;
        let began = Instant::now();
        let passed = async {
            if up {
                tokio::join!(write_all(client), read_all(stream))
            } else {
                tokio::join!(write_all(stream), read_all(client))
            }
        };
        let (sent, received) = timeout(PATIENCE, passed).await.expect("in time");
        assert_eq!(sent, received);
        let speed = (BODY >> 20) as f64 / began.elapsed().as_secs_f64();
        let direction = if up { "from" } else { "to" };
        println!("{direction} the container: {speed:.0} MiB/s");
    }
    let inspected = raw_engine::get(&format!("/containers/{relay}/json")).await;
    let peak = peak_kib(inspected["State"]["Pid"].as_i64().expect("a process"));
    println!("the relay's memory: {peak} KiB at most");
    assert!(peak <= 4 * 1024, "{peak} KiB");
    drop(mux);
    timeout(PATIENCE, raw_engine::gone(&relay))
        .await
        .expect("the relay ends with credrun");
}
