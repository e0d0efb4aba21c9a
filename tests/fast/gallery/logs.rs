//! `credrun logs`.

use credrun::messages::error::Error;
use serde_json::json;

use super::relay::live;
use super::{Page, Scene, by_hand};
use crate::support::scripted_engine::ScriptedEngine;

const LOG: &str = "\
2030-01-01T00:00:00Z credrun: serves web c0ffee01
2030-01-01T00:00:00Z credrun: the container c0ffee01 ended with status 0
";

fn with_log(line: &str) -> Scene {
    Scene::new(line)
        .bytes(
            ".local/state/credrun/20300101T000000Z-17.log",
            LOG.as_bytes(),
        )
        .without("XDG_STATE_HOME")
}

#[test]
fn logs() {
    let mut page = Page::new("logs", "credrun logs.");
    let gone = with_log("credrun logs web");
    page.show(
        &[],
        gone.where_("the container web is gone, and its log is there"),
    );
    page.show(&["Error::NoLog"], with_log("credrun logs db"));
    let engine = ScriptedEngine::start([]).listing([json!([live("aa1", "web")])]);
    let other = with_log("credrun logs web").on(&engine);
    page.show(
        &["Error::NoLog"],
        other.where_("the container web runs without -d, and an earlier one has left a log"),
    );
    let several = Error::SeveralLogs {
        wanted: "c0".to_owned(),
        containers: vec!["c0ffee01".to_owned(), "c0de02".to_owned()],
    };
    page.show(
        &["Error::SeveralLogs"],
        by_hand("there are two such logs", several),
    );
    page.show(&["FlagError"], Scene::new("credrun logs -n few web"));
    page.check();
}
