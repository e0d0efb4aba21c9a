//! `role-template` prints what CloudFormation and Terraform take, judged by their own linters and
//! parsers.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::support::aws::python_tool;
use crate::support::process::{Finished, credrun, run};
use crate::support::sts::{ACCOUNT, Sts};
use clap::ValueEnum as _;
use credrun::cli::role_template::{RoleTemplateArgs, TemplateFormat};
use credrun::commands::role_template::{Recorded, render};

fn template(format: TemplateFormat, rights: Rights) -> PathBuf {
    let args = RoleTemplateArgs {
        actions: strings(rights.actions),
        managed_policies: strings(rights.managed_policies),
        trusted_principal: None,
        role_name: rights.role_name.map(str::to_owned),
        format,
        ..RoleTemplateArgs::default()
    };
    let text = render(
        &args,
        &Recorded::default(),
        "arn:aws:iam::123456789012:user/alice",
    )
    .expect("a template");
    let format = format.to_possible_value().expect("a name");
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!(
        "role-{}-{}",
        rights.purpose,
        format.get_name()
    ));
    fs::write(&file, text).expect("a file");
    file
}

fn strings(values: &[&str]) -> Vec<String> {
    values.iter().copied().map(str::to_owned).collect()
}

#[derive(Clone, Copy)]
struct Rights {
    purpose: &'static str,
    actions: &'static [&'static str],
    managed_policies: &'static [&'static str],
    role_name: Option<&'static str>,
}

const EVERYTHING: Rights = Rights {
    purpose: "everything",
    actions: &["s3:ListAllMyBuckets", "ec2:Describe*"],
    managed_policies: &[
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "arn:aws:iam::123456789012:policy/path/mine",
    ],
    role_name: Some("tool"),
};

const ACTIONS_ONLY: Rights = Rights {
    purpose: "actions",
    managed_policies: &[],
    role_name: None,
    ..EVERYTHING
};

const POLICIES_ONLY: Rights = Rights {
    purpose: "policies",
    actions: &[],
    role_name: None,
    ..EVERYTHING
};

#[test]
fn cloudformation_templates_pass_cfn_lint() {
    for rights in [EVERYTHING, ACTIONS_ONLY, POLICIES_ONLY] {
        for format in [TemplateFormat::Cloudformation, TemplateFormat::Json] {
            run(Command::new(python_tool("cfn-lint")).arg(template(format, rights))).success();
        }
    }
}

#[test]
fn yaml_and_json_are_the_same_template() {
    let compare = "
import json, sys, yaml
a, b = (yaml.safe_load(open(name)) for name in sys.argv[1:])
assert a == b and a == json.load(open(sys.argv[2])), (a, b)
";
    for rights in [EVERYTHING, ACTIONS_ONLY, POLICIES_ONLY] {
        let rights = Rights {
            purpose: "compared",
            ..rights
        };
        run(Command::new(python_tool("python"))
            .args(["-c", compare])
            .arg(template(TemplateFormat::Cloudformation, rights))
            .arg(template(TemplateFormat::Json, rights)))
        .success();
    }
}

#[test]
fn terraform_configurations_parse_and_hold_what_was_asked_for() {
    let parse = "
import hcl2, json, sys
print(json.dumps(hcl2.load(open(sys.argv[1]))))
";
    for rights in [EVERYTHING, ACTIONS_ONLY, POLICIES_ONLY] {
        let parsed = run(Command::new(python_tool("python"))
            .args(["-c", parse])
            .arg(template(TemplateFormat::Terraform, rights)))
        .success()
        .out();
        let asked_for = rights.actions.iter().chain(rights.managed_policies);
        for value in asked_for.chain(&rights.role_name) {
            assert!(parsed.contains(value), "{value} in {parsed}");
        }
        for output in [
            "role_arn",
            "run_command",
            "export_command",
            "docker_command",
        ] {
            assert!(parsed.contains(output), "{output} in {parsed}");
        }
    }
}

fn role_template(sts: &Sts, arguments: &[&str]) -> Finished {
    let mut credrun = credrun();
    run(credrun
        .envs(sts.user())
        .args(["role-template", "--action", "s3:List*"])
        .args(arguments))
}

#[test]
fn the_role_trusts_whoever_asks_and_a_session_by_its_role() {
    let sts = Sts::start();
    let me = role_template(&sts, &[]).success();
    assert!(
        me.out()
            .contains(&format!("AWS: arn:aws:iam::{ACCOUNT}:user/me")),
        "{}",
        me.out()
    );
    let role = format!("arn:aws:iam::{ACCOUNT}:role/deploy");
    let session = role_template(&sts, &["--role-arn", &role]).success();
    assert!(
        session.out().contains(&format!("AWS: {role}")),
        "{}",
        session.out()
    );
    assert!(
        session.stderr.contains("--trusted-principal"),
        "{}",
        session.stderr
    );
}

#[test]
fn aws_is_not_asked_where_nobody_needs_to_know() {
    let sts = Sts::start();
    let principal = format!("arn:aws:iam::{ACCOUNT}:role/ops");
    let named = role_template(&sts, &["--trusted-principal", &principal]).success();
    assert!(named.out().contains(&principal));
    let wrong = role_template(&sts, &["--action", "everything"]);
    assert_eq!(wrong.code(), 125);
    assert_eq!(sts.actions(), Vec::<String>::new());
}
