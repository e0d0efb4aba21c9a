//! A container whose programs attack the endpoint of `--live`, beside one that only uses it.

use std::time::Duration;

use crate::support::engine::{IMAGE, docker, engine};
use crate::support::live::{live, nothing_is_left, relays};
use crate::support::process::{credrun_with_keys, finish, finish_within, run, signal, start};
use crate::support::sts::Sts;
use crate::support::until;
use rustix::process::Signal;

/// An image with a real SDK.
const SDK: &str = "amazon/aws-cli:latest";

/// How often the SDK calls while it is starved.
const CALLS: u32 = 40;
/// On a machine that is busy with other things, the attacks take most of what is left.
const PATIENCE: Duration = Duration::from_secs(240);

/// Six kinds of attack, in processes of their own, and an SDK that asks for credentials before each
/// call.
const SIEGE: &str = r#"
import asyncio, http.client, logging, multiprocessing, os, socket, struct, time, urllib.parse
from awscli.botocore import session
from awscli.botocore.credentials import ContainerProvider

url = urllib.parse.urlsplit(os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"])
token = os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"]

def request(token):
    return f"GET {url.path} HTTP/1.1\r\nHost: {url.netloc}\r\nAuthorization: {token}\r\n\r\n".encode()

async def ask(request):
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    writer.write(request)
    await reader.read()
    writer.close()

async def idle():
    await ask(b"")

async def slow():
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    for byte in request(token):
        writer.write(bytes([byte]))
        await asyncio.sleep(0.3)
    writer.close()

async def storm():
    await ask(request(token))

async def guess():
    await ask(request("guess"))

async def leave():
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    writer.write(request(token))
    reset = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
    writer.close()

async def flood():
    await ask(b"x" * 262144)

# A client that tries once. SDKs try again, which hides that a connection was not served.
def once():
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=10)
    connection.request("GET", url.path, headers={"Authorization": token})
    answer = connection.getresponse()
    assert answer.status == 200, answer.status
    answer.read()
    connection.close()

async def again(attack, pause):
    while True:
        try:
            await attack()
        except OSError:
            pass
        await asyncio.sleep(pause)

async def attack(kind, count, pause):
    await asyncio.gather(*(again(kind, pause) for _ in range(count)))

def besiege(*kind):
    asyncio.run(attack(*kind))

logging.disable()
multiprocessing.set_start_method("fork")
kinds = [(idle, 2500, 3), (slow, 300, 0.05), (storm, 40, 0), (guess, 20, 0.01), (leave, 20, 0.02), (flood, 5, 0.05)]
attackers = [multiprocessing.Process(target=besiege, args=kind, daemon=True) for kind in kinds]
for attacker in attackers:
    attacker.start()
time.sleep(1)
sts = session.Session().create_client("sts", endpoint_url=os.environ["ENDPOINT"])
lost, times = 0, []
for _ in range(int(os.environ["CALLS"])):
    began = time.monotonic()
    try:
        once()
        # An SDK that has just been started has no credentials yet.
        sts._request_signer._credentials = ContainerProvider().load()
        sts.get_caller_identity()
    except Exception as error:
        print(error)
        lost += 1
    times.append(time.monotonic() - began)
for attacker in attackers:
    assert attacker.is_alive()
    attacker.kill()
times.sort()
print(f"lost {lost}, median {times[len(times) // 2]:.3f} s, longest {times[-1]:.3f} s")
"#;

#[test]
fn an_sdk_loses_no_call_while_the_endpoint_is_starved_flooded_and_stormed() {
    engine();
    let sts = Sts::start();
    sts.know(
        "ASIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        Some("IQoJb3JpZ2luX2VjEXAMPLE"),
        "arn:aws:sts::123456789012:assumed-role/live/me",
    );
    let endpoint = format!("ENDPOINT={}", sts.url());
    let calls = format!("CALLS={CALLS}");
    let flags = ["--network=host", "-e", &endpoint, "-e", &calls];
    let command = ["--entrypoint=python3", SDK, "-c", SIEGE];
    let (mut credrun, container) = live("live-hostile", &[&flags[..], &command].concat());
    let ran = finish_within(PATIENCE, start(&mut credrun)).success();
    nothing_is_left(&container.0);
    println!("{}{}", ran.out(), ran.stderr);
    assert!(ran.out().contains("lost 0,"), "{ran:?}");
    assert_eq!(sts.calls().len(), CALLS as usize);
    // Hundreds were refused.
    let told = |what: &str| {
        ran.stderr
            .lines()
            .filter(|line| line.contains(what))
            .count()
    };
    assert!(
        (1..=8).contains(&told("refused a credential request")),
        "{ran:?}"
    );
    assert_eq!(told("more credential requests"), 1, "{ran:?}");
}

#[test]
fn refusals_are_told_once_and_then_counted() {
    let script = "for i in 1 2 3 4 5 6 7 8 9; do \
                  wget -qO- --header 'Authorization: guess' \"$AWS_CONTAINER_CREDENTIALS_FULL_URI\"; \
                  done; true";
    let (mut credrun, container) = live("live-refused", &[IMAGE, "sh", "-c", script]);
    let ran = run(&mut credrun).success();
    nothing_is_left(&container.0);
    let told: Vec<_> = ran
        .stderr
        .lines()
        .filter(|line| line.contains("refused"))
        .collect();
    assert_eq!(
        told,
        [
            "credrun: warning: refused a credential request: its authorization token is wrong (further ones are only counted)",
            "credrun: warning: refused 8 more credential requests"
        ]
    );
}

#[test]
fn a_relay_is_nobody_elses_user_and_has_half_a_cpu() {
    let (mut credrun, container) = live("live-relay-user", &[IMAGE, "sleep", "60"]);
    let child = start(&mut credrun);
    until("the relay is there", || relays(&container.0).len() == 1);
    let relay = relays(&container.0).remove(0);
    let format = "{{.Config.User}} {{.HostConfig.CpuQuota}}/{{.HostConfig.CpuPeriod}}";
    let shown = docker(&["inspect", "--format", format, &relay])
        .success()
        .out();
    let (user, cpu) = shown.trim().split_once(' ').expect("both");
    let (user, group) = user.split_once(':').expect("a group");
    assert_eq!(user, group);
    // Neither a person's number nor a service's, nor nobody's, which many are.
    assert!(
        (60_706..=61_183).contains(&user.parse().expect("a number")),
        "{shown}"
    );
    assert_eq!(cpu, "10000/20000");
    signal(&child, Signal::TERM);
    docker(&["kill", &container.0]);
    finish(child);
    nothing_is_left(&container.0);
}

#[test]
fn who_can_listen_in_on_a_shared_network_is_told() {
    let (mut other, container) = live("live-shared", &[IMAGE, "sleep", "60"]);
    let child = start(&mut other);
    until("it runs", || {
        docker(&["inspect", "--format={{.State.Running}}", &container.0])
            .out()
            .trim()
            == "true"
    });
    let joined = format!("container:{}", container.0);
    for (flags, told) in [
        (&["--network", "host"][..], 1),
        (&["--network", &joined], 1),
        (&["--network", "host", "-q"], 0),
        (&["--network", "none"], 0),
        (&[], 0),
    ] {
        let mut credrun = credrun_with_keys();
        credrun
            .args(["run", "--live"])
            .args(flags)
            .args([IMAGE, "true"]);
        let ran = run(&mut credrun).success();
        let lines = ran
            .stderr
            .lines()
            .filter(|line| line.contains("CAP_NET_RAW"));
        assert_eq!(lines.count(), told, "{flags:?}: {}", ran.stderr);
    }
    docker(&["kill", &container.0]);
    finish(child);
    nothing_is_left(&container.0);
}
