//! What goes into a container is fetched when it goes in, however long the pull took, and lives as
//! long as was asked for.

use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::support::credential_endpoint::{Behaviour, CredentialEndpoint};
use crate::support::engine::{IMAGE, containers, engine, unique_name};
use crate::support::http_server::{HttpServer, Reply};
use crate::support::process::{credrun, finish, run, start};
use crate::support::scripted_engine::{Cue, ScriptedEngine, Step};
use crate::support::sts::Sts;
use crate::support::until;
use serde_json::Value;

const ROLE: &str = "arn:aws:iam::123456789012:role/deploy";
/// A bit longer than a set may be old.
const SLOW: Duration = Duration::from_millis(5200);
/// Whatever "at once" is on a busy machine; less than a set may be old.
const AT_ONCE: Duration = Duration::from_secs(3);

/// An Engine whose pull does this.
fn pulling(cue: Cue) -> ScriptedEngine {
    let missing = (Step::Image, Cue::Refuse(404, "no such image"));
    ScriptedEngine::start([missing, (Step::Pull, cue)])
}

/// `credrun an/image` on that Engine, with a region.
fn credrun_on(engine: &ScriptedEngine) -> Command {
    let mut command = credrun();
    command
        .env("DOCKER_HOST", engine.host())
        .env("AWS_REGION", "eu-west-1")
        .args(["-q", "an/image"]);
    command
}

/// The value of a variable in the create request that the Engine got.
fn created_with(engine: &ScriptedEngine, name: &str) -> String {
    let requests = engine.requests();
    let mut creates = requests
        .iter()
        .filter(|request| request.line.starts_with("POST /containers/create"));
    let create = creates.next().expect("a create request");
    assert!(creates.next().is_none(), "more than one");
    let body: Value = serde_json::from_slice(&create.body).expect("JSON");
    let env = body["Env"].as_array().expect("variables");
    let values = env
        .iter()
        .filter_map(Value::as_str)
        .filter_map(|entry| entry.split_once('='));
    let mut values = values.filter_map(|(found, value)| (found == name).then_some(value));
    values.next().expect(name).to_owned()
}

#[test]
fn after_a_slow_pull_the_set_is_fetched_again() {
    // A new set each second: its number is its age, and no two fetches get the same.
    let endpoint = CredentialEndpoint::behaving(Behaviour::Rotate {
        life: Duration::from_secs(600),
        spare: Duration::from_secs(599),
    });
    let engine = pulling(Cue::Hold);
    let child = start(credrun_on(&engine).envs(endpoint.session()));
    engine.wait_for("POST /images/create");
    until("the first set is fetched beside the pull", || {
        endpoint.requests().len() == 1
    });
    thread::sleep(SLOW);
    assert_eq!(endpoint.requests().len(), 1, "nobody needs a set meanwhile");
    engine.release();
    finish(child).success();
    assert_eq!(endpoint.requests().len(), 2);
    let key = created_with(&engine, "AWS_ACCESS_KEY_ID");
    let turn: u32 = key.trim_start_matches("ASIATURN").parse().expect("a turn");
    assert!(turn >= 5, "{key} is of before the pull");
}

#[test]
fn after_a_slow_pull_a_role_is_assumed_again() {
    let sts = Sts::start();
    let engine = pulling(Cue::Hold);
    let mut command = credrun();
    command
        .envs(sts.user())
        .env("DOCKER_HOST", engine.host())
        .args(["-q", "--role-arn", ROLE, "an/image"]);
    let child = start(&mut command);
    engine.wait_for("POST /images/create");
    until("the role is assumed beside the pull", || {
        sts.actions() == ["AssumeRole"]
    });
    thread::sleep(SLOW);
    engine.release();
    finish(child).success();
    assert_eq!(sts.actions(), ["AssumeRole", "AssumeRole"]);
    let key = created_with(&engine, "AWS_ACCESS_KEY_ID");
    assert_eq!(key, "ASIASTS000000002");
}

#[test]
fn a_set_that_is_fresh_is_not_fetched_twice_and_never_kept_for_the_next_run() {
    let endpoint = CredentialEndpoint::start();
    for runs in 1..=2 {
        let engine = pulling(Cue::Answer);
        run(credrun_on(&engine).envs(endpoint.session())).success();
        assert_eq!(endpoint.requests().len(), runs);
    }
}

#[test]
fn a_missing_login_fails_at_once_while_the_pull_is_stalled() {
    let engine = Arc::new(pulling(Cue::Stall));
    let seen = Arc::clone(&engine);
    // Refuses once the pull has begun: a fetch that is made before or after it would never end.
    let endpoint = HttpServer::start(move |_| {
        seen.wait_for("POST /images/create");
        Reply::Answer {
            status: 403,
            headers: Vec::new(),
            body: String::new(),
        }
    });
    let url = format!("http://{}/", endpoint.address());
    let began = Instant::now();
    let refused = run(credrun_on(&engine).env("AWS_CONTAINER_CREDENTIALS_FULL_URI", url.as_str()));
    assert_eq!(refused.code(), 125, "{refused:?}");
    assert!(
        refused.stderr.contains(&format!("{url} returned HTTP 403")),
        "{refused:?}"
    );
    assert!(began.elapsed() < AT_ONCE, "{:?}", began.elapsed());
    assert!(!engine.has_seen("POST /containers/create"));
}

#[test]
fn without_any_source_nothing_is_pulled_at_all() {
    let engine = pulling(Cue::Stall);
    let mut command = credrun_on(&engine);
    command.env("AWS_PROFILE", "no-such-profile");
    assert_eq!(run(&mut command).code(), 125);
    assert!(!engine.has_seen("POST"), "{:?}", engine.lines());
}

#[test]
fn min_ttl_waits_for_the_set_that_lives_long_enough() {
    let endpoint = CredentialEndpoint::behaving(Behaviour::Rotate {
        life: Duration::from_secs(20),
        spare: Duration::ZERO,
    });
    engine();
    let mut command = credrun();
    command
        .envs(endpoint.session())
        .env("AWS_REGION", "eu-west-1")
        .args(["--min-ttl", "10m", IMAGE]);
    let child = start(command.args(["sh", "-c", "echo $AWS_CREDENTIAL_EXPIRATION"]));
    // The first, and the one that begins the wait.
    until("the short set is fetched twice", || {
        endpoint.requests().len() == 2
    });
    endpoint.behave(Behaviour::cloudshell());
    let finished = finish(child).success();
    let lines: Vec<&str> = finished.stderr.lines().collect();
    let [waiting, credentials] = lines[..] else {
        panic!("{lines:?}");
    };
    assert!(
        waiting.starts_with(
            "credrun: waiting for CloudShell to issue credentials that last longer, up to 4"
        ) && waiting.ends_with("s left)"),
        "{waiting}"
    );
    let end = finished.out();
    let said = format!(
        "credrun: credentials from CloudShell, valid until {} (15m)",
        end.trim()
    );
    assert_eq!(credentials, said);
    assert_eq!(endpoint.requests().len(), 3);
}

#[test]
fn min_ttl_without_hope_is_refused_at_once() {
    let endpoint = CredentialEndpoint::start();
    engine();
    let name = unique_name("min-ttl");
    let mut command = credrun();
    command
        .envs(endpoint.session())
        .args(["--min-ttl", "1h", "--name", &name, IMAGE]);
    let began = Instant::now();
    let refused = run(&mut command);
    assert_eq!(refused.code(), 125);
    assert_eq!(
        refused.stderr,
        "credrun: the credentials from CloudShell do not last long enough
caused by: 15m left, but 1h required: this source issues none that last longer
hint: use a smaller --min-ttl, assume a role with --role-arn and --duration-seconds, or use --live, which renews them in the container
"
    );
    assert!(began.elapsed() < AT_ONCE, "{:?}", began.elapsed());
    assert!(containers(&name).is_empty());
}

#[test]
fn min_ttl_without_hope_waits_for_no_pull() {
    let endpoint = CredentialEndpoint::start();
    let engine = pulling(Cue::Stall);
    let mut hopeless = credrun();
    hopeless
        .envs(endpoint.session())
        .env("DOCKER_HOST", engine.host())
        .args(["-q", "--min-ttl", "1h", "an/image"]);
    let refused = run(&mut hopeless);
    assert_eq!(refused.code(), 125, "{refused:?}");
    assert!(refused.stderr.contains("1h required"), "{}", refused.stderr);
    assert!(!engine.has_seen("POST /containers/create"));
}

#[test]
fn min_ttl_is_met_by_what_a_role_gives() {
    let sts = Sts::start();
    let fitting = |min_ttl: &str| {
        let engine = pulling(Cue::Answer);
        let mut command = credrun();
        command.envs(sts.user()).env("DOCKER_HOST", engine.host());
        let typed = ["-q", "--role-arn", ROLE, "--min-ttl", min_ttl, "an/image"];
        (
            run(command.args(typed)),
            engine.has_seen("POST /containers/create"),
        )
    };
    let (met, created) = fitting("59m");
    assert_eq!((met.code(), created), (0, true), "{met:?}");
    let (refused, created) = fitting("2h");
    assert_eq!((refused.code(), created), (125, false), "{refused:?}");
    assert!(
        refused.stderr.contains("1h left, but 2h required"),
        "{refused:?}"
    );
}
