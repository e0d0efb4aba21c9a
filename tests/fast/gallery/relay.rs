//! The relay of `--live`, and the containers behind relays.

use credrun::relay::image::NoRelay;
use credrun::relay::labels::LABEL_RELAY;
use credrun::relay::mux::{Breach, RelayError};
use serde_json::{Value, json};

use super::{Page, Scene, by_hand};
use crate::support::scripted_engine::{Cue, ScriptedEngine, Step};

/// A container of `--live` in a listing of the Engine's.
pub(super) fn live(id: &str, name: &str) -> Value {
    json!({
        "Id": format!("{id:0<64}"), "Names": [format!("/{name}")], "Image": "an/image",
        "ImageID": "sha256:1", "State": "running", "Status": "Up 2 minutes",
        "Labels": { LABEL_RELAY: format!("{id:f<64}") },
    })
}

fn on(listing: Value, line: &str) -> (ScriptedEngine, Scene) {
    let engine = ScriptedEngine::start([]).listing([listing]);
    let scene = Scene::new(line).on(&engine);
    (engine, scene)
}

#[test]
fn relay() {
    let mut page = Page::new("relay", "The relay of --live, and credrun stop.");
    let missing = ScriptedEngine::start([(Step::Image, Cue::Refuse(404, "No such image"))]);
    let live_run = |engine: &ScriptedEngine, flags: &str| {
        Scene::new(&format!("credrun -q --live {flags} an/image"))
            .with_keys()
            .on(engine)
    };
    let none =
        live_run(&missing, "--relay-image mine --pull never").where_("there is no image mine");
    page.show(&["messages::error::Error::ImageOf"], none);
    let other = ScriptedEngine::start([]);
    let other = live_run(&other, "--relay-image busybox").where_("busybox is not a relay");
    page.show(&["Error::NotARelay", "RelayError::Ended"], other);
    for (shows, why, error) in [
        (
            "RelayError::OtherProtocol",
            "--relay-image names the relay of another version",
            RelayError::OtherProtocol,
        ),
        (
            "RelayError::Silent",
            "it takes as long as it says",
            RelayError::Silent,
        ),
        (
            "RelayError::PortTaken",
            "the relay is replaced, and a process has taken its port: see tests/live",
            RelayError::PortTaken,
        ),
        (
            "mux::RelayError::Stream",
            "the Engine dies",
            RelayError::Stream(std::io::ErrorKind::BrokenPipe.into()),
        ),
    ] {
        page.show(&[shows], by_hand(why, error));
    }
    for (shows, breach) in [
        ("Breach::Malformed", Breach::Malformed),
        ("Breach::Credit", Breach::Credit),
        ("Breach::Allowed", Breach::Allowed),
        ("Breach::Returned", Breach::Returned),
        ("Breach::AfterEnd", Breach::AfterEnd),
        ("Breach::Number", Breach::Number),
        ("Breach::Direction", Breach::Direction),
    ] {
        let why = "no relay of credrun is known to do so";
        let error = by_hand(why, RelayError::Broken(breach));
        page.show(&["RelayError::Broken", shows], error);
    }
    for (shows, why, error) in [
        (
            "NoRelay::NotBuilt",
            "the Engine's architecture is a rare one",
            NoRelay::NotBuilt {
                architecture: "riscv64".to_owned(),
            },
        ),
        (
            "NoRelay::NotBuilt",
            "this credrun was built without the target",
            NoRelay::NotBuilt {
                architecture: "arm64".to_owned(),
            },
        ),
        (
            "NoRelay::NotKept",
            "no Engine is known to do so",
            NoRelay::NotKept,
        ),
    ] {
        page.show(&[shows], by_hand(why, error));
    }
    let (_engine, none) = on(json!([]), "credrun stop web");
    page.show(&["Error::NotLive"], none);
    let two = json!([live("aa1", "one"), live("aa2", "two")]);
    let (_engine, several) = on(two, "credrun stop aa");
    page.show(&["Error::SeveralLive"], several);
    page.check();
}
