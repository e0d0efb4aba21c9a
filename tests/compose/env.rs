//! `delivery: env`.

use std::fs;

use crate::support::compose::{Project, SECRET};

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
    assert!(app.contains(SECRET), "docs/compose.md says so");
    let mut seen = up.out() + &up.stderr;
    seen += &project.compose(&["config"]).success().out();
    seen += &project.compose(&["logs", "other"]).success().out();
    for file in fs::read_dir(project.state())
        .into_iter()
        .flatten()
        .flatten()
    {
        seen += &fs::read_to_string(file.path()).expect("text");
    }
    assert!(!seen.contains(SECRET), "a secret is to be seen");
}
