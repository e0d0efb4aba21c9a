//! Signals: what is left, and what is not.

use rustix::process::Signal;

use credrun::messages::error::Error;
use credrun::signals;

use super::page::Seen;
use super::{Page, Scene, by_hand};
use crate::support::process::signal;
use crate::support::scripted_engine::{Cue, ScriptedEngine, Step};

/// `credrun an/image`, which gets this signal when the Engine has been asked for `line`.
fn interrupted(engine: &ScriptedEngine, line: &str, what: &str) -> Seen {
    let mut scene = Scene::new("credrun -q an/image")
        .with_keys()
        .on(engine)
        .where_(&format!("^C {what}"));
    let child = scene.start();
    engine.wait_for(line);
    signal(&child, Signal::INT);
    scene.ended(child)
}

#[test]
fn interruption() {
    let mut page = Page::new("interruption", "^C and other signals.");
    let pull = ScriptedEngine::start([
        (Step::Image, Cue::Refuse(404, "No such image")),
        (Step::Pull, Cue::Stall),
    ]);
    page.show(
        &["Error::Interrupted"],
        interrupted(&pull, "POST /images/create", "during a pull"),
    );
    let stuck = ScriptedEngine::start([
        (Step::Wait, Cue::Stall),
        (Step::Remove, Cue::Refuse(500, "driver failed")),
    ]);
    let seen = interrupted(
        &stuck,
        "POST /containers/ID/wait",
        "before the start; the Engine cannot remove the container",
    );
    page.show(&["Error::LeftBehind"], seen);
    let number = signals::Signal::INT;
    let id = "c0ffee00c0ff".to_owned();
    for (shows, why, error) in [
        (
            "Error::CreateGivenUp",
            "three ^C during a create that stalls: see tests/fast/interruption.rs",
            Error::CreateGivenUp(number),
        ),
        (
            "Error::LeftRunning",
            "three ^C, and the container goes on: see tests/engine/signals.rs",
            Error::LeftRunning { signal: number, id },
        ),
        (
            "Error::CommandLeftRunning",
            "^C during credrun exec: see tests/engine/exec.rs",
            Error::CommandLeftRunning {
                signal: number,
                container: "web".to_owned(),
            },
        ),
    ] {
        page.show(&[shows], by_hand(why, error));
    }
    page.check();
}
