//! `credrun login`: the AWS CLI logs in, for the profile that needs it. A program of its name stands
//! in for it, and leaves what it would leave.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::support::http_server::{HttpServer, Reply};
use crate::support::process::{Lines, credrun, finish, run, signal, start};
#[cfg(target_os = "linux")]
use crate::support::terminal::Terminal;
use crate::support::until;
use rustix::process::{Pid, Signal, kill_process};

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

/// What the AWS CLI does where the login succeeds.
fn succeeding() -> String {
    format!("echo 'Open the page'; printf '%s' '{TOKEN}' >\"$HOME/.aws/sso/cache/{CACHE_FILE}\"")
}

/// A home directory with these profiles, and a program `aws` that writes down its arguments and
/// then does what `script` says.
struct World {
    home: TempDir,
    portal: HttpServer,
}

impl World {
    fn new(script: &str) -> Self {
        Self::with_portal(script, || {
            Reply::Answer {
            status: 200,
            headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
            body: r#"{"roleCredentials":{"accessKeyId":"ASIASSO","secretAccessKey":"hush","sessionToken":"t","expiration":4070908800000}}"#.to_owned(),
        }
        })
    }

    fn with_portal(script: &str, reply: fn() -> Reply) -> Self {
        let world = Self {
            home: tempfile::tempdir().expect("a directory"),
            portal: HttpServer::start(move |_| reply()),
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
        Self::new(&succeeding())
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

/// It says until when the credentials last, and has to fetch some for that.
#[test]
fn a_portal_that_does_not_answer_is_told_unless_it_is_quiet() {
    let world = World::with_portal(&succeeding(), || Reply::Hang);
    let quiet = start(&mut world.credrun(&["-q", "--profile", "a"]));
    let mut telling = start(&mut world.credrun(&["--profile", "a"]));
    let told = Lines::of(telling.stderr.take().expect("a pipe"));
    assert_eq!(told.next(), "credrun: running aws sso login --profile a");
    let waiting = format!(
        "credrun: waiting for http://{} to answer",
        world.portal.address()
    );
    assert_eq!(told.next(), waiting);
    for child in [quiet, telling] {
        signal(&child, Signal::INT);
        let ended = finish(child);
        assert!(!ended.stderr.contains("waiting for"), "{ended:?}");
    }
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
    let world = World::new(
        "[ \"$1\" != --version ] || { echo 'aws-cli/2.31.39 Python/3.13.7'; exit; }\n\
         echo \"$@\" >\"$HOME/login\"; echo 'aws: invalid choice' >&2; exit 252",
    );
    let refused = run(&mut world.credrun(&["-q", "--profile", "console"]));
    assert_eq!(refused.code(), 125);
    let login = fs::read_to_string(world.path("login")).expect("started");
    assert_eq!(login, "login --profile console\n");
    assert_eq!(
        refused.stderr,
        "aws: invalid choice\n\
         credrun: aws login --profile console failed with exit status: 252\n\
         hint: aws login needs version 2.32 of the AWS CLI or a newer one; this is 2.31.39\n"
    );
}

#[test]
fn a_failure_of_an_aws_cli_that_is_new_enough_is_not_blamed_on_its_version() {
    for said in ["aws-cli/2.32.0 Python/3.13.7", "aws-cli/3.0.0", "", "2.1"] {
        let world = World::new(&format!(
            "[ \"$1\" != --version ] || {{ echo '{said}'; exit; }}\nexit 255"
        ));
        let refused = run(&mut world.credrun(&["-q", "--profile", "console"]));
        assert_eq!(
            refused.stderr,
            "credrun: aws login --profile console failed with exit status: 255\n"
        );
    }
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

/// The terminal sends it to both. A second one could end the AWS CLI in the middle of its end.
#[cfg(target_os = "linux")]
#[test]
fn a_key_of_the_terminal_reaches_the_aws_cli_once() {
    let world = World::new(
        "trap 'echo INT >>\"$HOME/got\"; sleep 0.3; sleep 0.3; exit 1' INT\n\
         echo READY; while :; do sleep 0.05; done",
    );
    let mut terminal = Terminal::start(&world.credrun(&["--profile", "a"]));
    terminal.read_until("READY");
    terminal.type_in("\x03");
    let (status, rest) = terminal.wait();
    assert_eq!(status, 130, "{rest}");
    let got = fs::read_to_string(world.path("got")).expect("the trap ran");
    assert_eq!(got, "INT\n");
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

/// An AWS CLI that does this, and waits until it is ended.
fn waiting(then: &str) -> (World, std::process::Child) {
    let world = World::new(&format!(
        "{then}\necho $$ >\"$HOME/process\"\nwhile :; do sleep 0.05; done"
    ));
    let child = start(&mut world.credrun(&["--profile", "a"]));
    let process = world.path("process");
    until("the AWS CLI runs", || {
        fs::read_to_string(&process).is_ok_and(|read| read.ends_with('\n'))
    });
    (world, child)
}

fn has_ended(world: &World) -> bool {
    let number = fs::read_to_string(world.path("process")).expect("a number");
    let number: i32 = number.trim().parse().expect("a number");
    let aws = Pid::from_raw(number).expect("a process");
    rustix::process::test_kill_process(aws).is_err()
}

#[test]
fn a_signal_goes_to_the_aws_cli_which_ends_in_its_own_way() {
    for (number, name, status) in [(Signal::TERM, "TERM", 143), (Signal::INT, "INT", 130)] {
        let trap = format!("trap 'sleep 0.3; echo ended >\"$HOME/ended\"; exit 1' {name}");
        let (world, child) = waiting(&trap);
        signal(&child, number);
        let ended = finish(child);
        assert_eq!(ended.code(), status);
        let told = format!("credrun: interrupted by SIG{name}; nothing is left behind\n");
        assert!(ended.stderr.ends_with(&told), "{}", ended.stderr);
        assert!(has_ended(&world));
        let written = fs::read_to_string(world.path("ended")).expect("the trap ran");
        assert_eq!(written, "ended\n");
    }
}

#[test]
fn a_second_signal_kills_an_aws_cli_that_does_not_end() {
    let (world, mut child) = waiting("trap 'echo asked >\"$HOME/asked\"' TERM");
    signal(&child, Signal::TERM);
    until("the AWS CLI is asked to end", || {
        world.path("asked").exists()
    });
    // What comes within a moment is the same signal once more.
    until("credrun has ended", || {
        let _ = kill_process(Pid::from_child(&child), Signal::TERM);
        child.try_wait().expect("its state").is_some()
    });
    let ended = finish(child);
    assert_eq!(ended.code(), 125);
    // It may have left something behind.
    let told = "credrun: aws sso login --profile a failed with signal: 9 (SIGKILL)\n";
    assert!(ended.stderr.ends_with(told), "{}", ended.stderr);
    assert!(has_ended(&world));
}
