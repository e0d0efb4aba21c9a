//! `--live` on a real Engine: the relay's image loads, its container listens in every
//! network mode, and an unmodified AWS CLI walks through it.

use std::collections::{BTreeSet, HashMap};
use std::env::consts::ARCH;
use std::time::Duration;

use bollard::models::{ContainerCreateBody, PortBinding};
use credrun::relay::image::relay_image;
use credrun::relay::labels::LABEL_FOR;
use credrun::relay::network::split;
use credrun::relay::request::{UsedImage, random_user, relay_request};
use serde_json::json;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use crate::support::bare_live::{Network, live, live_with_sets_of, python};
use crate::support::identity_sts::sts;

/// Asks the endpoint as an SDK does, and prints what it got.
const ASK: &str = r#"
import os, urllib.request
request = urllib.request.Request(os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"])
request.add_header("Authorization", os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"])
print(urllib.request.urlopen(request, timeout=1).read().decode())
"#;

fn reaching_the_stand_in(mut target: ContainerCreateBody) -> ContainerCreateBody {
    let host = target.host_config.get_or_insert_default();
    host.extra_hosts = Some(vec!["stand-in:host-gateway".to_owned()]);
    target
}

#[tokio::test]
async fn the_aws_cli_signs_with_the_set_that_comes_through_the_relay() {
    let (port, mut requests) = sts().await;
    let url = format!("http://stand-in:{port}");
    let network = Network::create("credrun-live-cli").await;
    let mut target = reaching_the_stand_in(python(network.0, ""));
    target.entrypoint = None;
    target.cmd = Some(
        ["sts", "get-caller-identity", "--endpoint-url", &url]
            .map(str::to_owned)
            .to_vec(),
    );
    let log = live(None, target).await.run().await;
    network.remove().await;
    assert!(log.contains("123456789012"), "{log}");
    let request = requests.recv().await.expect("a request");
    assert!(request.contains("Credential=ASIALIVE"), "{request}");
    assert!(request.contains("/eu-west-1/sts/aws4_request"), "{request}");
    assert!(request.contains("live-session"), "{request}");
}

#[tokio::test]
async fn an_sdk_in_the_container_lives_through_set_after_set() {
    let (port, mut requests) = sts().await;
    let program = format!(
        "import awscli.botocore.session as session, time
sts = session.Session().create_client('sts', endpoint_url='http://stand-in:{port}')
end = time.monotonic() + 12
while time.monotonic() < end:
    sts.get_caller_identity()
    time.sleep(0.2)"
    );
    let network = Network::create("credrun-live-sets").await;
    let target = reaching_the_stand_in(python(network.0, &program));
    let life = Duration::from_secs(4);
    live_with_sets_of(life, None, target).await.run().await;
    network.remove().await;
    requests.close();
    let mut sets = BTreeSet::new();
    while let Some(request) = requests.recv().await {
        let (_, key) = request.split_once("Credential=").expect("a signature");
        sets.insert(key.split('/').next().map(str::to_owned));
    }
    assert!(sets.len() >= 4, "{sets:?}");
}

#[tokio::test]
async fn every_network_mode_has_the_door() {
    let mut other = python("none", "import time; time.sleep(60)");
    other.hostname = Some("other".to_owned());
    let other = crate::support::raw_engine::create(&other, None).await;
    crate::support::raw_engine::start(&other).await;
    for mode in [
        "bridge",
        "default",
        "host",
        "none",
        &format!("container:{other}"),
    ] {
        let log = live(None, python(mode, ASK)).await.run().await;
        assert!(log.contains("ASIALIVE"), "{mode}: {log}");
    }
    crate::support::raw_engine::remove(&other).await;
}

#[tokio::test]
async fn host_name_hosts_and_dns_reach_the_target_through_the_relay() {
    let program = "import socket
print(socket.gethostname(), socket.gethostbyname('db'), open('/etc/resolv.conf').read())
print(open('/proc/sys/net/core/somaxconn').read())";
    let mut target = python("bridge", program);
    target.hostname = Some("web".to_owned());
    let host = target.host_config.get_or_insert_default();
    host.extra_hosts = Some(vec!["db:192.0.2.7".to_owned()]);
    host.dns = Some(vec!["192.0.2.53".to_owned()]);
    host.sysctls = Some(HashMap::from([(
        "net.core.somaxconn".to_owned(),
        "77".to_owned(),
    )]));
    let log = live(None, target).await.run().await;
    assert!(log.starts_with("web 192.0.2.7 "), "{log}");
    assert!(log.contains("nameserver 192.0.2.53"), "{log}");
    assert!(log.contains("\n77\n"), "{log}");
}

#[tokio::test]
async fn the_targets_name_and_its_ports_are_reached_by_its_neighbours() {
    const NAME: &str = "credrun-live-web";
    let network = Network::create("credrun-live-names").await;

    let mut web = python(
        network.0,
        "import http.server as s; s.test(s.SimpleHTTPRequestHandler)",
    );
    let host = web.host_config.get_or_insert_default();
    let anywhere = PortBinding {
        host_ip: Some("127.0.0.1".to_owned()),
        host_port: Some("0".to_owned()),
    };
    let port = "8000/tcp".to_owned();
    web.exposed_ports = Some(vec![port.clone()]);
    host.port_bindings = Some(HashMap::from([(port, Some(vec![anywhere]))]));
    let live = live(Some(NAME), web).await;
    crate::support::raw_engine::start(&live.target).await;

    let neighbour = format!(
        "import socket, time
for attempt in range(100):
    try:
        socket.create_connection(('{NAME}', 8000), 5); break
    except OSError: time.sleep(0.1)
else: raise SystemExit(1)"
    );
    let neighbour = crate::support::raw_engine::create(&python(network.0, &neighbour), None).await;
    crate::support::raw_engine::start(&neighbour).await;
    let (status, log) = crate::support::raw_engine::finish(&neighbour).await;

    let relay = crate::support::raw_engine::get(&format!("/containers/{}/json", live.relay)).await;
    let published = relay["NetworkSettings"]["Ports"]["8000/tcp"][0]["HostPort"]
        .as_str()
        .expect("a published port");
    let reached = TcpStream::connect(format!("127.0.0.1:{published}")).await;
    let label = relay["Config"]["Labels"][LABEL_FOR].clone();

    crate::support::raw_engine::remove(&neighbour).await;
    crate::support::raw_engine::remove(&live.target).await;
    live.end().await;
    network.remove().await;
    assert_eq!(status, 0, "{log}");
    assert!(reached.is_ok());
    assert_eq!(label, NAME);
}

#[tokio::test]
async fn the_relay_has_nothing_secret_and_no_rights() {
    let live = live(None, python("bridge", ASK)).await;
    let relay = crate::support::raw_engine::get(&format!("/containers/{}/json", live.relay)).await;
    let target =
        crate::support::raw_engine::get(&format!("/containers/{}/json", live.target)).await;
    for container in [&relay, &target] {
        let text = container.to_string();
        for secret in ["ASIALIVE", "live-secret", "live-session"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    let host = &relay["HostConfig"];
    assert_eq!(host["ReadonlyRootfs"], true);
    assert_eq!(host["CapDrop"], json!(["ALL"]));
    assert_eq!(host["SecurityOpt"], json!(["no-new-privileges"]));
    assert_eq!(host["LogConfig"]["Type"], "none");
    assert_eq!(host["CpuQuota"], 10_000);
    assert!(!relay.to_string().contains("AUTHORIZATION"), "{relay}");
    crate::support::raw_engine::remove(&live.target).await;
    live.end().await;
}

#[tokio::test]
async fn a_credrun_that_is_killed_leaves_no_relay() {
    let image = relay_image(ARCH).expect("a relay");
    let id = crate::support::raw_engine::load(&image.ids, image.archive).await;
    let network = split(python("bridge", ""), None, &[]).relay;
    let user = random_user().expect("randomness");
    let request = relay_request(&UsedImage::Own(id), "test", &user, network);
    let relay = crate::support::raw_engine::create(&request, None).await;
    let mut attached = crate::support::raw_engine::attach(&relay).await;
    crate::support::raw_engine::start(&relay).await;
    attached
        .stdout
        .read_u8()
        .await
        .expect("a relay that listens");

    // No shutdown, no call: the connection just closes.
    attached.demultiplexer.abort();
    drop(attached);
    crate::support::raw_engine::gone(&relay).await;
}

#[tokio::test]
async fn a_thousand_connections_from_the_container_are_answered() {
    let program = r#"
import asyncio, os, time, urllib.parse
url = urllib.parse.urlsplit(os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"])
token = os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
request = f"GET {url.path} HTTP/1.1\r\nHost: {url.netloc}\r\nAuthorization: {token}\r\n\r\n"
async def ask():
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    writer.write(request.encode())
    answer = await reader.read()
    writer.close()
    return b"ASIALIVE" in answer
async def main():
    start = time.perf_counter()
    answers = await asyncio.gather(*(ask() for _ in range(1000)))
    print(sum(answers), time.perf_counter() - start)
asyncio.run(main())
"#;
    let log = live(None, python("bridge", program)).await.run().await;
    let (answered, seconds) = log.trim().split_once(' ').expect("two figures");
    println!("{answered} connections at once in {seconds} s");
    assert_eq!(answered, "1000");
}

#[tokio::test]
async fn an_answer_takes_a_fraction_of_what_sdks_wait() {
    let program = r#"
import http.client, os, statistics, time, urllib.parse
url = urllib.parse.urlsplit(os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"])
headers = {"Authorization": os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"]}
times = []
for _ in range(300):
    start = time.perf_counter()
    client = http.client.HTTPConnection(url.hostname, url.port, timeout=5)
    client.request("GET", url.path, headers=headers)
    assert client.getresponse().read()
    times.append(time.perf_counter() - start)
print(statistics.median(times) * 1000, max(times) * 1000, 1 / statistics.mean(times))
"#;
    let log = live(None, python("bridge", program)).await.run().await;
    let figures: Vec<f64> = log
        .split_whitespace()
        .map(|word| word.parse().unwrap())
        .collect();
    let [median, longest, rate] = figures[..] else {
        panic!("{log}");
    };
    println!("median {median:.2} ms, longest {longest:.1} ms, {rate:.0} requests/s");
    assert!(median < 50.0, "{median} ms");
    assert!(longest < 1000.0, "{longest} ms");
}
