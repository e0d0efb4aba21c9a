//! `credrun doctor`: what a run would do here, and what is in its way.

use std::process::Command;
use std::time::Duration;

use crate::support::aws::AwsStandIn;
use crate::support::credential_endpoint::{self, CredentialEndpoint};
use crate::support::engine::{IMAGE, engine};
use crate::support::http_server::refused_address;
use crate::support::process::{Finished, credrun, run};
use crate::support::sts::{self, ACCOUNT, Sts};
use crate::support::terminal::Terminal;
use serde_json::Value;

fn doctor(sts: &Sts, arguments: &[&str]) -> Command {
    let mut command = credrun();
    command.envs(sts.user()).arg("doctor").args(arguments);
    command
}

fn json(command: &mut Command) -> (i32, Value) {
    let finished = run(command.args(["--output", "json"]));
    let findings = serde_json::from_str(&finished.out()).expect("JSON on stdout");
    (finished.code(), findings)
}

/// The line of the page for `name`: its mark and its value.
fn line(finished: &Finished, name: &str) -> (String, String) {
    let out = finished.out();
    let of_name = |line: &&str| line.get(8..).is_some_and(|rest| rest.starts_with(name));
    let line = out.lines().find(of_name);
    let line = line.unwrap_or_else(|| panic!("no {name} in {out}"));
    (line[2..6].trim().to_owned(), line[31..].to_owned())
}

#[test]
fn where_a_run_would_work_the_status_is_0_and_each_fact_has_a_line() {
    engine();
    let sts = Sts::start();
    let page = run(&mut doctor(&sts, &[IMAGE])).success();
    let good = |name: &str, value: &str| {
        let (mark, found) = line(&page, name);
        assert!(found.contains(value), "{name}: {found}");
        assert_eq!(mark, "ok", "{name}");
    };
    good("source ", "session of environment");
    good("identity", &format!("arn:aws:iam::{ACCOUNT}:user/me"));
    good("region", "eu-west-1 (AWS_REGION)");
    good("clock", "AWS's");
    good("environment", "environment: AKIAUSEREXAMPLE");
    good("version", "API 1.");
    good("relay", "");
    good("there", "sha256:");
    assert!(line(&page, "expiration").1.ends_with(" left)"));
    assert!(line(&page, "address").1.ends_with(')'));
    assert!(page.out().ends_with(": a run would work here\n"));
    assert!(!page.out().contains('\x1b'));
}

#[test]
fn programs_get_the_same_as_json() {
    engine();
    let sts = Sts::start();
    let (code, found) = json(&mut doctor(&sts, &[IMAGE]));
    assert_eq!(code, 0);
    assert_eq!(found["Works"], true);
    assert_eq!(found["Version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(found["Credentials"]["Identity"]["Account"], ACCOUNT);
    assert_eq!(found["Credentials"]["Used"]["Temporary"], true);
    assert_eq!(found["Credentials"]["Region"]["From"], "AWS_REGION");
    assert_eq!(found["Engine"]["Server"]["Os"], "linux");
    assert_eq!(found["Engine"]["Image"]["Name"], IMAGE);
    assert_eq!(found["Engine"]["Problem"], Value::Null);
}

#[test]
fn each_source_is_asked_although_an_earlier_one_would_do() {
    let sts = Sts::start();
    let endpoint = CredentialEndpoint::start();
    let (_, found) = json(
        doctor(&sts, &[])
            .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", endpoint.url())
            .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", endpoint.token())
            .env("AWS_EXECUTION_ENV", "CloudShell"),
    );
    let sources = found["Credentials"]["Sources"].as_array().expect("a list");
    let answer = |name: &str| {
        let named = |source: &&Value| source["Name"] == name;
        let source = sources.iter().find(named).expect(name);
        (source["Answer"].clone(), source["Source"].clone())
    };
    assert_eq!(
        answer("environment"),
        ("Found".into(), "environment".into())
    );
    assert_eq!(
        answer("container endpoint"),
        ("Found".into(), "CloudShell".into())
    );
    assert_eq!(answer("web identity").0, "Absent");
    assert_eq!(
        found["Credentials"]["Used"]["Source"],
        "session of environment"
    );
}

#[test]
fn without_credentials_a_run_would_fail_and_the_page_says_what_to_do() {
    engine();
    let page = run(credrun().arg("doctor"));
    assert_eq!(page.code(), 125);
    let (mark, value) = line(&page, "source ");
    assert_eq!(
        (mark.as_str(), value.as_str()),
        ("FAIL", "no AWS credentials found")
    );
    assert!(page.out().contains("hint: log in with `aws sso login`"));
    assert_eq!(line(&page, "region").0, "note");
    assert!(page.out().ends_with(": a run would fail here: see FAIL\n"));
}

#[test]
fn a_flag_that_cannot_be_meant_is_a_finding() {
    let sts = Sts::start();
    let page = run(&mut doctor(&sts, &["--role-arn", "deploy"]));
    assert_eq!(page.code(), 125);
    assert!(line(&page, "source ").1.contains("--role-arn"));
    // The Engine is looked at all the same.
    line(&page, "address");
}

#[test]
fn a_set_that_aws_refuses_is_in_a_runs_way_and_one_that_nobody_can_look_at_is_not() {
    engine();
    let sts = Sts::start();
    let temporary = |key: &str, url: String| {
        let mut command = credrun();
        command
            .args(["doctor", "--region", "eu-west-1"])
            .env("AWS_ACCESS_KEY_ID", key)
            .env("AWS_SECRET_ACCESS_KEY", "KEEP/OUT")
            .env("AWS_SESSION_TOKEN", "KEEP/OUT/too")
            .env("AWS_ENDPOINT_URL_STS", url);
        json(&mut command)
    };
    let (code, found) = temporary("ASIANOTKNOWN", sts.url());
    assert_eq!(
        (code, &found["Credentials"]["Refused"]),
        (125, &true.into())
    );
    let nobody = format!("http://{}", refused_address());
    let (code, found) = temporary("ASIANOTKNOWN", nobody);
    assert_eq!((code, &found["Credentials"]["Refused"]), (0, &false.into()));
    assert!(found["Credentials"]["IdentityProblem"]["Message"].is_string());
}

#[test]
fn the_clock_is_compared_with_awss() {
    let sts = Sts::start();
    sts.advance(Duration::from_secs(200));
    let (_, found) = json(&mut doctor(&sts, &[]));
    let ahead = &found["Credentials"]["Clock"]["SecondsAhead"];
    let ahead = ahead.as_i64().expect("a number");
    assert!((-202..=-197).contains(&ahead), "{ahead}");
    assert_eq!(found["Credentials"]["Clock"]["TooFar"], false);
}

#[test]
fn an_engine_that_does_not_answer_is_in_a_runs_way() {
    let sts = Sts::start();
    let nobody = format!("tcp://{}", refused_address());
    let page = run(&mut doctor(&sts, &["--host", &nobody]));
    assert_eq!(page.code(), 125);
    assert_eq!(
        line(&page, "connection"),
        (
            "FAIL".to_owned(),
            format!("cannot connect to the Docker Engine at {nobody}")
        )
    );
    assert_eq!(line(&page, "address").1, format!("{nobody} (--host)"));
    assert_eq!(line(&page, "source ").0, "ok");
}

#[test]
fn an_image_that_is_missing_is_told_with_its_registrys_login() {
    engine();
    let stand_in = AwsStandIn::shared();
    let login = |image: &str| {
        let mut command = credrun();
        let session = stand_in.temporary(stand_in.session_role_arn());
        command.envs(session).args(["doctor", image]);
        let (code, found) = json(&mut command);
        assert_eq!(code, 0, "{found}");
        found["Engine"]["Image"]["Login"].clone()
    };
    let ecr = format!("{ACCOUNT}.dkr.ecr.ap-northeast-1.amazonaws.com");
    let by_ecr = login(&format!("{ecr}/app:1"));
    assert_eq!(
        (&by_ecr["By"], &by_ecr["Registry"]),
        (&"Ecr".into(), &ecr.into())
    );
    let anonymous = login("registry.example/app:1");
    assert_eq!(anonymous["By"], "Anonymous");
}

#[test]
fn colours_are_for_terminals_and_not_where_they_are_unwanted() {
    engine();
    let sts = Sts::start();
    let (_, coloured) = Terminal::start(&doctor(&sts, &[])).wait();
    assert!(coloured.contains("\x1b[32mok"), "{coloured}");
    let mut plain = doctor(&sts, &[]);
    plain.env("NO_COLOR", "1");
    let (code, plain) = Terminal::start(&plain).wait();
    assert!(code == 0 && !plain.contains('\x1b'), "{plain}");
}

#[test]
fn what_is_printed_can_be_pasted_into_an_issue() {
    let sts = Sts::start();
    let endpoint = CredentialEndpoint::start();
    for output in ["text", "json"] {
        let arguments = ["--output", output, "--log-level", "trace"];
        let finished = run(doctor(&sts, &arguments)
            .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", endpoint.url())
            .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", endpoint.token()));
        for secret in [
            sts::SECRET,
            sts::SESSION_TOKEN,
            Sts::USER_SECRET,
            credential_endpoint::SECRET,
            credential_endpoint::SESSION_TOKEN,
            &endpoint.token(),
        ] {
            assert!(!finished.out().contains(secret), "{secret}");
            assert!(!finished.stderr.contains(secret), "{secret}");
        }
    }
}
