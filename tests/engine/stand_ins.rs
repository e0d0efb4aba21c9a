//! What the other tests stand on does what they take for granted: a stand-in that forgives too much
//! would let them pass for the wrong reason.

use std::process::Command;

use crate::support::aws::AwsStandIn;
use crate::support::engine::{
    self, IMAGE, Removed, docker, engine, no_container_is_left, unique_name,
};
use crate::support::process::{clean, run, run_with_stdin, start};
use crate::support::terminal::Terminal;

/// Asks the CloudShell endpoint as the article's script does, with curl's place taken by Python's
/// own client.
fn ask_cloudshell(stand_in: &AwsStandIn, token: Option<&str>) -> serde_json::Value {
    let ask = "
import os, sys, urllib.error, urllib.request
request = urllib.request.Request(os.environ['AWS_CONTAINER_CREDENTIALS_FULL_URI'])
request.add_header('Authorization', os.environ['AWS_CONTAINER_AUTHORIZATION_TOKEN'])
try:
    print(urllib.request.urlopen(request).read().decode())
except urllib.error.HTTPError as error:
    print(error.code)
";
    let mut python = clean(Command::new(crate::support::aws::python_tool("python")));
    python.args(["-c", ask]).envs(stand_in.cloudshell());
    if let Some(token) = token {
        python.env("AWS_CONTAINER_AUTHORIZATION_TOKEN", token);
    }
    serde_json::from_str(&run(&mut python).success().out()).expect("JSON")
}

#[test]
fn the_cloudshell_endpoint_answers_as_cloudshell_does() {
    let answer = ask_cloudshell(AwsStandIn::shared(), None);
    assert_eq!(answer["Type"], "");
    assert_eq!(answer["Code"], "Success");
    assert_eq!(answer["LastUpdated"], "1970-01-01T00:00:00Z");
    for secret in ["AccessKeyId", "SecretAccessKey", "Token", "Expiration"] {
        assert!(answer[secret].is_string(), "{secret} in {answer}");
    }
}

#[test]
fn the_cloudshell_endpoint_hands_out_one_set_until_it_gets_short() {
    let first = ask_cloudshell(AwsStandIn::shared(), None);
    assert_eq!(ask_cloudshell(AwsStandIn::shared(), None), first);

    // Any set is too short here from its first second on.
    let rotating = AwsStandIn::start_with(&["--set-lifetime", "60", "--replaced-below", "61"]);
    let first = ask_cloudshell(&rotating, None);
    let second = ask_cloudshell(&rotating, None);
    for secret in ["AccessKeyId", "SecretAccessKey", "Token"] {
        assert_ne!(first[secret], second[secret], "{secret}");
    }
}

#[test]
fn the_cloudshell_endpoint_refuses_a_wrong_token() {
    assert_eq!(ask_cloudshell(AwsStandIn::shared(), Some("wrong")), 403);
}

#[test]
fn the_stand_in_for_aws_refuses_a_wrong_secret() {
    let stand_in = AwsStandIn::shared();
    let mut aws = clean(Command::new(crate::support::aws::python_tool("aws")));
    aws.envs(stand_in.long_lived())
        .env("AWS_SECRET_ACCESS_KEY", "wrong")
        .args(["sts", "get-caller-identity"]);
    let refused = run(&mut aws);
    assert!(
        refused.stderr.contains("SignatureDoesNotMatch"),
        "{refused:?}"
    );
}

#[test]
fn a_role_of_the_stand_in_has_only_its_own_rights() {
    let stand_in = AwsStandIn::shared();
    let set = stand_in.temporary(stand_in.role_arn());
    let as_role = |arguments: &[&str]| {
        let mut aws = clean(Command::new(crate::support::aws::python_tool("aws")));
        run(aws.envs(set.clone()).args(arguments))
    };
    let list = as_role(&["s3", "ls"]).success().out();
    assert!(list.contains(stand_in.bucket()), "{list}");
    let refused = as_role(&["s3", "mb", "s3://another"]);
    assert!(refused.stderr.contains("AccessDenied"), "{refused:?}");
}

#[test]
fn the_probe_tells_its_arguments_apart() {
    engine();
    let run = ["run", "--rm", IMAGE, "probe", "args", "", "a b", "-c"];
    assert_eq!(docker(&run).success().out(), "[]\n[a b]\n[-c]\n");
}

#[test]
fn the_probe_names_the_signals_that_it_gets() {
    engine();
    let name = unique_name("signals");
    let _removed = Removed(name.clone());
    let run = ["run", "-d", "--name", &name, IMAGE];
    docker(&[&run[..], &["probe", "signals", "2"]].concat()).success();
    let log = || docker(&["logs", &name]).success().out();
    crate::support::until("the probe is ready", || log() == "ready\n");
    docker(&["kill", "--signal", "USR1", &name]).success();
    crate::support::until("USR1 arrives", || log() == "ready\nUSR1\n");
    docker(&["kill", "--signal", "TERM", &name]).success();
    assert_eq!(docker(&["wait", &name]).success().out(), "0\n");
    assert_eq!(log(), "ready\nUSR1\nTERM\n");
}

#[test]
fn a_container_is_found_by_the_beginning_of_its_name() {
    engine();
    let name = unique_name("found");
    let removed = Removed(name.clone());
    docker(&["create", "--name", &name, IMAGE]).success();
    assert_eq!(engine::containers(&name), [name.as_str()]);
    drop(removed);
    no_container_is_left(&name);
}

#[test]
fn a_terminal_types_shows_and_resizes() {
    let mut shell = clean(Command::new("sh"));
    shell.args([
        "-c",
        // A signal ends a shell's `read`, with nothing in its variable.
        "trap 'stty size' WINCH; stty size; until read line; do :; done; echo got $line; exit 3",
    ]);
    let mut terminal = Terminal::start(&shell);
    terminal.read_until("24 80\r\n");
    terminal.resize(30, 100);
    terminal.read_until("30 100\r\n");
    terminal.type_in("hello\n");
    terminal.read_until("got hello\r\n");
    assert_eq!(terminal.wait(), (3, String::new()));
}

#[test]
fn a_terminal_turns_control_c_into_a_signal() {
    let mut cat = clean(Command::new("cat"));
    cat.env("TERM", "dumb");
    let mut terminal = Terminal::start(&cat);
    terminal.type_in("echo\n");
    terminal.read_until("echo\r\necho\r\n");
    terminal.type_in("\x03");
    assert_eq!(terminal.wait().0, 130);
}

#[test]
fn a_process_reads_all_of_its_stdin_and_sees_its_end() {
    let input = vec![b'x'; 1 << 20];
    let output = run_with_stdin(&mut Command::new("cat"), &input).success();
    assert_eq!(output.stdout, input);
    let child = start(&mut Command::new("cat"));
    assert_eq!(crate::support::process::finish(child).code(), 0);
}
