//! `--dry-run` shows the request that would be sent, without secrets, and changes nothing.

use std::fs;

use crate::support::credential_endpoint::{self, CredentialEndpoint, in_cloudshell};
use crate::support::engine::{IMAGE, containers, unique_name};
use crate::support::process::{credrun, run};
use crate::support::repository;
use crate::support::scripted_engine::{Cue, ScriptedEngine, Step};
use crate::support::sts::Sts;

#[test]
fn dry_run_prints_the_request_without_secrets_and_creates_nothing() {
    let endpoint = CredentialEndpoint::start();
    let name = unique_name("dry");
    let flags = [
        "--dry-run",
        "--name",
        &name,
        "-e",
        "MY_PASSWORD=hunter2",
        "-v",
        "/tmp:/t:ro",
    ];
    let mut command = in_cloudshell(&endpoint);
    let finished = run(command.args(flags).args([IMAGE, "env"])).success();
    let request: serde_json::Value = serde_json::from_slice(&finished.stdout).expect("JSON");
    assert_eq!(request["Query"]["name"], name);
    assert_eq!(request["Body"]["Image"], IMAGE);
    assert_eq!(request["Body"]["Cmd"][0], "env");
    assert_eq!(request["Body"]["HostConfig"]["Binds"][0], "/tmp:/t:ro");
    let env = request["Body"]["Env"].as_array().expect("variables");
    for shown in [
        "AWS_ACCESS_KEY_ID=ASIATURN00000000",
        "AWS_SECRET_ACCESS_KEY=<redacted>",
        "AWS_SESSION_TOKEN=<redacted>",
        "AWS_REGION=eu-west-1",
        "MY_PASSWORD=<redacted>",
    ] {
        assert!(env.contains(&shown.into()), "{shown}: {env:?}");
    }
    let all = finished.out() + &finished.stderr;
    for secret in [
        credential_endpoint::SECRET,
        credential_endpoint::SESSION_TOKEN,
        "hunter2",
    ] {
        assert!(!all.contains(secret), "{all}");
    }
    assert!(containers(&name).is_empty());
}

#[test]
fn dry_run_shows_no_value_of_a_variable_whoever_set_it() {
    let endpoint = CredentialEndpoint::start();
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("env");
    fs::write(&file, "FILED=inTheFile\nPW2\nEMPTY=\n").expect("written");
    let file = file.to_str().expect("UTF-8");
    for live in [&[][..], &["--live"]] {
        let mut command = in_cloudshell(&endpoint);
        command.envs([
            ("PW", "hunter2"),
            ("PW2", "hunter3"),
            ("HTTP_PROXY", "http://proxy"),
            ("NO_PROXY", "intra.example.org"),
        ]);
        let flags = [
            "--dry-run",
            "--env-file",
            file,
            "-e",
            "PW",
            "-e",
            "NOT_HERE",
            "-e",
            "HTTP_PROXY",
            "-e",
            "NO_PROXY",
            "-e",
            "TYPED=hunter4",
        ];
        let finished = run(command.args(flags).args(live).args([IMAGE, "env"])).success();
        let request: serde_json::Value = serde_json::from_slice(&finished.stdout).expect("JSON");
        let env = request["Body"]["Env"].as_array().expect("variables");
        for shown in [
            "FILED=<redacted>",
            "PW2=<redacted>",
            "EMPTY=",
            "PW=<redacted>",
            "NOT_HERE",
            "HTTP_PROXY=<redacted>",
            "TYPED=<redacted>",
        ] {
            assert!(env.contains(&shown.into()), "{shown}: {env:?}");
        }
        let all = finished.out() + &finished.stderr;
        for hidden in ["hunter", "inTheFile", "intra.example.org", "http://proxy"] {
            assert!(!all.contains(hidden), "{hidden}: {all}");
        }
    }
}

#[test]
fn dry_run_changes_nothing_in_the_engine_whatever_is_missing_there() {
    let endpoint = CredentialEndpoint::start();
    let engine = ScriptedEngine::start([(Step::Image, Cue::Refuse(404, "no such image"))]);
    let mut command = in_cloudshell(&endpoint);
    command.env("DOCKER_HOST", engine.host());
    let arguments = ["--dry-run", "--pull", "always", "an/image", "true"];
    let finished = run(command.args(arguments)).success();
    assert!(finished.out().contains(r#""Image": "an/image""#));
    let lines = engine.lines();
    let only_reads = |line: &String| line.starts_with("GET ") || line.starts_with("HEAD ");
    assert!(
        !lines.is_empty() && lines.iter().all(only_reads),
        "{lines:?}"
    );
}

#[test]
fn dry_run_says_what_of_the_users_a_live_run_leaves_out() {
    let endpoint = CredentialEndpoint::start();
    let flags = ["--dry-run", "--live", "-e", "AWS_ACCESS_KEY_ID=AKIAMINE"];
    let shown = run(in_cloudshell(&endpoint).args(flags).args([IMAGE, "env"])).success();
    let told = "credrun: warning: leaving out your AWS_ACCESS_KEY_ID from -e or --env-file";
    assert!(shown.stderr.contains(told), "{}", shown.stderr);
    assert!(!shown.out().contains("AKIAMINE"), "{}", shown.out());
}

#[test]
fn dry_run_shows_the_session_policy_that_a_record_or_a_flag_makes() {
    const ROLE: &str = "arn:aws:iam::123456789012:role/deploy";
    let sts = Sts::start();
    let record = repository("tests/fast/policy/records/app.jsonl");
    let record = record.to_str().expect("UTF-8");
    let typed = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;
    for (flags, text) in [
        (&["--policy-from", record][..], "\"dynamodb:"),
        (&["--policy", typed], "\"s3:GetObject\""),
        (&[], ""),
    ] {
        let engine = ScriptedEngine::start([(Step::Image, Cue::Refuse(404, "no such image"))]);
        let mut command = credrun();
        command.env("DOCKER_HOST", engine.host()).envs(sts.user());
        command.args(["--dry-run", "--role-arn", ROLE]).args(flags);
        let finished = run(command.args(["an/image", "true"])).success();
        let request: serde_json::Value = serde_json::from_slice(&finished.stdout).expect("JSON");
        let policy = &request["SessionPolicy"];
        assert_eq!(policy.is_object(), !flags.is_empty(), "{request:#}");
        assert!(
            flags.is_empty() || policy.to_string().contains(text),
            "{policy:#}"
        );
        // What STS was asked for is what is shown.
        let asked = sts
            .calls()
            .last()
            .and_then(|call| call.get("Policy").map(str::to_owned));
        let asked =
            asked.map(|text| serde_json::from_str::<serde_json::Value>(&text).expect("JSON"));
        assert_eq!(asked.as_ref(), policy.is_object().then_some(policy));
    }
}
