use crate::vars::Environment;
use std::ffi::OsString;

use super::*;
use crate::cli::{self, Cli};
use crate::container::grammar::env::EnvOrigin;
use crate::container::grammar::reference::Reference;

fn host() -> Host {
    Host {
        environment: Environment::fixed([("HERE", "here"), ("DOCKER_DEFAULT_PLATFORM", "arm64")]),
        working_directory: PathBuf::from("/cwd"),
        proxies: vec![
            ("HTTP_PROXY".to_owned(), "http://proxy".to_owned()),
            ("http_proxy".to_owned(), "http://proxy".to_owned()),
        ],
        console_size: Some((24, 80)),
        detach_keys: None,
    }
}

fn plan_on(host: &Host, line: &str) -> Result<ContainerPlan, FlagError> {
    let argv = ["credrun", "run"].into_iter().chain(line.split(' '));
    match cli::parse(argv.map(OsString::from), &Environment::fixed([])) {
        Ok(Cli::Run(run)) => ContainerPlan::new(&run.image, &run.command, &run.container, host),
        other => panic!("no run: {other:?}"),
    }
}

fn plan(line: &str) -> ContainerPlan {
    plan_on(&host(), line).expect("a plan")
}

#[test]
fn the_environment_tells_who_asked_for_what_in_order() {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::write(directory.path().join("vars"), "HERE\nFILE=1\nGONE\n").expect("a file");
    let host = Host {
        working_directory: directory.path().to_owned(),
        ..host()
    };
    let plan = plan_on(
        &host,
        "-e B=1 -e HERE -e GONE -e B=2 -e HTTP_PROXY=mine --env-file vars img",
    )
    .expect("a plan");
    let entries: Vec<(String, EnvOrigin)> = plan
        .env
        .iter()
        .map(|entry| (entry.to_string(), entry.origin))
        .collect();
    let expected = [
        ("HERE=here", EnvOrigin::File),
        ("FILE=1", EnvOrigin::File),
        ("http_proxy=http://proxy", EnvOrigin::Proxy),
        ("HERE=here", EnvOrigin::Host),
        ("GONE", EnvOrigin::Host),
        ("B=2", EnvOrigin::Flag),
        ("HTTP_PROXY=mine", EnvOrigin::Flag),
    ]
    .map(|(entry, origin)| (entry.to_owned(), origin));
    assert_eq!(entries, expected);
    let body = plan.create_body(ApiVersion::v1(41)).expect("a body");
    assert_eq!(body.env.map(|env| env.len()), Some(expected.len()));
}

#[test]
fn values_of_the_environment_are_not_debug_output() {
    let debug = format!("{:?}", plan("-e PASSWORD=hunter2 img"));
    assert!(debug.contains("PASSWORD"));
    assert!(!debug.contains("hunter2"), "{debug}");
}

#[test]
fn a_container_is_removed_by_default_and_kept_if_it_restarts() {
    for (line, removed) in [
        ("img", true),
        ("--rm=false img", false),
        ("--restart always img", false),
        ("--restart no img", true),
    ] {
        let plan = plan(line);
        assert_eq!(plan.remove, removed, "{line}");
        let body = plan.create_body(ApiVersion::v1(41)).expect("a body");
        let sent = body.host_config.and_then(|config| config.auto_remove);
        assert_eq!(sent, Some(removed), "{line}");
    }
    let error = plan_on(&host(), "--rm --restart always img").expect_err("refused");
    assert_eq!(
        error.to_string(),
        "conflicting options: cannot specify both --restart and --rm"
    );
}

#[test]
fn what_the_run_needs_is_beside_the_body() {
    let plan = plan("-itq --name web --cidfile id --sig-proxy=false --pull never quay.io/a/b:1 sh");
    assert_eq!(plan.name.as_deref(), Some("web"));
    assert_eq!(plan.platform.as_deref(), Some("linux/arm64"));
    assert_eq!(plan.pull, PullPolicy::Never);
    assert_eq!(plan.cidfile, Some(PathBuf::from("id")));
    assert!(plan.quiet && !plan.sig_proxy);
    assert!(plan.streams.attach_stdin && plan.streams.tty);
    assert_eq!(plan.image.typed, "quay.io/a/b:1");
    assert!(matches!(plan.image.reference, Reference::Name(name) if name.domain == "quay.io"));
    let body = plan.body;
    assert_eq!(body.cmd, Some(vec!["sh".to_owned()]));
    let console = body.host_config.and_then(|config| config.console_size);
    assert_eq!(console, Some(vec![24, 80]));
}

#[test]
fn the_engines_version_decides_at_the_last_moment() {
    let plan = plan("--annotation a=b img");
    assert!(plan.create_body(ApiVersion::v1(43)).is_ok());
    assert!(plan.create_body(ApiVersion::v1(42)).is_err());
}

#[test]
fn flags_of_windows_containers_are_refused() {
    let error = plan_on(&host(), "--cpu-count 2 img").expect_err("refused");
    assert_eq!(
        error.to_string(),
        "\"--cpu-count\" is only for containers on Windows"
    );
}

#[test]
fn flags_that_do_nothing_any_more_are_told() {
    assert!(plan("-m 64m img").warnings.is_empty());
    assert_eq!(
        plan("--kernel-memory 10m img").warnings,
        ["flag --kernel-memory has been deprecated, and no longer supported by the kernel"]
    );
}

#[test]
fn the_command_is_what_follows_the_image() {
    assert_eq!(plan("img sh -c true").command(), ["sh", "-c", "true"]);
    assert_eq!(plan("img").command(), [""; 0]);
}

#[test]
fn the_socket_of_the_api_is_mounted_where_it_is_asked_for() {
    assert!(plan("img").mounts.is_empty());
    let mounts = plan("--use-api-socket img").mounts;
    let socket = Some("/var/run/docker.sock".to_owned());
    assert_eq!(mounts.len(), 1);
    assert_eq!(mounts[0].typ, "bind");
    assert_eq!((&mounts[0].source, &mounts[0].target), (&socket, &socket));
    assert!(mounts[0].bind_options.is_some());
    let named = plan("--mount type=volume,src=data,dst=/d img").mounts;
    assert_eq!(named[0].source.as_deref(), Some("data"));
}

fn body(line: &str) -> ContainerCreateBody {
    plan(line).create_body(ApiVersion::v1(44)).expect("a body")
}

#[test]
fn settings_of_the_process_and_its_names_are_sent() {
    let text = |text: &str| Some(text.to_owned());
    let body = body(
        "--hostname h --domainname d --user 1:2 --workdir /w --entrypoint /e --expose 80 \
         --label a=b --stop-signal INT --stop-timeout 5 -v /data --health-cmd true img run",
    );
    let names = (body.hostname, body.domainname);
    assert_eq!(names, (text("h"), text("d")));
    let process = (body.user, body.working_dir, body.image);
    assert_eq!(process, (text("1:2"), text("/w"), text("img")));
    assert_eq!(body.entrypoint, Some(vec!["/e".to_owned()]));
    assert_eq!(body.cmd, Some(vec!["run".to_owned()]));
    assert_eq!(body.exposed_ports, Some(vec!["80/tcp".to_owned()]));
    assert_eq!(body.labels.expect("labels")["a"], "b");
    assert_eq!(
        (body.stop_signal, body.stop_timeout),
        (text("INT"), Some(5))
    );
    assert_eq!(body.volumes, Some(vec!["/data".to_owned()]));
    let check = body.healthcheck.and_then(|check| check.test);
    let expected = ["CMD-SHELL", "true"].map(str::to_owned).to_vec();
    assert_eq!(check, Some(expected));
}

#[test]
fn streams_that_are_attached_are_asked_for() {
    let streams = |line: &str| {
        let body = body(line);
        [
            body.attach_stdin,
            body.attach_stdout,
            body.attach_stderr,
            body.open_stdin,
            body.stdin_once,
            body.tty,
        ]
        .map(Option::unwrap)
    };
    assert_eq!(streams("img"), [false, true, true, false, false, false]);
    assert_eq!(streams("-i img"), [true, true, true, true, true, false]);
    assert_eq!(streams("-it img"), [true, true, true, true, true, true]);
    assert_eq!(streams("-d img"), [false; 6]);
    assert_eq!(
        streams("-a stderr img"),
        [false, false, true, false, false, false]
    );
}

#[test]
fn what_is_asked_of_a_network_is_sent_with_it() {
    let networking = body(
        "--network name=n,driver-opt=a=b,gw-priority=7 --link db:alias --network-alias web img",
    )
    .networking_config;
    let endpoints = networking.and_then(|networks| networks.endpoints_config);
    let endpoint = &endpoints.expect("endpoints")["n"];
    assert_eq!(endpoint.links, Some(vec!["db:alias".to_owned()]));
    assert_eq!(endpoint.aliases, Some(vec!["web".to_owned()]));
    assert_eq!(endpoint.driver_opts.as_ref().expect("options")["a"], "b");
    assert_eq!(endpoint.gw_priority, Some(7));
}

#[test]
fn what_an_engine_does_not_know_is_refused_and_the_rest_is_not() {
    for (flags, needed) in [
        ("--gpus all", 40),
        ("--cgroupns private", 41),
        ("--annotation a=b", 43),
        ("--health-start-interval 1s", 44),
    ] {
        let plan = plan(&format!("{flags} img"));
        assert!(plan.create_body(ApiVersion::v1(needed)).is_ok(), "{flags}");
        let older = plan.create_body(ApiVersion::v1(needed - 1));
        assert!(older.is_err(), "{flags}");
    }
    assert!(plan("img").create_body(ApiVersion::v1(25)).is_ok());
}

#[test]
fn an_empty_hardware_address_is_none_and_swappiness_may_be_left_to_the_kernel() {
    assert!(plan_on(&host(), "--mac-address= img").is_ok());
    assert!(plan_on(&host(), "--mac-address=zz img").is_err());
    assert!(plan_on(&host(), "--memory-swappiness=-1 img").is_ok());
    assert!(plan_on(&host(), "--memory-swappiness=-2 img").is_err());
}
