//! For any command line credrun sends what the docker client on this machine sends, and refuses
//! what it refuses.
//!
//! The docker client is the oracle: both get the same command lines, made up from docker's
//! grammars, and their create requests are compared. It has to be docker 28: credrun does what
//! docker 29 does, and what has changed since 28 is known ([`OF_DOCKER_29`], [`as_docker_29`]) and
//! recorded, see `tests/golden`; any other is no oracle.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::create_request::{Outcome, as_docker_29, canonical, credrun, differences};
use crate::support::recording_engine::RecordingEngine;
use credrun::container::{ApiVersion, Host};
use credrun::vars::Environment;
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, FileFailurePersistence, RngSeed, TestCaseError, TestRunner};
use serde_json::{Map, Value};

/// Each case starts a docker client, 30 to 60 ms.
const CASES: u32 = 250;

/// Refusals that are meant to differ: what docker's has in it, what credrun's has (nothing where
/// there is a request instead), and why.
const INTENDED: [(&str, &str, &str); 6] = [
    (
        "the input device is not a TTY",
        "",
        "no matter of grammar: the run looks at its terminal",
    ),
    (
        "for \"--net\" flag",
        "for \"--network\" flag",
        "a flag is called by its one name, not by its alias",
    ),
    (
        "\"--health-start-interval\" requires API version",
        "--health-start-interval cannot be negative",
        "what no Engine can know comes before what this one does not",
    ),
    (
        "is only supported on a Docker daemon running on windows",
        "is only for containers on Windows",
        "credrun runs Linux containers, whatever the Engine runs on",
    ),
    (
        "",
        "invalid isolation",
        "no Engine knows it, so the Engine's refusal comes before the network",
    ),
    (
        "",
        "is not a valid domain",
        "docker's pattern has (:?…) for (?:…) and lets a label of --dns-search begin with a colon",
    ),
];

/// Refusals of docker 28 and what docker 29 and credrun make of the same, as above.
const OF_DOCKER_29: [(&str, &str); 12] = [
    ("Invalid --security-opt", "invalid --security-opt"),
    ("invalid env file (", "file: invalid env file ("),
    ("open fx/", "file: open fx/"),
    ("for --expose", "invalid range format for --expose"),
    ("error parsing specified platform", ": invalid argument"),
    ("target is required", ""),
    ("cannot mix", "cannot mix"),
    ("unexpected key", "unknown option"),
    ("invalid value for ro: yes", "invalid value for 'ro'"),
    ("", "value is empty"),
    ("", "bind-nonrecursive is deprecated"),
    ("", "failed to parse IP"),
];

fn files() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// The docker client and the Engine it speaks to.
struct Docker {
    engine: RecordingEngine,
    home: tempfile::TempDir,
}

impl Docker {
    /// None, and the reason on stderr, where there is no docker 28. Under `CI=true` that is an
    /// error.
    fn start(api: &'static str) -> Option<Self> {
        let version = Command::new("docker").arg("--version").output();
        let version = match &version {
            Ok(output) => String::from_utf8_lossy(&output.stdout).into_owned(),
            Err(error) => error.to_string(),
        };
        if !version.starts_with("Docker version 28.") {
            let reason = format!("not compared with docker: it is not docker 28 ({version})");
            assert!(std::env::var_os("CI").is_none(), "{reason}");
            eprintln!("{reason}");
            return None;
        }
        let home = tempfile::tempdir().expect("a directory");
        let engine = RecordingEngine::start(&home.path().join("engine.sock"), api);
        Some(Self { engine, home })
    }

    fn run(&self, args: &[String]) -> Outcome {
        let mut docker = self.client("docker");
        docker.env("DOCKER_HOST", self.engine.address());
        self.outcome(docker.arg("run").args(args))
    }

    /// A client in the environment of [`host`].
    fn client(&self, program: &str) -> Command {
        let mut client = Command::new(program);
        client
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home.path())
            .env("FROMENV", "fromenv-value")
            .current_dir(files())
            .stdin(Stdio::null());
        client
    }

    /// What a client asks of the Engine, or why it does not.
    fn outcome(&self, client: &mut Command) -> Outcome {
        let output = client.output().expect("the client runs");
        let Some(request) = self.engine.take_request() else {
            let text = String::from_utf8_lossy(&output.stderr);
            let line = text.lines().next().unwrap_or_default().trim_end();
            return Outcome::Refused(line.strip_prefix("docker: ").unwrap_or(line).to_owned());
        };
        Outcome::Request {
            query: query_of(&request.path),
            body: serde_json::from_slice(&request.body).expect("a client sends JSON"),
        }
    }
}

fn query_of(path: &str) -> Map<String, Value> {
    let query = path.split_once('?').map_or("", |(_, query)| query);
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (key.to_owned(), Value::from(percent_decoded(value))))
        .collect()
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend(before.bytes());
        bytes.push(u8::from_str_radix(&after[..2], 16).expect("two digits"));
        rest = &after[2..];
    }
    bytes.extend(rest.bytes());
    String::from_utf8(bytes).expect("UTF-8").replace('+', " ")
}

fn host() -> Host {
    Host {
        environment: Environment::fixed([("FROMENV", "fromenv-value")]),
        working_directory: files(),
        proxies: Vec::new(),
        console_size: None,
        detach_keys: None,
    }
}

/// How closely refusals are compared.
#[derive(Clone, Copy)]
enum Refusals {
    /// Word for word.
    ByMessage,
    /// Only whether there is one: of several reasons either client names one.
    ByFact,
}

fn compare(ours: &Outcome, theirs: &Outcome, refusals: Refusals) -> Result<(), String> {
    match (ours, theirs) {
        (
            Outcome::Request { query, body },
            Outcome::Request {
                query: their_query,
                body: their_body,
            },
        ) => {
            let their_body = as_docker_29(their_body.clone());
            let found = differences(&canonical(body), &canonical(&their_body));
            if query == their_query && found.is_empty() {
                return Ok(());
            }
            Err(format!(
                "query {query:?} against {their_query:?}; {}",
                found.join("; ")
            ))
        }
        (Outcome::Refused(ours), Outcome::Refused(theirs))
            if matches!(refusals, Refusals::ByFact) || ours.trim_end() == theirs =>
        {
            Ok(())
        }
        _ if is_intended(ours, theirs) => Ok(()),
        _ => Err(format!(
            "credrun: {}; docker: {}",
            ours.summary(),
            theirs.summary()
        )),
    }
}

fn is_intended(ours: &Outcome, theirs: &Outcome) -> bool {
    let is = |outcome: &Outcome, words: &str| match outcome {
        Outcome::Refused(message) => !words.is_empty() && message.contains(words),
        Outcome::Request { .. } => words.is_empty(),
    };
    let intended = INTENDED
        .iter()
        .map(|(docker, credrun, _)| (docker, credrun));
    let newer = OF_DOCKER_29
        .iter()
        .map(|(docker, credrun)| (docker, credrun));
    intended
        .chain(newer)
        .any(|(docker, credrun)| is(theirs, docker) && is(ours, credrun))
}

fn compare_with_docker(
    version: &'static str,
    command_lines: impl Strategy<Value = Vec<String>>,
    refusals: Refusals,
) {
    let Some(docker) = Docker::start(version) else {
        return;
    };
    let api = version.parse().expect("a version");
    let host = host();
    let mut runner = TestRunner::new(Config {
        cases: CASES,
        // A case takes a process: few steps towards a simpler one are worth it.
        max_shrink_iters: 60,
        rng_seed: RngSeed::Fixed(28),
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(
            "tests/create_request.regressions",
        ))),
        ..Config::default()
    });
    let result = runner.run(&command_lines, |args| {
        compare(&credrun(&args, &host, api), &docker.run(&args), refusals)
            .map_err(|difference| TestCaseError::fail(format!("{args:?}: {difference}")))
    });
    if let Err(error) = result {
        panic!("API {version}: {error}");
    }
}

#[test]
fn a_flag_means_the_same_as_to_docker_and_is_refused_in_the_same_words() {
    compare_with_docker(
        "1.41",
        crate::support::docker_run_flags::single_flag(),
        Refusals::ByMessage,
    );
}

#[test]
fn many_flags_together_mean_the_same_as_to_docker() {
    compare_with_docker(
        "1.50",
        crate::support::docker_run_flags::command_line(),
        Refusals::ByFact,
    );
}

#[test]
fn proxies_of_the_config_go_in_as_with_docker() {
    let Some(docker) = Docker::start("1.50") else {
        return;
    };
    let config = r#"{"proxies":{"default":{"httpProxy":"http://p:1","noProxy":"localhost"}}}"#;
    let directory = docker.home.path().join(".docker");
    std::fs::create_dir_all(&directory).expect("a directory");
    std::fs::write(directory.join("config.json"), config).expect("a file");
    let proxies = [
        ("HTTP_PROXY", "http://p:1"),
        ("http_proxy", "http://p:1"),
        ("NO_PROXY", "localhost"),
        ("no_proxy", "localhost"),
    ];
    let host = Host {
        proxies: proxies
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
        ..host()
    };
    for line in [
        "img",
        "-e HTTP_PROXY=mine -e A=1 img",
        "-e no_proxy= img",
        "-e NO_PROXY img",
    ] {
        let args: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let ours = credrun(&args, &host, ApiVersion::v1(50));
        assert_eq!(
            compare(&ours, &docker.run(&args), Refusals::ByMessage),
            Ok(()),
            "{line}"
        );
    }
}

/// A set of credentials and a region, as variables of the program's and then of the container's.
const KEYS: [&str; 4] = [
    "AWS_ACCESS_KEY_ID=ASIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_SESSION_TOKEN=IQoJb3JpZ2luX2VjEXAMPLE",
    "AWS_REGION=eu-central-1",
];

/// Takes AWS's variables out of a body, and returns them. Without any other, docker sends null.
fn take_injected(body: &mut Value) -> Vec<Value> {
    let Some(Value::Array(env)) = body.get_mut("Env") else {
        return Vec::new();
    };
    let of_aws = |entry: &mut Value| entry.as_str().is_some_and(|text| text.starts_with("AWS_"));
    let injected = env.extract_if(.., of_aws).collect();
    if env.is_empty() {
        body["Env"] = Value::Null;
    }
    injected
}

#[test]
fn the_program_sends_dockers_request_with_the_credentials_and_nothing_else() {
    let Some(docker) = Docker::start("1.50") else {
        return;
    };
    let mut injected = KEYS.to_vec();
    injected.push("AWS_DEFAULT_REGION=eu-central-1");
    for line in [
        "img",
        "-i --name web -e B=1 -e A=2 -e FROMENV -v .:/src -p 127.0.0.1:8080:80 img sh -c ls",
        "--rm --platform amd64 --env-file fx/env1 --label-file fx/lab -h web img",
        "-d --restart always --network n1 --network-alias a --link db --mount dst=/x img",
        "--security-opt seccomp=fx/seccomp.json -m 64m --cpus 1.5 --init --gpus all img -- --help",
    ] {
        let args: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let mut program = docker.client(env!("CARGO_BIN_EXE_credrun"));
        program
            .envs(KEYS.iter().filter_map(|entry| entry.split_once('=')))
            .args(["-H", &docker.engine.address(), "--rm=false"])
            .args(&args);
        let mut ours = docker.outcome(&mut program);
        let Outcome::Request { body, .. } = &mut ours else {
            panic!("{line}: {}", ours.summary());
        };
        let found = take_injected(body);
        assert_eq!(found.len(), injected.len(), "{line}: {found:?}");
        assert!(
            injected.iter().all(|&entry| found.contains(&entry.into())),
            "{line}: {found:?}"
        );
        // What is removed at its end says which credrun removes it.
        let owners = if args.contains(&"--rm".to_owned()) {
            2
        } else {
            0
        };
        assert_eq!(take_owner(body), owners, "{line}");
        let compared = compare(&ours, &docker.run(&args), Refusals::ByMessage);
        assert_eq!(compared, Ok(()), "{line}");
    }
}

/// Takes out the labels that name the credrun, and counts them.
fn take_owner(body: &mut Value) -> usize {
    let labels = body["Labels"].as_object_mut();
    labels.map_or(0, |labels| {
        let names = ["credrun.host", "credrun.process"];
        names.iter().filter_map(|&name| labels.remove(name)).count()
    })
}
