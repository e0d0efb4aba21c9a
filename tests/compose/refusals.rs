//! What cannot be had, or is mistyped, ends `up` with a reason before anything starts.

use crate::support::compose::Project;
use crate::support::engine::containers;

fn refused(purpose: &str, provider: &str, options: &str) -> String {
    let project = Project::new(
        purpose,
        60,
        &format!(
            "services:\n  {provider}: {{provider: {{type: credrun, options: {options}}}}}\n  \
             app: {{image: credrun-test:latest, depends_on: [{provider}], command: [/bin/busybox, env]}}\n"
        ),
    );
    let up = project.compose(&["up", "-d"]);
    assert_eq!(up.code(), 1, "{}", up.stderr);
    assert!(containers(&project.name).is_empty(), "{}", up.stderr);
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
