//! Everything else that ends a run.

use credrun::messages::error::Error;
use credrun::messages::error::{DemultiplexError, Target};

use super::mfa::make_open_to_others;
use super::{Page, Scene, by_hand};
use crate::support::scripted_engine::ScriptedEngine;

#[test]
fn run() {
    let mut page = Page::new(
        "run",
        "What else ends a run: this machine, the container, a bug.",
    );
    let engine = ScriptedEngine::start([]);
    let run = |flags: &str| {
        Scene::new(&format!("credrun -q {flags} an/image"))
            .with_keys()
            .on(&engine)
    };
    page.show(&["Error::Local"], run("--report nope/report.json"));
    page.show(&["Error::Local"], run("--cidfile nope/cid"));
    page.show(
        &["Error::Local"],
        run("--keyless --record nope/calls.jsonl"),
    );
    let url = run("--keyless").env("AWS_ENDPOINT_URL_DYNAMODB", "localhost:4566");
    page.show(&["UnusableUrl"], url);
    let url = run("--keyless").env("AWS_ENDPOINT_URL", "localhost:4566");
    page.show(&["UnusableUrl"], url);
    let proxy = run("--keyless").env("HTTPS_PROXY", "socks5://127.0.0.1:1080");
    page.show(&["SettingsError::Socks"], proxy);
    let full = Scene::new("credrun env -- nope").with_keys();
    page.show(&["Error::Execute"], full);
    let directory = Scene::new("credrun env -- /").with_keys();
    page.show(&["Error::Execute"], directory);
    states(&mut page);
    let words = |text: &str| text.to_owned();
    page.show(
        &["Error::Keyless"],
        by_hand(
            "credrun exec for a container of --keyless: see tests/keyless/run.rs",
            Error::Keyless {
                container: words("agent"),
            },
        ),
    );
    for (shows, why, error) in [
        (
            "Error::Container",
            "the Engine fails while the container runs",
            Error::Container {
                message: words("OCI runtime error"),
            },
        ),
        (
            "Error::NotStartedAgain",
            "a container of -d --live --restart: see tests/live/detached.rs",
            Error::NotStartedAgain {
                message: words("cannot join network of a non running container"),
            },
        ),
        (
            "DemultiplexError::Engine",
            "the Engine fails while the container runs",
            Error::Output(DemultiplexError::Engine(words("write failed"))),
        ),
        (
            "DemultiplexError::UnknownStream",
            "no Engine is known to do so",
            Error::Output(DemultiplexError::UnknownStream(9)),
        ),
        (
            "DemultiplexError::Write",
            "the disk is full behind stdout: see tests/engine/streams.rs",
            Error::Output(DemultiplexError::Write {
                target: Target::Stdout,
                source: std::io::ErrorKind::StorageFull.into(),
            }),
        ),
    ] {
        page.show(&[shows], by_hand(why, error));
    }
    let bug = credrun::panics::caught(|| -> Result<(), Error> { panic!("on purpose") });
    let bug = bug.expect_err("a panic");
    page.show(
        &["Error::Bug"],
        by_hand("a panic: see tests/fast/panic.rs", bug),
    );
    page.check();
}

/// The directory of the logs of `-d --live`.
fn states(page: &mut Page) {
    use credrun::run::state::unusable::Unusable;
    let engine = ScriptedEngine::start([]);
    let detached = || {
        Scene::new("credrun -d --live an/image")
            .with_keys()
            .on(&engine)
    };
    let open = detached().where_("~/.local/state/credrun has mode 777");
    make_open_to_others(&open);
    page.show(&["Unusable::OpenToOthers"], open);
    let linked = detached().where_("~/.local/state/credrun is a symbolic link");
    let state = linked.home().join(".local/state");
    std::fs::create_dir_all(&state).expect("made");
    std::os::unix::fs::symlink("/tmp", state.join("credrun")).expect("a link");
    page.show(&["Unusable::Link"], linked);
    let file = detached().bytes(".local", b"").where_("~/.local is a file");
    page.show(&["Error::Local"], file);
    for (shows, why, error) in [
        (
            "Unusable::OtherOwner",
            "the directory belongs to another user",
            Unusable::OtherOwner(1001),
        ),
        (
            "Unusable::NoHome",
            "the user database has no home directory",
            Unusable::NoHome,
        ),
    ] {
        let action = match error {
            Unusable::NoHome => "find a directory for logs of -d",
            _ => "use /home/me/.local/state/credrun",
        };
        let error = Error::Local {
            action: action.to_owned(),
            source: std::io::Error::other(error),
        };
        page.show(&[shows], by_hand(why, error));
    }
}
