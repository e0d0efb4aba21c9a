//! What cannot be had, or is mistyped, ends `up` with a reason before anything starts.

use std::process::Command;
use std::time::Duration;

use crate::support::compose::Project;
use crate::support::engine::containers;
use crate::support::process::{finish_within, start};
use crate::support::sts::Sts;

pub(crate) fn yaml(provider: &str, options: &str) -> String {
    format!(
        "services:\n  {provider}: {{provider: {{type: credrun, options: {options}}}}}\n  \
         app: {{image: credrun-test:latest, depends_on: [{provider}], command: [/bin/busybox, env]}}\n"
    )
}

fn refused(purpose: &str, provider: &str, options: &str) -> String {
    refused_by(&Project::new(purpose, 60, &yaml(provider, options)))
}

/// What Compose says, where nothing has been started.
pub(crate) fn refused_by(project: &Project) -> String {
    // A session of its own has no terminal.
    let mut command = Command::new("setsid");
    let up = project.command(&["up", "-d"]);
    command.env_clear().arg("--wait").arg(up.get_program());
    command.args(up.get_args());
    command.envs(
        up.get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    command.current_dir(project.home.path());
    let up = finish_within(Duration::from_secs(60), start(&mut command));
    assert_eq!(up.code(), 1, "{}", up.stderr);
    assert!(containers(&project.name).is_empty(), "{}", up.stderr);
    assert_eq!(project.supervisor(), None);
    // What Compose cannot start, it must still be able to take down.
    project.compose(&["down"]).success();
    up.stderr
}

#[test]
fn a_mistyped_option_is_named_with_the_one_that_is_meant() {
    let said = refused("compose-mistyped", "aws", "{rolearn: x}");
    assert!(
        said.contains("unknown option in compose.yaml: rolearn"),
        "{said}"
    );
    assert!(said.contains("is role-arn meant?"), "{said}");
}

#[test]
fn a_missing_profile_is_told_with_both_deliveries() {
    for delivery in ["env", "live"] {
        let options = format!("{{profile: nope, delivery: {delivery}}}");
        let said = refused("compose-profile", "aws", &options);
        assert!(said.contains("no such profile"), "{said}");
    }
}

#[test]
fn a_provider_with_another_name_is_refused_because_of_the_variables_names() {
    let said = refused("compose-name", "creds", "{profile: app, delivery: live}");
    assert!(
        said.contains("is called creds, and must be called aws"),
        "{said}"
    );
}

#[test]
fn a_service_cannot_have_a_set_of_its_own_with_env() {
    let said = refused("compose-own", "aws", "{profile: app, app.profile: worker}");
    assert!(
        said.contains("app cannot have credentials of its own"),
        "{said}"
    );
}

#[test]
fn lists_without_keyless_and_patterns_that_fit_no_action_are_refused() {
    let said = refused(
        "compose-allow",
        "aws",
        "{profile: app, delivery: live, allow: \"s3:*\"}",
    );
    assert!(said.contains("allow without delivery: keyless"), "{said}");
    let options = "{profile: app, delivery: keyless, app.deny: \"s3:GetObjekt\"}";
    let said = refused("compose-deny", "aws", options);
    assert!(
        said.contains("invalid value \"s3:GetObjekt\" of the option deny"),
        "{said}"
    );
    assert!(said.contains("hint: "), "{said}");
}

#[test]
fn a_record_that_cannot_be_written_is_refused() {
    let options = "{profile: app, delivery: keyless, record: compose.yaml}";
    let said = refused("compose-record", "aws", options);
    assert!(
        said.contains("cannot write the record to compose.yaml"),
        "{said}"
    );
    assert!(said.contains("it is not empty, and not a record"), "{said}");
}

const SSO: &str = "[profile sso]\nsso_session = dev\nsso_account_id = 123456789012\nsso_role_name = Deploy\n\
     [sso-session dev]\nsso_region = eu-west-1\nsso_start_url = https://portal.example/start\n";

#[test]
fn without_a_login_the_command_that_logs_in_is_named() {
    for delivery in ["env", "live", "keyless"] {
        let options = format!("{{profile: sso, delivery: {delivery}}}");
        let project = Project::new("compose-login", 60, &yaml("aws", &options)).profiles(SSO);
        let said = refused_by(&project);
        assert!(said.contains("hint: aws sso login --profile sso"), "{said}");
    }
}

#[test]
fn a_role_that_refuses_is_told_with_its_name() {
    let sts = Sts::start();
    let role = "arn:aws:iam::123456789012:role/app";
    sts.deny(role);
    for delivery in ["env", "live", "keyless"] {
        let options = format!("{{role-arn: \"{role}\", delivery: {delivery}}}");
        let variables = sts.user().map(|(name, value)| (name.to_owned(), value));
        let project =
            Project::new("compose-role", 60, &yaml("aws", &options)).with(&variables.into());
        let said = refused_by(&project);
        assert!(said.contains("AccessDenied"), "{said}");
        assert!(said.contains(role), "{said}");
    }
}
