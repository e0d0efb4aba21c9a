//! Codes of MFA devices.

use crate::refusals::{refused_by, yaml};
use crate::support::compose::Project;
use crate::support::sts::Sts;
use crate::support::terminal::Terminal;

const DEVICE: &str = "arn:aws:iam::123456789012:mfa/me";

fn project(purpose: &str, sts: &Sts, more: &str) -> Project {
    sts.device(DEVICE, &["123456"]);
    let options = format!("{{serial-number: \"{DEVICE}\", delivery: live{more}}}");
    let variables = sts.user().map(|(name, value)| (name.to_owned(), value));
    Project::new(purpose, 60, &yaml("aws", &options)).with(&variables.into())
}

#[test]
fn a_code_is_asked_for_where_compose_has_a_terminal() {
    let sts = Sts::start();
    let project = project("mfa-terminal", &sts, "");
    let mut terminal = Terminal::start(&project.command(&["up", "-d"]));
    terminal.read_until(&format!("MFA code for {DEVICE}: "));
    terminal.type_in("123456\n");
    let (code, said) = terminal.wait();
    assert_eq!(code, 0, "{said}");
    assert!(project.supervisor().is_some());
}

#[test]
fn where_a_code_cannot_be_asked_for_the_command_that_asks_is_named() {
    let sts = Sts::start();
    let project = project("mfa-none", &sts, ", mfa-session-cache: \"true\"");
    let said = refused_by(&project);
    let command = format!("credrun whoami --mfa-session-cache --serial-number {DEVICE}");
    assert!(said.contains(&format!("type {command}, which")), "{said}");

    let words: Vec<&str> = command.split(' ').skip(1).collect();
    let code = ["--token-code", "123456"];
    project.credrun(&[&words[..], &code].concat()).success();
    project.compose(&["up", "-d"]).success();
    assert!(project.supervisor().is_some());
}
