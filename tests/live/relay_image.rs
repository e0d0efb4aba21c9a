//! `--relay-image`: where it comes from, and what is said where it is none.

use std::env::consts::ARCH;
use std::net::TcpListener;

use credrun::relay::frame::VERSION;
use credrun::relay::image::relay_image;

use crate::support::engine::{IMAGE, Removed, docker, engine, unique_name};
use crate::support::live::{ASK, live, nothing_is_left, relays};
use crate::support::process::{Lines, credrun_with_keys, finish, run, start};
use crate::support::registry::Registry;
use crate::support::scripted_engine::{Cue, ScriptedEngine, Step};

#[test]
fn a_relay_image_that_the_engine_does_not_have_is_pulled() {
    let (mut credrun, _container) = live("live-own-relay", &[IMAGE, "true"]);
    run(&mut credrun).success();
    let own = own_image();
    let registry = Registry::start("user", "password");
    let pulled = format!("{}/relay", registry.domain());
    docker(&["tag", &own, &pulled]).success();
    run(registry.docker().args(["push", &pulled])).success();
    // The name alone goes: containers of runs beside this one are made of the image.
    docker(&["rmi", "--force", &pulled]).success();

    let flags = ["--relay-image", &pulled, IMAGE, "sh", "-c", ASK];
    let (mut credrun, container) = live("live-pulled-relay", &flags);
    let ran = run(credrun.env("DOCKER_CONFIG", registry.config_directory())).success();
    nothing_is_left(&container.0);
    docker(&["rmi", "--force", &pulled]).success();
    assert!(
        ran.stderr
            .contains(&format!("Unable to find image '{pulled}:latest' locally"))
    );
    assert!(ran.out().contains("wJalrXUtnFEMI"), "{}", ran.stderr);
}

/// credrun's own, by its ID.
fn own_image() -> String {
    let ids = relay_image(ARCH).expect("a relay").ids;
    let known = ids.into_iter().find(|id| {
        let inspected = docker(&["image", "inspect", id]);
        inspected.status.success()
    });
    known.expect("an image that a run has loaded")
}

/// Whoever may load an image can give it any name.
#[test]
fn an_image_that_bears_the_relays_name_is_not_the_relay() {
    let hostile = Tagged::with_entry_point("live-hostile", r#"["sleep", "60"]"#);
    let name = relay_image(ARCH).expect("a relay").reference;
    let since = docker(&["info", "--format={{.SystemTime}}"])
        .success()
        .out();
    // With credrun's own image in the Engine, and without.
    for own_is_there in [true, false] {
        if !own_is_there {
            docker(&["rmi", &own_image()]);
        }
        docker(&["tag", &hostile.0, &name]).success();
        let flags = [IMAGE, "sh", "-c", ASK];
        let (mut credrun, container) = live("live-named-relay", &flags);
        let ran = run(&mut credrun).success();
        nothing_is_left(&container.0);
        assert!(ran.out().contains("wJalrXUtnFEMI"), "{ran:?}");
    }
    docker(&["tag", &own_image(), &name]).success();
    let until = docker(&["info", "--format={{.SystemTime}}"])
        .success()
        .out();
    for made_of in [&name, &hostile.0] {
        let filter = format!("image={made_of}");
        let events = docker(&[
            "events",
            "--since",
            since.trim(),
            "--until",
            until.trim(),
            "--filter=event=create",
            "--filter",
            &filter,
        ]);
        assert_eq!(events.success().out(), "", "{made_of}");
    }
}

#[test]
fn a_relay_image_that_was_tidied_away_meanwhile_is_loaded_again() {
    let gone = (
        Step::Create,
        Cue::Refuse(404, "No such image: credrun-relay"),
    );
    let engine = ScriptedEngine::start([gone]);
    let mut credrun = credrun_with_keys();
    credrun.env("DOCKER_HOST", engine.host());
    let ran = run(credrun.args(["run", "--live", "an/image"]));
    assert_eq!(ran.code(), 125);
    let lines = engine.lines();
    let is = |step: &str| lines.iter().filter(|line| line.starts_with(step)).count();
    assert_eq!(is("POST /containers/create"), 2, "{lines:?}");
}

#[test]
fn a_relay_image_that_is_no_relay_is_told_as_such() {
    // The relay's argument is its port, which these have no program for, end at, and print.
    let ends = Tagged::with_entry_point("live-ends", r#"["true"]"#);
    let prints = Tagged::with_entry_point("live-prints", r#"["echo", "what is no frame"]"#);
    let ready = serde_json::json!(["printf", ready_of(VERSION - 1)]).to_string();
    let older = Tagged::with_entry_point("live-older", &ready);
    for (image, why) in [
        (IMAGE, "executable file not found"),
        (&ends.0, "caused by: the relay ended before it was ready\n"),
        (&prints.0, "caused by: the relay uses a different protocol"),
        (&older.0, "caused by: the relay uses a different protocol"),
    ] {
        let (mut credrun, container) =
            live("live-no-relay", &["--relay-image", image, IMAGE, "true"]);
        let ran = run(&mut credrun);
        let told = &ran.stderr;
        assert_eq!(ran.code(), 125, "{told}");
        let what = "credrun: the image of --relay-image did not start as a credrun relay\n";
        assert!(told.contains(what) && told.contains(why), "{told}");
        assert!(told.contains("hint: it must be the image"), "{told}");
        assert!(!told.contains("follows IMAGE"), "{told}");
        nothing_is_left(&container.0);
    }
}

/// The first frame of a relay of a version, as all versions have it, in `printf`'s words.
fn ready_of(version: u8) -> String {
    format!(r"\001\000\000\000\000\000\003\{version:03o}\125\020")
}

#[test]
fn a_relay_that_breaks_its_protocol_is_ended_and_told_of() {
    let ready = ready_of(VERSION);
    let says = format!(
        "trap 'printf \"no frame\"; exit' USR1; printf '{ready}'; while :; do sleep 0.1; done"
    );
    let words = serde_json::json!(["sh", "-c", says]).to_string();
    let breaks = Tagged::with_entry_point("live-breaks", &words);
    let flags = ["--relay-image", &breaks.0, "--network=none"];
    let command = [IMAGE, "sh", "-c", "echo up; exec sleep 600"];
    let (mut credrun, container) = live("live-broken-relay", &[&flags[..], &command].concat());
    let mut child = start(&mut credrun);
    let output = Lines::of(child.stdout.take().expect("a pipe"));
    let lines = Lines::of(child.stderr.take().expect("a pipe"));
    let told = "credrun: warning: the relay broke its protocol: it sent what is no frame";
    assert_eq!(output.next(), "up");
    docker(&["kill", "--signal=USR1", &relays(&container.0)[0]]).success();
    while lines.next() != told {}
    docker(&["kill", &container.0]).success();
    assert_eq!(finish(child).code(), 137);
    nothing_is_left(&container.0);
}

#[test]
fn a_port_that_is_taken_is_not_put_down_to_the_relay_image() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let publish = format!("-p{}:80", listener.local_addr().expect("an address"));
    // A program that starts: Docker 28 asks for the port only then.
    let sleeps = Tagged::with_entry_point("live-sleeps", r#"["sleep"]"#);
    let flags = [&publish, "--relay-image", &sleeps.0, IMAGE, "true"];
    let (mut credrun, container) = live("live-port-taken", &flags);
    let ran = run(&mut credrun);
    assert_eq!(ran.code(), 125, "{ran:?}");
    let hint = "hint: another program or container uses this port";
    assert!(ran.stderr.contains(hint), "{ran:?}");
    assert!(!ran.stderr.contains("--relay-image"), "{ran:?}");
    nothing_is_left(&container.0);
}

/// The image of the tests with another entry point, and without a command.
struct Tagged(String);

impl Tagged {
    fn with_entry_point(purpose: &str, words: &str) -> Self {
        engine();
        let image = unique_name(purpose);
        let container = Removed(unique_name(purpose));
        docker(&["create", "--name", &container.0, IMAGE]).success();
        let change = format!("ENTRYPOINT {words}");
        docker(&["commit", "--change", &change, &container.0, &image]).success();
        Self(image)
    }
}

impl Drop for Tagged {
    fn drop(&mut self) {
        docker(&["rmi", &self.0]);
    }
}

#[test]
fn what_is_wrong_with_a_relay_image_names_its_flag() {
    let missing = (Step::Image, Cue::Refuse(404, "No such image"));
    let engine = ScriptedEngine::start([missing, (Step::Pull, Cue::Refuse(404, "no such place"))]);
    let refused = |image: &str| {
        let mut credrun = credrun_with_keys();
        credrun.env("DOCKER_HOST", engine.host());
        let ran = run(credrun.args(["run", "--live", "--relay-image", image, "stpo"]));
        assert_eq!(ran.code(), 125);
        ran.stderr
    };
    let pull = refused("example.test/relay");
    assert!(
        pull.contains("credrun: cannot get the image for --relay-image\n"),
        "{pull}"
    );
    assert!(!pull.contains("did you mean"), "{pull}");
    let name = refused("Bad Image");
    assert!(name.contains("credrun: --relay-image: "), "{name}");
}
