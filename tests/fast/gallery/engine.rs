//! The Docker Engine: its refusals, and its silence.

use std::time::Duration;

use credrun::engine::Action;
use credrun::engine::{EngineError, Refusal};
use credrun::messages::error::Error;

use super::{Page, Scene, by_hand};
use crate::support::scripted_engine::{Cue, ScriptedEngine, Step};

/// What Engines say, and at which step.
const REFUSALS: [(Step, u16, &str); 11] = [
    (
        Step::Create,
        409,
        "Conflict. The container name \"/web\" is already in use by container \"c0ffee\". You have to remove (or rename) that container to be able to reuse that name.",
    ),
    (Step::Create, 400, "invalid CPU count"),
    (Step::Create, 500, ""),
    (
        Step::Start,
        500,
        "driver failed programming external connectivity on endpoint web: Bind for 0.0.0.0:80 failed: port is already allocated",
    ),
    (Step::Start, 404, "network backend not found"),
    (
        Step::Start,
        400,
        "failed to create task for container: exec: \"nope\": executable file not found in $PATH: unknown",
    ),
    (
        Step::Start,
        400,
        "failed to create task for container: exec: \"/etc\": is a directory: unknown",
    ),
    (
        Step::Create,
        500,
        "write /var/lib/docker: no space left on device",
    ),
    (
        Step::Image,
        400,
        "invalid reference format: repository name must be lowercase",
    ),
    (Step::Attach, 409, "container c0ffee is not running"),
    (Step::Wait, 404, "No such container: c0ffee"),
];

/// What Engines say of a pull.
const PULLS: [&str; 5] = [
    "pull access denied for no/such, repository does not exist or may require 'docker login'",
    "manifest for busybox:nope not found: manifest unknown",
    "dial tcp: lookup registry.example: no such host",
    "toomanyrequests: You have reached your pull rate limit",
    "no basic auth credentials",
];

fn image(engine: &ScriptedEngine) -> Scene {
    Scene::new("credrun -q an/image").with_keys().on(engine)
}

#[test]
fn engine() {
    let mut page = Page::new(
        "engine",
        "The Docker Engine. What follows the first `caused by` is the Engine's own.",
    );
    let away = Scene::new("credrun image").with_keys();
    page.show(
        &["EngineError::Unreachable"],
        away.where_("there is no Engine"),
    );
    let unreadable = EngineError::Unreachable {
        address: "unix:///var/run/docker.sock".to_owned(),
        source: std::io::ErrorKind::PermissionDenied.into(),
    };
    page.show(
        &["EngineError::Unreachable"],
        by_hand(
            "the socket belongs to others; the tests may run as root",
            unreadable,
        ),
    );
    for (step, status, message) in REFUSALS {
        let engine = ScriptedEngine::start([(step, Cue::Refuse(status, message))]);
        let said = format!("at {step:?}, the Engine returns HTTP {status}");
        page.show(&["EngineError::Refused"], image(&engine).where_(&said));
    }
    let message = Refusal {
        status: 500,
        message: "driver failed".to_owned(),
    };
    let refused = EngineError::Refused {
        action: Action::RemoveContainer,
        source: message,
    };
    page.show(
        &["Refusal"],
        by_hand("as the others, of a removal", refused),
    );
    let dies = ScriptedEngine::start([(Step::Create, Cue::Die)]);
    page.show(
        &["EngineError::Lost"],
        image(&dies).where_("the Engine dies at Create"),
    );
    let stalled = EngineError::Stalled {
        action: Action::CreateContainer,
        limit: Duration::from_secs(120),
    };
    page.show(
        &["EngineError::Stalled"],
        by_hand("it takes minutes: see tests/fast/engine_faults.rs", stalled),
    );
    let nonsense = EngineError::Nonsense {
        action: Action::InspectImage,
        source: serde_json::from_str::<u8>("{")
            .expect_err("no number")
            .into(),
    };
    page.show(
        &["EngineError::Nonsense"],
        by_hand("no Engine is known to do so", nonsense),
    );
    let request = EngineError::InvalidRequest {
        source: "invalid uri character".into(),
    };
    page.show(
        &["EngineError::InvalidRequest"],
        by_hand("every name is checked or escaped before", request),
    );
    images(&mut page);
    page.check();
}

fn images(page: &mut Page) {
    let missing = (Step::Image, Cue::Refuse(404, "No such image"));
    for message in PULLS {
        let engine = ScriptedEngine::start([missing, (Step::Pull, Cue::Refuse(500, message))]);
        page.show(
            &["EngineError::Refused"],
            image(&engine).where_("the Engine cannot pull the image"),
        );
    }
    let engine = ScriptedEngine::start([
        missing,
        (Step::Pull, Cue::Refuse(404, "pull access denied")),
    ]);
    let capital = Scene::new("credrun -q MyRegistry/image")
        .with_keys()
        .on(&engine);
    page.show(
        &["messages::error::Error::Pull"],
        capital.where_("there is no such image"),
    );
    for line in ["credrun top web", "credrun ls", "credrun -q exprot"] {
        let engine = ScriptedEngine::start([missing]);
        let mistyped = Scene::new(line).on(&engine);
        page.show(
            &["FlagError"],
            mistyped.where_("the Engine has no such image"),
        );
    }
    let engine = ScriptedEngine::start([missing]);
    let never = Scene::new("credrun --pull never an/image")
        .with_keys()
        .on(&engine);
    page.show(&["Error::NoSuchImage"], never);
    let pulled = Error::NoSuchImage {
        image: "an/image".to_owned(),
        pulled: true,
    };
    page.show(
        &["Error::NoSuchImage"],
        by_hand(
            "the Engine says that it has pulled the image, and has it not",
            pulled,
        ),
    );
}
