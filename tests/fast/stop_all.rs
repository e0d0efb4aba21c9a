//! `credrun stop --all`: every container that `credrun ps` shows, and nothing else.
//!
//! On an Engine that is shared with other tests, it would stop their containers, too.

use credrun::relay::labels::{LABEL_FOR, LABEL_RELAY};
use serde_json::{Value, json};

use crate::support::process::{Finished, credrun, run};
use crate::support::scripted_engine::{Cue, ID, ScriptedEngine, Step};

fn listed(id: &str, name: &str, labels: &Value) -> Value {
    json!({
        "Id": id, "Names": [format!("/{name}")], "Image": "an/image", "ImageID": "sha256:1",
        "State": "running", "Status": "Up 2 minutes", "Labels": labels,
    })
}

/// Two containers, of which one has a relay, the relay of one that is not created yet, and
/// somebody else's container.
fn listing() -> Value {
    json!([
        listed("aa01", "one", &json!({ LABEL_RELAY: "bb01" })),
        listed("bb01", "relay_of_one", &json!({ LABEL_FOR: "one" })),
        listed("aa02", "two", &json!({ LABEL_RELAY: "bb02" })),
        listed("bb03", "relay_of_three", &json!({ LABEL_FOR: "three" })),
        listed("cc01", "other", &json!({})),
    ])
}

fn stop(engine: &ScriptedEngine, arguments: &[&str]) -> Finished {
    let mut stop = credrun();
    run(stop
        .env("DOCKER_HOST", engine.host())
        .arg("stop")
        .args(arguments))
}

fn changes(engine: &ScriptedEngine) -> Vec<String> {
    let path = |line: String| Some(line.split(['?', ' ']).nth(1)?.to_owned());
    let lines = engine.lines().into_iter();
    let changes = lines.filter(|line| !line.starts_with("GET ") && !line.starts_with("HEAD "));
    let mut paths: Vec<String> = changes.filter_map(path).collect();
    paths.sort();
    paths
}

#[test]
fn all_that_ps_shows_are_stopped_and_nothing_else() {
    let engine = ScriptedEngine::start([]).listing([listing()]);
    let stopped = stop(&engine, &["--all"]).success();
    assert_eq!(stopped.out(), "one\ntwo\n");
    assert_eq!(stopped.stderr, "");
    assert_eq!(
        changes(&engine),
        [
            "/containers/aa01/stop",
            "/containers/aa02/stop",
            "/containers/bb01"
        ]
    );
}

#[test]
fn where_there_are_none_there_is_nothing_to_do() {
    let engine = ScriptedEngine::start([]);
    let stopped = stop(&engine, &["--all"]).success();
    assert_eq!(stopped.out() + &stopped.stderr, "");
}

#[test]
fn one_that_cannot_be_stopped_is_told_and_the_status_says_so() {
    let labels = |relay: &str| json!({ LABEL_RELAY: relay });
    let two = json!([
        listed(ID, "one", &labels("bb01")),
        listed("aa02", "two", &labels("bb02"))
    ]);
    let engine =
        ScriptedEngine::start([(Step::Stop, Cue::Refuse(500, "it will not"))]).listing([two]);
    let stopped = stop(&engine, &["--all"]);
    assert_eq!(stopped.code(), 125);
    assert_eq!(stopped.out(), "two\n");
    assert!(stopped.stderr.contains("it will not"), "{stopped:?}");
}

#[test]
fn names_beside_all_and_nothing_at_all_are_refused() {
    let engine = ScriptedEngine::start([]).listing([listing()]);
    for arguments in [&["--all", "one"][..], &[]] {
        let refused = stop(&engine, arguments);
        assert_eq!(refused.code(), 125, "{refused:?}");
    }
    assert!(engine.requests().is_empty());
}
