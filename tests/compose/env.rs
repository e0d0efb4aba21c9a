//! `delivery: env`.

use crate::support::compose::Project;

#[test]
fn a_service_gets_a_set_and_another_that_does_not_depend_on_the_provider_gets_nothing() {
    let project = Project::new(
        "compose-env",
        3600,
        "services:\n  aws: {provider: {type: credrun, options: {profile: app}}}\n  \
         app: {image: credrun-test:latest, depends_on: [aws], command: [/bin/busybox, env]}\n  \
         other: {image: credrun-test:latest, command: [/bin/busybox, env]}\n",
    );
    let up = project.compose(&["up", "-d"]).success();
    assert!(up.stderr.contains("credentials end at "), "{}", up.stderr);
    let environment =
        |service: &str| project.inspected(&project.container(service, 1), "{{json .Config.Env}}");
    let app = environment("app");
    for variable in [
        "AWS_ACCESS_KEY_ID=ASIAAPP",
        "AWS_SESSION_TOKEN=",
        "AWS_REGION=eu-west-1",
    ] {
        assert!(app.contains(variable), "{variable}: {app}");
    }
    assert!(!environment("other").contains("AWS_"));
    assert_eq!(project.supervisor(), None);
}
