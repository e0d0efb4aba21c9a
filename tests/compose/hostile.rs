//! What one container of a project does not take from another, and what does not keep credentials alive.

use std::fs;

use crate::ASKS;
use crate::support::compose::Project;
use crate::support::engine::docker;
use crate::support::until;

const SLEEPS: &str = "\n    image: credrun-test:latest\n    stop_grace_period: 0s\n    \
                      command: [/bin/busybox, sleep, '600']\n";
const CHECKED: &str =
    "    healthcheck: {test: [CMD, /bin/busybox, 'true'], interval: 500ms, start_period: 0s}\n";

fn yaml(services: &str) -> String {
    format!(
        "services:\n  aws: {{provider: {{type: credrun, options: {{profile: app, delivery: live}}}}}}\n{services}"
    )
}

/// Waits until a service has asked with success once more.
fn is_served(project: &Project, service: &str) {
    let answers = || {
        let output = project.output();
        let lines = output.lines();
        lines
            .filter(|line| line.starts_with(service) && line.contains("ASIA"))
            .count()
    };
    let before = answers();
    until(&format!("{service} has credentials"), || answers() > before);
}

#[test]
fn a_health_check_of_another_service_does_not_keep_what_serves_nobody() {
    let services = format!("  app:{ASKS}  db:{SLEEPS}{CHECKED}");
    let project = Project::new("compose-checked", 60, &yaml(&services));
    project.compose(&["up", "-d"]).success();
    assert!(project.supervisor().is_some());
    docker(&["rm", "--force", &project.container("app", 1)]).success();
    until("nobody serves it", || project.supervisor().is_none());
    project.compose(&["down"]).success();
}

/// Each of its events has the labels.
#[test]
fn a_container_with_more_labels_than_credrun_reads_takes_nothing_from_others() {
    let label = "x".repeat(5 << 20);
    let services = format!("  app:{ASKS}  big:{SLEEPS}{CHECKED}    labels: {{big: {label}}}\n");
    let project = Project::new("compose-labels", 60, &yaml(&services));
    project.compose(&["up", "-d"]).success();
    let health = || project.inspected(&project.container("big", 1), "{{.State.Health.Status}}");
    until("there are health checks", || health() == "healthy");
    for _ in 0..3 {
        is_served(&project, "app");
    }
    assert!(!project.output().contains("FAILED"), "{}", project.output());
    project.compose(&["down"]).success();
}

#[test]
fn a_service_on_the_network_of_one_with_the_hosts_gets_nothing() {
    let asks = ASKS.replace("    init: true\n", "    network_mode: service:other\n");
    let services = format!("  other:{SLEEPS}    network_mode: host\n  app:{asks}");
    let project = Project::new("compose-host-of-another", 60, &yaml(&services));
    project.compose(&["up", "-d"]).success();
    let log = format!("{}/aws", project.name);
    until("the log says so", || {
        let log = project.credrun(&["logs", &log]).success().out();
        log.contains("gets no credentials: with network_mode: host")
    });
    assert!(project.relays().is_empty());
    project.compose(&["down"]).success();
}

/// The services that had credentials lose them, and a while later another gets some.
#[test]
fn an_up_that_takes_long_is_waited_for_by_what_serves_already() {
    let slow = SLEEPS.replace("stop_grace_period: 0s", "stop_grace_period: 6s");
    let before = format!("  app:{ASKS}  slow:{slow}    depends_on: [app]\n");
    let project = Project::new("compose-slow", 60, &yaml(&before));
    project.compose(&["up", "-d"]).success();
    is_served(&project, "app");
    let supervisor = project.supervisor();
    let after = format!(
        "  app:{SLEEPS}  slow:{slow}    depends_on: [app]\n    environment: {{A: b}}\n  worker:{}",
        ASKS.replace("[aws]", "[aws, slow]")
    );
    project.write(&yaml(&after));
    project.compose(&["up", "-d"]).success();
    is_served(&project, "worker");
    assert_eq!(project.supervisor(), supervisor);
    project.compose(&["down"]).success();
}

#[test]
fn containers_that_are_gone_leave_no_open_file() {
    let project = Project::new("compose-notes", 60, &yaml(&format!("  app:{ASKS}")));
    let notes = || {
        let supervisor = project.supervisor().expect("one");
        let open = fs::read_dir(format!("/proc/{supervisor}/fd")).expect("a process");
        let open = open
            .flatten()
            .filter_map(|file| fs::read_link(file.path()).ok());
        open.filter(|path| path.extension().is_some_and(|end| end == "valid-until"))
            .count()
    };
    for _ in 0..3 {
        project.compose(&["up", "-d", "--force-recreate"]).success();
        is_served(&project, "app");
        until("there is one note", || notes() == 1);
    }
    project.compose(&["down"]).success();
}
