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
