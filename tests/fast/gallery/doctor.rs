//! `credrun doctor` in a good and in a bad world.

use std::env::consts::ARCH;

use credrun::architecture::docker_name;

use super::{Page, Scene};
use crate::support::scripted_engine::ScriptedEngine;
use crate::support::sts::Sts;

#[test]
fn doctor() {
    let mut page = Page::new("doctor", "credrun doctor.");
    let version = format!("credrun {}", env!("CARGO_PKG_VERSION"));
    let sts = Sts::start();
    let engine = ScriptedEngine::start([]);
    let good = Scene::new("credrun doctor an/image")
        .user_of(&sts)
        .on(&engine)
        .showing(&version, "credrun VERSION")
        .showing(
            &format!("linux/{}", docker_name(ARCH)),
            "linux/ARCHITECTURE",
        );
    page.show(&[], good.where_("where all is well"));
    let bad = Scene::new("credrun doctor an/image")
        .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .env("CREDRUN_REGION", "eu-central-1")
        .config("[profile dev]\nregion = eu-west-1")
        .showing(&version, "credrun VERSION");
    page.show(&[], bad.where_("there is no Engine"));
    page.check();
}
