//! An Engine that dies or stalls at any step: a clear message, status 125, and soon. Docker's
//! client hangs in half of these.
//!
//! In this process, because what counts as stalled is a matter of minutes in the program.

use std::time::Duration;

use credrun::cli::{self, Cli};
use credrun::credentials::Source;
use credrun::engine::Limits;
use credrun::exit::ExitStatus;
use credrun::messages::error::Error;
use credrun::plan::RunPlan;
use credrun::run::{self, Record, Run};
use credrun::signals::Signals;
use credrun::vars::Environment;

use crate::support::DEADLINE;
use crate::support::scripted_engine::{Cue, ScriptedEngine, Step};

/// Long enough for a busy machine to answer in, short enough to wait for.
const LIMIT: Duration = Duration::from_millis(1500);

const LIMITS: Limits = Limits {
    ping: LIMIT,
    ping_interval: Duration::from_millis(100),
    image: LIMIT,
    create_or_start: LIMIT,
    short_step: LIMIT,
    drain: LIMIT,
};

/// Runs `an/image` on that Engine.
fn run_on(engine: &ScriptedEngine) -> Result<ExitStatus, Error> {
    let host = engine.host();
    let environment = Environment::fixed([
        ("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG"),
        ("AWS_SESSION_TOKEN", "IQoJb3JpZ2luX2VjEXAMPLE"),
        ("AWS_REGION", "eu-central-1"),
        ("HOME", "/nonexistent"),
        ("DOCKER_HOST", &host),
    ]);
    let Ok(Cli::Run(arguments)) =
        cli::parse(["credrun", "-q", "an/image"].map(Into::into), &environment)
    else {
        panic!("a run");
    };
    let mut plan = RunPlan::resolve(&arguments, &environment).expect("a plan");
    plan.endpoint.limits = LIMITS;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let outcome = runtime.block_on(async {
        let record = Record::begin(false);
        let source = Source::open(&plan.source, &environment).expect("a source");
        let run = Run {
            supervisor: None,
            signals: Signals::ending().expect("signals"),
        };
        let run = run::carry_out(&plan, source, &environment, run, &record);
        tokio::time::timeout(DEADLINE, run).await
    });
    runtime.shutdown_background();
    outcome.expect("an end in time")
}

/// Runs on an Engine that does `cue` at `step`, and returns the failure's report.
fn failure(engine: &ScriptedEngine, what: &str) -> String {
    let error = run_on(engine).expect_err(what);
    assert_eq!(error.status().code(), 125, "{what}: {error:?}");
    error.report()
}

/// The steps of a run and what credrun calls them when they take too long.
const STEPS: [(Step, &str); 6] = [
    (Step::Ping, "respond to a ping"),
    (Step::Image, "inspect the image"),
    (Step::Create, "create the container"),
    (Step::Attach, "attach to the container"),
    (Step::Wait, "wait for the container"),
    (Step::Start, "start the container"),
];

/// All at once: most of the time is spent waiting for a limit.
fn at_each_step(check: impl Fn(Step, &str) + Sync) {
    std::thread::scope(|scope| {
        for (step, name) in STEPS {
            let check = &check;
            scope.spawn(move || check(step, name));
        }
    });
}

#[test]
fn a_run_on_a_healthy_engine_stays_within_these_limits() {
    let engine = ScriptedEngine::start([]);
    assert_eq!(run_on(&engine).expect("a run"), ExitStatus::SUCCESS);
}

#[test]
fn an_engine_that_dies_at_a_step_is_named_as_the_cause() {
    at_each_step(|step, _| {
        let engine = ScriptedEngine::start([(step, Cue::Die)]);
        let report = failure(&engine, &format!("{step:?}"));
        let what = match step {
            Step::Ping => "cannot connect to the Docker Engine at unix://",
            _ => "lost the connection to the Docker Engine\ncaused by: ",
        };
        assert!(
            report.starts_with(&format!("credrun: {what}")),
            "{step:?}: {report}"
        );
        assert!(report.contains("hint: "), "{step:?}: {report}");
    });
}

#[test]
fn an_engine_that_is_not_there_is_named_with_its_address() {
    let engine = ScriptedEngine::start([]);
    let host = engine.host();
    std::fs::remove_file(host.trim_start_matches("unix://")).expect("a socket");
    let report = failure(&engine, "no socket");
    assert!(
        report.contains(&format!("cannot connect to the Docker Engine at {host}")),
        "{report}"
    );
}

#[test]
fn a_step_that_stalls_is_named_with_its_limit() {
    at_each_step(|step, name| {
        let engine = ScriptedEngine::start([(step, Cue::Stall)]);
        let report = failure(&engine, &format!("{step:?}"));
        assert!(
            report.contains(&format!("the Docker Engine did not {name} within 1 s")),
            "{step:?}: {report}"
        );
    });
}

#[test]
fn a_container_is_removed_where_a_later_step_stalls() {
    for step in [Step::Attach, Step::Wait, Step::Start] {
        let engine = ScriptedEngine::start([(step, Cue::Stall)]);
        failure(&engine, &format!("{step:?}"));
        assert!(
            engine.has_seen("DELETE /containers/ID?v=true&force=true"),
            "{step:?}"
        );
    }
}

#[test]
fn an_engine_that_freezes_for_good_does_not_hold_credrun_either() {
    at_each_step(|step, _| {
        let engine = ScriptedEngine::start([(step, Cue::Freeze)]);
        failure(&engine, &format!("{step:?}"));
    });
}

#[test]
fn an_engine_that_dies_in_the_middle_of_output_is_named_as_the_cause() {
    let engine = ScriptedEngine::start([(Step::Output, Cue::Die)]);
    let report = failure(&engine, "output");
    assert!(
        report.contains("lost the connection to the Docker Engine"),
        "{report}"
    );
}

#[test]
fn an_engine_that_freezes_in_the_middle_of_output_is_given_up() {
    let engine = ScriptedEngine::start([(Step::Output, Cue::Freeze)]);
    let report = failure(&engine, "output");
    assert!(report.contains("did not respond to a ping"), "{report}");
}

#[test]
fn a_container_that_is_silent_is_no_engine_that_stalls() {
    let engine = ScriptedEngine::running_on([]);
    let pings = || {
        let lines = engine.lines();
        lines.iter().filter(|line| *line == "GET /_ping").count()
    };
    std::thread::scope(|scope| {
        let run = scope.spawn(|| run_on(&engine));
        crate::support::until("the Engine has been watched for a while", || pings() > 4);
        assert!(!run.is_finished());
        engine.end(7);
        let status = run.join().expect("no panic").expect("a status");
        assert_eq!(status.code(), 7);
    });
}

#[test]
fn output_that_never_ends_after_the_container_has_is_given_up() {
    let engine = ScriptedEngine::running_on([(Step::Output, Cue::Stall)]);
    std::thread::scope(|scope| {
        let run = scope.spawn(|| failure(&engine, "output"));
        engine.wait_for("POST /containers/ID/start");
        engine.end(0);
        let report = run.join().expect("no panic");
        assert!(report.contains("close the output"), "{report}");
    });
}

#[test]
fn an_engine_that_dies_instead_of_telling_the_end_is_named_as_the_cause() {
    let engine = ScriptedEngine::start([(Step::End, Cue::Die)]);
    let report = failure(&engine, "end");
    assert!(
        report.contains("lost the connection to the Docker Engine"),
        "{report}"
    );
}

#[test]
fn an_engine_that_freezes_instead_of_telling_the_end_is_given_up() {
    let engine = ScriptedEngine::start([(Step::End, Cue::Freeze)]);
    let report = failure(&engine, "end");
    assert!(report.contains("did not respond to a ping"), "{report}");
}

#[test]
fn an_engine_that_dies_or_stalls_at_the_removal_leaves_the_first_failure_in_the_message() {
    for cue in [Cue::Die, Cue::Stall, Cue::Freeze, Cue::Refuse(500, "busy")] {
        let engine = ScriptedEngine::start([
            (Step::Start, Cue::Refuse(500, "no starting today")),
            (Step::Remove, cue),
        ]);
        let report = failure(&engine, &format!("{cue:?}"));
        assert!(report.contains("caused by: no starting today"), "{report}");
    }
}

#[test]
fn an_engine_that_dies_or_freezes_in_the_middle_of_a_pull_is_given_up() {
    for (cue, words) in [
        (Cue::Die, "lost the connection"),
        (Cue::Freeze, "did not respond to a ping"),
    ] {
        let missing = (Step::Image, Cue::Refuse(404, "No such image"));
        let engine = ScriptedEngine::start([missing, (Step::Pull, cue)]);
        let report = failure(&engine, &format!("{cue:?}"));
        assert!(report.contains(words), "{report}");
    }
}
