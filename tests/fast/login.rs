//! `credrun login`: the AWS CLI logs in, for the profile that needs it. A program of its name stands
//! in for it, and leaves what it would leave.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::support::http_server::{HttpServer, Reply};
use crate::support::process::{credrun, finish, run, signal, start};
#[cfg(target_os = "linux")]
use crate::support::terminal::Terminal;
use crate::support::until;
use rustix::process::Signal;

const CONFIG: &str = "\
[profile a]
sso_session = dev
sso_account_id = 123456789012
sso_role_name = Deploy
[profile deploy]
role_arn = arn:aws:iam::123456789012:role/deploy
source_profile = a
[profile console]
login_session = arn:aws:iam::123456789012:user/me
[profile command]
credential_process = /nonexistent/command
[sso-session dev]
sso_region = eu-west-1
sso_start_url = https://portal.example/start
";
/// The AWS CLI names the cache file after the SHA-1 of `dev`.
const CACHE_FILE: &str = "34c6fceca75e456f25e7e99531e2425c6c1de443.json";
const TOKEN: &str = r#"{"startUrl":"https://portal.example/start","region":"eu-west-1","accessToken":"hush","expiresAt":"2099-01-01T00:00:00Z"}"#;

/// A home directory with these profiles, and a program `aws` that writes down its arguments and
/// then does what `script` says.
struct World {
    home: TempDir,
    portal: HttpServer,
}

impl World {
    fn new(script: &str) -> Self {
        let world = Self {
            home: tempfile::tempdir().expect("a directory"),
            portal: HttpServer::start(|_| {
                Reply::Answer {
                status: 200,
                headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
                body: r#"{"roleCredentials":{"accessKeyId":"ASIASSO","secretAccessKey":"hush","sessionToken":"t","expiration":4070908800000}}"#.to_owned(),
            }
            }),
        };
        fs::create_dir_all(world.path(".aws/sso/cache")).expect("made");
        fs::create_dir(world.path("bin")).expect("made");
        fs::write(world.path(".aws/config"), CONFIG).expect("written");
        let text =
            format!("#!/bin/sh\nfor word; do echo \"$word\"; done >\"$HOME/argv\"\n{script}\n");
        fs::write(world.path("bin/aws"), text).expect("written");
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(world.path("bin/aws"), mode).expect("a mode");
        world
    }

    /// Where the login succeeds.
    fn logging_in() -> Self {
        Self::new(&format!(
            "echo 'Open the page'; printf '%s' '{TOKEN}' >\"$HOME/.aws/sso/cache/{CACHE_FILE}\""
        ))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn credrun(&self, arguments: &[&str]) -> Command {
        let mut command = credrun();
        command
            .env("HOME", self.home.path())
            .env(
                "PATH",
                format!("{}:/usr/bin:/bin", self.path("bin").display()),
            )
            .env(
                "AWS_ENDPOINT_URL_SSO",
                format!("http://{}", self.portal.address()),
            )
            .arg("login")
            .args(arguments);
        command
    }

    /// The arguments of the AWS CLI, if it was started.
    fn argv(&self) -> Option<Vec<String>> {
        let words = fs::read_to_string(self.path("argv")).ok()?;
        Some(words.lines().map(str::to_owned).collect())
    }
}

#[test]
fn a_profile_of_identity_center_logs_in_and_is_told_until_when() {
    let world = World::logging_in();
    let done = run(&mut world.credrun(&["--profile", "a"])).success();
    assert_eq!(
        world.argv().expect("started"),
        ["sso", "login", "--profile", "a"]
    );
    // What the AWS CLI prints is its own.
    assert_eq!(done.out(), "Open the page\n");
    let lines: Vec<&str> = done.stderr.lines().collect();
    assert_eq!(lines[0], "credrun: running aws sso login --profile a");
    let told = "credrun: credentials from profile \"a\" (SSO), valid until 2099-01-01T00:00:00Z (";
    assert!(lines[1].starts_with(told), "{}", done.stderr);
    assert_eq!(lines.len(), 2, "{}", done.stderr);
}

#[test]
fn the_environments_profile_and_further_options_are_passed_on() {
    let world = World::logging_in();
    let mut login = world.credrun(&["-q", "--", "--no-browser"]);
    let done = run(login.env("AWS_PROFILE", "a")).success();
    let argv = ["sso", "login", "--profile", "a", "--no-browser"];
    assert_eq!(world.argv().expect("started"), argv);
    assert_eq!(done.stderr, "");
}

#[test]
fn a_role_logs_in_for_its_source() {
    let world = World::new("exit 1");
    let refused = run(&mut world.credrun(&["--profile", "deploy"]));
    assert_eq!(refused.code(), 125);
    assert_eq!(
        world.argv().expect("started"),
        ["sso", "login", "--profile", "a"]
    );
}

#[test]
fn a_profile_of_aws_login_uses_that_and_a_failure_is_told() {
    let world = World::new("echo 'aws: invalid choice' >&2; exit 252");
    let refused = run(&mut world.credrun(&["-q", "--profile", "console"]));
    assert_eq!(refused.code(), 125);
    assert_eq!(
        world.argv().expect("started"),
        ["login", "--profile", "console"]
    );
    assert_eq!(
        refused.stderr,
        "aws: invalid choice\n\
         credrun: aws login --profile console failed with exit status: 252\n\
         hint: aws login needs version 2.32 of the AWS CLI or a newer one; aws --version shows it\n"
    );
}

#[test]
fn a_profile_that_needs_no_login_says_what_it_has() {
    let world = World::new("");
    let done = run(&mut world.credrun(&["--profile", "command"])).success();
    assert_eq!(
        done.stderr,
        "credrun: profile \"command\" needs no login: its credentials come from profile \
         \"command\" (credential_process)\n"
    );
    assert_eq!(world.argv(), None);
}

#[test]
fn without_the_aws_cli_the_command_is_told() {
    let world = World::logging_in();
    fs::remove_file(world.path("bin/aws")).expect("it was there");
    let mut login = world.credrun(&["-q", "--profile", "deploy"]);
    let refused = run(login.env("PATH", world.path("bin")));
    assert_eq!(refused.code(), 125);
    assert_eq!(
        refused.stderr,
        "credrun: profile \"deploy\" needs the AWS CLI to log in, and it is not installed\n\
         hint: install the AWS CLI v2, then: aws sso login --profile a\n"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn the_aws_cli_has_the_terminal() {
    let world = World::new(
        "[ -t 0 ] && [ -t 1 ] && [ -t 2 ] && printf 'Code: ' && read code && echo \"got $code\"; exit 1",
    );
    let mut terminal = Terminal::start(&world.credrun(&["--profile", "a"]));
    terminal.read_until("Code: ");
    terminal.type_in("ABCD\r");
    terminal.read_until("got ABCD");
    let (status, rest) = terminal.wait();
    assert_eq!(status, 125, "{rest}");
}

#[test]
fn a_signal_ends_both() {
    let world = World::new("echo $$ >\"$HOME/process\"; exec sleep 60 >/dev/null 2>&1");
    let child = start(&mut world.credrun(&["--profile", "a"]));
    let process = world.path("process");
    let read = || fs::read_to_string(&process).unwrap_or_default();
    until("the AWS CLI runs", || read().ends_with('\n'));
    signal(&child, Signal::TERM);
    assert_eq!(finish(child).code(), 143);
    let number: i32 = read().trim().parse().expect("a number");
    let aws = rustix::process::Pid::from_raw(number).expect("a process");
    until("the AWS CLI has ended", || {
        rustix::process::test_kill_process(aws).is_err()
    });
}
