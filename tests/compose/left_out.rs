//! Containers of a project that get nothing from credrun, and the line in the log that says why.

use crate::asks::{ASKS, is_served};
use crate::support::compose::Project;
use crate::support::until;

fn yaml(options: &str, services: &[&str]) -> String {
    let provider = format!(
        "services:\n  aws: {{provider: {{type: credrun, options: {{profile: app, {options}}}}}}}\n"
    );
    let services = services.iter().map(|name| format!("  {name}:{ASKS}"));
    std::iter::once(provider).chain(services).collect()
}

/// What the process that serves now, or the last one, has said.
fn stale(project: &Project, service: &str) -> String {
    let name = project.container(service, 1);
    format!("{name} gets nothing from credrun: it was created with another delivery or port")
}

/// Compose leaves `worker` as it is, because it is not named.
#[test]
fn a_container_of_another_port_that_compose_has_not_created_anew_is_told_once() {
    let project = Project::new(
        "left-port",
        60,
        &yaml("delivery: live", &["app", "worker", "job"]),
    );
    project.compose(&["up", "-d"]).success();
    is_served(&project, "worker");
    let moved = yaml("delivery: live, port: 21777", &["app", "worker", "job"]);
    project.write(&moved);
    let up = project.compose(&["up", "-d", "app"]).success();
    assert!(!up.stderr.contains("warning"), "{}", up.stderr);
    let (app, worker) = (stale(&project, "app"), stale(&project, "worker"));
    until("the log says so", || project.log().contains(&worker));
    let again = project.compose(&["up", "-d", "app"]).success();
    let shown = format!("warning: {worker}");
    assert!(again.stderr.contains(&shown), "{}", again.stderr);
    for _ in 0..2 {
        project.compose(&["restart", "worker", "job"]).success();
    }
    until("the log tells of job", || {
        project.log().contains(&stale(&project, "job"))
    });
    let said = project.log();
    assert_eq!(said.matches(&worker).count(), 1, "{said}");
    assert!(!said.contains(&app), "{said}");
    is_served(&project, "app");

    project.compose(&["up", "-d"]).success();
    is_served(&project, "worker");
    project.compose(&["down"]).success();
    assert_eq!(project.log().matches(&worker).count(), 1);
}

#[test]
fn a_container_with_a_set_that_ends_is_told_where_compose_was_to_create_nothing_anew() {
    let project = Project::new("left-set", 3600, &yaml("delivery: env", &["app"]));
    project.compose(&["up", "-d"]).success();
    project.write(&yaml("delivery: keyless", &["app"]));
    project.compose(&["up", "-d", "--no-recreate"]).success();
    let app = stale(&project, "app");
    until("the log says so", || project.log().contains(&app));
    until("nobody is left", || project.supervisor().is_none());
    assert!(!project.log().contains("no container of the project"));
    project.compose(&["down"]).success();
}

#[test]
fn a_container_of_run_that_gets_no_variables_is_told_with_what_helps() {
    let project = Project::new("left-run", 60, &yaml("delivery: live", &["app"]));
    // Without any container of the project, Compose refuses to run one.
    project.compose(&["up", "-d"]).success();
    let run = ["run", "--rm", "-T", "app", "/bin/busybox", "sleep", "4"];
    project.compose(&run).success();
    let said = project.log();
    let told = "gets no credentials: Compose gives no variables of a provider to a container of docker compose run";
    assert_eq!(said.matches(told).count(), 1, "{said}");
    assert!(said.contains("credrun compose-file"), "{said}");
    project.compose(&["down"]).success();
}

#[test]
fn a_container_on_the_hosts_network_is_told_once_however_often_it_starts() {
    let asks = ASKS.replace("    init: true\n", "    network_mode: host\n");
    let served = yaml("delivery: live", &["app"]);
    let project = Project::new("left-host", 60, &format!("{served}  open:{asks}"));
    project.compose(&["up", "-d"]).success();
    is_served(&project, "app");
    for _ in 0..2 {
        project.compose(&["restart", "open"]).success();
    }
    project.compose(&["restart", "app"]).success();
    // Events come in order.
    is_served(&project, "app");
    project.compose(&["down"]).success();
    let said = project.log();
    let told = format!("{} gets no credentials", project.container("open", 1));
    assert_eq!(said.matches(&told).count(), 1, "{said}");
}
