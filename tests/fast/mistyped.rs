//! A mistyped command is told before it is treated as an image: nothing is pulled, and nobody is
//! asked for credentials.

use std::process::Command;

use crate::support::process::{Finished, credrun, credrun_with_keys, run};
use crate::support::scripted_engine::{Cue, ScriptedEngine, Step};

const MISSING: (Step, Cue) = (Step::Image, Cue::Refuse(404, "No such image"));

fn on(mut command: Command, engine: &ScriptedEngine, line: &[&str]) -> Finished {
    run(command.env("DOCKER_HOST", engine.host()).args(line))
}

#[test]
fn a_slip_is_told_without_a_pull_and_before_credentials_are_looked_for() {
    for (line, meant) in [
        (&["docter"][..], "credrun doctor"),
        (&["docter", "--output", "json"], "credrun doctor"),
        (&["-q", "--pull", "always", "exprot"], "credrun export"),
        (&["--profile", "nobody", "top", "web"], "`docker top`"),
    ] {
        let engine = ScriptedEngine::start([MISSING]);
        // There are no credentials, which would be told as well.
        let refused = on(credrun(), &engine, line);
        assert_eq!(refused.code(), 125);
        let word = line
            .iter()
            .find(|word| ["docter", "exprot", "top"].contains(word));
        let word = word.expect("one of them");
        assert_eq!(
            refused.stderr,
            format!(
                "credrun: \"{word}\" is not a credrun command\n\
                 hint: did you mean {meant}? An image of that name runs with: credrun run {word}\n"
            )
        );
        assert!(!engine.has_seen("POST "), "{:?}", engine.lines());
    }
}

#[test]
fn a_slip_is_told_without_an_engine_too() {
    for host in ["unix:///nonexistent/engine.sock", "nonsense://"] {
        let refused = run(credrun_with_keys().arg("docter").env("DOCKER_HOST", host));
        assert_eq!(refused.code(), 125);
        let told = "credrun: \"docter\" is not a credrun command\n";
        assert!(refused.stderr.starts_with(told), "{}", refused.stderr);
    }
}

#[test]
fn an_image_of_that_name_that_the_engine_has_is_run() {
    let engine = ScriptedEngine::start([]);
    on(credrun_with_keys(), &engine, &["docter"]).success();
    assert!(engine.has_seen("POST /containers/create"));
}

#[test]
fn after_the_word_run_it_is_an_image() {
    let engine = ScriptedEngine::start([MISSING]);
    on(credrun_with_keys(), &engine, &["run", "docter"]).success();
    assert!(engine.has_seen("POST /images/create"));
    assert!(engine.has_seen("POST /containers/create"));
}

#[test]
fn with_d_and_live_as_well() {
    let engine = ScriptedEngine::start([MISSING]);
    let refused = on(credrun_with_keys(), &engine, &["-d", "--live", "docter"]);
    assert_eq!(refused.code(), 125);
    assert!(
        refused.stderr.contains("credrun doctor?"),
        "{}",
        refused.stderr
    );
    assert!(!engine.has_seen("POST "), "{:?}", engine.lines());
}
