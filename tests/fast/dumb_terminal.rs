//! A terminal that can only show text gets text: no colours, and no cursor that moves.

use std::process::Command;

use crate::support::process::{credrun, credrun_with_keys};
use crate::support::scripted_engine::{Cue, ScriptedEngine, Step};
use crate::support::sts::Sts;
use crate::support::terminal::Terminal;

/// What a real Engine says of two layers.
const LAYERS: &str = r#"
{"status":"Pulling fs layer","progressDetail":{},"id":"aaaaaaaaaaaa"}
{"status":"Pulling fs layer","progressDetail":{},"id":"bbbbbbbbbbbb"}
{"status":"Pull complete","progressDetail":{},"id":"aaaaaaaaaaaa"}
{"status":"Pull complete","progressDetail":{},"id":"bbbbbbbbbbbb"}
"#;
const ESCAPE: char = '\x1b';

fn screen(command: &mut Command, variable: (&str, &str)) -> String {
    command.env(variable.0, variable.1);
    Terminal::start(command).wait().1
}

#[test]
fn a_pull_is_shown_in_lines() {
    let shown = |term| {
        let engine = ScriptedEngine::start([(Step::Image, Cue::Refuse(404, "No such image"))])
            .pulling(LAYERS);
        let mut run = credrun_with_keys();
        run.env("DOCKER_HOST", engine.host())
            .args(["run", "an/image"]);
        screen(&mut run, ("TERM", term))
    };
    let dumb = shown("dumb");
    assert!(dumb.contains("aaaaaaaaaaaa: Pull complete\r\n"), "{dumb}");
    assert!(dumb.contains("Status: Downloaded\r\n"), "{dumb}");
    assert!(!dumb.contains(ESCAPE), "{dumb}");
    assert!(shown("xterm").contains(ESCAPE));
}

#[test]
fn the_page_of_doctor_has_no_colours() {
    let sts = Sts::start();
    let engine = ScriptedEngine::start([]);
    let shown = |variable| {
        let mut doctor = credrun();
        doctor
            .env("TERM", "xterm")
            .env("DOCKER_HOST", engine.host())
            .envs(sts.user())
            .arg("doctor");
        screen(&mut doctor, variable)
    };
    for plain in [("TERM", "dumb"), ("NO_COLOR", "1")] {
        let page = shown(plain);
        assert!(page.contains("Docker Engine"), "{page}");
        assert!(!page.contains(ESCAPE), "{page}");
    }
    assert!(shown(("X", "")).contains(ESCAPE));
}

#[test]
fn help_refusals_and_notices_have_no_colours() {
    let nowhere = ("DOCKER_HOST", "unix:///nonexistent/engine.sock");
    for line in [
        &["--help"][..],
        &["whoami", "--help"],
        &["--no-such-flag", "image"],
        &["whoami", "--no-such-flag"],
        &["run", "image"],
        &["ps"],
    ] {
        for variable in [("TERM", "dumb"), ("NO_COLOR", "1")] {
            let mut command = credrun_with_keys();
            command
                .env("TERM", "xterm")
                .args(line)
                .env(nowhere.0, nowhere.1);
            let shown = screen(&mut command, variable);
            assert!(
                !shown.is_empty() && !shown.contains(ESCAPE),
                "{line:?}: {shown}"
            );
        }
    }
}
