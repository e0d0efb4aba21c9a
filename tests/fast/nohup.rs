//! A hangup that is ignored when credrun starts, as `nohup` has it, is nobody's.

use std::process::{Child, Command};

use crate::support::process::{credrun_with_keys, finish, signal, start};
use crate::support::scripted_engine::{Cue, ScriptedEngine, Step};
use rustix::process::Signal;

/// credrun as `nohup` starts it.
fn without_hangup(engine: &ScriptedEngine) -> Child {
    let credrun = credrun_with_keys();
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' HUP; exec \"$0\" an/image"]);
    shell.arg(credrun.get_program());
    let variables = credrun.get_envs();
    shell.envs(variables.filter_map(|(name, value)| Some((name, value?))));
    start(shell.env("DOCKER_HOST", engine.host()))
}

#[test]
fn a_hangup_that_was_ignored_from_the_start_reaches_nobody() {
    let engine = ScriptedEngine::running_on([]);
    let child = without_hangup(&engine);
    engine.wait_for("POST /containers/ID/start");
    signal(&child, Signal::HUP);
    // The one after it comes through, so that the first has had its time.
    signal(&child, Signal::USR1);
    engine.wait_for("POST /containers/ID/kill?signal=USR1");
    assert!(!engine.has_seen("POST /containers/ID/kill?signal=HUP"));
    engine.end(0);
    finish(child).success();
}

#[test]
fn a_hangup_that_was_ignored_from_the_start_does_not_end_a_pull() {
    let missing = (Step::Image, Cue::Refuse(404, "No such image"));
    let engine = ScriptedEngine::start([missing, (Step::Pull, Cue::Hold)]);
    let child = without_hangup(&engine);
    engine.wait_for("POST /images/create");
    signal(&child, Signal::HUP);
    engine.release();
    assert_eq!(finish(child).success().out(), "hello\n");
}
