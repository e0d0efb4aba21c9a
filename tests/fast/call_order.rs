//! What the Engine is asked, and in which order. No end can be missed in it, and nothing runs
//! that nobody follows.

use crate::support::process::{Finished, credrun_with_keys, run};
use crate::support::scripted_engine::{Cue, LEFT, LEFTOVERS, ScriptedEngine, Step};
use credrun::relay::owner::Owner;
use serde_json::json;

fn credrun_on(engine: &ScriptedEngine, arguments: &[&str]) -> Finished {
    let mut credrun = credrun_with_keys();
    credrun.env("DOCKER_HOST", engine.host()).args(arguments);
    run(&mut credrun)
}

#[test]
fn the_wait_is_acknowledged_before_the_start() {
    let engine = ScriptedEngine::start([]);
    let finished = credrun_on(&engine, &["an/image"]).success();
    assert_eq!(finished.out(), "hello\n");
    assert_eq!(
        engine.lines(),
        [
            "GET /_ping",
            "GET /images/an/image/json",
            "POST /containers/create",
            "POST /containers/ID/attach?stream=1&stdout=1&stderr=1",
            "POST /containers/ID/wait?condition=removed",
            "(wait acknowledged)",
            "POST /containers/ID/start",
        ]
    );
}

#[test]
fn leftovers_are_looked_for_once_and_before_the_create() {
    let engine = ScriptedEngine::start([]);
    credrun_on(&engine, &["an/image"]).success();
    let requests = engine.requests();
    let at = |line: &str| {
        let found = requests.iter().enumerate();
        let found = found.filter(|(_, request)| request.line.starts_with(line));
        found.map(|(index, _)| index).collect::<Vec<_>>()
    };
    let (looks, created) = (at(LEFTOVERS), at("POST /containers/create"));
    assert_eq!((looks.len(), created.len()), (1, 1), "{requests:?}");
    assert!(looks[0] < created[0], "{requests:?}");
}

#[test]
fn a_leftover_that_another_run_is_removing_is_gone_before_the_create() {
    let [(host, value), _] = Owner::this_process().expect("/proc").labels();
    let left = |state: &str| {
        let labels = json!({ host.as_str(): value.as_str(), "credrun.process": "1/1" });
        json!([{ "Id": LEFT, "Names": ["/left"], "ImageID": "sha256:1", "State": state, "Labels": labels }])
    };
    let removing = left("removing");
    let in_progress = "removal of container left is already in progress";
    let engine = ScriptedEngine::start([(Step::Other, Cue::Refuse(409, in_progress))]).listing([
        left("created"),
        removing.clone(),
        removing,
    ]);
    credrun_on(&engine, &["an/image"]).success();
    let requests = engine.requests();
    let before = requests.split(|request| request.line.starts_with("POST /containers/create"));
    let before = before.into_iter().next().expect("a create");
    let looks = before
        .iter()
        .filter(|request| request.line.starts_with(LEFTOVERS));
    assert_eq!(looks.count(), 4, "{requests:?}");
}

#[test]
fn a_dry_run_looks_for_no_leftovers() {
    let engine = ScriptedEngine::start([]);
    credrun_on(&engine, &["--dry-run", "an/image"]).success();
    let requests = engine.requests();
    let looks = |line: &str| line.starts_with(LEFTOVERS) || line.starts_with("POST");
    assert!(!requests.iter().any(|request| looks(&request.line)));
}

#[test]
fn only_a_container_that_is_to_be_removed_has_an_owner() {
    for (flags, owner) in [
        (&[][..], "/"),
        (&["-d"], "/detached"),
        (&["--rm=false"], ""),
        (&["--restart=always"], ""),
    ] {
        let engine = ScriptedEngine::start([]);
        credrun_on(&engine, &[flags, &["-l", "a=b", "an/image"]].concat()).success();
        let requests = engine.requests();
        let create = "POST /containers/create";
        let create = requests.iter().find(|request| request.line == create);
        let body: serde_json::Value =
            serde_json::from_slice(&create.expect("a create").body).expect("JSON");
        assert_eq!(body["Labels"]["a"], "b");
        let labels = body["Labels"].as_object().expect("labels").len();
        assert_eq!(labels, if owner.is_empty() { 1 } else { 3 }, "{flags:?}");
        let process = body["Labels"]["credrun.process"].as_str();
        let process = process.unwrap_or_default();
        assert!(process.contains(owner), "{flags:?}: {process}");
        assert_eq!(process.ends_with("/detached"), owner == "/detached");
    }
}

#[test]
fn a_container_that_is_kept_is_waited_for_until_its_exit() {
    for keeping in ["--rm=false", "--restart=on-failure:1"] {
        let engine = ScriptedEngine::start([]);
        credrun_on(&engine, &[keeping, "an/image"]).success();
        assert!(
            engine.has_seen("POST /containers/ID/wait?condition=next-exit"),
            "{keeping}: {:?}",
            engine.lines()
        );
        assert!(!engine.has_seen("DELETE"), "{keeping}");
    }
}

#[test]
fn a_detached_container_is_not_attached_but_waited_for() {
    let engine = ScriptedEngine::start([]);
    credrun_on(&engine, &["-d", "an/image"]).success();
    let lines = engine.lines();
    assert_eq!(
        lines[3..],
        [
            "POST /containers/ID/wait?condition=removed",
            "(wait acknowledged)",
            "POST /containers/ID/start"
        ]
    );
}

#[test]
fn name_and_platform_go_into_the_query_of_the_create_request() {
    let engine = ScriptedEngine::start([]);
    let arguments = ["--name", "a-name", "--platform", "linux/amd64", "an/image"];
    credrun_on(&engine, &arguments).success();
    let create = "POST /containers/create?name=a-name&platform=linux%2Famd64";
    assert!(engine.has_seen(create), "{:?}", engine.lines());
}

#[test]
fn a_missing_image_is_pulled_before_the_create_request() {
    let engine = ScriptedEngine::start([(Step::Image, Cue::Refuse(404, "No such image"))]);
    let finished = credrun_on(&engine, &["an/image:v1"]).success();
    assert!(
        finished
            .stderr
            .contains("Unable to find image 'an/image:v1' locally"),
        "{}",
        finished.stderr
    );
    assert_eq!(
        engine.lines()[1..5],
        [
            "GET /images/an/image:v1/json",
            "POST /images/create?fromImage=docker.io%2Fan%2Fimage&tag=v1",
            "GET /images/an/image:v1/json",
            "POST /containers/create",
        ]
    );
}

#[test]
fn a_pull_without_a_login_says_so_as_docker_does() {
    let engine = ScriptedEngine::start([]);
    credrun_on(&engine, &["--pull", "always", "an/image"]).success();
    let requests = engine.requests();
    let pull = requests
        .iter()
        .find(|request| request.line.starts_with("POST /images/create"))
        .expect("a pull");
    // `{}` in base64.
    assert_eq!(pull.headers["x-registry-auth"], "e30=");
}

#[test]
fn a_missing_image_is_not_pulled_where_it_must_not_be() {
    let engine = ScriptedEngine::start([(Step::Image, Cue::Refuse(404, "No such image"))]);
    let finished = credrun_on(&engine, &["--pull", "never", "an/image"]);
    assert_eq!(finished.code(), 125);
    assert!(!engine.has_seen("POST"), "{:?}", engine.lines());
}

#[test]
fn nothing_is_started_where_the_wait_is_refused() {
    let engine = ScriptedEngine::start([(Step::Wait, Cue::Refuse(500, "no waiting today"))]);
    let finished = credrun_on(&engine, &["an/image"]);
    assert_eq!(finished.code(), 125);
    assert!(
        finished.stderr.contains("caused by: no waiting today"),
        "{}",
        finished.stderr
    );
    assert!(!engine.has_seen("POST /containers/ID/start"));
    assert!(engine.has_seen("DELETE /containers/ID?v=true&force=true"));
}

#[test]
fn nothing_is_started_where_the_attachment_is_refused() {
    let engine = ScriptedEngine::start([(Step::Attach, Cue::Refuse(400, "no attaching today"))]);
    let finished = credrun_on(&engine, &["an/image"]);
    assert_eq!(finished.code(), 125);
    assert!(!engine.has_seen("POST /containers/ID/start"));
    assert!(engine.has_seen("DELETE /containers/ID"));
}

#[test]
fn a_container_that_is_to_be_kept_stays_where_its_start_is_refused() {
    let engine = ScriptedEngine::start([(Step::Start, Cue::Refuse(500, "no starting today"))]);
    let finished = credrun_on(&engine, &["--rm=false", "an/image"]);
    assert_eq!(finished.code(), 125);
    assert!(!engine.has_seen("DELETE"), "{:?}", engine.lines());
}

#[test]
fn the_credentials_are_in_the_create_request_and_nowhere_else() {
    let engine = ScriptedEngine::start([]);
    credrun_on(&engine, &["an/image"]).success();
    for request in engine.requests() {
        let body = String::from_utf8_lossy(&request.body);
        assert_eq!(
            body.contains("AWS_SESSION_TOKEN=IQoJb3JpZ2luX2VjEXAMPLE"),
            request.line == "POST /containers/create",
            "{}",
            request.line
        );
    }
}
