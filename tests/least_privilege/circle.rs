//! Five programs, from all rights to the fewest.

use std::path::Path;

use serde_json::Value;

use crate::policy::{Policy, Width};
use crate::program::{DEPLOY, NOTIFY, ORDERS, PULL, Program, STACK};
use crate::stage::{Deployed, Stage};
use crate::support::process::{Finished, run};

const ACCOUNT: &str = "arn:aws:iam::123456789012:root";
/// What AWS asks for only where the source of a copy has tags, which nobody can see in the request.
const PERHAPS: [&str; 1] = ["s3:GetObjectTagging"];

#[test]
fn a_script_with_the_aws_cli_runs_with_the_fewest_rights() {
    closes(DEPLOY);
}

#[test]
fn an_app_with_boto3_runs_with_the_fewest_rights() {
    closes(ORDERS);
}

#[test]
fn an_app_with_the_sdk_for_javascript_runs_with_the_fewest_rights() {
    closes(NOTIFY);
}

#[test]
fn an_apply_and_destroy_runs_with_the_fewest_rights() {
    closes(STACK);
}

#[test]
fn a_pull_from_ecr_runs_with_the_fewest_rights() {
    closes(PULL);
}

fn closes(program: Program) {
    let stage = Stage::new();
    let room = tempfile::tempdir().expect("a directory");
    let record = room.path().join("calls.jsonl");
    record_as_administrator(&stage, program, &record);
    let policy = Policy::written(&record, &[]);
    is_narrow(&stage, program, &policy);
    policy.passes_the_linter();
    runs_in_the_role_of_the_template(&stage, program, &record, &policy);
    for (action, rest) in policy.without_each() {
        let ran = run_with(&stage, program, &rest);
        if PERHAPS.contains(&action.as_str()) {
            is_done(&ran);
        } else {
            is_told(program, &ran, &action);
        }
    }
}

fn record_as_administrator(stage: &Stage, program: Program, record: &Path) {
    let variables = stage.set();
    let flags = ["--record", record.to_str().expect("UTF-8")];
    is_done(&program.run(&stage.administrator(), &variables, &flags));
}

/// No wildcard stands for an action, and `*` for no resource that could have been said.
fn is_narrow(stage: &Stage, program: Program, policy: &Policy) {
    let width = policy.width(stage);
    println!("{}: {width:?}", program.name());
    let narrow = Width {
        wildcard_actions: 0,
        needless_stars: 0,
        ..width
    };
    assert_eq!(width, narrow, "{}: {policy:#?}", program.name());
}

fn runs_in_the_role_of_the_template(
    stage: &Stage,
    program: Program,
    record: &Path,
    policy: &Policy,
) {
    let variables = stage.set();
    let administrator = stage.administrator();
    let mut template = administrator.credrun();
    template.args(["role-template", "--format", "json"]);
    template.args(["--trusted-principal", ACCOUNT, "--from"]);
    let template = run(template.arg(record)).success().out();
    let Deployed { role, policies } = stage.deploy(&template);
    assert_eq!(policies.len(), 1, "{template}");
    assert_eq!(Policy::of(&policies[0]).statement, policy.statement);
    is_done(&program.run(&administrator, &variables, &["--role-arn", &role]));
}

fn run_with(stage: &Stage, program: Program, policy: &Policy) -> Finished {
    let variables = stage.set();
    let policy = match policy.statement.len() {
        0 => Value::Null,
        _ => policy.value(),
    };
    let role = stage.role("fewest", &policy);
    program.run(&stage.administrator(), &variables, &["--role-arn", &role])
}

fn is_done(ran: &Finished) {
    assert_eq!(ran.code(), 0, "{}{}", ran.out(), ran.stderr);
    assert!(ran.out().ends_with("done\n"), "{}", ran.out());
}

/// The program has failed, and credrun says for which action: for that one alone.
fn is_told(program: Program, ran: &Finished, action: &str) {
    let name = program.name();
    assert_ne!(ran.code(), 0, "{name} does without {action}");
    let lines = ran.stderr.lines();
    let told: Vec<_> = lines
        .filter(|line| line.starts_with("credrun: AWS denied "))
        .collect();
    println!("{name} without {action}:\n{}", told.join("\n"));
    assert_eq!(told.len(), 1, "{}", ran.stderr);
    assert_eq!(actions(told[0]), [action], "{told:?}");
}

/// The actions that a line of a denial names.
fn actions(line: &str) -> Vec<&str> {
    let words = line.split(' ').skip_while(|word| *word != "denied").skip(1);
    let before = words.take_while(|word| {
        let is_times = word.starts_with("once") || word.starts_with("twice");
        !is_times && *word != "on" && word.parse::<u64>().is_err()
    });
    before
        .map(|word| word.trim_end_matches(','))
        .filter(|word| word.contains(':'))
        .collect()
}
