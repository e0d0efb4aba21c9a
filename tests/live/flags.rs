//! docker's flags beside `--live`: they do what they do without it, although the network is the
//! relay's.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use crate::support::engine::{IMAGE, Removed, docker, engine, unique_name};
use crate::support::live::{ASK, Network, live, nothing_is_left, relays, runs};
use crate::support::process::{Finished, credrun_with_keys, finish, run, run_with_stdin, start};
use crate::support::terminal::Terminal;
use crate::support::until;

/// Runs a script to its end in a container with these flags, and gives its stdout.
fn said(purpose: &str, flags: &[&str], script: &str) -> String {
    let command = [flags, &[IMAGE, "sh", "-c", script]].concat();
    let (mut credrun, container) = live(purpose, &command);
    let ran = run(&mut credrun).success();
    nothing_is_left(&container.0);
    ran.out()
}

#[test]
fn host_name_hosts_and_dns_are_the_containers() {
    let flags = [
        "--hostname=web",
        "--domainname=example.test",
        "--add-host=db:192.0.2.7",
        "--dns=192.0.2.53",
        "--dns-search=example.test",
        "--dns-option=ndots:3",
        "--sysctl=net.core.somaxconn=77",
    ];
    let script = "hostname; cat /proc/sys/net/core/somaxconn /etc/resolv.conf; grep db /etc/hosts";
    let said = said("live-names", &flags, script);
    for line in [
        "web",
        "77",
        "nameserver 192.0.2.53",
        "search example.test",
        "options ndots:3",
        "192.0.2.7\tdb",
    ] {
        assert!(said.lines().any(|said| said == line), "{line}: {said}");
    }
}

#[test]
fn every_network_mode_has_credentials() {
    let other = unique_name("live-other");
    engine();
    let _other = Removed(other.clone());
    docker(&["run", "-d", "--name", &other, IMAGE, "sleep", "600"]).success();
    for network in ["bridge", "host", "none", &format!("container:{other}")] {
        let said = said("live-mode", &["--network", network], ASK);
        assert!(said.contains("wJalrXUtnFEMI"), "{network}: {said}");
    }
}

#[test]
fn published_ports_are_reached_and_named_by_the_relay() {
    // Of the image's one exposed port, two of the command line's; an HTTP server on each.
    let image = unique_name("live-exposing");
    engine();
    let container = unique_name("live-exposed");
    docker(&["create", "--name", &container, IMAGE]).success();
    let change = ["commit", "--change", "EXPOSE 8001", &container, &image];
    docker(&change).success();
    docker(&["rm", &container]).success();

    let script = "mkdir /w; echo found >/w/x; for port in 8001 8002 8003; do \
                  httpd -p $port -h /w; done; echo up; sleep 600";
    let flags = ["-p", "127.0.0.1::8002", "--expose", "8003", "-P"];
    let command = [&flags[..], &[&image, "sh", "-c", script]].concat();
    let (mut credrun, container) = live("live-ports", &command);
    let child = start(&mut credrun);
    runs(&container.0);
    let relay = relays(&container.0).remove(0);
    for port in ["8001", "8002", "8003"] {
        let published = docker(&["port", &relay, port]).success().out();
        let first = published.lines().next().expect("an address");
        let (_, port) = first.rsplit_once(':').expect("a port");
        let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).expect("a listener");
        stream
            .write_all(b"GET /x HTTP/1.0\r\n\r\n")
            .expect("a reader");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        assert!(answer.ends_with("found\n"), "{port}: {answer}");
    }
    docker(&["kill", &container.0]).success();
    finish(child);
    nothing_is_left(&container.0);
    docker(&["rmi", &image]).success();
}

#[test]
fn a_linked_container_is_known_by_its_alias() {
    engine();
    let linked = Removed(unique_name("live-linked"));
    docker(&["run", "-d", "--name", &linked.0, IMAGE, "sleep", "600"]).success();
    let link = format!("--link={}:db", linked.0);
    let said = said("live-link", &[&link], "grep -w db /etc/hosts");
    assert!(said.contains(&linked.0), "{said}");
}

#[test]
fn input_goes_in_and_the_status_comes_out() {
    let (mut credrun, container) = live(
        "live-input",
        &["-i", IMAGE, "sh", "-c", "cat; echo e >&2; exit 9"],
    );
    let ran = run_with_stdin(&mut credrun, b"typed\n");
    assert_eq!((ran.code(), ran.out().as_str()), (9, "typed\n"));
    assert!(ran.stderr.ends_with("e\n"), "{ran:?}");
    nothing_is_left(&container.0);
}

#[test]
fn only_what_is_attached_arrives() {
    let said = said("live-attach", &["-a", "stderr"], "echo out; echo err >&2");
    assert_eq!(said, "");
}

#[test]
fn a_terminal_is_the_containers() {
    // The size comes when the process has begun, as with docker.
    let script =
        "until stty size 2>/dev/null | grep -q .; do :; done; stty size; read line; echo got $line";
    let (credrun, container) = live("live-terminal", &["-it", IMAGE, "sh", "-c", script]);
    let mut terminal = Terminal::start(&credrun);
    terminal.read_until("24 80");
    terminal.type_in("this\r");
    terminal.read_until("got this");
    assert_eq!(terminal.wait().0, 0);
    nothing_is_left(&container.0);
}

#[test]
fn the_cidfile_has_the_containers_id_and_not_the_relays() {
    let directory = tempfile::tempdir().expect("a directory");
    let cidfile = directory.path().join("cid");
    let cidfile = cidfile.to_str().expect("UTF-8");
    let (mut credrun, container) = live(
        "live-cid",
        &["--cidfile", cidfile, "--rm=false", IMAGE, "true"],
    );
    run(&mut credrun).success();
    let inspected = docker(&["inspect", "--format", "{{.Id}}", &container.0]);
    let id = fs::read_to_string(cidfile).expect("a file");
    assert_eq!(inspected.success().out().trim(), id);
}

#[test]
fn a_name_that_is_taken_is_refused_and_no_relay_left() {
    engine();
    let (mut credrun, container) = live("live-taken", &[IMAGE, "true"]);
    docker(&["create", "--name", &container.0, IMAGE]).success();
    let refused = run(&mut credrun);
    assert_eq!(refused.code(), 125);
    assert!(refused.stderr.contains("already in use"), "{refused:?}");
    until("the relay is gone", || relays(&container.0).is_empty());
}

#[test]
fn a_dry_run_shows_both_requests_and_starts_nothing() {
    let (mut credrun, container) = live("live-dry", &["--dry-run", "--hostname=web", IMAGE]);
    let shown = run(&mut credrun).success();
    let request: serde_json::Value = serde_json::from_str(&shown.out()).expect("JSON");
    assert_eq!(request["Relay"]["Hostname"], "web");
    let joined = &request["Body"]["HostConfig"]["NetworkMode"];
    assert_eq!(joined, "container:<relay>");
    for secret in ["wJalrXUtnFEMI", "IQoJb3JpZ2luX2Vj"] {
        assert!(!shown.out().contains(secret), "{shown:?}");
    }
    nothing_is_left(&container.0);
}

#[test]
fn what_would_outrank_the_door_is_left_out_and_told() {
    let flags = [
        "-e",
        "AWS_PROFILE=dev",
        "-e",
        "AWS_ACCESS_KEY_ID",
        "-e",
        "X=y",
    ];
    let command = [&flags[..], &[IMAGE, "env"]].concat();
    let (mut credrun, _container) = live("live-out", &command);
    let ran = run(&mut credrun).success();
    assert!(
        ran.stderr.contains(
            "credrun: warning: leaving out your AWS_ACCESS_KEY_ID, AWS_PROFILE from -e or --env-file: \
             with --live, the credentials come from credrun\n"
        ),
        "{ran:?}"
    );
    let out = ran.out();
    assert!(out.contains("X=y\n"), "{out}");
    for name in ["AWS_PROFILE=", "AWS_ACCESS_KEY_ID="] {
        assert!(!out.contains(name), "{out}");
    }
}

#[test]
fn a_set_that_cannot_be_renewed_is_told_ahead() {
    let warned = |end: Option<&str>| {
        let (mut credrun, _container) = live("live-ahead", &["-q", IMAGE, "true"]);
        credrun.envs(end.map(|end| ("AWS_CREDENTIAL_EXPIRATION", end)));
        run(&mut credrun).success().stderr
    };
    assert_eq!(
        warned(None),
        "credrun: warning: these credentials have no known expiry, so --live cannot renew them; \
         it can renew those from a profile, a role or CloudShell\n"
    );
    assert_eq!(
        warned(Some("2099-01-01T00:00:00Z")),
        "credrun: warning: --live cannot renew credentials from the environment: \
         they expire at 2099-01-01T00:00:00Z\n"
    );

    let (mut credrun, _container) =
        live("live-keys", &["--long-lived", "-q", IMAGE, "sh", "-c", ASK]);
    let ran = run(credrun.env_remove("AWS_SESSION_TOKEN")).success();
    assert_eq!(ran.stderr, "");
    assert!(
        ran.out().contains("\"Token\":\"\",\"Expiration\":\""),
        "{ran:?}"
    );
}

#[test]
fn a_credential_process_without_an_end_is_told_what_it_lacks() {
    let home = tempfile::tempdir().expect("a directory");
    let config = home.path().join("config");
    let set = r#"{"Version":1,"AccessKeyId":"ASIA","SecretAccessKey":"s","SessionToken":"t"}"#;
    let text = format!("[profile short]\ncredential_process = echo '{set}'\n");
    fs::write(&config, text).expect("written");
    let (mut credrun, _container) = live("live-process", &["-q", "--profile=short", IMAGE, "true"]);
    let ran = run(credrun.env("AWS_CONFIG_FILE", &config)).success();
    assert_eq!(
        ran.stderr,
        "credrun: warning: the credential_process of profile \"short\" prints no Expiration, so \
         --live does not know when to run it again; change the command to print one\n"
    );
}

#[test]
fn several_networks_are_refused_where_docker_refuses_them() {
    // Before API 1.44 an Engine takes one at create. A newer one refuses `none` beside another only as
    // the order happens to be in which it looks at the two; the host's it refuses always.
    let refused = |live: &[&str]| {
        let mut credrun = credrun_with_keys();
        let networks = ["--network=bridge", "--network=host", IMAGE, "true"];
        run(credrun.arg("run").args(live).args(networks))
    };
    let (with, without) = (refused(&["--live"]), refused(&[]));
    assert_eq!((with.code(), without.code()), (125, 125), "{with:?}");
    // The Engine names the networks in any order, or its reason is of the one it looked at first.
    let reason = |ran: &Finished| {
        let line = ran.stderr.lines().last().expect("a reason").to_owned();
        line.rsplit_once(": ").expect("its end").0.to_owned()
    };
    assert_eq!(reason(&with), reason(&without));
}

#[test]
fn ports_and_a_users_network_are_free_the_moment_credrun_ends() {
    engine();
    let port = free_port();
    for _ in 0..2 {
        let network = Network::new("live-free");
        let publish = format!("127.0.0.1:{port}:80");
        let flags = ["--network", &network.0, "-p", &publish, IMAGE, "true"];
        let (mut credrun, _container) = live("live-free", &flags);
        run(&mut credrun).success();
        docker(&["network", "rm", &network.0]).success();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    listener.local_addr().expect("an address").port()
}
