//! `credrun ps`.

use serde_json::json;

use super::relay::live;
use super::{Page, Scene};
use crate::support::scripted_engine::ScriptedEngine;

#[test]
fn ps() {
    let mut page = Page::new("ps", "credrun ps.");
    let engine =
        ScriptedEngine::start([]).listing([json!([live("aa1", "one"), live("aa2", "two")])]);
    let two = Scene::new("credrun ps").on(&engine);
    page.show(
        &[],
        two.where_("two containers of --live, whose credrun and relay have ended"),
    );
    for line in [
        "credrun ps --no-trunc",
        "credrun ps --format json",
        "credrun ps -q",
    ] {
        let engine = ScriptedEngine::start([]).listing([json!([live("aa1", "one")])]);
        page.show(&[], Scene::new(line).on(&engine).where_("one of them"));
    }
    let engine = ScriptedEngine::start([]);
    page.show(
        &[],
        Scene::new("credrun ps")
            .on(&engine)
            .where_("there are none"),
    );
    page.check();
}
